"""What lint is told: rules, severities, the cluster, profiles, on which terms waivers count, and files to leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.cluster.configured import cluster_in, in_named_environment
from igz_runtime.cluster.model import IGUAZIO, Cluster
from igz_runtime.config.file import ConfigFile, Wrong, read_file
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.configured import chosen_in, terms_in, wrong_patterns
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.terms import Site, Terms, matched, relative
from igz_runtime.rules.waivers import FREE, today, waiver_fault
from igz_runtime.text.place import Position, Remark

if TYPE_CHECKING:
    from pathlib import Path

    from igz_runtime.functions.record import Applied
    from igz_runtime.profiles.assignment import Assigner


ASSIGNED: Final = "igz_runtime.profiles.assigned"
"""What code calls for the profile that the configuration assigns."""


class Settings(NamedTuple):
    """The configuration of a run of lint. Without arguments: every rule, Iguazio's defaults, and no waiver.

    Attributes:
        cluster: the cluster to judge on.
        chosen: which rules are judged, and how grave each is.
        terms: which rules are accepted, and on which terms waivers count.
        profiles: the organisation's profiles by name, to be called as the built-in factories are, and `ASSIGNED`.
        entries: those profiles as the configuration writes them.
        environment: the environment that an option or the environment variable names; else empty.
        environments: those that may be named.
        patterns: the names and patterns that something is assigned to, and where they stand.
        exclude: patterns of files that are left out, as .gitignore has them, below the configuration's folder.
        fail_on: the least severity that fails a run.
        source: the configuration's file; empty where there is none.
    """

    cluster: Cluster = IGUAZIO
    chosen: Chosen = EVERY
    terms: Terms = FREE
    profiles: Mapping[str, Any] = {}
    entries: Mapping[str, Any] = {}
    environment: str = ""
    environments: tuple[str, ...] = ()
    patterns: tuple[tuple[str, Position], ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: Severity = "error"
    source: str = ""

    @property
    def assigner(self) -> Assigner | None:
        """What gives functions their profiles; None where nothing is assigned, and no function needs a profile."""
        return self.profiles.get(ASSIGNED)

    @property
    def assigns(self) -> bool:
        """Whether a profile is assigned to any function."""
        return bool(self.assigner and self.assigner.assignments.profiles)

    def definition_now(self, applied: Applied | None) -> str | None:
        """How an applied profile is defined now, where its record says how it was; None: not known."""
        if applied is None:
            return None
        from igz_runtime.planning.definitions import definition_now

        return definition_now(applied, self.entries)

    def excludes(self, file: str) -> bool:
        """Whether a file, or a folder, is left out."""
        if not self.exclude:
            return False
        seen = relative(file, self.terms.outermost.folder)
        return matched(self.exclude, seen) or matched(self.exclude, f"{seen}/")

    def without_effect(self) -> tuple[Remark, ...]:
        """The configuration's waivers that no longer count or that the platform does not allow, with their places."""
        faults = (
            (one.position, waiver_fault(one.rule, one.waiver, self.terms, Site(one.project or None), today()))
            for one in self.terms.waivers
        )
        return tuple(Remark(position, fault) for position, fault in faults if fault)


def load_settings(path: Path) -> Settings:
    """The settings of a configuration.

    Args:
        path: the file.

    Raises:
        ConfigurationError: what is wrong, each with line and column.
    """
    return settings_of(read_file(path))


def settings_of(file: ConfigFile, environment: str | None = None, *, required: bool = False) -> Settings:
    """The settings of a configuration that was read, or the defaults where there is none.

    Args:
        file: the configuration.
        environment: whose overrides count; else what `IGZ_RUNTIME_ENVIRONMENT` names, else the cluster's.
        required: whether functions need a profile, even where none is assigned to any.

    Raises:
        ConfigurationError: what is wrong, each with line and column.
        InvalidValue: there is no such environment.
    """
    if file.path is None and not required:
        return Settings(in_named_environment(IGUAZIO))
    from igz_runtime.profiles.assignment import (
        assigner_of,
        assignments_in,
        environment_named,
        environments,
        patterns_in,
    )
    from igz_runtime.profiles.catalog import profiles_in
    from igz_runtime.profiles.step_settings import steps_in

    file.require(cluster_in, chosen_in, terms_in, profiles_in, assignments_in, steps_in, _options)
    told = file.meaning(_options)
    settings = Settings(
        cluster=in_named_environment(file.meaning(cluster_in) or IGUAZIO),
        chosen=file.meaning(chosen_in),
        terms=file.meaning(terms_in),
        profiles=file.meaning(profiles_in),
        entries=file.entries,
        exclude=told.exclude,
        fail_on=told.fail_on,
        source=file.name,
    )
    # Where nothing is assigned, nobody asks for an environment, and none can be wrong.
    if not (required or file.meaning(assignments_in).profiles):
        return settings
    return settings._replace(
        profiles={**settings.profiles, ASSIGNED: assigner_of(file, environment)},
        environment=environment_named(file, environment),
        environments=environments(file),
        patterns=tuple(patterns_in(file)),
    )


class _Options(NamedTuple):
    """What is said to lint alone."""

    exclude: tuple[str, ...] = ()
    fail_on: Severity = "error"


def _options(file: ConfigFile, wrong: Wrong) -> _Options:
    platforms = [file.platforms_own(section, wrong) for section in ("exclude", "fail-on")]
    if platforms[0]:
        return platforms[0].meaning(_options)
    written = file.written
    if written is None:
        return _Options()
    wrong_patterns(written.exclude, ("exclude",), wrong, of_list=True)
    return _Options(tuple(written.exclude), written.fail_on)
