"""IGZ3xx in CEL. See `rules/priority`."""

from __future__ import annotations

from typing import Final

from igz_runtime.cluster.clouds import RESERVED_PRIORITIES
from igz_runtime.cluster.model import IGUAZIO, LEVELS
from igz_runtime.cluster.platform import PLATFORMS
from igz_runtime.rules.cel.form import FACTS, PODS_AND_FUNCTIONS, Cel, Says, literal, quoted, says, when
from igz_runtime.rules.cel.written import shown

_CLASS: Final = "variables.priority_class"
_RESERVED: Final = f"({' || '.join(f'{_CLASS}.startsWith({prefix!r})' for prefix in RESERVED_PRIORITIES)})"
_CLASSES: Final = f"{FACTS}.priorityClasses"

_NOT_AMONG: Final = f"{_CLASS} != '' && !{_RESERVED} && has({_CLASSES}) && !({_CLASS} in {_CLASSES})"
_NAMES: Final = f"({_CLASSES}.size() == 0 ? 'none' : {_CLASSES}.join(', '))"
_ASSUMED: Final = f"{FACTS}.?assumed.orValue(false)"
_PLATFORM: Final = f"{literal(PLATFORMS)}[?{FACTS}.platform].orValue({FACTS}.platform)"
_OF_NO_LIST: Final = (
    f"!has({_CLASSES}) && has({FACTS}.platform) && {_CLASS} in {literal(IGUAZIO.priority_classes or ())}"
)


def unknown_priority_class(of_platform: str) -> Cel:
    """IGZ301, with what to do where the platform is known and lists no classes."""
    return Cel(
        (
            Says(
                when(
                    f"{_NOT_AMONG} && !{_ASSUMED}",
                    f'"priority class \'" + {_CLASS} + "\' does not exist; the cluster has: " + {_NAMES}',
                )
            ),
            Says(
                when(
                    f"{_NOT_AMONG} && {_ASSUMED}",
                    f'"priority class \'" + {_CLASS} + "\' is not one of Iguazio\'s own (" + {_NAMES} + ")"',
                ),
                severity="warning",
            ),
            Says(
                when(
                    _OF_NO_LIST,
                    f'"priority class \'" + {_CLASS} + "\' is Iguazio\'s, and is not known to exist: "'
                    f' + {_PLATFORM} + " lists no classes"',
                ),
                of_platform,
                "warning",
            ),
        )
    )


RESERVED_PRIORITY_CLASS: Final = says(
    when(_RESERVED, f"'priority class ' + {shown(_CLASS)} + \" is reserved for the system's own services\""),
    on=PODS_AND_FUNCTIONS,
)

_BELOW: Final = [f"{FACTS}.?priorityAliases[?{quoted(level)}].orValue('')" for level in LEVELS if level != "high"]
_BELOW_HIGH: Final = f"{_CLASS} in ['', {', '.join(_BELOW)}]"
MISSION_CRITICAL_WITHOUT_HIGH_PRIORITY: Final = says(
    when(
        f"variables.mission_critical && {_BELOW_HIGH}",
        f"\"declared mission-critical, and its priority class is '\" + ({_CLASS} == '' ? 'none' : {_CLASS})"
        ' + "\', not high"',
    )
)
"""A class that is none of the three levels is not known to rank below high."""
