"""IGZ610: the priority classes for user work, as the cluster has them, and as pods name them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from igz_runtime.cluster.model import LEVELS
from igz_runtime.functions.kinds import STEP
from igz_runtime.messages import counted
from igz_runtime.rules.audited import AuditedCluster, whose
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.priority import POD_PRIORITIES


@rule(
    "IGZ610",
    "user-priority-classes",
    "priority classes for user work that do not exist, that evict other pods, or that do not rank as they are called",
    severity="error",
    waivable=True,
    source="There are 3 priority classes reserved for user workloads that are named low, medium and high. By default, "
    "all jobs created by MLRun and nuclio have a medium priority. A user's workload priority classes cannot evict "
    "other pods to meet their scheduling requirements but can take precedence over other pods waiting to be scheduled "
    "with them.",
    origin=POD_PRIORITIES,
    fix="make the classes with preemptionPolicy: Never and values that rise from low to high, or name the cluster's "
    "own in igz-runtime.yaml, under cluster.priority_aliases",
    reads=("cluster", "live", "unread", "work"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def user_priority_classes(view: AuditedCluster) -> Iterator[Found | Skip]:
    cluster, live = view.cluster, view.live
    yield from _without_class(view)
    if view.unread:
        yield Skip(view.unread)
    unread = live.unknown.get("priority classes") if live else None
    if unread or cluster.priority_classes is None:
        yield Skip(f"the cluster's priority classes are not known{f': {unread}' if unread else ''}")
        return
    of_users = [cluster.priority(level) for level in LEVELS]
    yield from _absent(view, [name for name in of_users if name not in cluster.priority_classes])
    if live is None:
        yield Skip("how priority classes rank, and which of them may evict, is not known: no API server was asked")
        return
    yield from _ranking({name: live.priorities[name] for name in of_users if name in live.priorities})
    if _EVICTING in live.priorities and _EVICTING not in live.preempting:
        yield Skip("which priority classes may evict others was not read")
    else:
        yield from _evicting([name for name in of_users if name in live.preempting])


_EVICTING: Final = "system-node-critical"
"""A class of Kubernetes' own whose pods may evict others on every cluster: where it may not, that was not read."""


_FIELD: Final = ("priority_class",)
"""With the names of classes, what tells one of this rule's findings from another, in a baseline too."""


def _without_class(view: AuditedCluster) -> Iterator[Found]:
    """User pods that name no class. One that the cluster gives to such pods, the API server writes on them."""
    jobs = [each for each in view.work if each.is_judged and each.work.identity.kind != STEP]
    without = [each for each in jobs if not each.work.pod.priority_class]
    if without:
        pods = counted(sum(each.work.running + each.work.pending for each in without), "pod")
        nodes = tuple(sorted({node for each in without for node in each.work.nodes}))
        message = f"{pods} of user work without a priority class, such as of {whose(without)}"
        fix = "apply a profile, which gives one, or configure MLRun's default_function_priority_class_name"
        yield Found(message, fix, severity="warning", field=_FIELD, nodes=nodes)


def _absent(view: AuditedCluster, absent: list[str]) -> Iterator[Found]:
    if absent:
        # MLRun CE brings none of them.
        of_ce = view.cluster.platform == "ce"
        message = f"{_classes(absent)} for user work {'does' if len(absent) == 1 else 'do'} not exist"
        yield Found(message, severity="warning" if of_ce else None, field=(*_FIELD, *absent))


def _evicting(preempting: list[str]) -> Iterator[Found]:
    if preempting:
        message = f"pods of {_classes(preempting)} may evict others; preemptionPolicy: Never is required"
        yield Found(message, severity="warning", field=(*_FIELD, *preempting))


def _ranking(values: dict[str, int]) -> Iterator[Found]:
    if any(lower >= higher for lower, higher in pairwise(values.values())):
        ranks = ", ".join(f"{name} {value}" for name, value in values.items())
        message = f"the values of the priority classes do not rise from low to high: {ranks}"
        yield Found(message, severity="warning", field=(*_FIELD, *values))


def _classes(names: list[str]) -> str:
    return f"priority class{'' if len(names) == 1 else 'es'} {', '.join(map(repr, names))}"
