"""Audited clusters of any size, as values: node groups with nodes, what runs there, and findings on all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, islice
from typing import Final, NamedTuple

from igz_runtime.audit.judging import CLUSTER, GROUP
from igz_runtime.audit.results import Audit, AuditFinding, in_order
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.capacity import capacity_of
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.reserves import Reserve
from igz_runtime.cluster.running import Identity, Load, Running, Work
from igz_runtime.k8s.pod import Container, PodSettings, Taint
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Finding, Severity, Skipped
from igz_runtime.waiver import Waiver

GIB: Final = 2**30
READ: Final = "2026-11-28T07:15:00Z"
PRIORITIES: Final = {
    "system-node-critical": 2000001000,
    "igz-system-high": 9000,
    "igz-workload-high": 300,
    "igz-workload-medium": 200,
    "igz-workload-low": 100,
}


class Shape(NamedTuple):
    """A node group to be made.

    Attributes:
        group: the group as it is known.
        share: how many of 100 nodes of the cluster belong to it.
        gpus: how many accelerators one of its nodes has.
    """

    group: NodeGroup
    share: int
    gpus: int = 0


GPU_TAINT = (Taint("nvidia.com/gpu", "", "NoSchedule"),)
SPOT_TAINT = (Taint("spot", "true", "NoSchedule"),)
SHAPES: Final = (
    Shape(NodeGroup("initial", lifecycle="on-demand", core=True, least=2, most=2), 5),
    Shape(NodeGroup("jobs", lifecycle="on-demand", least=1, most=4000), 55),
    Shape(NodeGroup("jupyter", lifecycle="on-demand"), 10),
    Shape(
        NodeGroup("gpu", lifecycle="on-demand", gpu=True, taints=(Taint("nvidia.com/gpu", "", "NoSchedule"),)), 10, 4
    ),
    Shape(NodeGroup("spot", lifecycle="spot", taints=SPOT_TAINT, least=0, most=2000), 20),
)


def audited(nodes: int, findings: int = 12, groups: int = 5) -> Audit:
    """The audit of a cluster.

    Args:
        nodes: how many nodes the cluster has.
        findings: how many findings on running work there are, beside those on the cluster and its groups.
        groups: how many node groups it has, as the first few of `SHAPES` and more like them.
    """
    chance = random.Random(nodes)
    shapes = tuple(islice(_shapes(), groups))
    made = tuple(_nodes(shapes, nodes, chance))
    loads = {node.name: _load(node, chance) for node in made}
    work = tuple(_work(made, findings))
    live = Live(READ, "default-tenant", made, priorities=PRIORITIES, running=Running(work, loads))
    cluster = Cluster(
        "context 'iguazio'", "production", node_groups=tuple(shape.group for shape in shapes), live=live, mlrun=MLRUN
    )
    view = AuditedCluster(cluster)
    found = (*_on_groups(view), *_on_work(view, findings))
    unread = ("Karpenter's node pools: forbidden",)
    return Audit(view, in_order(found), SKIPPED, unread, tuple(capacity_of(cluster, _reserves(view))))


MLRUN: Final = Cluster.iguazio().mlrun
SKIPPED: Final = (
    Skipped("IGZ602", "initial", "", "neither a declaration nor an autoscaler says so"),
    Skipped("IGZ613", "cluster", "", "Iguazio's application services could not be read"),
)


def finding(rule: str, severity: Severity, message: str, **about: str) -> Finding:
    """A finding, made by hand."""
    return Finding(
        rule=rule,
        severity=severity,
        message=message,
        why=about.pop("why", f"The sentence of the best practices behind {rule}."),
        fix=about.pop("fix", f"change what {rule} names"),
        function=about.pop("function", CLUSTER),
        kind=about.pop("kind", CLUSTER),
        role=about.pop("role", ""),
    )


def _shapes() -> Iterator[Shape]:
    """Those that there are, and then again and again with further names."""
    yield from SHAPES
    for number in count(2):
        for shape in SHAPES[1:]:
            yield shape._replace(group=replace(shape.group, name=f"{shape.group.name}-{number}"))


def _nodes(shapes: tuple[Shape, ...], many: int, chance: random.Random) -> Iterator[Node]:
    shares = sum(shape.share for shape in shapes)
    for shape in shapes:
        name = shape.group.name
        for number in range(max(1, round(many * shape.share / shares))):
            memory = 64 * GIB
            used = int(memory * chance.random())
            gpus = {"nvidia.com/gpu": shape.gpus} if shape.gpus else {}
            yield Node(
                f"ip-10-0-{number // 250}-{number % 250}.{name}.eu-west-1.compute.internal",
                taints=shape.group.taints,
                allocatable={"cpu": 16000, "memory": memory, "pods": 110, **gpus},
                used={"cpu": 4000, "memory": used, **{each: chance.randint(0, of) for each, of in gpus.items()}},
                pods=chance.randint(3, 20),
                group=name,
                unready=number % 97 == 96,
                unschedulable=number % 41 == 40,
            )


def _load(node: Node, chance: random.Random) -> Load:
    guaranteed = int(node.used["memory"] * chance.random())
    memory = {"Guaranteed": guaranteed, "Burstable": node.used["memory"] - guaranteed, "BestEffort": 0}
    medium = chance.randint(0, node.pods)
    priorities = {"igz-workload-medium": medium, "igz-workload-high": node.pods - medium, "system-node-critical": 2}
    return Load(memory, priorities, node.used.get("nvidia.com/gpu", 0), user=medium)


def _work(nodes: tuple[Node, ...], many: int) -> Iterator[Work]:
    for number in range(many):
        identity = Identity("job" if number % 3 else "spark", f"project-{number % 7}", f"train-{number}")
        yield Work(identity, "default-tenant", "Burstable", nodes={nodes[number % len(nodes)].name: 1})


def _reserves(view: AuditedCluster) -> Iterator[Reserve]:
    """In each node group, pods whose limits are twice their requests."""
    once, twice = ({"cpu": Quantity(cpu), "memory": Quantity(memory)} for cpu, memory in (("2", "8Gi"), ("4", "16Gi")))
    pod = PodSettings(containers=(Container("base", requests=once, limits=twice),))
    for group in view.groups:
        yield Reserve(f"{group.group.name}-work", pod, 2 * len(group.nodes), (group.group.name,), runs=True)


def _on_groups(view: AuditedCluster) -> Iterator[AuditFinding]:
    static = finding("IGZ606", "info", "Jupyter services and jobs share node groups", fix="give Jupyter its own group")
    yield AuditFinding(static)
    for group in view.groups:
        about = {"function": group.group.name, "kind": GROUP}
        names = tuple(node.name for node in group.nodes)
        if group.group.core:
            message = f"the node group of the core services has {len(names)} nodes, and may have 2"
            yield AuditFinding(finding("IGZ602", "error", message, **about), group.group.name, names[:1])
        if group.group.gpu and len(names) > 1:
            message = "1 node has no GPU, the others have 4"
            yield AuditFinding(finding("IGZ607", "warning", message, **about), group.group.name, names[1:2])
        if group.group.lifecycle == "spot":
            waived = finding("IGZ609", "error", "no taint keeps other pods off these spot nodes", **about)
            yield AuditFinding(_waived(waived), group.group.name)


def _on_work(view: AuditedCluster, many: int) -> Iterator[AuditFinding]:
    kinds: Mapping[int, tuple[str, Severity, str]] = {
        0: ("IGZ614", "error", "stateful work runs on spot nodes"),
        1: ("IGZ611", "warning", "its QoS class is Burstable, and Guaranteed is recommended in production"),
        2: ("IGZ617", "warning", "limits of memory are {} times the requests"),
    }
    for work in view.work[:many]:
        whose, number = work.work.identity, int(work.work.identity.function.rpartition("-")[2])
        rule, severity, message = kinds[number % 3]
        about = {"function": whose.function, "kind": whose.kind, "role": whose.role}
        found = finding(rule, severity, message.format(2 + number % 40), **about)
        yield AuditFinding(found, next(iter(work.on), ""), tuple(work.work.nodes), whose.project)


def _waived(refused: Finding) -> Finding:
    return replace(refused, waived=Waiver("an admission policy does it", until="2999-01-31"))
