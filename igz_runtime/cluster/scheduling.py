"""Does a pod fit a node: kube-scheduler's filters in their order, and the reason of the first that says no.

Source: kube-scheduler's default plugins NodeAffinity (its pre-filter too), NodeUnschedulable, TaintToleration and
NodeResourcesFit (kubernetes/pkg/scheduler/framework/plugins). Volumes, ports, topology spread and affinity to other
pods are not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from igz_runtime.cluster.facts import Amounts, Live, Node, whole
from igz_runtime.k8s.matching import may_hold, tolerated
from igz_runtime.k8s.pod import Affinity, PodSettings, Taint, is_accelerator
from igz_runtime.k8s.qos import stored

_UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", effect="NoSchedule")


class Fit(NamedTuple):
    """Where a pod fits.

    Attributes:
        eligible: names of the nodes that every filter admits.
        reasons: for the other nodes, how many each reason excludes, in the scheduler's words.
    """

    eligible: tuple[str, ...]
    reasons: Mapping[str, int]


def fit(pod: PodSettings, nodes: Iterable[Node]) -> Fit:
    """The nodes that a pod fits, and what excludes the rest. `nodeName` bypasses the scheduler."""
    if pod.node_name:
        return Fit((pod.node_name,), {})
    named, demand = _named(pod.affinity), demand_of(pod)
    if named is not None and not named:
        return Fit((), {_CONFLICT: sum(1 for _ in nodes)})
    eligible: list[str] = []
    reasons: Counter[str] = Counter()
    for node in nodes:
        against = [_NOT_NAMED] if named is not None and node.name not in named else list(_against(pod, demand, node))
        if against:
            reasons.update(against)
        else:
            eligible.append(node.name)
    return Fit(tuple(eligible), dict(reasons))


class Admitted(NamedTuple):
    """The nodes of a cluster that admit a pod, whatever it requests and whatever runs there.

    Attributes:
        nodes: the nodes.
        reasons: for the others, how many each reason excludes, in the scheduler's words.
    """

    nodes: tuple[Node, ...]
    reasons: Mapping[str, int]


def admitted(pod: PodSettings, live: Live) -> Admitted:
    """The nodes whose labels and taints admit a pod: remembered by what pods select, which many have in common."""
    required = pod.affinity and pod.affinity.required
    key = tuple(pod.node_selector.items()), pod.tolerations, required
    known: dict[object, Admitted] = live.__dict__.setdefault("_admitted", {})
    if key not in known:
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        empty: tuple[Node, ...] = live.__dict__.setdefault("_drained", tuple(node.drained for node in live.nodes))
        found = fit(pod.but(containers=(), node_name=None), empty)
        named = frozenset(found.eligible)
        known[key] = Admitted(tuple(node for node in live.nodes if node.name in named), found.reasons)
    return known[key]


_MOST_REMEMBERED: Final = 256


def demand_of(pod: PodSettings) -> dict[str, int]:
    """What the scheduler reserves for a pod: its containers together, or the largest init container if that is more.

    A request that is missing equals the limit.
    """
    together: dict[str, Decimal] = {}
    largest: dict[str, Decimal] = {}
    for container in pod.containers:
        for name, amount in {**container.limits, **container.requests}.items():
            if amount.number is None:
                continue
            number = stored(amount.number)
            if container.sort == "init":
                largest[name] = max(largest.get(name, number), number)
            else:
                together[name] = together.get(name, Decimal(0)) + number
    return {
        name: whole(name, max(together.get(name, Decimal(0)), largest.get(name, Decimal(0))))
        for name in {**together, **largest}
    }


_CONFLICT = "pod affinity terms conflict"
_NOT_NAMED = "node(s) didn't satisfy plugin(s) [NodeAffinity]"


def _against(pod: PodSettings, demand: Amounts, node: Node) -> Iterator[str]:
    """The reasons of the first filter that excludes the node."""
    if node.unschedulable and not tolerated(pod.tolerations, _UNSCHEDULABLE):
        yield "node(s) were unschedulable"
        return
    for taint in node.taints:
        if not tolerated(pod.tolerations, taint):
            yield "node(s) had untolerated taint(s)"
            return
    if not _selected(pod, node):
        yield "node(s) didn't match Pod's node affinity/selector"
        return
    if node.pods + 1 > node.allocatable.get("pods", 0):
        yield "Too many pods"
    for name, amount in demand.items():
        if amount and _is_counted(name) and amount > node.allocatable.get(name, 0) - node.used.get(name, 0):
            yield f"Insufficient {name}"


def _is_counted(resource: str) -> bool:
    return resource in ("cpu", "memory", "ephemeral-storage") or is_accelerator(resource) or "hugepages-" in resource


def _selected(pod: PodSettings, node: Node) -> bool:
    if any(node.labels.get(key) != value for key, value in pod.node_selector.items()):
        return False
    required = pod.affinity.required if pod.affinity else None
    return required is None or may_hold(required, node.labels, name=node.name)


def _named(affinity: Affinity | None) -> set[str] | None:
    """The nodes that a required affinity names, where every one of its terms names some; else None."""
    if affinity is None or not affinity.required:
        return None
    named: set[str] = set()
    for term in affinity.required:
        asked = [set(each.values or ()) for each in term.fields or () if each.operator == "In"]
        if not asked:
            return None
        named |= set.intersection(*asked)
    return named
