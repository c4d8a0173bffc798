"""What submissions are judged by: those of a project by its own configuration."""

from __future__ import annotations

from os import PathLike
from typing import Any, NamedTuple

from igz_runtime.cluster.current import current
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.assignment import Assigner, assigner_of
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.projects.assigning import assigning_of
from igz_runtime.projects.configuration import assigner_for, configuration_of, grounds_of
from igz_runtime.rules.configured import terms_in

Config = str | PathLike[str] | None


class Basis(NamedTuple):
    """What a submission is judged by.

    Attributes:
        grounds: the cluster and the configuration.
        assigner: what gives functions their profiles.
        strict: whether they need one.
    """

    grounds: Grounds
    assigner: Assigner
    strict: bool


def basis_of(project: Any, config: Config, *, strict: bool = False) -> Basis:
    """What the submissions of a project are judged by.

    Args:
        project: an MLRun project; None: one that is not at hand.
        config: a configuration, or `none`; None: that of the project.
        strict: whether functions need a profile.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
        InvalidValue: there is no such environment.
    """
    if project is None:
        file = whole_file(config)
        assigner = assigner_of(file)
        cluster = current(file).in_environment(assigner.environment)
        return Basis(Grounds(cluster, file.meaning(terms_in), file), assigner, strict)
    chosen, environment = (config, None) if config is not None else _set_up_by(project)
    file = configuration_of(project, chosen)
    assigner = assigner_for(project, file, environment)
    return Basis(grounds_of(project, file, assigner.environment), assigner, strict)


def _set_up_by(project: Any) -> tuple[str | None, str | None]:
    """The configuration and the environment that a project was set up by; None where it was not, or by the usual."""
    assigning = assigning_of(project)
    return (assigning.config, assigning.environment or None) if assigning else (None, None)
