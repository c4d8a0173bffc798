"""What the node groups of a cluster have, what is reserved of it, and what its user work would use up as Guaranteed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from igz_runtime.audit.declared import DeclaredFunction
from igz_runtime.cluster.capacity import GroupCapacity, capacity_of
from igz_runtime.cluster.reserves import Reserve
from igz_runtime.effective import effective_pod
from igz_runtime.rules.audited import NOT_READ, AuditedCluster, AuditedWork


def capacity_in(view: AuditedCluster, declared: Iterable[DeclaredFunction | str]) -> tuple[GroupCapacity, ...]:
    """By node group, what it has and what is taken of it by user work: what runs, what waits, and what sleeps.

    Args:
        view: the cluster.
        declared: what is declared there: a service counts with its replicas, also where it has gone to zero.
    """
    rows = capacity_of(view.cluster, _reserves(view, declared))
    if view.running is not None:
        return rows
    return tuple(row._replace(unknown=(*row.unknown, f"what user work takes: {NOT_READ}")) for row in rows)


def _reserves(view: AuditedCluster, declared: Iterable[DeclaredFunction | str]) -> Iterator[Reserve]:
    there: Counter[tuple[str, str]] = Counter()
    for audited in view.work:
        work = audited.work
        there[work.namespace, work.identity.function] += work.running + work.pending
        yield from _of_work(audited)
    for each in declared:
        if isinstance(each, DeclaredFunction):
            yield from _to_come(each, there[each.namespace, each.whose.function], view)


def _of_work(audited: AuditedWork) -> Iterator[Reserve]:
    work = audited.work
    for group, nodes in audited.on.items():
        if group:
            pods = sum(work.nodes[node] for node in nodes)
            yield Reserve(work.identity.function, work.pod, pods, (group,), runs=True)
    if work.pending:
        yield Reserve(work.identity.function, work.pod, work.pending)


def _to_come(declared: DeclaredFunction, there: int, view: AuditedCluster) -> Iterator[Reserve]:
    """The pods that a service has not now: it was scaled to zero, or they are yet to be made."""
    for role in declared.function.roles:
        pod = effective_pod(declared.function, role, view.cluster)
        if role.replicas and not pod.refusal and role.least_pods > there:
            yield Reserve(declared.whose.function, pod.settings, role.least_pods - there)
