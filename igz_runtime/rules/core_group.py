"""IGZ601 to IGZ604: the node group of the core services, and whether there is another one for user work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.cluster.clouds import lifecycle_of
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN
from igz_runtime.messages import counted
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.environment import NODE_GROUPS
from igz_runtime.rules.findings import Severity

PRODUCTION_CLUSTER: Final = "Iguazio, Best Practices, Production Cluster"

CORE_UNKNOWN: Final = (
    "no node group is known to host the core services; igz-runtime.yaml can name it, with core: true under "
    "cluster.node_groups"
)
"""Why rules about the node group of the core services skip."""


def core_of(view: AuditedCluster) -> list[AuditedGroup]:
    """The node groups that host the core services; empty where none is known to."""
    return [each for each in view.groups if each.group.core]


def core_unknown(view: AuditedCluster) -> Skip:
    """That no group is known to host the core services, with the reason."""
    return Skip(CORE_UNKNOWN if view.groups else GROUPS_UNKNOWN)


@rule(
    "IGZ601",
    "core-group-on-spot",
    "the node group of the core services on spot nodes",
    severity="error",
    source="Instances must be on-demand (cannot be spot instances).",
    origin=PRODUCTION_CLUSTER,
    fix="replace its nodes by on-demand ones: the core services go down with a spot node",
    reads=("groups",),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def core_group_on_spot(view: AuditedCluster) -> Iterator[Found | Skip]:
    core = core_of(view)
    if not core:
        yield core_unknown(view)
    for each in core:
        spot = tuple(node.name for node in each.nodes if lifecycle_of(node.labels) == "spot")
        if each.group.lifecycle == "spot":
            yield Found("hosts the core services, and its nodes are spot nodes", nodes=spot, group=each.group.name)
        elif spot:
            message = f"hosts the core services, and {len(spot)} of its {len(each.nodes)} nodes are spot nodes"
            yield Found(message, nodes=spot, group=each.group.name)
        elif each.group.lifecycle is None:
            yield Skip(f"the labels of node group {each.group.name!r} do not say whether its nodes are spot nodes")


@rule(
    "IGZ602",
    "core-group-not-static",
    "a node group of the core services whose size is not fixed",
    severity="error",
    waivable=True,
    source="The size of the node group must be static (min = max).",
    origin=PRODUCTION_CLUSTER,
    fix="set its minimum and its maximum to the same number of nodes, and let no autoscaler change it",
    reads=("groups",),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def core_group_not_static(view: AuditedCluster) -> Iterator[Found | Skip]:
    core = core_of(view)
    if not core:
        yield core_unknown(view)
    for each in core:
        bounds = each.bounds
        if bounds.static is None:
            yield Skip(f"whether the size of node group {each.group.name!r} is fixed is not known: {bounds.because}")
        elif not bounds.static:
            declared = each.group.least is not None or each.group.most is not None
            size = f"may have {bounds.least} to {bounds.most} nodes ({bounds.because})" if declared else bounds.because
            yield Found(f"hosts the core services, and {size}", group=each.group.name)


@rule(
    "IGZ603",
    "single-core-node",
    "core services with fewer than 2 nodes that are ready",
    severity="error",
    waivable=True,
    source="A minimum of 2 instances are required for high availability.",
    origin=PRODUCTION_CLUSTER,
    fix="give the node group of the core services at least 2 nodes",
    reads=("groups", "live", "cluster"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def single_core_node(view: AuditedCluster) -> Iterator[Found | Skip]:
    core = core_of(view)
    if not core:
        yield core_unknown(view)
        return
    if view.live is None:
        yield from _single_by_declaration(view, core)
        return
    if "nodes" in view.live.unknown:
        yield Skip(f"not every node was read: {view.live.unknown['nodes']}")
        return
    nodes = [node for each in core for node in each.nodes]
    ready = sum(not node.unready for node in nodes)
    if ready < _LEAST:
        found = f"has {counted(ready, 'node')} that {'is' if ready == 1 else 'are'} ready, of {len(nodes)}"
        yield _too_few(found, ready, view, core, tuple(node.name for node in nodes))


_LEAST: Final = 2
"""How many nodes the core services need, to survive the loss of one."""


def _single_by_declaration(view: AuditedCluster, core: list[AuditedGroup]) -> Iterator[Found | Skip]:
    """Where no API server was asked: what the size says that is declared."""
    least, most = ([getattr(each.bounds, of) for each in core] for of in ("least", "most"))
    if None not in most and sum(most) < _LEAST:
        yield _too_few(f"may have {counted(sum(most), 'node')} at most", sum(most), view, core)
    elif None in least or sum(least) < _LEAST:
        yield Skip("how many nodes of the core services are ready is not known: no API server was asked")


def _too_few(
    found: str, count: int, view: AuditedCluster, core: list[AuditedGroup], nodes: tuple[str, ...] = ()
) -> Found:
    """That there are too few nodes: an error in production, and where the core services have none at all."""
    required = f"production requires at least {_LEAST}"
    if view.cluster.environment == "development":
        required = f"at least {_LEAST} are recommended" if count else "at least 1 is required"
    severity: Severity = "error" if view.cluster.environment == "production" or not count else "warning"
    others = f", with {', '.join(repr(each.group.name) for each in core[1:])}," if core[1:] else ""
    message = f"hosts the core services{others} and {found}; {required}"
    return Found(message, severity=severity, nodes=nodes, group=core[0].group.name)


@rule(
    "IGZ604",
    "no-group-for-user-work",
    "core services and user work on the same nodes",
    severity="error",
    waivable=True,
    source="It's recommended to separate the Iguazio system components and the user workload such that they run on "
    "different pools of servers.",
    origin=NODE_GROUPS,
    fix="add a node group for user work, and select it: with node_group='…' of a profile, or a node selector",
    reads=("groups", "empty_pools", "live", "unread", "work", "cluster"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def no_group_for_user_work(view: AuditedCluster) -> Iterator[Found | Skip]:
    core = {each.group.name for each in core_of(view)}
    # In development too the groups are separate; production requires it.
    severity: Severity = "error" if view.cluster.environment == "production" else "warning"
    if not core:
        yield core_unknown(view)
    elif len(core) == len(view.groups) and not view.empty_pools:
        unread = view.live.missing if view.live else ()
        if unread:
            yield Skip(f"whether there is a node group for user work is not known: {unread[0]}")
        else:
            named = " and ".join(map(repr, sorted(core)))
            message = f"there is no node group for user work, only {named} for the core services"
            yield Found(message, severity=severity)
    elif view.unread:
        yield Skip(view.unread)
    else:
        yield from _on_core_only(view, core, severity)


def _on_core_only(view: AuditedCluster, core: set[str], severity: Severity) -> Iterator[Found]:
    """That every pod of user work that runs does so on the nodes of the core services."""
    on = {group: nodes for each in view.work for group, nodes in each.on.items()}
    if on and set(on) <= core:
        pods = counted(sum(each.work.running for each in view.work), "pod")
        nodes = tuple(sorted({node for each in view.work for node in each.work.nodes}))
        message = f"all of the user work that runs ({pods}) is on nodes of the core services"
        yield Found(message, severity=severity, nodes=nodes)
