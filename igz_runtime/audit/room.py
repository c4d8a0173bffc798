"""What the node groups of a cluster have, what is reserved of it, and what its user work would use up as Guaranteed."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.cluster.capacity import GroupCapacity, Reserve, capacity_of
from igz_runtime.rules.audited import AuditedCluster, AuditedWork


def capacity_in(view: AuditedCluster) -> tuple[GroupCapacity, ...]:
    """By node group, what it has and what is taken of it. Pods that wait count where they may land."""
    return capacity_of(view.cluster, (reserve for each in view.work for reserve in _reserves(each)))


def _reserves(audited: AuditedWork) -> Iterator[Reserve]:
    work = audited.work
    for group, nodes in audited.on.items():
        if group:
            yield Reserve(work.identity.function, work.pod, sum(work.nodes[node] for node in nodes), (group,))
    if work.pending:
        yield Reserve(work.identity.function, work.pod, work.pending)
