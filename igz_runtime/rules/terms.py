"""On which terms waivers count: those that igz-runtime.yaml grants, and what the platform allows to be waived."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.messages import counted
from igz_runtime.text.place import Position
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_UNKNOWN: Final = Position()


class ConfiguredWaiver(NamedTuple):
    """A waiver of the configuration.

    Attributes:
        rule: the accepted rule.
        waiver: reason and end.
        function: a glob of function names; empty: every function.
        project: a glob of project names; empty: every project.
        files: a pattern of files, as .gitignore has it; empty: every file.
        position: where it is written.
    """

    rule: str
    waiver: Waiver
    function: str = ""
    project: str = ""
    files: str = ""
    position: Position = _UNKNOWN


class Waivable(NamedTuple):
    """What the platform allows to be waived.

    Attributes:
        reason: the platform's reason, which whoever goes beyond it is told.
        rules: rules, as ids or their beginnings; empty: every rule.
        projects: globs of project names; empty: every project.
        files: patterns of files, as .gitignore has them; empty: every file.
        days: how many days from today a waiver may still count at most; None: without end.
    """

    reason: str
    rules: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    days: int | None = None


class Site(NamedTuple):
    """What a waiver is asked to count for.

    Attributes:
        project: the function's project; empty where it is in none; None: any.
        file: the file that holds the function; empty where none does; None: any.
        function: the function's name.
    """

    project: str | None = None
    file: str | None = None
    function: str = ""


ANYWHERE: Final = Site()


class Terms(NamedTuple):
    """What a configuration says of waivers. Without arguments: it grants none, and limits none.

    Attributes:
        waivers: those that it grants.
        waivable: what the platform allows to be waived; None: whatever the rules allow.
        folder: the folder that patterns of files are seen from.
    """

    waivers: tuple[ConfiguredWaiver, ...] = ()
    waivable: tuple[Waivable, ...] | None = None
    folder: str = ""

    def granted(self, rule_id: str, site: Site) -> Iterator[Waiver]:
        """The waivers of the configuration that are meant for a rule there, whether they count or not."""
        for one in self.waivers:
            if one.rule == rule_id and self._meant(one, site):
                yield one.waiver

    def _meant(self, one: ConfiguredWaiver, site: Site) -> bool:
        return (
            (not one.function or fnmatchcase(site.function, one.function))
            and (not one.project or _fits(site.project, (one.project,)))
            and (not one.files or self._holds(site.file, (one.files,)))
        )

    def refusal(self, rule_id: str, waiver: Waiver, site: Site, today: date) -> str:
        """Why the platform does not allow a waiver, with its reason; empty where it does."""
        if self.waivable is None:
            return ""
        for_rule = [each for each in self.waivable if not each.rules or rule_id.startswith(each.rules)]
        refusals = [self._refusal(each, rule_id, waiver, site, today) for each in for_rule]
        if not refusals:
            return _not_waivable(rule_id, self.waivable)
        return "" if "" in refusals else "; ".join(dict.fromkeys(refusals))

    def _refusal(self, one: Waivable, rule_id: str, waiver: Waiver, site: Site, today: date) -> str:
        allowed = f"the platform allows {rule_id} to be waived"
        if one.projects and not _fits(site.project, one.projects):
            return f"{allowed} in {_listed('project', one.projects)} only: {one.reason}"
        if one.files and not self._holds(site.file, one.files):
            return f"{allowed} in files like {', '.join(one.files)} only: {one.reason}"
        if one.days is None:
            return ""
        at_most = f"{allowed} for {counted(one.days, 'day')} at most"
        if not isinstance(waiver.until, date):
            return f"{at_most}, and this waiver has no end: {one.reason}"
        # A limit past the last date that there is would be none.
        if (waiver.until - today).days > one.days:
            return f"{at_most}, until {today + timedelta(one.days)}: {one.reason}"
        return ""

    def _holds(self, file: str | None, patterns: tuple[str, ...]) -> bool:
        return file is None or (bool(file) and matched(patterns, relative(file, self.folder)))


def relative(file: str, folder: str) -> str:
    """A file as seen from a configuration's folder; patterns do not reach what is not below it."""
    return os.path.relpath(file, folder or None).replace(os.sep, "/")


def matched(patterns: tuple[str, ...], file: str) -> bool:
    """Whether one of the patterns of .gitignore is about a file, as `relative` gives it."""
    return not file.startswith("../") and bool(_spec(patterns).match_file(file))


@lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def _fits(name: str | None, globs: Iterable[str]) -> bool:
    return name is None or any(fnmatchcase(name, glob) for glob in globs)


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _not_waivable(rule_id: str, waivable: tuple[Waivable, ...]) -> str:
    if not waivable:
        return "the platform allows no rule to be waived"
    what = "; ".join(f"{', '.join(each.rules)} ({each.reason})" for each in waivable)
    return f"the platform does not allow {rule_id} to be waived, only {what}"
