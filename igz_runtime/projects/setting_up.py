"""`igz_runtime.projects.setup`: every function of a project gets the profile that igz-runtime.yaml assigns to it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from os import PathLike
from threading import RLock
from typing import Any, Final, TypeVar

from igz_runtime.config.file import VARIABLE, ConfigFile
from igz_runtime.errors import ConfigurationError
from igz_runtime.messages import did_you_mean, warn
from igz_runtime.profiles.assignment import Assigner, place_of
from igz_runtime.projects.assigning import Assigning
from igz_runtime.projects.configuration import assigner_for, configuration_of, folder_of, note
from igz_runtime.projects.steps import place_what_is_compiled

P = TypeVar("P", bound=Any)

_one_by_one: Final = RLock()
"""Projects are set up one after the other: two threads may be given the same one."""


def setup(project: P, *, environment: str | None = None, config: str | PathLike[str] | None = None) -> P:
    """Give every function of a project the profile that igz-runtime.yaml assigns to it, and keep it there.

    One line of project_setup.py, or the first line of a workflow's function. All functions are planned before the first
    is changed. A function that no entry matches stays as it is, and so does one that runs no pod. From then on the
    project gives the profile to every function that is set, loaded or made anew; what is changed by hand on a function
    afterwards stays until MLRun makes it anew. Called again, it goes by the configuration as it is then.

    Args:
        project: an MLRun project. It stays the same object, and is exported as before, but for its workflows: they have
            `run_setup=True` from now on, where the installed MLRun knows that.
        environment: whose overrides count; else what `IGZ_RUNTIME_ENVIRONMENT` names, else the project's parameter
            `environment`, else the environment of the configuration's cluster. `development` and `production` are also
            the environment of the cluster that the promises are proved on.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the project's folder.

    Returns:
        The project.

    Raises:
        UnsafeCombination: rules refuse; carries the findings of every function, and all of them are as they were.
        ConfigurationError: the configuration is wrong, or there is none; names each place.
        InvalidValue: no MLRun project, or there is no such environment.

    Warns:
        UserWarning: an entry matches no function, or a profile that was applied otherwise is replaced.
    """
    from igz_runtime.projects.mlrun_project import keep, loaded, names_of, require_project

    require_project(project)
    file = configuration_of(project, config)
    if file.path is None and config is None and not os.environ.get(VARIABLE):
        raise ConfigurationError(
            f"project {project.metadata.name!r}: profiles are assigned by an igz-runtime.yaml, and there is none in "
            f"{folder_of(project)}, nor above it; write one, or give config='none'"
        )
    assigner = assigner_for(project, file, environment)
    assigning = Assigning(file, assigner.environment)
    with _one_by_one:
        functions = loaded(project)
        replaced = assigning.give(project, functions, anew=True)
        keep(project, assigning)
        place_what_is_compiled(project)
        note(project)
    for text in (*replaced, *_without_function(file, assigner, names_of(project))):
        warn(text, stacklevel=2)
    return project


def _without_function(file: ConfigFile, assigner: Assigner, names: Collection[str]) -> Iterator[str]:
    """Entries that mean no function: as functions may come later, it is no error."""
    if file.path is not None and not assigner.assignments.entries(assigner.environment):
        yield f"{file.name}: assigns no profile to a function: 'functions' is empty"
    for pattern in assigner.assignments.without_function(names, assigner.environment):
        place = place_of(file, pattern, assigner.environment)
        yield f"{place}: no function of the project is called {pattern!r}{did_you_mean(pattern, names)}"
