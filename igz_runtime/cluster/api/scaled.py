"""Which node group each of an autoscaler's pools scales, and what a new node of it is like.

Nodes of GKE and AKS are called after the group, EKS and eksctl call the group after the node group. GKE truncates the
names of cluster and pool, and has one group for each zone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from igz_runtime.cluster.clouds import KARPENTER_POOL
from igz_runtime.cluster.facts import Node, Pool, whole
from igz_runtime.cluster.node_groups import NodeGroup

_NAMED: Final = (
    (re.compile(r"eks-(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "eks.amazonaws.com/nodegroup"),
    (re.compile(r"eksctl-.+?-nodegroup-(.+)-NodeGroup-[0-9A-Za-z]+"), "alpha.eksctl.io/nodegroup-name"),
)
"""Names that hold the value of a label of the group's nodes, and the label."""

_CUT: Final = re.compile(r"(.+)-[0-9a-f]{8}-grp")
"""GKE's group of one zone, `gke-CLUSTER-POOL-HASH-grp`: those of one pool differ in the hash."""

_ZONE: Final = re.compile(r"/zones/([^/]+)/instanceGroups/")


def with_groups(pools: Iterable[Pool], groups: Sequence[NodeGroup], nodes: Sequence[Node]) -> tuple[Pool, ...]:
    """The pools with the groups that they scale, and those of the Cluster Autoscaler with what their nodes are like.

    Args:
        pools: the pools.
        groups: the node groups, those too that Karpenter may make.
        nodes: the nodes, each with the name of its group.
    """
    found = [_of_karpenter(pool, groups, nodes) or _of_nodes(pool, groups, nodes) for pool in pools]
    held: dict[str, dict[str, set[str]]] = {}
    for pool in found:
        if pool.group and (cut := _cut(pool)):
            held.setdefault(cut, {}).setdefault(pool.group, set()).add(_zone(pool))
    return tuple(
        pool if pool.group else pool._replace(group=_of_empty_zone(pool, held.get(_cut(pool), {}))) for pool in found
    )


def _of_empty_zone(pool: Pool, held: Mapping[str, Collection[str]]) -> str:
    """The group of a zone of GKE's without nodes: the only one of its name, else the only one without a pool there."""
    lacking = [group for group, zones in held.items() if len(held) == 1 or _zone(pool) not in zones]
    return lacking[0] if len(lacking) == 1 else ""


def _of_karpenter(pool: Pool, groups: Sequence[NodeGroup], nodes: Sequence[Node]) -> Pool | None:
    if pool.autoscaler != "karpenter":
        return None
    named = next((group.name for group in groups if group.labels.get(KARPENTER_POOL) == pool.name), "")
    return pool._replace(
        group=named or _group_of(node for node in nodes if node.labels.get(KARPENTER_POOL) == pool.name)
    )


def _of_nodes(pool: Pool, groups: Sequence[NodeGroup], nodes: Sequence[Node]) -> Pool:
    name = _group_of(_nodes_of(pool, nodes)) or ("" if _has_a_form(pool) else _held(pool, groups))
    group = next((group for group in groups if group.name == name), None)
    if group is None:
        return pool
    offers = {name: whole(name, amount.number) for name, amount in group.allocatable.items() if amount.number}
    return pool._replace(labels=group.labels, taints=group.taints, allocatable=offers, group=group.name)


def _nodes_of(pool: Pool, nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes that are surely its own."""
    name = _last(pool)
    for form, label in _NAMED:
        if found := form.fullmatch(name):
            return (node for node in nodes if node.labels.get(label) == found[1])
    beginning = f"{name.removesuffix('-grp')}-" if name.endswith("-grp") else name if name.endswith("-vmss") else ""
    return (node for node in nodes if beginning and node.name.startswith(beginning))


def _group_of(nodes: Iterator[Node]) -> str:
    """The name of the first node's group; empty where there is no node."""
    node = next(nodes, None)
    return node.group if node else ""


def _has_a_form(pool: Pool) -> bool:
    """Whether its name is of a known form: where no node is its own, it has none."""
    name = _last(pool)
    return name.endswith(("-grp", "-vmss")) or any(form.fullmatch(name) for form, _ in _NAMED)


def _held(pool: Pool, groups: Sequence[NodeGroup]) -> str:
    """The longest name of a group that its own holds: a guess, for groups that somebody named himself."""
    held = [
        group
        for group in groups
        if group.selected_by not in (None, KARPENTER_POOL)
        and _holds(pool.name, group.labels.get(group.selected_by or "", group.name))
    ]
    return max((group.name for group in held), key=len, default="")


def _holds(name: str, part: str) -> bool:
    """Whether a name holds another, as a word or some of them."""
    # Few do: an expression that is made anew takes a thousand times as long as looking.
    return part in name and bool(re.search(rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])", name))


def _cut(pool: Pool) -> str:
    """Its name without what tells zones apart; empty where it is none of GKE's."""
    found = _CUT.fullmatch(_last(pool))
    return found[1] if found else ""


def _zone(pool: Pool) -> str:
    found = _ZONE.search(pool.name)
    return found[1] if found else ""


def _last(pool: Pool) -> str:
    """Its name without the address that GKE puts before it."""
    return pool.name.rpartition("/")[2]
