"""What submissions are judged by: those of a project by its own configuration."""

from __future__ import annotations

from os import PathLike
from typing import Any

from igz_runtime.cluster.current import current
from igz_runtime.config.file import ConfigFile
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.assignment import environment_in
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.projects.configuration import assigner_for, configuration_of, noted
from igz_runtime.projects.guarding.context import current_project
from igz_runtime.rules.configured import terms_in

Config = str | PathLike[str] | None


def grounds_for_name(name: str, guarded: Any | None, config: Config) -> Grounds:
    """What the submissions of a project are judged by.

    Args:
        name: the project's name.
        guarded: the project that is guarded; None: every project.
        config: what its submissions go by, or those of every project.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
    """
    if guarded is not None and guarded.metadata.name == name:
        return grounds_for_project(guarded, config)
    config = config if guarded is None else None
    project = noted(name) or current_project(name)
    if project is not None:
        return grounds_for_project(project, config)
    file = whole_file(config)
    return _grounds(file, environment_in(file))


def grounds_for_project(project: Any, config: Config) -> Grounds:
    """The same for a project that is at hand.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
        InvalidValue: there is no such environment.
    """
    file = configuration_of(project, config)
    return _grounds(file, assigner_for(project, file).environment)


def _grounds(file: ConfigFile, environment: str) -> Grounds:
    return Grounds(current(file).in_environment(environment), file.meaning(terms_in), file)
