"""The rules on functions, asked of the pods that run: what one of them is, whatever it was asked for as."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from typing import Any, Final, NamedTuple

from igz_runtime.audit.judging import By, Said, about_work, place_of, told
from igz_runtime.audit.promised import Promises
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.workloads import BUILD
from igz_runtime.effective import Effective
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.workload import Workload
from igz_runtime.messages import counted
from igz_runtime.planning.make_plan import fingerprint
from igz_runtime.planning.protection import promises_completion
from igz_runtime.planning.subjects import promised_to
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.engine import Verdicts, built_in_verdicts, with_the_rest
from igz_runtime.rules.reads import EVERY_ROLE, NATURE, PLACEMENT
from igz_runtime.rules.registry import Asked, Rules, rules_on
from igz_runtime.rules.subject import Subject

_OF_POD: Final = ("containers", *PLACEMENT[1:], "priority_class", "annotations")
_OF_FUNCTION: Final = ("kind", "role", "name", "project", "labels", "profile", "workload", "waivers", NATURE)
_OF_PROFILE: Final = ("qos_promised", "lifecycle_promised", "completion_promised", "development", "mission_critical")

TELLS: Final = frozenset({*_OF_POD, *_OF_FUNCTION, *_OF_PROFILE, f"{EVERY_ROLE}containers", f"{EVERY_ROLE}role"})
"""What of all that rules read is on a pod: what the scheduler sees, and what its labels say of function and profile."""

_OF_CLUSTER: Final = frozenset({field.name for field in fields(Cluster)})
_EMPTY: Final = frozenset({PLACEMENT[0], "written"})
"""What is taken for empty: the name of its node, which is the scheduler's, and the record, which says what was written
on a function."""


def told_by_pods() -> Asked:
    """The rules on functions that a pod alone can answer."""
    of = rules_on(Subject)
    return Asked(*map(_answered, of))


def _answered(of: Rules) -> Rules:
    return tuple(each for each in of if each.reads is not None and _is_told(each))


def _is_told(rule: Rule[Any]) -> bool:
    reads = frozenset(rule.reads or ())
    return reads <= TELLS | _OF_CLUSTER | _EMPTY and not reads.isdisjoint(TELLS)


class _Known(NamedTuple):
    """A pod that was judged already: another that asks for the same gets the same of the general rules."""

    subject: Subject
    said: Verdicts


def on_pods(view: AuditedCluster, by: By, promises: Promises) -> Iterator[Said]:
    """What the rules on functions find on the pods that run or wait.

    Args:
        view: the cluster.
        by: what the audit goes by.
        promises: what the profiles promise whose labels pods carry.
    """
    asked, known = told_by_pods(), dict[Any, _Known]()
    judge = partial(_on_work, asked=asked, known=known, promises=promises)
    for work in view.work:
        if work.is_judged:
            yield from told(judge(work), about_work(work), by, place_of(work))
    yield from _of_unknown_kinds(view)
    yield from _of_unknown_profiles(view, promises)


def _on_work(work: AuditedWork, asked: Asked, known: dict[Any, _Known], promises: Promises) -> Verdicts:
    function = work.function
    mark = fingerprint(function)
    key = None if mark is None else (mark, function.profile)
    held = known.get(key) if key is not None else None
    if held is None:
        subject = subject_of(work, promises)
        held = _Known(subject, built_in_verdicts(asked.general, subject))
        if key is not None:
            known[key] = held
    return with_the_rest(asked, held.said, held.subject.of(function))


def subject_of(work: AuditedWork, promises: Promises, node_name: str | None = None) -> Subject:
    """Pods under judgement as a role of their function: what they are is the effective pod.

    Args:
        work: the pods.
        promises: what the profiles promise whose labels pods carry.
        node_name: the node that whoever made the pod chose, and not the scheduler.
    """
    function = work.function
    if node_name:
        function = function.but(roles=tuple(role.but(node_name=node_name) for role in function.roles))
    pod, promised = function.roles[0], promises.get(function.profile or "", {})
    of_profile, qos = promised.get("lifecycle", "any"), promised.get("qos")
    lifecycle = promised_to(of_profile, function, pod)
    return Subject(
        function,
        pod,
        work.of.cluster,
        Workload(mission_critical=promised.get("mission_critical", False)),
        qos=qos,
        lifecycle=None if lifecycle == "any" or not promised else lifecycle,
        completion=promises_completion(of_profile, qos, function.kind),
        development=promised.get("development", False),
        effective=Effective(pod, "none"),
    )


def _of_unknown_kinds(view: AuditedCluster) -> Iterator[str]:
    kinds = [each.work.identity.kind for each in view.work if each.work.identity.kind not in (*KINDS, BUILD)]
    for kind in dict.fromkeys(kinds):
        pods = counted(kinds.count(kind), "function")
        yield f"pods of kind {kind!r}, which this igz-runtime does not know: {pods} not checked"


def _of_unknown_profiles(view: AuditedCluster, promises: Promises) -> Iterator[str]:
    names = dict.fromkeys(each.work.identity.profile for each in view.work)
    for name in filter(None, names):
        if name not in promises:
            yield f"what profile {name!r} promises, whose label pods carry: it is not known here"
