"""IGZ4xx in CEL. See `rules/placement`.

Of IGZ405, a pod at admission is not asked for what is no label at all: from 1.33 on, Kubernetes refuses it by itself.
Which key was meant by one that no group carries is more than CEL can say: it has no distance of texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.landing import OF_GROUP
from igz_runtime.k8s.labels import LABEL_VALUE
from igz_runtime.rules.cel.form import FACTS, PODS_AND_FUNCTIONS, Cel, Says, literal, quoted, says, when
from igz_runtime.rules.cel.landing import expressions, hindrance, values
from igz_runtime.rules.cel.order import in_order
from igz_runtime.rules.cel.written import shown

_NAME: Final = f"n.name.substring({len(OF_GROUP)})"
"""The name of a group in its quotes."""

ON_CORE_SERVICES: Final = says(
    "variables.landings.filter(n, n.core).map(n, 'its pod can land on ' + n.name + ', which hosts the core services')"
)

_MOST_GROUPS: Final = 4


def against(shapes: str) -> str:
    """What keeps the pod off the first of these groups, of which there are some, as the end of a sentence."""
    first = f"{literal(range(_MOST_GROUPS))}.filter(i, i < {shapes}.size()).map(i, {shapes}[i])"
    said = f"{first}.map(n, {_NAME} + ' by ' + {hindrance('n')}).join(', ')"
    return f"(' (kept off ' + {said} + ({shapes}.size() > {_MOST_GROUPS} ? ', …' : '') + ')')"


_WITH_GPUS: Final = "variables.gpu_groups"
_GPU: Final = "variables.gpu_landings"
_ASKS: Final = "variables.gpus.size() > 0"
_UNREAD: Final = f"{FACTS}.?unread.orValue(false)"
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
                f"{_ASKS} && {_GPU}.size() == 0 && {_WITH_GPUS}.size() > 0 && !{_UNREAD}",
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


FITS_NONE: Final = "remove what excludes them, or add the node group that it is meant for to the cluster's description"
_CARRIED: Final = "variables.carried"
_ON_NO_NODE: Final = "matches no known node group"
_OFF: Final = f"variables.selector.filter(k, k in {_CARRIED} && !(variables.selector[k] in {_CARRIED}[k]))"
_SELECTED: Final = (
    f"[{_OFF}].map(o, o.size() < 2 ? o : {in_order('o')})[0]"
    f".map(k, 'node selector ' + k + '=' + variables.selector[k] + {quoted(f' {_ON_NO_NODE}')})"
)
_IS_OFF: Final = f"v.matches({quoted(f'^(?:{LABEL_VALUE})$')}) && !(v in {_CARRIED}[e.key])"
_VALUES: Final = (
    f"{values('e')}.filter(v, {_IS_OFF})"
    f".map(v, 'required affinity ' + e.key + '=' + v + {quoted(f' {_ON_NO_NODE}')}).join('|')"
)
_REQUIRED: Final = (
    # A list of lists of lists, made one: flatten came with 1.34, and no value of a label has a bar.
    f"variables.terms.map(m, {expressions('m')}"
    f".filter(e, e.operator == 'In' && e.key in {_CARRIED}).map(e, {_VALUES}).filter(t, t != '').join('|'))"
    ".filter(t, t != '').join('|').split('|').filter(t, t != '')"
)

VARIABLES: Final[Mapping[str, str]] = {
    "carried": f"{FACTS}.?carried.orValue({{}})",
    "doubtful": f"{_SELECTED} + (variables.required ? {_REQUIRED} : [])",
}
"""`doubtful`: what is said of values that are selected, and that no known node group carries."""

UNMATCHABLE_SELECTOR: Final = Cel(
    (
        Says("variables.doubtful", severity="warning"),
        Says(
            when(
                f"variables.groups.size() > 0 && variables.landings.size() == 0 && !{_UNREAD}"
                " && variables.doubtful.size() == 0",
                "'its pod fits none of the known node groups: it would never be scheduled'"
                f" + {against('variables.groups')}",
            ),
            FITS_NONE,
            "warning",
        ),
    )
)
