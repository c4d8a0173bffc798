"""How a promise about spot nodes is reached on a cluster: preemption mode, affinity and tolerations.

A preemption mode does not always do what it says: it may be switched off, leave labelled but untainted nodes open, or
delete the user's own selection. So several means are tried, the plainest first, and the first whose effective pod keeps
the promise, with everything that the user asked for still in it, is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, SPOT_TAINTS
from igz_runtime.cluster.landing import NodeShape, can_land, every_spot_shape, on_demand_shapes, shape_of, spot_shapes
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.effective import Effective, effective_pod, lost
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Promised
from igz_runtime.k8s.matching import tolerates
from igz_runtime.k8s.pod import Affinity, PodSettings, Requirement, Term, Toleration

Terms = tuple[Term, ...]


def place(
    function: Function, asked: PodSettings, cluster: Cluster, promised: Promised
) -> tuple[PodSettings, Effective]:
    """The settings with the means that keep the promise on this cluster, and the effective pod that proves it.

    Where no means does, the first is taken: the rules then say what stands in the way, and refuse.

    Args:
        function: the function, with every role as the profile sizes it.
        asked: one role's settings, with everything but the placement as the profile wants it.
        cluster: what is known of the cluster.
        promised: where the pods shall run.
    """
    first = None
    for candidate in _MEANS[promised](asked, cluster):
        effective = effective_pod(function, candidate, cluster)
        guarded = _keeping_off(candidate, effective, cluster, function) if cluster.node_groups else candidate
        if guarded is not candidate:
            effective = effective_pod(function, guarded, cluster)
        if keeps(promised, effective, cluster) and not _loses(function.with_inherited(guarded), effective, cluster):
            return guarded, effective
        first = first or (guarded, effective)
    return first or (asked, effective_pod(function, asked, cluster))


def place_by_selector(function: Function, asked: PodSettings, cluster: Cluster) -> tuple[PodSettings, Effective]:
    """The same for pods that have a node selector and nothing else, and are promised on-demand nodes.

    Args:
        function: the function.
        asked: one role's settings, with everything but the placement as the profile wants it.
        cluster: what is known of the cluster.
    """
    marks = {key for key, _ in cluster.spot_labels}
    selected = [{key: value} for key, value in ON_DEMAND_LABELS if key in marks and key not in asked.node_selector]
    for labels in ({}, *selected):
        candidate = asked.but(node_selector={**asked.node_selector, **labels})
        effective = effective_pod(function, candidate, cluster)
        if keeps("on-demand", effective, cluster):
            return candidate, effective
    return asked, effective_pod(function, asked, cluster)


def _on_demand(asked: PodSettings, cluster: Cluster) -> Iterator[PodSettings]:
    if not cluster.assumed:
        yield asked.but(preemption_mode="prevent", mode_annotation=None)
    guarded = asked.but(affinity=_also(asked.affinity, (cluster.off_spot,)), mode_annotation=None)
    yield guarded.but(preemption_mode="prevent")
    yield guarded.but(preemption_mode="none")


def _spot(asked: PodSettings, cluster: Cluster) -> Iterator[PodSettings]:
    if not cluster.assumed:
        yield asked.but(preemption_mode="constrain", mode_annotation=None)
    terms = tuple(Term((Requirement(key, "In", (value,)),)) for key, value in cluster.spot_labels)
    bound = asked.but(affinity=_also(asked.affinity, terms), mode_annotation=None)
    yield bound.but(preemption_mode="constrain")
    yield bound.but(preemption_mode="none", tolerations=_with_spot_tolerations(asked, cluster))


def _any(asked: PodSettings, cluster: Cluster) -> Iterator[PodSettings]:
    yield asked.but(preemption_mode="allow", mode_annotation=None)
    tolerant = asked.but(tolerations=_with_spot_tolerations(asked, cluster), mode_annotation=None)
    yield tolerant.but(preemption_mode="allow")
    yield tolerant.but(preemption_mode="none")


_MEANS: dict[Promised, Callable[[PodSettings, Cluster], Iterator[PodSettings]]] = {
    "on-demand": _on_demand,
    "spot": _spot,
    "any": _any,
}


def keeps(promised: Promised, effective: Effective, cluster: Cluster) -> bool:
    """Whether the effective pod keeps the promise, judged at worst for on-demand and spot-only."""
    if effective.refusal:
        return False
    pod = effective.settings
    if promised == "on-demand":
        return not _lands(pod, every_spot_shape(cluster, pod)) and _lands(pod, on_demand_shapes(cluster))
    on_spot = _lands(pod, spot_shapes(cluster)) or not spot_shapes(cluster)
    if promised == "spot":
        return on_spot and not _lands(pod, on_demand_shapes(cluster))
    return on_spot and _lands(pod, on_demand_shapes(cluster))


def _lands(pod: PodSettings, shapes: tuple[NodeShape, ...]) -> bool:
    return any(can_land(pod, shape) for shape in shapes)


def _loses(asked: PodSettings, effective: Effective, cluster: Cluster) -> bool:
    return any(True for _ in lost(asked, effective.settings, cluster))


def _also(affinity: Affinity | None, terms: Terms) -> Affinity:
    """The affinity under which one of these terms holds as well: each of them joined with each that stands there."""
    present = affinity or Affinity()
    joined = tuple(
        Term((*(theirs.expressions or ()), *_missing(theirs, ours)), theirs.fields)
        for theirs, ours in product(present.required or (Term(),), terms)
    )
    return present._replace(required=joined, empty_node=False)


def _missing(theirs: Term, ours: Term) -> Iterator[Requirement]:
    return (expression for expression in ours.expressions or () if expression not in (theirs.expressions or ()))


def _with_spot_tolerations(asked: PodSettings, cluster: Cluster) -> tuple[Toleration, ...] | None:
    """Tolerations for the taints of spot nodes: as configured, as the known groups carry them, else every cloud's."""
    configured = [*cluster.mlrun.tolerations, *(cluster.nuclio or cluster.mlrun).tolerations]
    taints = [taint for group in cluster.node_groups if group.lifecycle == "spot" for taint in group.taints]
    if not configured and not cluster.node_groups:
        taints += SPOT_TAINTS
    present = asked.tolerations or ()
    needed = [t for t in taints if not any(tolerates(own, t) for own in (*present, *configured))]
    added = [t for t in configured if t not in present]
    added += [Toleration(t.key, "Equal", t.value, t.effect) for t in needed]
    return (*present, *dict.fromkeys(added)) or asked.tolerations


def _keeping_off(candidate: PodSettings, effective: Effective, cluster: Cluster, function: Function) -> PodSettings:
    """The candidate, kept off the core services' node group, and off GPU nodes where it has no business there."""
    pod, gpus = effective.settings, function.goes_to_gpus(candidate)
    for group in cluster.node_groups:
        unwanted = (group.core or (group.gpu and not gpus)) and not _selected(candidate, group)
        mark = _mark(group, cluster) if unwanted and can_land(pod, shape_of(group)) else None
        if mark:
            avoid = (Term((Requirement(mark[0], "NotIn", (mark[1],)),)),)
            candidate = candidate.but(affinity=_also(candidate.affinity, avoid))
    return candidate


def _selected(candidate: PodSettings, group: NodeGroup) -> bool:
    """Whether the node selector asks for this very group: a rule says what is wrong with it, and more would mislead."""
    selector = group.selector
    return bool(selector) and all(candidate.node_selector.get(key) == value for key, value in selector.items())


def _mark(group: NodeGroup, cluster: Cluster) -> tuple[str, str] | None:
    """A label that only this group carries."""
    others = [other for other in cluster.node_groups if other is not group]
    own = ((k, v) for k, v in group.labels.items() if all(other.labels.get(k) != v for other in others))
    return next(own, None)
