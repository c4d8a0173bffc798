"""IGZ110 and IGZ111 in CEL, on functions of Nuclio's: no pod shows the mode of its function. See `rules/modes`."""

from __future__ import annotations

from typing import Final

from igz_runtime.functions.names import MODES
from igz_runtime.rules.cel.form import FACTS, FUNCTIONS, literal, says, when
from igz_runtime.rules.cel.written import shown

_MODE: Final = "variables.mode[0]"
_ANNOTATION: Final = "variables.mode_annotation"


def _unknown(known: str, what: str, mode: str) -> str:
    message = f"'{what} ' + {shown(mode)} + \" does not exist; it also turns off the platform's own default\""
    return when(f"{known} && {mode} != '' && !({mode} in {literal(MODES)})", message)


UNKNOWN_PREEMPTION_MODE: Final = says(
    f"{_unknown('variables.mode.size() > 0', 'preemption mode', _MODE)}"
    f" + {_unknown('true', 'annotation nuclio.io/preemptible-mode', _ANNOTATION)}",
    on=(FUNCTIONS,),
)

_STATED: Final = f"({_MODE} == '' ? {FACTS}.?functionMode.orValue({_ANNOTATION}) : {_MODE})"
_FUNCTION_STATES: Final = f"({_MODE} == '' ? \"'none at all'\" : {shown(_MODE)})"
ANNOTATION_OVERRIDES_MODE: Final = says(
    when(
        f"variables.mode.size() > 0 && {_ANNOTATION} != '' && {_ANNOTATION} != {_STATED}",
        f"'the annotation asks for mode ' + {shown(_ANNOTATION)} + ', and the function states ' + {_FUNCTION_STATES}",
    ),
    on=(FUNCTIONS,),
)
"""Of a function that states no mode, the platform's default (`functionMode` of the facts) is what is overridden."""
