"""On which terms waivers and declarations count: what igz-runtime.yaml grants, and what the platform allows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.functions.workload import ONE_SIDED
from igz_runtime.messages import counted
from igz_runtime.text.place import Position
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_UNKNOWN: Final = Position()
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


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


class Declarable(NamedTuple):
    """Who may declare what of work, as far as that takes findings away.

    Attributes:
        reason: the platform's reason, which whoever goes beyond it is told.
        declarations: which of `ONE_SIDED`; empty: each.
        projects: globs of project names; empty: every project.
        files: patterns of files, as .gitignore has them; empty: every file.
    """

    reason: str
    declarations: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Site(NamedTuple):
    """What a waiver or a declaration is asked to count for.

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
    """What a configuration says of waivers and declarations. Without arguments: it grants none, and limits none.

    Attributes:
        waivers: those that it grants.
        waivable: what the platform allows to be waived; None: whatever the rules allow.
        folder: the folder that patterns of files are seen from.
        declarable: what the platform allows to be declared; None: everything.
        above: the terms of the platform's configuration above it, beyond which it cannot go.
    """

    waivers: tuple[ConfiguredWaiver, ...] = ()
    waivable: tuple[Waivable, ...] | None = None
    folder: str = ""
    declarable: tuple[Declarable, ...] | None = None
    above: Terms | None = None

    @property
    def outermost(self) -> Terms:
        """The terms of the platform's configuration, or these where none is above it."""
        return self if self.above is None else self.above.outermost

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
        if self.above is not None and (refusal := self.above.refusal(rule_id, waiver, site, today)):
            return refusal
        if self.waivable is None:
            return ""
        for_rule = [each for each in self.waivable if not each.rules or rule_id.startswith(each.rules)]
        refusals = [self._refusal(each, rule_id, waiver, site, today) for each in for_rule]
        if not refusals:
            return _not_waivable(rule_id, self.waivable)
        return _unless_one_allows(refusals)

    def undeclarable(self, site: Site) -> Mapping[str, str]:
        """What the platform does not let a function declare, of `ONE_SIDED`, and why, with its reason."""
        if self.declarable is None and self.above is None:
            return _NOTHING
        refused = ((word, self._not_declarable(word, site)) for word in ONE_SIDED)
        return {word: why for word, why in refused if why}

    def _not_declarable(self, word: str, site: Site) -> str:
        if self.above is not None and (refusal := self.above._not_declarable(word, site)):  # noqa: SLF001  (of its kind)
            return refusal
        if self.declarable is None:
            return ""
        of_word = [each for each in self.declarable if not each.declarations or word in each.declarations]
        allowed = f"the platform allows work to be declared {word}"
        if not of_word:
            return f"the platform does not allow work to be declared {word}{_only(self.declarable)}"
        return _unless_one_allows([self._elsewhere(each, allowed, site) for each in of_word])

    def _elsewhere(self, one: Waivable | Declarable, allowed: str, site: Site) -> str:
        """Why what is allowed is not allowed there; empty where it is."""
        if one.projects and not _fits(site.project, one.projects):
            return f"{allowed} in {_listed('project', one.projects)} only: {one.reason}"
        if one.files and not self._holds(site.file, one.files):
            return f"{allowed} in files like {', '.join(one.files)} only: {one.reason}"
        return ""

    def _refusal(self, one: Waivable, rule_id: str, waiver: Waiver, site: Site, today: date) -> str:
        allowed = f"the platform allows {rule_id} to be waived"
        elsewhere = self._elsewhere(one, allowed, site)
        if elsewhere or one.days is None:
            return elsewhere
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


def _unless_one_allows(refusals: list[str]) -> str:
    """Refusals as one; empty where one of them is."""
    return "" if "" in refusals else "; ".join(dict.fromkeys(refusals))


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _not_waivable(rule_id: str, waivable: tuple[Waivable, ...]) -> str:
    if not waivable:
        return "the platform allows no rule to be waived"
    what = "; ".join(f"{', '.join(each.rules)} ({each.reason})" for each in waivable)
    return f"the platform does not allow {rule_id} to be waived, only {what}"


def _only(declarable: tuple[Declarable, ...]) -> str:
    what = "; ".join(f"{', '.join(each.declarations)} ({each.reason})" for each in declarable)
    return f", only {what}" if what else ""
