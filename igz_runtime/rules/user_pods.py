"""Where user pods run now, and under which priority class: IGZ605, IGZ612, IGZ614, IGZ619."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.functions.kinds import traits
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.authoring import BEST_PRACTICES, Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.environment import NO_DEVELOPMENT, NODE_GROUPS, UNKNOWN
from igz_runtime.rules.placement import ASSIGNING, RESERVED_GROUP
from igz_runtime.rules.priority import POD_PRIORITIES, RESERVED_CLASSES, is_reserved
from igz_runtime.rules.spot import STATEFUL_ON_SPOT


@rule(
    "IGZ605",
    "user-pods-on-core-nodes",
    "user pods that run on the node group of the core services",
    severity="error",
    waivable=True,
    source=RESERVED_GROUP,
    origin=ASSIGNING,
    fix="choose a node group for user work (node_group='…' of a profile, or a node selector), and start it again: what "
    "runs is not moved",
    reads=("on", "of"),
    on=AuditedWork,
    cel=elsewhere.before("IGZ401"),
)
def user_pods_on_core_nodes(pods: AuditedWork) -> Iterator[Found | Skip]:
    for name, nodes in pods.on.items():
        group = pods.of.named.get(name)
        if group and group.core:
            yield Found(f"its pods run on node group {name!r}, which hosts the core services", nodes=nodes)


@rule(
    "IGZ612",
    "development-runs-in-production",
    "development work that runs on a cluster that is declared production",
    severity="error",
    waivable=True,
    source=NO_DEVELOPMENT,
    origin=NODE_GROUPS,
    fix="run it on the development cluster, or apply a profile for production: production_job, production_service",
    reads=("development", "function", "of"),
    on=AuditedWork,
    cel=elsewhere.before("IGZ403"),
)
def development_runs_in_production(pods: AuditedWork) -> Iterator[Found | Skip]:
    if not pods.development:
        return
    environment = pods.of.cluster.environment
    if environment is None:
        yield Skip(UNKNOWN)
    elif environment == "production":
        profile = pods.function.profile
        of_profile = profile in pods.of.development
        what = f"its profile {profile!r} is for development" if of_profile else "a Jupyter service is development work"
        yield Found(f"{what}, and it runs in production", "" if of_profile else "run it on the development cluster")


@rule(
    "IGZ614",
    "stateful-runs-on-spot",
    "stateful work that runs on spot nodes",
    severity="error",
    waivable=True,
    source=STATEFUL_ON_SPOT,
    origin=BEST_PRACTICES,
    fix="keep it on demand with profiles.production_job(…), or state how it is started again: "
    "waive={'IGZ101': Waiver('checkpoints every epoch, resubmitted by cron')}",
    reads=("nature", "on", "of", "function"),
    on=AuditedWork,
    cel=elsewhere.before("IGZ101"),
)
def stateful_runs_on_spot(pods: AuditedWork) -> Iterator[Found | Skip]:
    if not pods.nature.stateful:
        return
    for name, nodes in pods.on.items():
        spot = tuple(node for node in nodes if pods.of.lifecycles.get(node) == "spot")
        if spot:
            message = f"stateful ({pods.nature.reason}), and runs on spot nodes of group {name!r}"
            marked = traits(pods.function.kind).marks_pods
            yield Found(message, "" if marked else _ACCEPTED_IN_FILE, nodes=spot)
        elif any(pods.of.lifecycles.get(node) is None for node in nodes):
            yield Skip(f"the labels of node group {name!r} do not say whether its nodes are spot nodes")


_ACCEPTED_IN_FILE: Final = (
    "keep it on demand with profiles.production_job(…), or accept it in igz-runtime.yaml, as no annotation of such a "
    "function reaches its pods: waivers: [{rule: IGZ614, function: …, reason: how it is started again}]"
)


@rule(
    "IGZ619",
    "user-pods-in-system-class",
    "user pods of a priority class that is reserved for the system",
    severity="error",
    source=RESERVED_CLASSES,
    origin=POD_PRIORITIES,
    fix="use igz-workload-low, igz-workload-medium or igz-workload-high",
    reads=("function", "nodes"),
    on=AuditedWork,
    cel=elsewhere.before("IGZ302"),
)
def user_pods_in_system_class(pods: AuditedWork) -> Iterator[Found | Skip]:
    named = pods.function.roles[0].priority_class
    if named and is_reserved(named):
        yield Found(
            f"its pods have priority class {named!r}, which is reserved for the system's own services", nodes=pods.nodes
        )
