"""When a waiver counts, in CEL: as `waiver` reads an annotation, and `rules/terms` says whether it may count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from igz_runtime.functions.annotations import ANNOTATION_PREFIX
from igz_runtime.rules.cel.form import FACTS, literal, quoted
from igz_runtime.waiver import BEGINS_WITH_END, BEGINS_WITH_WORD, END, END_INSIDE, WORD

_DAY: Final = (
    "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$"
)
"""A day of a leap year."""


_PROJECT, _FUNCTION = "w.?project.orValue('')", "w.?function.orValue('')"


def waived(rule_ids: Iterable[str]) -> str:
    """Those of the rules for which a waiver counts: one in the pod's annotations, or one of the facts."""
    annotated = f"variables.annotations[?{quoted(ANNOTATION_PREFIX)} + i].orValue('')"
    soon_enough = f"u != '' && {_soon_enough()}"
    in_time = f"(u == '' || u >= variables.today) && {_allowed(soon_enough)}"
    of_facts = (
        f"{FACTS}.?waivers.orValue([]).exists(w, w.rule == i"
        f" && {fits(_PROJECT, 'variables.project')}"
        f" && {fits(_FUNCTION, 'variables.name')} && [w.?until.orValue('')].exists(u, {in_time}))"
    )
    counts = f"[{annotated}].exists(a, a != '' && {_written()}) || {of_facts}"
    return f"{literal(list(rule_ids))}.filter(i, {counts})"


def fits(glob: str, name: str) -> str:
    """Whether a name fits a pattern; an empty one fits every name."""
    return f"({glob} == '' || {_matches(glob, name)})"


def _matches(glob: str, name: str) -> str:
    """Whether a name fits a pattern (`*`, `?`)."""
    return f"{name}.matches('^' + {glob}.replace('.', '[.]').replace('*', '.*').replace('?', '.') + '$')"


def _written() -> str:
    """Whether the text `a` is a waiver that counts: `d` is how it begins where it has an end, and `u` its last day."""
    is_date = f"d.matches({quoted(f'^{BEGINS_WITH_END}{_DAY}')})"
    in_time = f"{_exists()} && u >= variables.today && {_allowed(_soon_enough())}"
    with_end = (
        f"{is_date} && {_is_reason('a.substring(d.size())')} && [d.substring(d.size() - 10)].exists(u, {in_time})"
    )
    begun = f"a.find({quoted(f'^{BEGINS_WITH_WORD}')})"
    without = f"{_is_reason(f'a.substring({begun}.size())')} && {_allowed()}"
    return f"[a.find({quoted(f'^{BEGINS_WITH_END}{END}')})].exists(d, d != '' ? {with_end} : {without})"


def _is_reason(text: str) -> str:
    return f"{text}.matches({quoted(WORD)}) && !{text}.matches({quoted(END_INSIDE)})"


def _exists() -> str:
    """Whether `u`, a day of a leap year, is one of its own year."""
    leap = "y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)"
    return f"[int(u.substring(0, 4))].exists(y, y > 0 && (u.substring(4) != '-02-29' || {leap}))"


def _allowed(within: str = "") -> str:
    """Whether each configuration that limits waivers allows one of the rule.

    Args:
        within: whether it ends within the days of an entry `e`; empty: it has no end.
    """
    for_rule = "(e.?rules.orValue([]).size() == 0 || e.rules.exists(r, i.startsWith(r)))"
    days = "!has(e.days)" if not within else f"(!has(e.days) || {within})"
    return (
        f"{FACTS}.?waivable.orValue([]).all(l, l.?entries.orValue([]).exists(e, {for_rule} && {_there('e')} && {days}))"
    )


def _soon_enough() -> str:
    """Whether `u` is within the days of `e`: what lies between two moments is an error of CEL above 292 years."""
    days = f"{_moment('variables.today')} + duration(string(e.days * 24) + 'h')"
    return f"(variables.today == '' || {_moment('u')} <= {days})"


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
