"""IGZ3xx: priority classes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from igz_runtime.cluster.clouds import RESERVED_PRIORITIES
from igz_runtime.cluster.model import IGUAZIO, Cluster
from igz_runtime.cluster.platform import PLATFORMS
from igz_runtime.messages import did_you_mean
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import priority as cel
from igz_runtime.rules.subject import Subject

POD_PRIORITIES = "Iguazio, Best Practices, Pod Priorities"


_OF_CLUSTER = ("priority_classes", "priority_aliases", "platform", "assumed", "live")


def is_reserved(class_name: str) -> bool:
    """Whether a priority class belongs to the platform or to Kubernetes itself."""
    return class_name.startswith(RESERVED_PRIORITIES)


RESERVED_CLASSES: Final = "Some classes are reserved for Iguazio system's services usage."


_EXISTING: Final = "use one of the cluster's priority classes: Kubernetes refuses a pod whose class does not exist"
_LIST_CLASSES: Final = (
    "name one of its classes with priority=, or list priority_classes in the description of the cluster"
)


@rule(
    "IGZ301",
    "unknown-priority-class",
    "a priority class that the cluster does not have",
    severity="error",
    source="There are 3 priority classes reserved for user workloads that are named low, medium and high.",
    origin=POD_PRIORITIES,
    fix=_EXISTING,
    reads=("priority_class", "priority_promised", *_OF_CLUSTER, "planned"),
    cel=cel.unknown_priority_class(_LIST_CLASSES),
)
def unknown_priority_class(subject: Subject) -> Iterable[Found | Skip]:
    named, known = subject.pod.priority_class, subject.cluster.priority_classes
    if known is None and subject.cluster.platform:
        return _on_platform_without_classes(subject, PLATFORMS[subject.cluster.platform])
    if not named or is_reserved(named):
        return ()
    if known is None:
        return (Skip("the cluster's priority classes are not known"),)
    if named in known:
        return ()
    classes = ", ".join(known) or "none"
    if takes_iguazios_classes(subject.cluster) and not subject.planned:
        return (Found(f"priority class {named!r} is not one of Iguazio's own ({classes})", severity="warning"),)
    meant = subject.cluster.priority(named)  # a level, where the name of its class is required
    near = (
        f"; did you mean {meant!r}?"
        if meant in known
        else did_you_mean(named, (*subject.cluster.priority_aliases, *known))
    )
    return (Found(f"priority class {named!r} does not exist; the cluster has: {classes}", f"{_EXISTING}{near}"),)


def takes_iguazios_classes(cluster: Cluster) -> bool:
    """Whether the priority classes of a cluster are Iguazio's own, and nobody said so of this one."""
    return cluster.assumed and cluster.live is None and cluster.priority_classes == IGUAZIO.priority_classes


def _on_platform_without_classes(subject: Subject, platform: str) -> Iterable[Found | Skip]:
    """Of a platform that lists no priority classes: nothing says that it has Iguazio's."""
    named, level = subject.pod.priority_class, subject.priority_promised
    if named in (IGUAZIO.priority_classes or ()):
        message = f"priority class {named!r} is Iguazio's, and is not known to exist: {platform} lists no classes"
        return (Found(message, _LIST_CLASSES, severity="warning"),)
    if level is not None and subject.cluster.lists_no_class_for(level):
        message = (
            f"priority {level!r} gives no priority class: {platform} lists no classes, and is not known to have "
            f"{subject.cluster.priority(level)!r}"
        )
        return (Found(message, _LIST_CLASSES, severity="warning"),)
    return (Skip("the cluster's priority classes are not known"),) if named and not is_reserved(named) else ()


@rule(
    "IGZ302",
    "reserved-priority-class",
    "a priority class that is reserved for the system",
    severity="error",
    source=RESERVED_CLASSES,
    origin=POD_PRIORITIES,
    fix="use igz-workload-low, igz-workload-medium or igz-workload-high",
    reads=("priority_class",),
    each="value",
    cel=cel.RESERVED_PRIORITY_CLASS,
)
def reserved_priority_class(subject: Subject) -> Iterable[Found | Skip]:
    named = subject.asked.priority_class
    if not named or not is_reserved(named):
        return ()
    return (Found(f"priority class {named!r} is reserved for the system's own services"),)


@rule(
    "IGZ303",
    "mission-critical-without-high-priority",
    "mission-critical work below high priority",
    severity="warning",
    waivable=True,
    source="It's recommended to assign a higher priority class to jobs with higher priority.",
    origin=POD_PRIORITIES,
    fix="use priority='high'",
    reads=("priority_class", "mission_critical", "priority_aliases"),
    cel=cel.MISSION_CRITICAL_WITHOUT_HIGH_PRIORITY,
)
def mission_critical_without_high_priority(subject: Subject) -> Iterable[Found | Skip]:
    if not subject.workload.mission_critical:
        return ()
    named = subject.pod.priority_class
    level = subject.cluster.priority_level(named)
    if level == "high":
        return ()
    if named and level is None:
        return (Skip(f"how priority class {named!r} ranks is not known"),)
    return (Found(f"declared mission-critical, and its priority class is {named or 'none'!r}, not high"),)
