"""Where a pod can land, judged with what is known of a cluster's nodes.

A node shape is known in part: labels that its nodes carry, labels that they never carry, and their taints. What is
not known counts as possible: "can land on spot" must never be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from igz_runtime.cluster.clouds import LIFECYCLE_KEYS, ON_DEMAND_LABELS, SPOT_LABELS
from igz_runtime.cluster.model import Cluster, NodeGroup
from igz_runtime.k8s.matching import Label, holds, may_hold, tolerated
from igz_runtime.k8s.pod import PodSettings, Requirement, Taint, Toleration


@dataclass(frozen=True, slots=True)
class NodeShape:
    """What is known of some nodes: their name for messages, labels, labels that they never carry, and taints."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
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
    admitted = required is None or may_hold(required, shape.labels, shape.never)
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


def asked_spot_shapes(settings: PodSettings, cluster: Cluster) -> tuple[NodeShape, ...]:
    """Spot nodes that a pod asks for by a cloud's label, although the cluster is not known to have any such.

    Whoever selects `eks.amazonaws.com/capacityType: SPOT` has these nodes, whatever MLRun is configured with.
    """
    affinity = settings.affinity
    terms = (affinity.required if affinity is not None else None) or ()
    expressions = [e for term in terms for e in term.expressions or () if e.key in LIFECYCLE_KEYS]
    expressions += [Requirement(k, "In", (v,)) for k, v in settings.node_selector.items() if k in LIFECYCLE_KEYS]
    if not expressions:
        return ()
    known = [shape.labels.items() for shape in spot_shapes(cluster)]
    asked = (label for label in SPOT_LABELS if any(_asks_for(expression, label) for expression in expressions))
    return tuple(_spot(dict([label]), None) for label in asked if not any(label in labels for labels in known))


def asks_for_spot(requirement: Requirement, cluster: Cluster) -> bool:
    """Whether an expression holds on spot nodes, of this cluster or of any cloud, and says so by their label."""
    return any(_asks_for(requirement, label) for label in cluster.every_spot_label)


def on_demand_shapes(cluster: Cluster) -> tuple[NodeShape, ...]:
    """On-demand nodes: the known groups, else one that carries no label or taint of spot nodes."""
    return _cached(cluster, "_on_demand_shapes", lambda: tuple(_on_demand_shapes(cluster)))


def shape_of(group: NodeGroup) -> NodeShape:
    """The shape of a known node group."""
    never = {"spot": ON_DEMAND, "on-demand": SPOT, None: frozenset[Label]()}[group.lifecycle]
    return NodeShape(f"node group {group.name!r}", group.labels, never, group.taints)


SPOT = frozenset(SPOT_LABELS)
ON_DEMAND = frozenset(ON_DEMAND_LABELS)


def _asks_for(requirement: Requirement, label: Label) -> bool:
    """Whether an expression admits a label of spot nodes by name, or excludes what else its key can say."""
    key, value = label
    if requirement.key != key:
        return False
    values = requirement.values or ()
    if requirement.operator == "In":
        return value in values
    others = [on_demand for other, on_demand in ON_DEMAND_LABELS if other == key]
    if requirement.operator == "NotIn":
        return bool(others) and value not in values and set(others) <= set(values)
    return requirement.operator == "Exists" and key in LIFECYCLE_KEYS and not others


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
    yield from spot_shapes(cluster)
    if not cluster.node_groups:
        yield from (_spot({key: value}, None) for key, value in cluster.spot_labels)
    for group in cluster.node_groups:
        if group.lifecycle is None:
            yield from (_perhaps_spot(group, label) for label in cluster.spot_labels if label[0] not in group.labels)


def _perhaps_spot(group: NodeGroup, label: Label) -> NodeShape:
    name = f"node group {group.name!r} (lifecycle unknown; perhaps {label[0]}={label[1]})"
    return NodeShape(name, {**group.labels, label[0]: label[1]}, ON_DEMAND, group.taints)


def _on_demand_shapes(cluster: Cluster) -> Iterator[NodeShape]:
    if cluster.node_groups:
        yield from (shape_of(group) for group in cluster.node_groups if group.lifecycle != "spot")
    else:
        yield NodeShape("on-demand nodes", never=SPOT | frozenset(cluster.spot_labels))


def _spot(labels: Mapping[str, str], taint: Taint | None) -> NodeShape:
    marks = [f"{key}={value}" for key, value in labels.items()] + ([f"taint {taint}"] if taint else [])
    return NodeShape(f"spot nodes ({', '.join(marks)})", labels, ON_DEMAND, (taint,) if taint else ())


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
