"""The field that causes a finding, in the words of `PodSettings`: what to look at, or where it should be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from igz_runtime.cluster.landing import asks_for_spot, hindrance, shape_of, taint_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.k8s.matching import tolerates
from igz_runtime.k8s.pod import Field, PodSettings, Requirement, Taint, Toleration
from igz_runtime.rules.subject import Subject


def of_reads(reads: Iterable[str], subject: Subject) -> Field:
    """Of what a rule reads, the first field that the function states; where it states none of them, the only one.

    Args:
        reads: names of what the rule reads, in the order in which it names them.
        subject: the role.
    """
    named = [name for name in reads if name in _HAVE_PLACES]
    stated = (name for name in named if _states(subject, name))
    cause = next(stated, named[0] if len(named) == 1 else "")
    return (cause,) if cause else ()


_NOTHING: Final = PodSettings()
_HAVE_PLACES: Final = frozenset({*PodSettings._fields, *Evidence._fields, "name", "project"}) - {"role", "runs"}


def _states(subject: Subject, name: str) -> bool:
    if name in PodSettings._fields:
        return bool(getattr(subject.asked, name) != getattr(_NOTHING, name))
    function = subject.function
    return bool(getattr(function if name in Function._fields else function.evidence, name))


def of_mode(subject: Subject) -> Field:
    """Where the mode in force is stated; `()` where it is the platform's default."""
    if subject.traits.platform != "mlrun" and subject.asked.mode_annotation:
        return ("mode_annotation",)
    return ("preemption_mode",) if subject.asked.preemption_mode else ()


def of_selection(place: str, requirement: Requirement) -> Field:
    """Where one of a subject's selections stands."""
    return ("node_selector", requirement.key) if place == "node selector" else ("affinity",)


def of_toleration(subject: Subject, toleration: Toleration) -> Field:
    """Where a toleration stands in the function itself; `()` where the platform added it."""
    asked = subject.asked.tolerations or ()
    return ("tolerations", asked.index(toleration)) if toleration in asked else ()


def of_amount(subject: Subject, container: str, section: str, resource: str) -> Field:
    """An amount of a container, where it stands or should stand; of two that disagree, the one that was not filled in.

    Args:
        subject: the role.
        container: the container's name.
        section: `requests` or `limits`.
        resource: the resource's name.
    """
    asked = next((one for one in subject.asked.containers if one.name == container and one.reachable), None)
    effective = next((one for one in subject.pod.containers if one.name == container), None)
    if asked is None or effective is None:
        return ()
    filled_in = resource in getattr(effective, section) and resource not in getattr(asked, section)
    if filled_in and resource in (asked.limits if section == "requests" else asked.requests):
        section = "limits" if section == "requests" else "requests"
    return ("containers", container, section, resource)


def of_most(subject: Subject, resource: str) -> Field:
    """Where the role asks for most of a resource; `()` where it asks for none."""
    stated = [
        (amount.number, ("containers", container.name, section, resource))
        for container in subject.asked.containers
        for section, amounts in (("requests", container.requests), ("limits", container.limits))
        for name, amount in amounts.items()
        if name == resource and amount.number is not None
    ]
    return max(stated, key=lambda one: one[0])[1] if stated else ()


def opening_spot(subject: Subject) -> Field:
    """What lets the pod onto spot nodes; `()` where the platform's defaults do."""
    mode = of_mode(subject)
    if subject.asked.node_name:
        return ("node_name",)
    if mode and subject.mode in ("allow", "constrain"):
        return mode
    tolerated = _tolerating(subject, spot_taints(subject))
    if tolerated:
        return tolerated
    for place, requirement in subject.selections:
        if asks_for_spot(requirement, subject.cluster):
            return of_selection(place, requirement)
    return mode if subject.mode != "prevent" else ()


def opening_group(subject: Subject, group: NodeGroup) -> Field:
    """What leads the pod onto a node group; `()` where nothing of its own does."""
    if subject.asked.node_name:
        return ("node_name",)
    tolerated = _tolerating(subject, group.taints)
    if tolerated:
        return tolerated
    for place, requirement in subject.selections:
        if requirement.operator == "In" and group.labels.get(requirement.key) in (requirement.values or ()):
            return of_selection(place, requirement)
    return ()


def keeping_off(subject: Subject, group: NodeGroup) -> Field:
    """What keeps the pod off a node group, or where the toleration that it lacks should be."""
    kept_by = hindrance(subject.pod, shape_of(group))
    if kept_by.startswith("taint"):
        return ("tolerations",)
    for key, value in subject.asked.node_selector.items():
        if kept_by == f"node selector {key}={value}":
            return ("node_selector", key)
    return selecting(subject) if kept_by else ()


def selecting(subject: Subject) -> Field:
    """What the function selects nodes by: its affinity, else its node selector, else the mode that does."""
    if subject.asked.affinity is not None and subject.asked.affinity.required is not None:
        return ("affinity",)
    return ("node_selector",) if subject.asked.node_selector else of_mode(subject)


def spot_taints(subject: Subject) -> Iterator[Taint]:
    """The taints of spot nodes, as far as they are known."""
    return spot_taints_of(subject.cluster)


def spot_taints_of(cluster: Cluster) -> Iterator[Taint]:
    """The same of a cluster."""
    for group in cluster.node_groups:
        if group.lifecycle == "spot":
            yield from group.taints
    for preemptible in (cluster.mlrun, cluster.nuclio or cluster.mlrun):
        yield from filter(None, map(taint_of, preemptible.tolerations))


def _tolerating(subject: Subject, taints: Iterable[Taint]) -> Field:
    taints = tuple(taints)
    for index, toleration in enumerate(subject.asked.tolerations or ()):
        if any(tolerates(toleration, taint) for taint in taints):
            return ("tolerations", index)
    return ()
