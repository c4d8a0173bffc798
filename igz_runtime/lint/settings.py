"""What lint is told by igz-runtime.yaml: rules, severities, the cluster, profiles, waivers and files to leave out."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from igz_runtime.cluster.model import IGUAZIO, Cluster
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.rules.findings import Finding, Severity
from igz_runtime.rules.registry import rules
from igz_runtime.text.place import Position, Remark
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from igz_runtime.profiles.catalog import NamedProfile

NAMES: Final = ("igz-runtime.yaml", "igz-runtime.yml")
_UNKNOWN: Final = Position()


@dataclass(frozen=True, slots=True)
class ConfiguredWaiver:
    """A waiver of the configuration.

    Attributes:
        rule: the accepted rule.
        waiver: reason and end.
        function: a glob of function names; empty: every function.
        files: a pattern of files, as .gitignore has it; empty: every file.
        position: where it is written.
    """

    rule: str
    waiver: Waiver
    function: str = ""
    files: str = ""
    position: Position = _UNKNOWN


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration of a run of lint. Without arguments: every rule, Iguazio's defaults, and no waiver.

    Attributes:
        cluster: the cluster to judge on.
        select: the rules that are judged, as ids or their beginnings; empty: every rule.
        ignore: those that are not; the longer of two entries decides.
        severities: severities by id or its beginning; the longest entry decides.
        waivers: accepted rules; the first that fits a finding counts.
        profiles: the organisation's profiles by name, to be called as the built-in factories are.
        exclude: patterns of files that are left out, as .gitignore has them, below the configuration's folder.
        fail_on: the least severity that fails a run.
        source: the configuration's file; empty where there is none.
    """

    cluster: Cluster = IGUAZIO
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)
    waivers: tuple[ConfiguredWaiver, ...] = ()
    profiles: Mapping[str, NamedProfile] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    fail_on: Severity = "error"
    source: str = ""

    def judges(self, rule_id: str) -> bool:
        """Whether a rule's findings are wanted.

        Rules on the document itself (IGZ9xx) are judged whatever is selected, until they are ignored: a file that
        cannot be read must not look clean.
        """
        selected, ignored = _longest(rule_id, self.select), _longest(rule_id, self.ignore)
        wanted = bool(selected or not self.select or rule_id.startswith("IGZ9"))
        return wanted and (not ignored or len(ignored) < len(selected))

    def severity_of(self, finding: Finding) -> Severity:
        """The severity of a finding here."""
        return self.severity_of_rule(finding.rule, finding.severity)

    def severity_of_rule(self, rule_id: str, otherwise: Severity) -> Severity:
        """The severity that the configuration gives to a rule, or the other one."""
        return self.severities.get(_longest(rule_id, self.severities), otherwise)

    def waiver_for(self, finding: Finding, file: str) -> Waiver | None:
        """The waiver that fits a finding; an expired one too, where no other does, so that the finding can say so.

        Args:
            finding: the finding.
            file: the file as the user named it.
        """
        fitting = [one.waiver for one in self.waivers if one.rule == finding.rule and self._fits(one, finding, file)]
        return next((waiver for waiver in fitting if not waiver.expired(_today())), fitting[0] if fitting else None)

    def _fits(self, one: ConfiguredWaiver, finding: Finding, file: str) -> bool:
        in_files = not one.files or _matched((one.files,), self._relative(file))
        return in_files and (not one.function or fnmatchcase(finding.function, one.function))

    def excludes(self, file: str) -> bool:
        """Whether a file, or a folder, is left out."""
        if not self.exclude:
            return False
        relative = self._relative(file)
        return _matched(self.exclude, relative) or _matched(self.exclude, f"{relative}/")

    def _relative(self, file: str) -> str:
        """A file as seen from the configuration's folder; patterns do not reach what is not below it."""
        return os.path.relpath(file, Path(self.source).parent).replace(os.sep, "/")

    def expired(self) -> tuple[Remark, ...]:
        """The waivers that no longer count, each with its place in the configuration."""
        return tuple(
            Remark(one.position, f"the waiver of {one.rule} expired on {one.waiver.until}: {one.waiver.reason}")
            for one in self.waivers
            if one.waiver.expired(_today())
        )


def find_settings(start: Path) -> Path | None:
    """The nearest configuration: in a folder or one above it, up to the root of its git repository.

    Args:
        start: a folder, or a file in it.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        for name in NAMES:
            if (folder / name).is_file():
                return folder / name
        if (folder / ".git").exists():
            return None
    return None


def load_settings(path: Path) -> Settings:
    """The settings of a configuration.

    Args:
        path: the file.

    Raises:
        ConfigurationError: what is wrong, each with line and column.
    """
    from igz_runtime.lint.configuration import settings_from

    return settings_from(path)


def nearest_settings() -> Settings:
    """The settings of the nearest configuration above the working directory; else the defaults.

    Raises:
        ConfigurationError: it cannot be read.
    """
    found = find_settings(Path.cwd())
    return Settings() if found is None else _loaded(found, found.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _loaded(path: Path, changed: int) -> Settings:  # noqa: ARG001  (a file that has changed is read again)
    return load_settings(path)


def selection_fault(beginning: str) -> str:
    """Why an entry of `select`, `ignore` or `severities` means no rule, with the nearest right name; else empty."""
    known = rules()
    if beginning and any(rule_id.startswith(beginning) for rule_id in known):
        return ""
    near = did_you_mean(beginning.upper(), [*known, *{rule_id[:-2] for rule_id in known}])
    return f"there is no rule {shown(beginning)}{near}"


def _longest(rule_id: str, beginnings: tuple[str, ...] | Mapping[str, Severity]) -> str:
    """The longest entry that a rule's id begins with; empty where none is."""
    return max((each for each in beginnings if rule_id.startswith(each)), key=len, default="")


@cache
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _matched(patterns: tuple[str, ...], file: str) -> bool:
    return not file.startswith("../") and bool(_spec(patterns).match_file(file))


def _today() -> date:
    """A waiver ends on a calendar day where the user is."""
    return date.today()  # noqa: DTZ011
