"""The nodes of the facts: the shapes on which a pod may land, out of a cluster."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.audit.policies.facts import Nodes, TaintOfNodes
from igz_runtime.cluster.landing import NodeShape, every_spot_shape, shape_of, spot_shapes, taints_unknown
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.k8s.pod import Taint
from igz_runtime.rules.causes import spot_taints_of


def nodes_of(cluster: Cluster) -> Iterator[Nodes]:
    """The nodes that pods may land on, as far as a rule asks: every node group, or spot nodes where none is known."""
    for group in cluster.node_groups:
        yield _of_group(group)
    if cluster.node_groups:
        return
    known = spot_shapes(cluster)
    for shape in every_spot_shape(cluster):
        if shape in known or taints_unknown(cluster):
            yield _of_spot(shape, perhaps=shape not in known)


def spot_taints(cluster: Cluster) -> tuple[TaintOfNodes, ...]:
    """The taints by which spot nodes keep other work off."""
    return tuple(map(_taint, dict.fromkeys(spot_taints_of(cluster))))


def _of_group(group: NodeGroup) -> Nodes:
    shape = shape_of(group)
    return Nodes(
        shape.name,
        group=True,
        labels=dict(shape.labels),
        taints=tuple(map(_taint, shape.taints)),
        lifecycle=group.lifecycle,
        core=group.core,
        gpu=group.gpu,
        allocatable={name: amount.text for name, amount in group.allocatable.items()},
    )


def _of_spot(shape: NodeShape, *, perhaps: bool) -> Nodes:
    taints = tuple(map(_taint, shape.taints))
    return Nodes(shape.name, labels=dict(shape.labels), taints=taints, lifecycle="spot", perhaps=perhaps)


def _taint(taint: Taint) -> TaintOfNodes:
    return TaintOfNodes(taint.key, taint.effect, taint.value or "")  # type: ignore[arg-type]  # the server's own
