"""Could an autoscaler add a node for a pod, and of which kind.

Source: Karpenter's scheduling (pkg/scheduling: requirements, taints, limits), held to Karpenter itself in
tests/cluster/test_autoscaler.py; the Cluster Autoscaler adds nodes like those that a group has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from igz_runtime.cluster.facts import Amounts, Node, Pool
from igz_runtime.cluster.scheduling import demand_of, fit
from igz_runtime.k8s.matching import holds, tolerated
from igz_runtime.k8s.pod import PodSettings, Requirement

Answer = Literal["yes", "perhaps", "no"]

WELL_KNOWN: Final = frozenset(
    {
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "node.kubernetes.io/instance-type",
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "karpenter.sh/capacity-type",
    }
)
"""Labels that Karpenter chooses a value for, where a NodePool leaves it open; a cloud's provider adds its own."""

PROVIDERS: Final = (
    "node.kubernetes.io/windows-build",
    "karpenter.k8s.aws/",
    "karpenter.azure.com/",
    "cloud.google.com/",
    "karpenter.kwok.sh/",
)
"""What the keys of labels begin with that a cloud's provider adds."""
_RESOURCES: Final = frozenset({"cpu", "memory", "ephemeral-storage", "pods"})


class Addition(NamedTuple):
    """Whether one pool could add a node for a pod.

    Attributes:
        pool: the pool's name.
        answer: `yes`; `perhaps`, with what is not known; `no`.
        because: why not, or what is not known; empty for `yes`.
    """

    pool: str
    answer: Answer
    because: str = ""


def additions(pod: PodSettings, pools: Iterable[Pool]) -> tuple[Addition, ...]:
    """For each pool, whether it could add a node that the pod fits."""
    demand = demand_of(pod)
    return tuple(_addition(pod, demand, pool) for pool in pools)


def _addition(pod: PodSettings, demand: Amounts, pool: Pool) -> Addition:
    against = next(_against(pod, demand, pool), "")
    if against:
        return Addition(pool.name, "no", against)
    if pool.autoscaler == "cluster-autoscaler":
        if not pool.labels:
            return Addition(pool.name, "perhaps", "what its nodes are like is not known, because it has none now")
        return Addition(pool.name, "yes")
    exotic = [name for name, amount in demand.items() if amount and name not in _RESOURCES]
    if exotic:
        return Addition(pool.name, "perhaps", f"whether its instance types offer {', '.join(exotic)} is not known")
    return Addition(pool.name, "yes")


def _against(pod: PodSettings, demand: Amounts, pool: Pool) -> Iterator[str]:
    """Why the pool adds no node for the pod."""
    if pool.fault:
        yield pool.fault
    if pool.room.get("nodes", 1) <= 0:
        yield "it has its largest size"
    for name, left in pool.room.items():
        if name != "nodes" and demand.get(name, 0) > left:
            yield f"its limit leaves too little {name}"
    if pool.autoscaler == "karpenter":
        yield from _against_new_nodes(pod, pool)
    elif pool.labels:
        new = Node("a new node", pool.labels, pool.taints, {"pods": 1, **pool.allocatable})
        yield from fit(pod, [new]).reasons


def _against_new_nodes(pod: PodSettings, pool: Pool) -> Iterator[str]:
    """Why Karpenter adds none: taints first, then labels. One term of the affinity is enough."""
    for taint in pool.taints:
        if not tolerated(pod.tolerations, taint):
            yield f"its taint {taint} is not tolerated"
    selected = [Requirement(key, "In", (value,)) for key, value in pod.node_selector.items()]
    required = pod.affinity.required if pod.affinity else None
    terms = [()] if required is None else [t.expressions for t in required if t.expressions and not t.fields]
    faults = [next(_incompatible((*selected, *term), pool), "") for term in terms]
    if not faults:
        yield "the pod's affinity names single nodes, or none"
    elif all(faults):
        yield faults[0]


def _incompatible(asked: Iterable[Requirement], pool: Pool) -> Iterator[str]:
    """Why no new node of the pool meets these expressions."""
    by_key: dict[str, list[Requirement]] = {}
    for each in asked:
        by_key.setdefault(each.key, []).append(each)
    for key, expressions in by_key.items():
        offered = [each for each in pool.requirements if each.key == key]
        if key in pool.labels:
            offered = [Requirement(key, "In", (pool.labels[key],))]
        if not _can_hold(key, expressions, offered):
            words = " and ".join(map(str, expressions))
            yield f"its nodes never have {words}" if offered else f"its nodes have no label {key} ({words} is required)"


def _can_hold(key: str, asked: list[Requirement], offered: list[Requirement]) -> bool:
    values = _candidates(asked, offered)
    if values is not None:
        return any(all(holds(each, value) for each in (*asked, *offered)) for value in values)
    absent_is_fine = all(each.operator in ("NotIn", "DoesNotExist") for each in asked)
    if not offered and key not in WELL_KNOWN and not key.startswith(PROVIDERS):
        return absent_is_fine
    # Some value that nobody named. Every node has the well-known labels; a provider's own it may lack.
    if any(each.operator == "DoesNotExist" for each in asked):
        return absent_is_fine and not offered and key not in WELL_KNOWN
    return True


def _candidates(asked: list[Requirement], offered: list[Requirement]) -> set[str] | None:
    """The values that offered expressions list; None where they leave it open."""
    listed = [set(each.values or ()) for each in offered if each.operator == "In"]
    if listed:
        return set.intersection(*listed)
    if offered or any(each.key in WELL_KNOWN or each.key.startswith(PROVIDERS) for each in asked):
        named = [set(each.values or ()) for each in asked if each.operator == "In"]
        return set.intersection(*named) if named else None
    return None


def best(found: Iterable[Addition]) -> Answer:
    """The best of several answers; `no` where there are none."""
    ranks: Mapping[Answer, int] = {"yes": 2, "perhaps": 1, "no": 0}
    return max((each.answer for each in found), key=ranks.__getitem__, default="no")
