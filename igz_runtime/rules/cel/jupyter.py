"""IGZ501 in CEL, on Iguazio's application services. See `rules/jupyter` and `functions/jupyter/app_service`.

One object holds the services of all tenants. Each of them is judged by itself, `s`: what it is found is said of the
service, and not of the object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.names import GPU, GPU_RESOURCE
from igz_runtime.rules.cel.containers import is_accelerator
from igz_runtime.rules.cel.form import SETS, Cel, Says, chosen, quoted
from igz_runtime.rules.cel.scaling import reads_as_duration
from igz_runtime.rules.cel.written import is_a, one, plain, shown_value, text_in
from igz_runtime.rules.cel.written_resources import held_in, is_readable, is_zero, section_of


def _below(holder: str, *path: str) -> str:
    """What stands below a mapping, as a list of none or one mapping."""
    found = f"[dyn({holder})].filter(o, {is_a('map', 'o')})"
    for name in path:
        found += f".map(o, {held_in('o', quoted(name))}).filter(o, {is_a('map', 'o')})"
    return found


_OWN_KIND: Final = f"!('metadata' in h) && !({is_a('map', held_in('h', quoted('spec')))})"
_NAMES_IMAGE: Final = f"[{held_in('h', quoted(JUPYTER))}].exists(j, {is_a('map', 'j')} && 'image_name' in j)"
_IS_JUPYTER: Final = (
    f"[{held_in('h', quoted('kind'))}].all(k, k != null ? k == {quoted(JUPYTER)} && {_OWN_KIND} : {_NAMES_IMAGE})"
)
_SERVICES: Final = (
    f"{_below('p', 'spec', 'services')}.map(h, h.filter(n, {is_a('map', 'h[n]')} && [h[n]].all(h, {_IS_JUPYTER}))"
    ".map(n, {'name': dyn(string(n)), 'held': dyn(h[n])}))"
)
_TENANTS: Final = (
    f"({_below('variables.whole.?spec.orValue(dyn(null))', 'spec')}.map(o, {held_in('o', quoted('tenants'))})"
    f".filter(t, {is_a('list', 't')}) + [dyn([])])[0]"
)

VARIABLES: Final[Mapping[str, str]] = {
    "tenants": f"{_TENANTS}.map(p, ({_SERVICES} + [[]])[0]).filter(l, l.size() > 0)",
}
"""`tenants`: for each tenant that has some, its Jupyter services, each with its name."""

_RESOURCES: Final = held_in("s.held", quoted("resources"))
_SCALE: Final = "scale_to_zero"


def _gpus(section: str) -> str:
    asked = f"a[r] != null && (r == {quoted(GPU)} || {is_accelerator('r')}) && !{is_zero('string(a[r])')}"
    return f"[{section_of(_RESOURCES, section)}].map(a, a.filter(r, {asked}))[0]"


def _fault(resource: str) -> str:
    """Why the platform's scaler takes no scale to zero that has such a resource; empty where it does."""
    threshold, window = (held_in(resource, quoted(name)) for name in ("threshold", "window_size"))
    metric = text_in(resource, "metric_name", exactly=True)
    is_number = f"{is_a('int', threshold)} || {is_a('double', threshold)}"
    is_window = f"{is_a('string', window)} && {reads_as_duration(f'string({window})')}"
    cases = (
        (f"{resource} == null || {metric} == ''", "'names no metric (metric_name)'"),
        (f"{threshold} == null", "'has no threshold'"),
        (f"!({is_number})", f"'has the threshold ' + {shown_value(threshold)} + ', not a number'"),
        (f"{window} == null", quoted("has no window_size, a duration of Go's such as '1h' or '90m'")),
        (
            f"!({is_window})",
            f"'has the window_size ' + {shown_value(window)} + \", not a duration of Go's such as '1h' or '90m'\"",
        ),
    )
    return chosen(cases, "''")


_MODE: Final = held_in("z", quoted("mode"))
_LISTED: Final = f"({one('z', 'scale_resources', exactly=True)} + [dyn([])])[0]"
_NOT_ENABLED: Final = (
    f"'its scale to zero is not enabled' + ({_MODE} == null ? '' : ' (mode ' + {shown_value(_MODE)} + ')')"
)
_FAULTY: Final = f"y.filter(r, !(r == null || {is_a('map', 'r')}) || {_fault('r')} != '')"
_SKIPPED: Final = (
    f"[{_FAULTY}].map(x, x.size() == 0 || !(x[0] == null || {is_a('map', 'x[0]')}) ? ''"
    " : \"the platform's scaler skips its scale to zero: scale_resources[\" + string(y.indexOf(x[0])) + '] '"
    f" + {_fault('x[0]')})[0]"
)
_ENABLED: Final = chosen(
    (
        (f"!({is_a('list', 'y')})", "''"),
        ("y.size() == 0", "'its scale to zero is enabled without scale_resources, so it never happens'"),
    ),
    _SKIPPED,
)
_IDLE: Final = f"({_MODE} != 'enabled' ? {_NOT_ENABLED} : [{_LISTED}].map(y, {_ENABLED})[0])"
_FIRST_GPU: Final = "(g[0].size() > 0 ? g[0] : g[1]).min()"
_ASKS: Final = (
    f"[{_FIRST_GPU}].map(r, 'asks for ' + (r == {quoted(GPU)} ? {quoted(GPU_RESOURCE)} : {plain('r')}) + ', and ')[0]"
)
_READABLE: Final = f"{is_readable(_RESOURCES)} && {one('s.held', _SCALE, exactly=True)}.all(z, {is_a('map', 'z')})"
GPU_NOTEBOOK_WITHOUT_SCALE_TO_ZERO: Final = Cel(
    (
        Says(
            f"({_READABLE}) ? [[{_gpus('limits')}, {_gpus('requests')}]].filter(g, g[0].size() + g[1].size() > 0)"
            f".map(g, [({one('s.held', _SCALE, exactly=True)} + [dyn({{}})])[0]].map(z, {_IDLE})"
            f".filter(i, i != '').map(i, {_ASKS} + i)).filter(l, l.size() > 0).map(l, l[0]) : []",
            on=(SETS,),
        ),
    ),
    warns=True,
)
"""It only warns: who writes the object is the platform's own controller, whom nobody asks for a fix."""
