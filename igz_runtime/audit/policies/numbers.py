"""What admission must know of nodes beside labels and taints: sizes, which others may be, and who empties them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from igz_runtime.audit.policies.facts import MOST_KEYS, MOST_POOLS, MOST_VALUES, EmptiedPool, NodeRequirement, taint_of
from igz_runtime.cluster.facts import DEVICES, Pool, amounts, spelled, whole
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.k8s.pod import is_accelerator
from igz_runtime.rules.cel.capacity import LARGEST


def sizes(group: NodeGroup, cluster: Cluster) -> dict[str, str]:
    """The most that one node of a group offers, in whole units; nothing of devices that cannot be counted."""
    live = cluster.live
    uncounted = live.devices if live else {}
    no_devices = bool(live and live.unread(DEVICES))
    return {
        name: spelled(name, min(amount, whole(name, Decimal(LARGEST))))
        for name, amount in amounts(group.allocatable).items()
        if not (name in uncounted or (no_devices and is_accelerator(name)))
    }


def carried(cluster: Cluster) -> dict[str, tuple[str, ...]]:
    """By label that a group carries, the values that groups and nodes carry; not of a label that has too many."""
    found: dict[str, set[str]] = {}
    for group in cluster.node_groups:
        for key, value in group.labels.items():
            found.setdefault(key, set()).add(value)
    for node in cluster.live.nodes if cluster.live else ():
        for key in found.keys() & node.labels.keys():
            found[key].add(node.labels[key])
    few = [(key, tuple(sorted(values))) for key, values in found.items() if len(values) <= MOST_VALUES]
    return dict(few[:MOST_KEYS])


def unread(cluster: Cluster) -> bool:
    """Whether there may be nodes that no known group is like: not all were read, or an autoscaler may add some."""
    live = cluster.live
    return live is not None and bool(live.missing or any(map(_is_open, live.pools)))


def unsized(cluster: Cluster) -> bool:
    """Whether there may be nodes larger than those of the known groups."""
    return unread(cluster) or any(not pool.allocatable for pool in (cluster.live.pools if cluster.live else ()))


def _is_open(pool: Pool) -> bool:
    """Whether what its new nodes are like is not known: Karpenter chooses, and a group without nodes shows none."""
    return pool.autoscaler == "karpenter" or not pool.labels


def emptied(cluster: Cluster) -> Iterator[EmptiedPool]:
    """The pools whose nodes an autoscaler removes although something runs there, with what their nodes are like."""
    pools = [pool for pool in (cluster.live.pools if cluster.live else ()) if not pool.only_empty]
    for pool in pools[:MOST_POOLS]:
        requirements = (NodeRequirement(each.key, each.operator, each.values or ()) for each in pool.requirements)
        yield EmptiedPool(
            pool.name, pool.autoscaler, dict(pool.labels), tuple(map(taint_of, pool.taints)), tuple(requirements)
        )
