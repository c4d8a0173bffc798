"""When a waiver counts, in CEL: as `waiver` reads an annotation, and `rules/terms` says whether it may count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from igz_runtime.functions.annotations import ANNOTATION_PREFIX
from igz_runtime.rules.cel.form import FACTS, literal, quoted
from igz_runtime.waiver import BEGINS_WITH_END, BEGINS_WITH_WORD, END, END_INSIDE, LONGEST, WORD

OF_LEAP_YEAR: Final = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))"
)
"""The month and the day of a leap year, as a regular expression."""
_DAY: Final = f"[0-9]{{4}}-{OF_LEAP_YEAR}$"


_UNTIL: Final = "d.substring(d.size() - 10)"
_PROJECT, _FUNCTION = "w.?project.orValue('')", "w.?function.orValue('')"


def waived(rule_ids: Iterable[str]) -> str:
    """Those of the rules for which a waiver counts: one in the pod's annotations, or one of the facts."""
    untils = f"({_written()} + {granted('variables.name')})"
    return f"{literal(list(rule_ids))}.filter(i, {untils}.exists(u, {counts()}))"


def granted(function: str) -> str:
    """The last days of the waivers of the facts that are meant for rule `i` and a function; empty for no end."""
    meant = f"w.rule == i && {fits(_PROJECT, 'variables.project')} && {fits(_FUNCTION, function)}"
    return f"{FACTS}.?waivers.orValue([]).filter(w, {meant}).map(w, w.?until.orValue(''))"


def fits(glob: str, name: str) -> str:
    """Whether a name fits a pattern; an empty one fits every name."""
    return f"({glob} == '' || {_matches(glob, name)})"


def _matches(glob: str, name: str) -> str:
    """Whether a name fits a pattern (`*`, `?`)."""
    return f"{name}.matches('^' + {glob}.replace('.', '[.]').replace('*', '.*').replace('?', '.') + '$')"


def _written() -> str:
    """The last day of the waiver in the annotation of rule `i`, as a list: empty where none is written right.

    `d` is how it begins where it has an end.
    """
    text = f"variables.annotations[?{quoted(ANNOTATION_PREFIX)} + i].orValue('')"
    is_day = f"d.matches({quoted(f'^{BEGINS_WITH_END}{_DAY}')}) && {_exists(_UNTIL)}"
    begun = f"{text}.find({quoted(f'^{BEGINS_WITH_WORD}')})"
    with_end = f"{is_day} && {_is_reason(f'{text}.substring(d.size())')}"
    without = _is_reason(f"{text}.substring({begun}.size())")
    return (
        f"({text} == '' || {text}.size() > {LONGEST} ? [] : [{text}.find({quoted(f'^{BEGINS_WITH_END}{END}')})]"
        f".filter(d, d == '' ? {without} : {with_end}).map(d, d == '' ? '' : {_UNTIL}))"
    )


def _is_reason(text: str) -> str:
    return f"{text}.matches({quoted(WORD)}) && !{text}.matches({quoted(END_INSIDE)})"


def _exists(day: str) -> str:
    """Whether a day of a leap year is one of its own year."""
    return f"[int({day}.substring(0, 4))].exists(y, y > 0 && ({day}.substring(4) != '-02-29' || {is_leap('y')}))"


def is_leap(year: str) -> str:
    """Whether a year has 366 days."""
    return f"{year} % 4 == 0 && ({year} % 100 != 0 || {year} % 400 == 0)"


def counts() -> str:
    """Whether a waiver of rule `i` with the last day `u` has not expired, and each configuration that limits allows it.

    What lies between two moments is an error of CEL above 292 years.
    """
    for_rule = "(e.?rules.orValue([]).size() == 0 || e.rules.exists(r, i.startsWith(r)))"
    latest = f"{_moment('variables.today')} + duration(string(e.days * 24) + 'h')"
    days = f"(!has(e.days) || u != '' && (variables.today == '' || {_moment('u')} <= {latest}))"
    allowed = f"l.?entries.orValue([]).exists(e, {for_rule} && {_there('e')} && {days})"
    return f"(u == '' || u >= variables.today) && {FACTS}.?waivable.orValue([]).all(l, {allowed})"


def _there(entry: str) -> str:
    """Whether what is allowed is allowed in the function's project."""
    projects = f"{entry}.?projects.orValue([])"
    return (
        f"!{entry}.?nowhere.orValue(false)"
        f" && ({projects}.size() == 0 || {projects}.exists(g, {_matches('g', 'variables.project')}))"
    )


def _moment(day: str) -> str:
    return f"timestamp({day} + 'T00:00:00Z')"


VARIABLES: Final[Mapping[str, str]] = {
    "today": "request.operation == 'CREATE' ? string(object.metadata.creationTimestamp).substring(0, 10) : ''",
    "undeclarable": f"['stateless'].filter(d, !{FACTS}.?declarable.orValue([]).all(l,"
    f" l.?entries.orValue([]).exists(w, (w.?declarations.orValue([]).size() == 0 || d in w.declarations)"
    f" && {_there('w')})))",
}
"""`today`: the server's day, where something is made; what is changed has no day of its own, so that no waiver ends."""
