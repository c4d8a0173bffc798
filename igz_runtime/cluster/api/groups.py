"""Node groups recognised from nodes: by the labels of Iguazio, EKS, GKE, AKS and Karpenter, or by configured ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from igz_runtime.cluster.clouds import (
    CORE_LABELS,
    CORE_TAINT,
    GPU_LABELS,
    GROUP_LABELS,
    KARPENTER_POOL,
    NODE_LABELS,
    Lifecycle,
    accelerators_in,
    lifecycle_of,
)
from igz_runtime.cluster.facts import Node, Pool, spelled
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.k8s.matching import CONDITION
from igz_runtime.k8s.pod import Resources, Taint
from igz_runtime.k8s.quantity import quantity

_NOT_GROUPED = "nodes without a group label"


class Marks(NamedTuple):
    """Configured labels, beside those of the platforms.

    Attributes:
        group: the label key whose value names a node's group.
        spot: labels of spot nodes; any of them marks one.
        core: labels of the nodes of the core services; any of them marks one.
    """

    group: str | None = None
    spot: Mapping[str, str] = {}
    core: Mapping[str, str] = {}


class _Kind(NamedTuple):
    """What the nodes of one group have in common, beside its name."""

    key: str | None
    value: str
    lifecycle: Lifecycle | None
    gpu: bool


def recognise(
    nodes: Iterable[Node], marks: Marks | None = None, core_pods: Mapping[str, int] | None = None
) -> tuple[NodeGroup, ...]:
    """The groups of these nodes.

    Nodes of one label value that differ in lifecycle or in having GPUs are two groups: a Karpenter NodePool may add
    both spot and on-demand nodes.

    Args:
        nodes: the nodes.
        marks: configured labels.
        core_pods: by node, how many pods of the platform's own services run there; the group that runs more than half
            of them hosts the core services.
    """
    return in_groups(nodes, marks, core_pods)[0]


def in_groups(
    nodes: Iterable[Node], marks: Marks | None = None, core_pods: Mapping[str, int] | None = None
) -> tuple[tuple[NodeGroup, ...], tuple[Node, ...]]:
    """The same, and the nodes, each with the name of its group."""
    marks = marks or Marks()
    known = [(node, _kind(node, marks)) for node in nodes]
    grouped: dict[_Kind, list[Node]] = {}
    for node, kind in known:
        grouped.setdefault(kind, []).append(node)
    counts = Counter(kind.value for kind in grouped)
    names = {kind: _name(kind, counts) for kind in grouped}
    core = _core_by_pods(grouped, core_pods or {})
    groups = tuple(
        _group(kind, members, names[kind], core=kind == core or _is_core(members, marks))
        for kind, members in sorted(grouped.items(), key=lambda item: names[item[0]])
    )
    return groups, tuple(node._replace(group=names[kind]) for node, kind in known)


def offered(pool: Pool) -> NodeGroup:
    """The nodes that a Karpenter NodePool would add, as a group: what is known before there is any."""
    settled = {r.key: r.values[0] for r in pool.requirements if r.operator == "In" and r.values and len(r.values) == 1}
    return NodeGroup(pool.name, {**settled, **pool.labels}, pool.taints, selected_by=KARPENTER_POOL)


def _kind(node: Node, marks: Marks) -> _Kind:
    keys = (marks.group, *GROUP_LABELS) if marks.group else GROUP_LABELS
    key = next((key for key in keys if key in node.labels), None)
    return _Kind(key, node.labels[key] if key else _NOT_GROUPED, _lifecycle(node.labels, marks), has_gpu(node))


def _lifecycle(labels: Mapping[str, str], marks: Marks) -> Lifecycle | None:
    if any(labels.get(key) == value for key, value in marks.spot.items()):
        return "spot"
    known = lifecycle_of(labels)
    return known or ("on-demand" if marks.spot else None)


def has_gpu(node: Node) -> bool:
    """Whether a node has accelerators: it offers some, or is labelled so while its device plugin is not up."""
    labelled = (node.labels.get(key, "false") not in ("", "false") for key in GPU_LABELS)
    return accelerators_in(node.allocatable) > 0 or any(labelled)


def _is_core(members: Sequence[Node], marks: Marks) -> bool:
    labels = (*CORE_LABELS, *marks.core.items())
    return all(
        any(node.labels.get(key) == value for key, value in labels) or any(t.key == CORE_TAINT for t in node.taints)
        for node in members
    )


def _core_by_pods(grouped: Mapping[_Kind, Sequence[Node]], pods: Mapping[str, int]) -> _Kind | None:
    counts = {kind: sum(pods.get(node.name, 0) for node in members) for kind, members in grouped.items()}
    whole = sum(counts.values())
    return next((kind for kind, count in counts.items() if 2 * count > whole), None)


def _name(kind: _Kind, names: Mapping[str, int]) -> str:
    if names[kind.value] == 1:
        return kind.value
    marks = [kind.lifecycle or "lifecycle unknown", *(["GPU"] if kind.gpu else [])]
    return f"{kind.value} ({', '.join(marks)})"


def _group(kind: _Kind, members: Sequence[Node], name: str, *, core: bool) -> NodeGroup:
    return NodeGroup(
        name,
        _common_labels(members),
        _common_taints(members),
        kind.lifecycle,
        core,
        kind.gpu,
        _largest(members),
        kind.key,
    )


def _common_labels(members: Sequence[Node]) -> dict[str, str]:
    common = {key: value for key, value in members[0].labels.items() if key not in NODE_LABELS}
    for node in members[1:]:
        common = {key: value for key, value in common.items() if node.labels.get(key) == value}
    return common


def _common_taints(members: Sequence[Node]) -> tuple[Taint, ...]:
    """Taints of every node; those that tell a node's condition come and go."""
    common = [taint for taint in members[0].taints if not taint.key.startswith(CONDITION)]
    return tuple(taint for taint in common if all(taint in node.taints for node in members))


def _largest(members: Sequence[Node]) -> Resources:
    """The most that one node of the group offers of each resource."""
    most: dict[str, int] = {}
    for node in members:
        for name, amount in node.allocatable.items():
            most[name] = max(most.get(name, 0), amount)
    return {name: quantity(spelled(name, amount)) for name, amount in most.items()}
