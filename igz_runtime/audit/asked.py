"""Which rules an audit asked of nothing, because there is nothing of the kind that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igz_runtime.audit.declared import DeclaredFunction
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.rules.audited import NOT_READ, AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.registry import rules
from igz_runtime.rules.separation import Separation
from igz_runtime.rules.subject import Subject


def unasked(view: AuditedCluster, declared: Iterable[DeclaredFunction | str]) -> Iterator[tuple[str, str]]:
    """The rules that were asked of nothing, by id, each with the reason.

    Args:
        view: the cluster.
        declared: what is declared there.
    """
    known = {(each.namespace, each.whose.function) for each in declared if isinstance(each, DeclaredFunction)}
    work = [each.work for each in view.work if each.is_judged]
    told = frozenset(rule.id for rule in told_by_pods().built_in) if work else frozenset()
    every_function_is_declared = all((each.namespace, each.identity.function) in known for each in work)
    for rule in rules().values():
        if rule.on is Subject:
            asked = rule.id in told or (bool(known) and every_function_is_declared)
        else:
            of = {AuditedGroup: view.groups, AuditedWork: work, Separation: view.apart_from}
            asked = rule.on is AuditedCluster or bool(of.get(rule.on))
        if not asked:
            yield rule.id, _why(rule, view, work=bool(work))


def _why(rule: Rule[object], view: AuditedCluster, *, work: bool) -> str:
    if rule.on is AuditedGroup:
        return "no node group is known"
    if rule.on is Separation:
        return "no cluster of another environment was named (--apart-from)"
    if rule.on not in (AuditedWork, Subject):
        return "only files show it"
    if view.running is None:
        return NOT_READ
    return (
        "pods do not show it, and not every function is an object of the cluster" if work else "no user work is there"
    )
