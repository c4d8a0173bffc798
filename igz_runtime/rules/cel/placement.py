"""IGZ4xx in CEL. See `rules/placement`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import Cel, Says, literal, says, when
from igz_runtime.rules.cel.landing import hindrance

_NAME: Final = "n.name.substring(11)"
"""The name of a group in its quotes: the shape of one is called `node group 'NAME'`."""

ON_CORE_SERVICES: Final = says(
    "variables.landings.filter(n, n.?core.orValue(false))"
    ".map(n, 'its pod can land on ' + n.name + ', which hosts the core services')"
)

_MOST_GROUPS: Final = 4


def against(shapes: str) -> str:
    """What keeps the pod off the first of these groups, of which there are some, as the end of a sentence."""
    first = f"{literal(range(_MOST_GROUPS))}.filter(i, i < {shapes}.size()).map(i, {shapes}[i])"
    said = f"{first}.map(n, {_NAME} + ' by ' + {hindrance('n')}).join(', ')"
    return f"(' (kept off ' + {said} + ({shapes}.size() > {_MOST_GROUPS} ? ', …' : '') + ')')"


_WITH_GPUS: Final = "variables.groups.filter(n, n.?gpu.orValue(false))"
_GPU: Final = "variables.landings.filter(n, n.?gpu.orValue(false))"
_ASKS: Final = "variables.gpus.size() > 0"
_KNOWN: Final = f"{_WITH_GPUS}.size() > 0"
GPU_PLACEMENT: Final = Cel(
    (
        Says(
            f"{_GPU}.filter(n, !({_ASKS})).map(n,"
            " 'asks for no GPU, and its pod can land on ' + n.name + ', which has GPUs')"
        ),
        Says(
            f"({_ASKS} && {_GPU}.size() > 0 ? variables.landings.filter(n, !n.?gpu.orValue(false)) : [])"
            ".map(n, 'asks for a GPU, and is not kept off ' + n.name + ', which has none')"
        ),
        Says(
            when(
                f"{_KNOWN} && {_ASKS} && {_GPU}.size() == 0",
                f"'asks for a GPU, and its pod can land on no node group that has GPUs' + {against(_WITH_GPUS)}",
            ),
            severity="error",
        ),
    )
)

_NODE: Final = "variables.spec.nodeName"
NODE_NAME_PINNED: Final = says(
    when(
        "variables.pinned",
        f'"nodeName \'" + {_NODE} + "\' bypasses the scheduler: taints, selectors and resources are ignored,'
        ' and the pod stays Pending when that node is gone"',
    )
)
