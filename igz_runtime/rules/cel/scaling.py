"""IGZ505 in CEL, on functions of Nuclio's. See `rules/scaling`, and `functions/triggers` on what it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.idle import GO_DURATION
from igz_runtime.functions.triggers import CRON, HTTP, TRIGGERS, V3IO_STREAMS, WITHOUT_HTTP
from igz_runtime.functions.values import LISTED, MEASURED
from igz_runtime.rules.cel.form import FUNCTIONS, Cel, Says, chosen, literal, quoted, when
from igz_runtime.rules.cel.functions import stated, stated_in
from igz_runtime.rules.cel.written import is_a, means_something, one, plain, shown, text_in
from igz_runtime.rules.cel.written_resources import held_in

_METRIC, _WINDOW, _THRESHOLD = MEASURED


def reads_as_duration(text: str) -> str:
    """Whether Go reads a text as a duration of more than nothing. See `functions/idle`."""
    return f"({text}.matches({quoted(f'^(?:{GO_DURATION})$')}) && {text}.matches('[1-9]'))"


def _fault(resource: str) -> str:
    """Why the scaler cannot go by one metric; empty where it can."""
    r, window = resource, text_in(resource, _WINDOW)
    cases = (
        (f"{r} == null || {text_in(r, _METRIC)} == ''", f"'names no metric ({_METRIC})'"),
        (
            f"{one(r, _WINDOW)}.size() == 0",
            quoted(f"has no {_WINDOW}, a duration of Go's such as '10m' or '1h'"),
        ),
        (
            f"!{reads_as_duration(window)}",
            f"'has the {_WINDOW} ' + {shown(window)} + \", not a duration of Go's such as '10m' or '1h'\"",
        ),
    )
    return chosen(cases, "''")


_READABLE_METRIC: Final = " && ".join(
    f"{one('r', field)}.all(w, {is_a(kind, 'w')})"
    for field, kind in ((_METRIC, "string"), (_WINDOW, "string"), (_THRESHOLD, "int"))
)
_READABLE_METRICS: Final = f"{is_a('list', 'w')} && w.all(r, r == null || ({is_a('map', 'r')} && {_READABLE_METRIC}))"
_OFF: Final = means_something(held_in("w[n]", "'disabled'"))
_READABLE_KIND: Final = f"{one('w[n]', 'kind', exactly=True)}.all(x, {is_a('string', 'x')})"
_READABLE_TRIGGERS: Final = f"{is_a('map', 'w')} && w.all(n, !({is_a('map', 'w[n]')}) || {_OFF} || {_READABLE_KIND})"
_READABLE: Final = " && ".join(
    (
        *(f"{stated('replicas', number)}.all(w, {is_a('int', 'w')})" for number in range(3)),
        f"variables.scale_to_zero.all(w, {is_a('map', 'w')})",
        f"variables.scale_resources.all(w, {_READABLE_METRICS})",
        f"variables.triggers.all(w, {_READABLE_TRIGGERS})",
    )
)
_LEAST: Final = f"({stated('replicas', 1)} + {stated('replicas', 2)} + [dyn(1)])[0]"
_KIND: Final = text_in("w[n]", "kind", exactly=True)
_ENABLED: Final = f"w.filter(n, {is_a('map', 'w[n]')} && !({_OFF})).map(n, {{'name': string(n), 'kind': {_KIND}}})"

VARIABLES: Final[Mapping[str, str]] = {
    "scale_to_zero": stated("scale_to_zero"),
    "scale_resources": f"variables.scale_to_zero.filter(w, {is_a('map', 'w')})"
    f".map(w, ({one('w', LISTED)} + [dyn([])])[0])",
    "triggers": f"{stated_in(TRIGGERS)}.filter(w, {means_something('w')})",
    "goes_to_none": f"{_READABLE} && {stated('replicas')}.size() == 0 && {_LEAST} <= 0",
    "enabled": f"(variables.triggers.filter(w, {is_a('map', 'w')}).map(w, {_ENABLED}) + [[]])[0]",
    "without_http": f"{stated_in(WITHOUT_HTTP)}.exists(w, {means_something('w')})",
}
"""`goes_to_none`: whether a function of which all can be read goes down to no pods when it is idle."""

_FAULTY: Final = f"variables.scale_resources[0].filter(r, {_fault('r')} != '')"
_FIRST_FAULT: Final = (
    f"{_FAULTY}.size() == 0 ? [] : [{_FAULTY}[0]].map(r,"
    f" '{LISTED}[' + string(variables.scale_resources[0].indexOf(r)) + '] ' + {_fault('r')})"
)
_FAULTS: Final = (
    "(variables.goes_to_none && variables.scale_resources.size() > 0 ? (variables.scale_resources[0].size() == 0"
    f" ? ['it names no metric, so that nothing says when the function is idle'] : {_FIRST_FAULT}) : [])"
    '.map(m, "Nuclio\'s scaler cannot go by its scale to zero: " + m)'
)
_WHAT: Final = f"'it goes down to no pods, and has the trigger ' + {shown('g.name')} + ' of kind ' + {plain('g.kind')}"


def _not_brought_back(kinds: str, why: str) -> str:
    asked = f"variables.enabled.filter(g, g.kind != '' && {kinds})"
    return f"(variables.goes_to_none ? {asked} : []).map(g, {_WHAT} + {quoted(why)})"


def scale_to_zero_that_does_not_work(readable: str, as_many: str, with_http: str) -> Cel:
    """IGZ505, with what to do about a scale to zero that is not read, about a stream, and without an HTTP trigger."""
    streams = literal(V3IO_STREAMS)
    others = f"!(g.kind in {literal((HTTP, CRON, *V3IO_STREAMS))})"
    found = (
        (_FAULTS, readable),
        (_not_brought_back(f"g.kind in {streams}", ": Nuclio refuses a range of replicas with it"), as_many),
        (
            _not_brought_back(f"g.kind == {quoted(CRON)}", ", which runs in its own pod: with no pod it never fires"),
            "",
        ),
        (_not_brought_back(others, ", which its own pods read: with no pod nothing reads it"), ""),
        (
            when(
                "variables.goes_to_none && variables.without_http"
                f" && !variables.enabled.exists(g, g.kind == {quoted(HTTP)})",
                "'it goes down to no pods, and has no HTTP trigger: Nuclio refuses it'",
            ),
            with_http,
        ),
    )
    return Cel(tuple(Says(each, fix, on=(FUNCTIONS,)) for each, fix in found))
