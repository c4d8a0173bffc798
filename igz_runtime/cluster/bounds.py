"""How many nodes a node group has, and may have: as somebody declares, or as its autoscaler says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from igz_runtime.cluster.clouds import KARPENTER_POOL
from igz_runtime.cluster.facts import SCALERS, Live, Pool
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.messages import counted

DECLARE: Final = "igz-runtime.yaml can declare it (cluster.node_groups: [{name: …, least: …, most: …}])"
"""What helps where nothing tells how many nodes a group may have."""

_DECLARED: Final = "declared"


class Bounds(NamedTuple):
    """The size of a node group.

    Attributes:
        least: how many nodes it has at least; None: not known.
        most: how many it may have at most; None: not known, or not bounded by their number.
        static: whether its size is fixed; None: not known.
        because: how that is known, or why it is not, as a clause.
        scaled: whether an autoscaler adds nodes to it; None: not known.
    """

    least: int | None = None
    most: int | None = None
    static: bool | None = None
    because: str = ""
    scaled: bool | None = None


def bounds_of(group: NodeGroup, cluster: Cluster) -> Bounds:
    """The bounds of a node group of a cluster. What somebody declares counts before what an autoscaler says."""
    told = _told(group, cluster.live)
    if group.least is None and group.most is None:
        return told
    least = told.least if group.least is None else group.least
    most = told.most if group.most is None else group.most
    if least is None or most is None:
        return Bounds(least, most, None, f"only a part of its size is declared; {told.because}")
    return Bounds(least, most, least == most, _DECLARED, least != most)


def pools_of(group: NodeGroup, live: Live) -> tuple[Pool, ...]:
    """What scales a node group: several pools for the zones of GKE, one also for several groups.

    Nodes of one pool that differ in lifecycle, or in having GPUs, are two groups.
    """
    return tuple(pool for pool in live.pools if pool.group == group.name or _makes(pool, group))


def _makes(pool: Pool, group: NodeGroup) -> bool:
    """Whether a pool's new nodes have the label that names the group, or that names their NodePool."""
    keys = (group.selected_by, KARPENTER_POOL if pool.autoscaler == "karpenter" else None)
    return any(key and key in group.labels and pool.labels.get(key) == group.labels[key] for key in keys)


def _told(group: NodeGroup, live: Live | None) -> Bounds:
    """What the API server tells."""
    if live is None:
        return Bounds(because=f"no API server was asked; {DECLARE}")
    pools = pools_of(group, live)
    if pools:
        return _together(pools)
    unread = live.unread(SCALERS)
    if unread:
        return Bounds(because="; ".join(unread))
    status = [pool for pool in live.pools if pool.autoscaler == "cluster-autoscaler"]
    if not status:
        return Bounds(because=f"neither a status of the Cluster Autoscaler nor a NodePool tells; {DECLARE}")
    # One without nodes is no group that has some.
    others = [pool.name for pool in status if not pool.group and pool.now != 0]
    if others:
        named = f"{', '.join(map(repr, others[:3]))}{', …' if others[3:] else ''}"
        return Bounds(
            because=f"the Cluster Autoscaler scales {named}, and whose nodes those are is not known; {DECLARE}"
        )
    grouped = any(node.group for node in live.nodes)
    has = sum(node.group == group.name for node in live.nodes) if grouped else None
    why = "the Cluster Autoscaler scales other groups and not this one, and no NodePool makes its nodes"
    return Bounds(has, has, static=True, because=why, scaled=False)


def _together(pools: Sequence[Pool]) -> Bounds:
    """The bounds of pools that scale one group."""
    least, most = total([pool.least for pool in pools]), total([pool.most for pool in pools])
    static = least == most and all(pool.least == pool.most for pool in pools) if least is not None else None
    scaled = None if static is None else not static
    return Bounds(least, most, static, f"{_whose(pools[0])} {_keeps(least, most, pools[0])}", scaled)


def total(numbers: Sequence[int | None]) -> int | None:
    """The numbers together; None where one of them is not known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def _whose(pool: Pool) -> str:
    return (
        "the Cluster Autoscaler" if pool.autoscaler == "cluster-autoscaler" else f"Karpenter's NodePool {pool.name!r}"
    )


def _keeps(least: int | None, most: int | None, pool: Pool) -> str:
    """What an autoscaler does to the size of a group."""
    if most is None:
        return "adds and removes nodes"
    if least == most:
        return f"keeps it at {counted(most, 'node')}"
    if pool.autoscaler == "karpenter" or least is None:
        return f"adds and removes nodes, up to {most:,}"
    return f"keeps it between {least:,} and {counted(most, 'node')}"
