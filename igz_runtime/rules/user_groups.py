"""IGZ606, IGZ615, IGZ617: node groups for user work: who shares one, whether it has nodes, what an autoscaler sees."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.k8s.qos import together
from igz_runtime.messages import counted
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, nodes_with, pods_on
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.core_group import PRODUCTION_CLUSTER
from igz_runtime.rules.environment import UNKNOWN
from igz_runtime.rules.gpu_groups import DEVELOPMENT_CLUSTER


@rule(
    "IGZ606",
    "notebooks-beside-jobs",
    "Jupyter services and jobs on one node group, in development",
    severity="info",
    waivable=True,
    source="Such environments typically have dedicated node groups for development work and for jobs.",
    origin=DEVELOPMENT_CLUSTER,
    fix="give Jupyter services a node group of their own, so that a job takes nothing from those who work there",
    reads=("groups", "unread", "cluster"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def notebooks_beside_jobs(view: AuditedCluster) -> Iterator[Found | Skip]:
    if view.cluster.environment == "production":
        return
    if view.unread:
        yield Skip(view.unread)
    # What shares the core group is another rule's, and GPUs have one group for all.
    shared = [found for each in view.groups if not (each.group.core or each.group.gpu) for found in _shared(each)]
    if shared and view.cluster.environment is None:
        yield Skip(UNKNOWN)
    else:
        yield from shared


def _shared(group: AuditedGroup) -> Iterator[Found]:
    judged = [each for each in group.work if each.is_judged]
    notebooks = [each for each in judged if each.work.identity.kind == JUPYTER]
    jobs = [each for each in judged if each.work.identity.kind != JUPYTER]
    if notebooks and jobs:
        message = (
            f"runs {counted(pods_on(group, notebooks), 'pod')} of Jupyter services beside "
            f"{counted(pods_on(group, jobs), 'pod')} of jobs and functions"
        )
        yield Found(message, group=group.group.name)


@rule(
    "IGZ615",
    "user-group-without-nodes",
    "a node group for user work without a node that is ready, and that no autoscaler adds nodes to",
    severity="info",
    waivable=True,
    source="A minimum of 1 instance is recommended.",
    origin=PRODUCTION_CLUSTER,
    fix="give the group at least one node, or let an autoscaler add nodes to it",
    reads=("group", "nodes", "bounds", "of"),
    on=AuditedGroup,
    cel=elsewhere.AS_IT_IS,
)
def user_group_without_nodes(group: AuditedGroup) -> Iterator[Found | Skip]:
    live = group.of.live
    if group.group.core or any(not node.unready for node in group.nodes):
        return
    if live is None or "nodes" in live.unknown:
        why = "; ".join(live.unread({"nodes"})) if live else "no API server was asked"
        yield Skip(f"which nodes there are is not known: {why}")
    elif group.bounds.scaled is None:
        yield Skip(
            f"whether an autoscaler adds nodes to group {group.group.name!r}, which has none that is ready, is not "
            f"known: {group.bounds.because}"
        )
    elif not group.bounds.scaled:
        found = f"none of its {counted(len(group.nodes), 'node')} is ready" if group.nodes else "it has no node"
        message = f"{found}, and no autoscaler adds one ({group.bounds.because})"
        yield Found(message, nodes=tuple(node.name for node in group.nodes))


@rule(
    "IGZ617",
    "autoscaler-sees-too-little",
    "pods that may use far more memory than they request, where an autoscaler adds nodes by requests",
    severity="warning",
    waivable=True,
    source="Auto-scaling works best when jobs are created with limit=request.",
    origin="Iguazio, Best Practices, Auto-scaling",
    fix="request what the pods need: where requests equal limits, a node is added before the memory of another runs "
    "out",
    reads=("group", "work", "bounds", "of"),
    on=AuditedGroup,
    cel=elsewhere.AS_IT_IS,
)
def autoscaler_sees_too_little(group: AuditedGroup) -> Iterator[Found | Skip]:
    if group.group.core or group.bounds.scaled is False:
        return
    if group.of.unread:
        yield Skip(group.of.unread)
        return
    requested, limited = _memory(group)
    if not requested or limited <= _OVERCOMMITTED * requested:
        return
    if group.bounds.scaled is None:
        unknown = f"whether an autoscaler adds nodes to group {group.group.name!r} is not known"
        yield Skip(f"{unknown}: {group.bounds.because}")
    else:
        message = (
            f"the memory limits of its user pods add up to {limited / requested:.1f} times their requests; at most "
            f"{_OVERCOMMITTED} times are recommended where an autoscaler adds nodes by requests"
        )
        yield Found(message, nodes=nodes_with(group, group.work))


_OVERCOMMITTED: Final = Decimal(2)
"""How many times of its requests the limits of a group may add up to. CPU is not counted: it is shared, and its request
is to be left alone."""


def _memory(group: AuditedGroup) -> tuple[Decimal, Decimal]:
    """What the user pods of a group request, and what they are limited to; without a limit, what they request."""
    requested = limited = Decimal(0)
    for each in group.work:
        asked = [(c.sort, c.requests.get("memory"), c.limits.get("memory")) for c in each.work.containers]
        request = together((sort, request or limit) for sort, request, limit in asked)
        limit = together((sort, limit or request) for sort, request, limit in asked)
        pods = pods_on(group, [each])
        requested += pods * ((request and request.number) or Decimal(0))
        limited += pods * ((limit and limit.number) or Decimal(0))
    return requested, limited
