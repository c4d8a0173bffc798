"""IGZ3xx in CEL. See `rules/priority`."""

from __future__ import annotations

from typing import Final

from igz_runtime.cluster.clouds import RESERVED_PRIORITIES
from igz_runtime.rules.cel.form import FACTS, PODS_AND_FUNCTIONS, says, when
from igz_runtime.rules.cel.written import shown

_CLASS: Final = "variables.priority_class"
_RESERVED: Final = f"({' || '.join(f'{_CLASS}.startsWith({prefix!r})' for prefix in RESERVED_PRIORITIES)})"
_CLASSES: Final = f"{FACTS}.priorityClasses"

UNKNOWN_PRIORITY_CLASS: Final = says(
    when(
        f"{_CLASS} != '' && !{_RESERVED} && has({_CLASSES}) && !({_CLASS} in {_CLASSES})",
        f'"priority class \'" + {_CLASS} + "\' does not exist; the cluster has: "'
        f" + ({_CLASSES}.size() == 0 ? 'none' : {_CLASSES}.join(', '))",
    )
)

RESERVED_PRIORITY_CLASS: Final = says(
    when(_RESERVED, f"'priority class ' + {shown(_CLASS)} + \" is reserved for the system's own services\""),
    on=PODS_AND_FUNCTIONS,
)
