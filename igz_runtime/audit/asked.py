"""Which rules an audit asked of nothing: nothing of the kind that they are about is there, or it was not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from igz_runtime.audit.declared import DeclaredFunction, known_among
from igz_runtime.audit.judging import CLUSTER
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.cluster.facts import DECLARED
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.findings import Skipped
from igz_runtime.rules.registry import rules
from igz_runtime.rules.separation import Separation
from igz_runtime.rules.subject import Subject


def unread(view: AuditedCluster) -> Iterator[Skipped]:
    """The rules on pods where not all of them were read, and those on declared functions where not every one was."""
    told = told_by_pods().built_in
    of_pods = view.unread or _unread(view, {"Deployments"})
    of_functions = view.unread if view.running is None else _unread(view, DECLARED)
    for rule in rules().values():
        why = of_pods if rule.on is AuditedWork or rule in told else of_functions if rule.on is Subject else ""
        if why:
            yield Skipped(rule.id, CLUSTER, "", why)


def _unread(view: AuditedCluster, facts: Collection[str]) -> str:
    return "; ".join(view.live.unread(facts)) if view.live else ""


def unasked(view: AuditedCluster, declared: Iterable[DeclaredFunction | str]) -> Iterator[tuple[str, str]]:
    """The rules that were asked of nothing, though everything was read: by id, each with the reason.

    Args:
        view: the cluster.
        declared: what is declared there.
    """
    work = [each.work for each in view.work if each.is_judged]
    no_work = "" if work or view.unread else "no user work is there"
    on: Mapping[type, str] = {
        AuditedCluster: "",
        AuditedGroup: "" if view.groups else "no node group is known",
        AuditedWork: no_work,
        Separation: "" if view.apart_from else "no cluster of another environment was named (--apart-from)",
    }
    known = known_among(declared)
    every_one_is_declared = known and all((each.namespace, each.identity.function) in known for each in work)
    of_declared = "" if every_one_is_declared and not view.unread else no_work or _NOT_TOLD
    told = told_by_pods().built_in
    for rule in rules().values():
        of_functions = of_declared and no_work if rule in told else of_declared
        why = of_functions if rule.on is Subject else on.get(rule.on, "it is asked of files and projects")
        if why:
            yield rule.id, why


_NOT_TOLD: Final = "pods do not show it, and not every function is an object of the cluster"
