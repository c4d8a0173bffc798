"""The nodes of the facts: the shapes on which a pod may land, out of a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from igz_runtime.audit.policies.facts import MOST_SHAPES, Nodes, TaintOfNodes, taint_of
from igz_runtime.audit.policies.numbers import sizes, unread, unsized
from igz_runtime.cluster.landing import OF_GROUP, NodeShape, every_spot_shape, shape_of, spot_shapes, taints_unknown
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.errors import ConfigurationError
from igz_runtime.messages import counted, shortened
from igz_runtime.rules.causes import spot_taints_of


class KnownNodes(NamedTuple):
    """The nodes of a cluster, as far as policies look at them.

    Attributes:
        nodes: the nodes.
        unread: whether there may be others.
        unsized: whether there may be larger ones.
        notes: what is not carried over, in sentences.
    """

    nodes: tuple[Nodes, ...]
    unread: bool = False
    unsized: bool = False
    notes: tuple[str, ...] = ()


def known_nodes(cluster: Cluster) -> KnownNodes:
    """The nodes that pods may land on, as far as a rule asks: every node group, or spot nodes where none is known.

    Raises:
        ConfigurationError: there are more of them than policies can look at.
    """
    nodes, left_out = _most_telling(tuple(_nodes_of(cluster)))
    live = cluster.live
    missing = live.missing if live else ()
    notes = [f"not everything was read, so that what fits no node is not found: {each}" for each in missing]
    if left_out:
        named = shortened(", ".join(each.name.removeprefix(OF_GROUP) for each in left_out))
        notes.append(
            f"policies look at {MOST_SHAPES} node groups at most: {counted(len(left_out), 'other')}, on demand and "
            f"without core services and GPUs, not carried over ({named}); what fits no node is not found then, and "
            "what asks for GPUs and may land there is found by an audit alone"
        )
    return KnownNodes(nodes, unread(cluster) or bool(left_out), unsized(cluster), tuple(notes))


def spot_taints(cluster: Cluster) -> tuple[TaintOfNodes, ...]:
    """The taints by which spot nodes keep other work off."""
    return tuple(map(taint_of, dict.fromkeys(spot_taints_of(cluster))))


def _most_telling(nodes: Sequence[Nodes]) -> tuple[tuple[Nodes, ...], Sequence[Nodes]]:
    """As many as policies look at, and the others.

    No two groups are made one: a label that both do not carry, such as the group's own, would count as possible on
    either, and a pod that selects one by it would be found on the other. Those are left out of which a rule says the
    least: a pod may be there, and nothing is found; which may be unknown, as nodes that could not be read are.
    """
    if len(nodes) <= MOST_SHAPES:
        return tuple(nodes), ()
    ordinary = [each for each in nodes if each.lifecycle == "on-demand" and not each.core and not each.gpu]
    more = len(nodes) - MOST_SHAPES
    if len(ordinary) < more:
        raise ConfigurationError(
            f"{len(nodes)} node groups, of which {len(nodes) - len(ordinary)} are of spot nodes or of unknown "
            f"lifecycle, have GPUs, or host the core services: policies look at {MOST_SHAPES} at most; describe the "
            "cluster in a file for --cluster, with groups that are alike for pods as one"
        )
    left_out = ordinary[-more:]
    return tuple(each for each in nodes if each not in left_out), left_out


def _nodes_of(cluster: Cluster) -> Iterator[Nodes]:
    for group in cluster.node_groups:
        yield _of_group(group, sizes(group, cluster))
    if cluster.node_groups:
        return
    known = spot_shapes(cluster)
    for shape in every_spot_shape(cluster):
        if shape in known or taints_unknown(cluster):
            yield _of_spot(shape, perhaps=shape not in known)


def _of_group(group: NodeGroup, allocatable: Mapping[str, str]) -> Nodes:
    shape = shape_of(group)
    return Nodes(
        shape.name,
        group=True,
        labels=dict(shape.labels),
        taints=tuple(map(taint_of, shape.taints)),
        lifecycle=group.lifecycle or "",
        core=group.core,
        gpu=group.gpu,
        allocatable=allocatable,
    )


def _of_spot(shape: NodeShape, *, perhaps: bool) -> Nodes:
    taints = tuple(map(taint_of, shape.taints))
    return Nodes(shape.name, labels=dict(shape.labels), taints=taints, lifecycle="spot", perhaps=perhaps)
