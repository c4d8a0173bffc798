"""What a configuration says of waivers and declarations, as the facts say it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import NamedTuple

from igz_runtime.audit.policies.facts import (
    GLOB,
    LONGEST_REASON,
    MOST_DAYS,
    Allowed,
    AllowedDeclarations,
    AllowedWaivers,
    Declaration,
    Granted,
)
from igz_runtime.rules.terms import ConfiguredWaiver, Declarable, Terms, Waivable


class Accepted(NamedTuple):
    """What is accepted, and what may be.

    Attributes:
        waivers: the waivers of the configuration that can count for pods.
        waivable: what may be waived, by each configuration that says so.
        declarable: what may be declared, likewise.
        notes: what is not carried over, in sentences.
    """

    waivers: tuple[Granted, ...]
    waivable: tuple[AllowedWaivers, ...]
    declarable: tuple[AllowedDeclarations, ...]
    notes: tuple[str, ...]


def accepted_in(terms: Terms, asked: Collection[str]) -> Accepted:
    """What a configuration says of waivers and declarations.

    Args:
        terms: the configuration's.
        asked: the rules that admission asks.
    """
    notes: list[str] = []
    of_asked = (each for each in terms.waivers if each.rule in asked)
    waivers = tuple(granted for each in of_asked if (granted := _granted(each, notes)))
    levels = tuple(_levels(terms))
    waivable = (
        AllowedWaivers(tuple(_waivable(each, notes) for each in level.waivable))
        for level in levels
        if level.waivable is not None
    )
    declarable = (
        AllowedDeclarations(tuple(_declarable(each, notes) for each in level.declarable))
        for level in levels
        if level.declarable is not None
    )
    return Accepted(waivers, tuple(waivable), tuple(declarable), tuple(dict.fromkeys(notes)))


def _levels(terms: Terms) -> Iterator[Terms]:
    """The terms, and those above them."""
    yield terms
    if terms.above is not None:
        yield from _levels(terms.above)


def _granted(one: ConfiguredWaiver, notes: list[str]) -> Granted | None:
    """A waiver as the facts have it; None where it cannot count for a pod, which is noted."""
    named = f"the waiver of {one.rule}{f' (line {one.position.line})' if one.position.line else ''}"
    strange = [glob for glob in (one.project, one.function) if not _is_said(glob)]
    until = one.waiver.until if isinstance(one.waiver.until, date) else None
    if one.files:
        notes.append(f"{named} is for files like {one.files}: it cannot count for pods, and is left out")
    elif strange:
        notes.append(f"{named} is for {' and '.join(strange)}: policies know * and ? alone, so that it is left out")
    elif until and until.year < _FIRST_YEAR:
        notes.append(f"{named} expired on {until}, and is left out")
    else:
        return Granted(one.rule, _reason(one.waiver.reason), one.project, one.function, str(until) if until else None)
    return None


_FIRST_YEAR = 1000


def _reason(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"


def _waivable(one: Waivable, notes: list[str]) -> Allowed:
    projects, lost = _projects(one.projects, "waivable", notes)
    days = one.days
    if days is not None and days > MOST_DAYS:
        notes.append(f"waivable: {days} days are more than policies reckon with; they allow {MOST_DAYS}")
        days = MOST_DAYS
    return Allowed(one.rules, projects, days, bool(one.files) or lost)


def _declarable(one: Declarable, notes: list[str]) -> Declaration:
    projects, lost = _projects(one.projects, "declarable", notes)
    return Declaration(one.declarations, projects, bool(one.files) or lost)


def _projects(globs: Iterable[str], section: str, notes: list[str]) -> tuple[tuple[str, ...], bool]:
    """The patterns that policies can ask, and whether none is left of some: then nothing is allowed anywhere."""
    globs = tuple(globs)
    lost = (each for each in globs if not _is_said(each))
    notes += [f"{section}: nothing is allowed in projects like {each}: policies know * and ? alone" for each in lost]
    said = tuple(filter(_is_said, globs))
    return said, bool(globs) and not said


def _is_said(glob: str) -> bool:
    return bool(re.fullmatch(GLOB, glob))
