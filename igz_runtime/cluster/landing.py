"""Where a pod can land, judged with what is known of a cluster's nodes.

A node shape is known in part: labels that its nodes carry, labels that they never carry, and their taints. What is
not known counts as possible: "can land on spot" must never be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, ON_DEMAND_VALUES, SPOT_LABELS, SPOT_VALUES
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN, NodeGroup
from igz_runtime.k8s.matching import Label, holds, may_hold, tolerated
from igz_runtime.k8s.pod import PodSettings, Requirement, Taint, Toleration


class NodeShape(NamedTuple):
    """What is known of some nodes: their name for messages, labels, labels that they never carry, and taints."""

    name: str
    labels: Mapping[str, str] = {}
    never: frozenset[Label] = frozenset()
    taints: tuple[Taint, ...] = ()


def can_land(settings: PodSettings, shape: NodeShape) -> bool:
    """Whether a pod with these settings could be bound to such a node. `nodeName` bypasses the scheduler."""
    return bool(settings.node_name) or not hindrance(settings, shape)


def hindrance(settings: PodSettings, shape: NodeShape) -> str:
    """What keeps a pod off such a node, in the scheduler's order; empty where nothing does."""
    for taint in shape.taints:
        if not tolerated(settings.tolerations, taint):
            return f"taint {taint}"
    for key, value in settings.node_selector.items():
        if value and holds(Requirement(key, "In", (value,)), shape.labels.get(key), shape.never) is False:
            return f"node selector {key}={value}"
    required = settings.affinity.required if settings.affinity else None
    admitted = required is None or may_hold(required, shape.labels, shape.never, selector=settings.node_selector)
    return "" if admitted else "required affinity"


def where(settings: PodSettings, shapes: Iterable[NodeShape]) -> tuple[str, ...]:
    """Names of the shapes on which the pod could land."""
    return tuple(shape.name for shape in shapes if can_land(settings, shape))


def spot_shapes(cluster: Cluster) -> tuple[NodeShape, ...]:
    """Spot nodes as the cluster's own configuration describes them; empty where none are known."""
    return _cached(cluster, "_spot_shapes", lambda: tuple(_spot_shapes(cluster)))


def every_spot_shape(cluster: Cluster, settings: PodSettings | None = None) -> tuple[NodeShape, ...]:
    """Spot nodes as they may be at worst: labelled but untainted, and by every cloud's label where none is known.

    A promise is proved against these: EKS' spot nodes and GKE's standard spot pools carry no taint by default, and a
    group of unknown lifecycle may hold spot nodes.

    Args:
        cluster: what is known of the cluster.
        settings: a pod, whose `asked_spot_shapes` count as well.
    """
    shapes = _cached(cluster, "_every_spot_shape", lambda: tuple(_every_spot_shape(cluster)))
    asked = () if settings is None else asked_spot_shapes(settings, cluster)
    return (*shapes, *(shape for shape in asked if shape not in shapes)) if asked else shapes


def taints_unknown(cluster: Cluster) -> bool:
    """Whether tolerations for spot nodes are configured, and no node group tells whether these nodes are tainted."""
    platforms = (cluster.mlrun, cluster.nuclio or cluster.mlrun)
    return not cluster.node_groups and any(preemptible.tolerations for preemptible in platforms)


def asked_spot_shapes(settings: PodSettings, cluster: Cluster) -> tuple[NodeShape, ...]:
    """Spot nodes that a pod asks for by a cloud's label, although the cluster is not known to have any such.

    Whoever selects `eks.amazonaws.com/capacityType: SPOT` has these nodes, whatever MLRun is configured with.
    """
    asked: list[Label] = []
    for term in (settings.affinity and settings.affinity.required) or ():
        for each in term.expressions or ():
            if each.key in SPOT_VALUES:
                asked += _asked_for(each, SPOT_VALUES[each.key])
    for label in settings.node_selector.items():
        if label[1] in SPOT_VALUES.get(label[0], ()):
            asked.append(label)
    if not asked:
        return ()
    known = {label for shape in spot_shapes(cluster) for label in shape.labels.items()}
    return tuple(_spot(dict([label]), None) for label in SPOT_LABELS if label in asked and label not in known)


def asks_for_spot(requirement: Requirement, cluster: Cluster) -> bool:
    """Whether an expression holds on spot nodes, of this cluster or of any cloud, and says so by their label."""
    marks = cluster.every_spot_value.get(requirement.key)
    return marks is not None and any(_asked_for(requirement, marks))


def on_demand_shapes(cluster: Cluster) -> tuple[NodeShape, ...]:
    """On-demand nodes: the known groups, else one that carries no label or taint of spot nodes."""
    return _cached(cluster, "_on_demand_shapes", lambda: tuple(_on_demand_shapes(cluster)))


def shape_of(group: NodeGroup) -> NodeShape:
    """The shape of a known node group."""
    never = {"spot": ON_DEMAND, "on-demand": SPOT, None: frozenset[Label]()}[group.lifecycle]
    return NodeShape(_named(group), group.labels, never, group.taints)


def _named(group: NodeGroup) -> str:
    return f"{OF_GROUP}{group.name!r}"


OF_GROUP: Final = "node group "
"""What stands before the name of a group, in its quotes, in what its shape is called."""


SPOT = frozenset(SPOT_LABELS)
ON_DEMAND = frozenset(ON_DEMAND_LABELS)


def _asked_for(requirement: Requirement, marks: Iterable[str]) -> Iterator[Label]:
    """The labels of spot nodes that an expression admits by name, or by excluding what else its key can say.

    Args:
        requirement: the expression.
        marks: the values of its key that spot nodes carry.
    """
    key, operator, values = requirement.key, requirement.operator, requirement.values or ()
    others = ON_DEMAND_VALUES.get(key, ())
    excluded = operator == "NotIn" and others and set(others) <= set(values)
    if operator == "In" or excluded:
        for mark in marks:
            if (mark in values) == (operator == "In"):
                yield key, mark
    elif operator == "Exists" and key in SPOT_VALUES and not others:
        for mark in marks:
            yield key, mark


def _spot_shapes(cluster: Cluster) -> Iterator[NodeShape]:
    if cluster.node_groups:
        yield from (shape_of(group) for group in cluster.node_groups if group.lifecycle == "spot")
        return
    for preemptible in (cluster.mlrun, cluster.nuclio or cluster.mlrun):
        taints = tuple(filter(None, map(taint_of, preemptible.tolerations)))
        for key, value in preemptible.node_selector.items():
            yield from (_spot({key: value}, taint) for taint in taints or (None,))
        if not preemptible.node_selector:
            yield from (_spot({}, taint) for taint in taints)


def _every_spot_shape(cluster: Cluster) -> Iterator[NodeShape]:
    known = spot_shapes(cluster)
    yield from known
    if not cluster.node_groups:
        doubt = f"; perhaps untainted: {GROUPS_UNKNOWN}" if taints_unknown(cluster) else ""
        untainted = (_spot(dict([label]), None, doubt) for label in cluster.spot_labels)
        yield from (shape for shape in untainted if all(shape[1:] != other[1:] for other in known))
    for group in cluster.node_groups:
        if group.lifecycle is None:
            yield from (_perhaps_spot(group, label) for label in cluster.spot_labels if label[0] not in group.labels)


def _perhaps_spot(group: NodeGroup, label: Label) -> NodeShape:
    name = f"{_named(group)} (lifecycle unknown; perhaps {label[0]}={label[1]})"
    return NodeShape(name, {**group.labels, label[0]: label[1]}, ON_DEMAND, group.taints)


def _on_demand_shapes(cluster: Cluster) -> Iterator[NodeShape]:
    of_spot = SPOT | frozenset(cluster.spot_labels)
    if not cluster.node_groups:
        yield NodeShape("on-demand nodes", never=of_spot)
    for group in cluster.node_groups:
        if group.lifecycle != "spot":
            shape = shape_of(group)
            yield shape._replace(never=of_spot) if group.lifecycle == "on-demand" else shape


def _spot(labels: Mapping[str, str], taint: Taint | None, doubt: str = "") -> NodeShape:
    marks = [f"{key}={value}" for key, value in labels.items()] + ([f"taint {taint}"] if taint else [])
    return NodeShape(f"spot nodes ({', '.join(marks)}{doubt})", labels, ON_DEMAND, (taint,) if taint else ())


def taint_of(toleration: Toleration) -> Taint | None:
    """The taint that a configured toleration is meant for; None for one that tolerates every key."""
    if not toleration.key:
        return None
    return Taint(toleration.key, toleration.value, toleration.effect or "NoSchedule")


def _cached(cluster: Cluster, name: str, make: Callable[[], tuple[NodeShape, ...]]) -> tuple[NodeShape, ...]:
    """Shapes are made once for each cluster, which never changes."""
    shapes: tuple[NodeShape, ...] | None = cluster.__dict__.get(name)
    if shapes is None:
        shapes = cluster.__dict__[name] = tuple({shape.name: shape for shape in make()}.values())
    return shapes
