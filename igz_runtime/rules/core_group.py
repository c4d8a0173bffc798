"""IGZ601: the node group of the core services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.cluster.clouds import lifecycle_of
from igz_runtime.messages import counted
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.subject import GROUPS_UNKNOWN

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
            some = f"{len(spot)} of its {counted(len(each.nodes), 'node')}"
            message = f"hosts the core services, and {some} are spot nodes"
            yield Found(message, nodes=spot, group=each.group.name)
        elif each.group.lifecycle is None:
            yield Skip(f"the labels of node group {each.group.name!r} do not say whether its nodes are spot nodes")
