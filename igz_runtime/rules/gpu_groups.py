"""IGZ607, IGZ608: node groups with GPUs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.cluster.clouds import SPOT_TAINTS
from igz_runtime.cluster.facts import DEVICES
from igz_runtime.cluster.model import Cluster
from igz_runtime.k8s.matching import keeps_off, tolerated
from igz_runtime.k8s.pod import Taint
from igz_runtime.messages import counted
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork, nodes_with, pods_on, whose
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.placement import GPU_GROUP

DEVELOPMENT_CLUSTER: Final = "Iguazio, Best Practices, Development Cluster"


@rule(
    "IGZ607",
    "mixed-gpu-group",
    "nodes with GPUs that are not kept for work with GPUs",
    severity="warning",
    waivable=True,
    source=GPU_GROUP,
    origin=DEVELOPMENT_CLUSTER,
    fix="keep nodes with GPUs in a node group of their own, and select another group for work without GPUs",
    reads=("groups", "live", "unread", "work"),
    on=AuditedCluster,
    cel=elsewhere.AS_IT_IS,
)
def mixed_gpu_group(view: AuditedCluster) -> Iterator[Found | Skip]:
    with_gpus = [each for each in view.groups if each.group.gpu]
    unsure = _unsure(view)
    if unsure:
        yield Skip(f"which nodes and pods have GPUs is not known: {unsure}")
        return
    yield from _mixed(with_gpus, view)
    if with_gpus and view.unread:
        yield Skip(view.unread)
        return
    on_gpus = {_function(each) for each in view.work if each.work.pod.gpu_types}
    for group in with_gpus:
        others = [each for each in group.work if _function(each) not in on_gpus]
        if others:
            yield _without_gpu(group, others)


def _unsure(view: AuditedCluster) -> str:
    """Why it is not known which nodes have GPUs; empty where it is."""
    why = (*view.live.devices.values(), *view.live.unread(DEVICES | {"nodes"})) if view.live else ()
    return why[0] if why else ""


def _mixed(with_gpus: list[AuditedGroup], view: AuditedCluster) -> Iterator[Found]:
    """The groups whose label names nodes without GPUs too."""
    others = {_label(each): each for each in view.groups if not each.group.gpu}
    for group in with_gpus:
        label = _label(group)
        if label and label in others:
            message = f"has GPUs, and other nodes of the same label {label} have none: who selects it gets either"
            yield Found(message, field=("node_selector",), group=group.group.name)


def _label(group: AuditedGroup) -> str:
    """The label that names a group; empty where none does."""
    key = group.group.selected_by
    return f"{key}={group.group.labels[key]}" if key and key in group.group.labels else ""


def _function(each: AuditedWork) -> tuple[str, str, str]:
    """Whose pods they are, whatever their role: the launcher of work with GPUs runs beside its workers."""
    return each.work.namespace, each.work.identity.project, each.work.identity.function


def _without_gpu(group: AuditedGroup, others: list[AuditedWork]) -> Found:
    pods = counted(pods_on(group, others), "pod")
    message = f"has GPUs, and runs {pods} of work that asks for none ({whose(others)})"
    return Found(message, field=("containers",), nodes=nodes_with(group, others), group=group.group.name)


@rule(
    "IGZ608",
    "untainted-gpu-group",
    "a node group with GPUs that no taint keeps other pods off",
    severity="warning",
    waivable=True,
    source=GPU_GROUP,
    origin=DEVELOPMENT_CLUSTER,
    fix="taint its nodes, and let work with GPUs tolerate it: node_group='…' of a profile does",
    reads=("group", "nodes", "of"),
    on=AuditedGroup,
    cel=elsewhere.AS_IT_IS,
)
def untainted_gpu_group(group: AuditedGroup) -> Iterator[Found | Skip]:
    if not group.group.gpu:
        unsure = _unsure(group.of)
        if unsure:
            yield Skip(f"whether the group has GPUs is not known: {unsure}")
        return
    cluster = group.of.cluster
    open_to_all = tuple(node.name for node in group.nodes if not _dedicated(node.taints, cluster))
    if open_to_all or not (group.nodes or _dedicated(group.group.taints, cluster)):
        of_all = f"{len(open_to_all)} of its {len(group.nodes)} nodes"
        which = "its nodes" if len(open_to_all) == len(group.nodes) else of_all
        yield Found(f"has GPUs, and no taint keeps other pods off {which}", _taint(group), nodes=open_to_all)


def _dedicated(taints: tuple[Taint, ...], cluster: Cluster) -> bool:
    """Whether a taint keeps pods without GPUs off. One of spot nodes does not: whoever may run on spot tolerates it."""
    of_spot = (*cluster.mlrun.tolerations, *(cluster.nuclio or cluster.mlrun).tolerations)
    keys = {taint.key for taint in SPOT_TAINTS}
    return any(keeps_off(each) and each.key not in keys and not tolerated(of_spot, each) for each in taints)


def _taint(group: AuditedGroup) -> str:
    label = _label(group)
    nodes = f"-l {label}" if label else "NAMES"
    return (
        f"taint its nodes (kubectl taint nodes {nodes} nvidia.com/gpu=present:NoSchedule), and let work with GPUs "
        "tolerate it: node_group='…' of a profile does"
    )
