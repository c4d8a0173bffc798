"""IGZ203 in CEL on functions of Nuclio's, of which Kubernetes checked nothing yet. See `rules/resources`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.containers import is_accelerator
from igz_runtime.rules.cel.form import FUNCTIONS, Says
from igz_runtime.rules.cel.written import flattened, plain, shown
from igz_runtime.rules.cel.written_resources import differ, is_zero


def _asked(section: str) -> str:
    return f"c.{section}.filter(r, c.{section}[r] != null)"


def _accelerators(section: str) -> str:
    return f"c.{section}.filter(r, c.{section}[r] != null && {is_accelerator('r')})"


def _amount(section: str) -> str:
    return f"string(c.{section}[r])"


def _each(condition: str, message: str) -> str:
    """What is found on each accelerator that a container requests."""
    texts = f"{_accelerators('requests')}.filter(r, {condition}).map(r, 'container ' + {shown('c.name')} + {message})"
    return flattened(f"variables.function_containers.map(c, {texts})")


_LIMITED: Final = "r in c.limits && c.limits[r] != null"
_GPUS: Final = f"{_accelerators('limits')}.size() > 0 || {_accelerators('requests')}.size() > 0"
_FIRST: Final = (
    f"({_accelerators('limits')}.size() > 0 ? {_accelerators('limits')} : {_accelerators('requests')}).min()"
)
_ABSENT: Final = f"['cpu', 'memory'].filter(d, !(d in {_asked('limits')}) && !(d in {_asked('requests')}))"
_COUNTS: Final = " || ".join(
    f"['cpu', 'memory'].exists(r, r in c.{section} && c.{section}[r] != null && !{is_zero(_amount(section))})"
    for section in ("limits", "requests")
)

OF_FUNCTIONS: Final = (
    Says(
        _each(
            f"!({_LIMITED})",
            f"': ' + {plain('r')} + ' is requested without a limit; Kubernetes refuses it'",
        ),
        on=(FUNCTIONS,),
    ),
    Says(
        _each(
            f"{_LIMITED} && {differ(_amount('requests'), _amount('limits'))}",
            f"': ' + {plain('r')} + ' request ' + {plain(_amount('requests'))} + ' differs from its limit '"
            f" + {plain(_amount('limits'))} + '; Kubernetes refuses it'",
        ),
        on=(FUNCTIONS,),
    ),
    Says(
        f"variables.function_containers.filter(c, ({_GPUS}) && {_ABSENT}.size() > 0).map(c, 'container '"
        f" + {shown('c.name')} + ' asks for ' + {plain(_FIRST)} + ' without ' + {_ABSENT}.join(' and ')"
        f" + ', so its pod is ' + ({_COUNTS} ? 'Burstable' : 'BestEffort')"
        " + ' and first to be evicted from an expensive node')",
        severity="warning",
        on=(FUNCTIONS,),
    ),
)
