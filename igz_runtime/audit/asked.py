"""Which rules an audit asked of nothing: nothing of the kind that they are about is there, or it was not read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from igz_runtime.audit.declared import DeclaredFunction, known_among
from igz_runtime.audit.judging import CLUSTER
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.cluster.facts import ADDERS, DECLARED, NUCLIO
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.findings import Skipped
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.registry import rules
from igz_runtime.rules.separation import Separation
from igz_runtime.rules.subject import Subject


def unread(view: AuditedCluster) -> Iterator[Skipped]:
    """The rules that might find more, had everything been read: on pods, on declared functions, on node groups."""
    told = told_by_pods().built_in
    of_pods = (view.unread,) if view.unread else _unread(view, {"Deployments"})
    of_functions = (view.unread,) if view.running is None else _unread(view, DECLARED)
    of_groups, of_modes = _unread(view, _GROUPS), _unread(view, {NUCLIO})
    for rule in rules().values():
        on_work, on_functions = rule.on is AuditedWork, rule.on is Subject
        reads = frozenset(rule.reads or ())
        why = (
            *(of_pods if on_work or rule in told else ()),
            *(of_functions if on_functions else ()),
            *(of_groups if on_work or rule.on is AuditedGroup or "node_groups" in reads else ()),
            *(of_modes if on_functions and not reads.isdisjoint(PLACEMENT) else ()),
        )
        if why:
            yield Skipped(rule.id, CLUSTER, "", "; ".join(dict.fromkeys(why)))


def _unread(view: AuditedCluster, facts: Collection[str]) -> tuple[str, ...]:
    return view.live.unread(facts) if view.live else ()


_GROUPS: Final = ADDERS - {"the Cluster Autoscaler's status"}
"""What must be known before it can be said that there is no other node group; what that status says, rules ask."""


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
