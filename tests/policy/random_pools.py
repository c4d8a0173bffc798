"""Random autoscalers: what they may add, and whether they empty nodes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Final

from igz_runtime.cluster.autoscaling import WELL_KNOWN
from igz_runtime.cluster.facts import Live, Pool
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.k8s.pod import Requirement, Taint

PROTECTING: Final[tuple[dict[str, str], ...]] = (
    {"karpenter.sh/do-not-disrupt": "true", "cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
    {"karpenter.sh/do-not-disrupt": "true"},
    {"karpenter.sh/do-not-disrupt": "false"},
    {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"},
    {"karpenter.sh/do-not-disrupt": "true", "cluster-autoscaler.kubernetes.io/safe-to-evict": ""},
    *({}, {}, {}),
)
"""What pods say to autoscalers."""
ZONE, CAPACITY = "topology.kubernetes.io/zone", "karpenter.sh/capacity-type"
OF_NODES: Final[Mapping[str, tuple[str, ...]]] = {
    ZONE: ("a", "b"),
    CAPACITY: ("spot", "on-demand"),
    "karpenter.k8s.aws/instance-cpu": ("4", "8", "16"),
    "cloud.google.com/gke-spot": ("true",),
}
"""Labels that Karpenter chooses by itself."""
assert {ZONE, CAPACITY} <= WELL_KNOWN


def with_autoscalers(pick: random.Random, groups: Sequence[NodeGroup], keys: Mapping[str, tuple[str, ...]]) -> Live:
    """What an API server said of autoscalers, and sometimes not all of it."""
    pools = [_pool(pick, groups, {**keys, **OF_NODES}, number) for number in range(pick.randint(1, 6))]
    unknown = {"nodes": "forbidden"} if pick.random() < 0.15 else {}
    devices = {"nvidia.com/gpu": "allocated dynamically"} if pick.random() < 0.1 else {}
    return Live("2026-11-24T07:15:00Z", "default", pools=tuple(pools), unknown=unknown, devices=devices)


def _pool(pick: random.Random, groups: Sequence[NodeGroup], keys: Mapping[str, tuple[str, ...]], number: int) -> Pool:
    name, only_empty = f"pool-{number}", pick.random() < 0.2
    if pick.random() < 0.4:
        if not groups or pick.random() < 0.2:
            return Pool("cluster-autoscaler", name, only_empty=only_empty)
        group = pick.choice(groups)
        offers = {"cpu": 4000} if pick.random() < 0.8 else {}
        return Pool(
            "cluster-autoscaler", name, group.labels, group.taints, allocatable=offers, group=group.name,
            only_empty=only_empty,
        )  # fmt: skip
    labels = {key: pick.choice(values) for key, values in keys.items() if pick.random() < 0.15}
    taints = (Taint("team", "risk"),) if pick.random() < 0.2 else ()
    requirements = tuple(_requirement(pick, keys) for _ in range(pick.choice((0, 0, 1, 2, 4))))
    return Pool(
        "karpenter", name, labels, taints, requirements, only_empty=only_empty, fault=pick.choice(("", "broken"))
    )


def _requirement(pick: random.Random, keys: Mapping[str, tuple[str, ...]]) -> Requirement:
    key = pick.choice(list(keys))
    operator = pick.choice(("In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte"))
    if operator in ("Exists", "DoesNotExist"):
        return Requirement(key, operator)
    if operator in ("In", "NotIn"):
        return Requirement(key, operator, tuple(pick.sample(keys[key], pick.randint(1, len(keys[key])))))
    return Requirement(key, operator, (pick.choice(("2", "3", "8")),))
