"""IGZ1xx in CEL. See `rules/spot`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import FACTS, Cel, Says, says, when
from igz_runtime.rules.cel.landing import taint_text, tolerates, toleration_text

_STATEFUL: Final = "variables.spot.size() > 0 && variables.stateful != ''"
_MAY_DECLARE: Final = "(!variables.by_declaration && !variables.by_kind && !('stateless' in variables.undeclarable))"
_ON_SPOT: Final = "'stateful (' + variables.stateful + '), and its pod can land on ' + variables.spot[0].name"


def stateful_on_spot(fix: str, fix_declared: str) -> Cel:
    """IGZ101, with what to do where the work may be declared stateless, and where not."""
    return Cel(
        (
            Says(when(f"{_STATEFUL} && {_MAY_DECLARE}", _ON_SPOT), fix),
            Says(when(f"{_STATEFUL} && !{_MAY_DECLARE}", _ON_SPOT), fix_declared),
        )
    )


MISSION_CRITICAL_ON_SPOT: Final = says(
    when(
        "variables.mission_critical && variables.spot.size() > 0",
        "'declared mission-critical, and its pod can land on ' + variables.spot[0].name",
    )
)

_TAINTS: Final = f"{FACTS}.?spotTaints.orValue([])"
_TOLERATED: Final = f"{_TAINTS}.filter(t, {tolerates('o', 't')})"
TOLERATION_ADMITS_SPOT: Final = says(
    f"variables.on_demand && variables.spot.size() > 0 ? variables.tolerations.filter(o, {_TOLERATED}.size() > 0)"
    f".map(o, 'toleration ' + {toleration_text('o')} + ' lets the pod onto spot nodes tainted ' +"
    f" {_TOLERATED}.map(t, {taint_text('t')})[0] + ', although it is meant to stay on demand') : []"
)
