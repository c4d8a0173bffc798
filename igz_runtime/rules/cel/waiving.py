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


_NEVER: Final = "''"
_PROJECT, _FUNCTION = "w.?project.orValue('')", "w.?function.orValue('')"


def waived(rule_ids: Iterable[str]) -> str:
    """Those of the rules for which a waiver counts: one in the pod's annotations, or one of the facts."""
    annotated = f"variables.annotations[?{quoted(ANNOTATION_PREFIX)} + i].orValue('')"
    until = "w.?until.orValue('')"
    of_facts = (
        f"{FACTS}.?waivers.orValue([]).exists(w, w.rule == i"
        f" && {fits(_PROJECT, 'variables.project')}"
        f" && {fits(_FUNCTION, 'variables.name')} && {_counts(until)})"
    )
    counts = f"[{annotated}].exists(a, a != '' && {_written()}) || {of_facts}"
    return f"{literal(list(rule_ids))}.filter(i, {counts})"


def fits(glob: str, name: str) -> str:
    """Whether a name fits a pattern (`*`, `?`); an empty one fits every name."""
    expression = f"'^' + {glob}.replace('.', '[.]').replace('*', '.*').replace('?', '.') + '$'"
    return f"({glob} == '' || {name}.matches({expression}))"


def _written() -> str:
    """Whether the text `a` is a waiver that counts."""
    dated = f"a.find({quoted(f'^{BEGINS_WITH_END}{END}')})"
    until = f"{dated}.substring({dated}.size() - 10)"
    is_date = f"{dated}.matches({quoted(f'^{BEGINS_WITH_END}{_DAY}')}) && {_exists(until)}"
    with_end = f"{is_date} && {_is_reason(f'a.substring({dated}.size())')} && {_counts(until)}"
    begun = f"a.find({quoted(f'^{BEGINS_WITH_WORD}')})"
    without = f"{_is_reason(f'a.substring({begun}.size())')} && {_allowed(_NEVER)}"
    return f"({dated} != '' ? {with_end} : {without})"


def _is_reason(text: str) -> str:
    return f"{text}.matches({quoted(WORD)}) && !{text}.matches({quoted(END_INSIDE)})"


def _exists(day: str) -> str:
    """Whether a day of a leap year is one of its own year."""
    year = f"int({day}.substring(0, 4))"
    leap = f"{year} % 4 == 0 && ({year} % 100 != 0 || {year} % 400 == 0)"
    return f"{year} > 0 && (!{day}.endsWith('-02-29') || {leap})"


def _counts(until: str) -> str:
    """Whether a waiver with that last day has not expired, and the platform allows it."""
    return f"({until} == '' || {until} >= variables.today) && {_allowed(until)}"


def _allowed(until: str) -> str:
    """Whether each configuration that limits waivers allows one of the rule with that last day.

    The day may be that of a waiver `w`, so an entry has another name.
    """
    for_rule = "(e.?rules.orValue([]).size() == 0 || e.rules.exists(r, i.startsWith(r)))"
    days = (
        f"(!has(e.days) || ({until} != '' && (variables.today == '' || {_moment(until)}"
        f" <= {_moment('variables.today')} + duration(string(e.days * 24) + 'h'))))"
    )
    return (
        f"{FACTS}.?waivable.orValue([]).all(l, l.?entries.orValue([]).exists(e, {for_rule} && {_there('e')} && {days}))"
    )


def _there(entry: str) -> str:
    """Whether what is allowed is allowed in the function's project."""
    projects = f"{entry}.?projects.orValue([])"
    return (
        f"!{entry}.?nowhere.orValue(false)"
        f" && ({projects}.size() == 0 || {projects}.exists(g, {fits('g', 'variables.project')}))"
    )


def _moment(day: str) -> str:
    """The beginning of a day. What lies between two moments is an error of CEL above 292 years."""
    return f"timestamp({day} + 'T00:00:00Z')"


VARIABLES: Final[Mapping[str, str]] = {
    "today": "request.operation == 'CREATE' ? string(object.metadata.creationTimestamp).substring(0, 10) : ''",
    "undeclarable": f"['stateless'].filter(d, !{FACTS}.?declarable.orValue([]).all(l,"
    f" l.?entries.orValue([]).exists(w, (w.?declarations.orValue([]).size() == 0 || d in w.declarations)"
    f" && {_there('w')})))",
}
"""`today`: the server's day, where something is made; what is changed has no day of its own, so that no waiver ends."""
