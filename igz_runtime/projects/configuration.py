"""The igz-runtime.yaml of a project: the one beside its project.yaml, or above it."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from igz_runtime.cluster.current import current
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.project import PARAMETER, current_project, selector_of
from igz_runtime.config.file import VARIABLE, ConfigFile, nearest_file
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.assignment import Assigner, assigner_of
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.rules.configured import terms_in


def configuration_of(project: Any, config: str | PathLike[str] | None = None) -> ConfigFile:
    """The configuration that a project's functions are judged by.

    Args:
        project: an MLRun project.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the project's folder.

    Raises:
        ConfigurationError: it is wrong; names each place.
    """
    if config is None and not os.environ.get(VARIABLE):
        return whole_file(nearest_file(folder_of(project)))
    return whole_file(config)


def assigner_for(project: Any, file: ConfigFile, environment: str | None = None) -> Assigner:
    """What gives a project's functions their profiles.

    Args:
        project: an MLRun project.
        file: its configuration.
        environment: whose overrides count; else what `IGZ_RUNTIME_ENVIRONMENT` names, else the project's parameter
            `environment`, else the environment of the configuration's cluster.

    Raises:
        InvalidValue: there is no such environment.
    """
    return assigner_of(file, environment, (f"parameter {PARAMETER!r} of the project", project.get_param(PARAMETER)))


def is_project(value: object) -> bool:
    """Whether a value is a project of MLRun, by its class: nothing is imported to know it."""
    return any(
        cls.__name__ == "MlrunProject" and cls.__module__.startswith("mlrun.projects") for cls in type(value).__mro__
    )


def grounds_of(project: Any, file: ConfigFile, environment: str = "", cluster: Cluster | None = None) -> Grounds:
    """What a project's functions are judged by.

    Args:
        project: an MLRun project, which need not be MLRun's current one.
        file: its configuration.
        environment: the environment that counts; `development` and `production` are those of the cluster as well.
        cluster: the cluster to judge on; None: the current one.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
        BrokenFunction: the project's default node selector is not a mapping of labels.
    """
    return Grounds(
        (cluster or current(file)).in_environment(environment),
        file.meaning(terms_in),
        file,
        selector=selector_of(project),
    )


def folder_of(project: Any) -> Path:
    """The folder of a project's project.yaml."""
    return Path(project.spec.context or ".", project.spec.subpath or "").absolute()


_by_name: WeakValueDictionary[str, Any] = WeakValueDictionary()


def note(project: Any) -> None:
    """Remember a project of this process, so that what is submitted for it goes by its own configuration."""
    _by_name[project.metadata.name] = project


def noted(name: str) -> Any | None:
    """The project of that name, where this process has set it up or guards it."""
    return _by_name.get(name)


def project_named(name: str) -> Any | None:
    """The project of that name that this process has at hand: set up, guarded, or MLRun's current one."""
    return noted(name) or current_project(name)
