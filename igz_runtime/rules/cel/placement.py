"""IGZ4xx in CEL. See `rules/placement`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import PODS_AND_FUNCTIONS, Cel, Says, says, when
from igz_runtime.rules.cel.landing import hindrance
from igz_runtime.rules.cel.written import shown

_NAME: Final = "n.name.substring(11)"
"""The name of a group in its quotes: the shape of one is called `node group 'NAME'`."""

ON_CORE_SERVICES: Final = says(
    "variables.landings.filter(n, n.core).map(n, 'its pod can land on ' + n.name + ', which hosts the core services')"
)

_MOST_GROUPS: Final = 4


def against(shapes: str) -> str:
    """What keeps the pod off the first of these groups, as the end of a sentence."""
    first = " + ".join(f"({shapes}.size() > {i} ? [{shapes}[{i}]] : [])" for i in range(_MOST_GROUPS))
    said = f"({first}).map(n, {_NAME} + ' by ' + {hindrance('n')}).join(', ')"
    more = f"({shapes}.size() > {_MOST_GROUPS} ? ', …' : '')"
    return f"({shapes}.size() == 0 ? '' : ' (kept off ' + {said} + {more} + ')')"


_WITH_GPUS: Final = "variables.gpu_groups"
_GPU: Final = "variables.gpu_landings"
_ASKS: Final = "variables.gpus.size() > 0"
GPU_PLACEMENT: Final = Cel(
    (
        Says(
            f"({_ASKS} ? [] : {_GPU}).map(n, 'asks for no GPU, and its pod can land on ' + n.name + ', which has GPUs')"
        ),
        Says(
            f"({_ASKS} && {_GPU}.size() > 0 ? variables.landings.filter(n, !n.gpu) : [])"
            ".map(n, 'asks for a GPU, and is not kept off ' + n.name + ', which has none')"
        ),
        Says(
            when(
                f"{_ASKS} && {_GPU}.size() == 0 && {_WITH_GPUS}.size() > 0",
                f"'asks for a GPU, and its pod can land on no node group that has GPUs' + {against(_WITH_GPUS)}",
            ),
            severity="error",
        ),
    )
)

NODE_NAME_PINNED: Final = says(
    when(
        "variables.pinned",
        f"'nodeName ' + {shown('variables.node_name')} + ' bypasses the scheduler: taints, selectors and resources are"
        " ignored, and the pod stays Pending when that node is gone'",
    ),
    on=PODS_AND_FUNCTIONS,
)
