"""A cluster with a node group of each sort, and pods that run there, as values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from igz_runtime import Cluster
from igz_runtime.audit import audit_cluster
from igz_runtime.audit.judging import CLUSTER, GROUP
from igz_runtime.audit.results import AuditFinding
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.running import Identity, Running, Work
from igz_runtime.k8s.pod import Container, PodSettings, Taint, Toleration
from igz_runtime.k8s.quantity import quantity

READ = "2026-11-28T05:00:00Z"
GROUPS = (
    NodeGroup("initial", {"pool": "initial", "zone": "a"}, lifecycle="on-demand", core=True),
    NodeGroup("jobs", {"pool": "jobs", "app.iguazio.com/lifecycle": "non-preemptible", "zone": "a"}),
    NodeGroup("spot", {"pool": "spot", "app.iguazio.com/lifecycle": "preemptible"}, (Taint("spot", "true"),)),
    NodeGroup("gpu", {"pool": "gpu", "zone": "true"}, (Taint("nvidia.com/gpu"),), lifecycle="on-demand", gpu=True),
)
_LARGE = {"cpu": 64_000, "memory": 2**38, "pods": 110, "nvidia.com/gpu": 8}
NODES = tuple(Node(f"{each.name}-1", each.labels, each.taints, _LARGE, group=each.name) for each in GROUPS)


def a_cluster(work: Iterable[Work] = (), **facts: Any) -> Cluster:
    live = Live(READ, "default-tenant", NODES, running=Running(tuple(work)))
    return Cluster.iguazio(**{"node_groups": GROUPS, "live": live, "assumed": False, **facts})


ON_JOBS: Final = {"pool": "jobs"}
TWO: Final = {"cpu": quantity("2"), "memory": quantity("8Gi")}


def the_work(kind: str = "job", function: str = "etl", *, pod: PodSettings | None = None, **parts: Any) -> Work:
    """Pods of a function that runs on the nodes for jobs, and asks for nothing wrong."""
    of = {name: parts.pop(name) for name in Identity._fields if name in parts}
    identity = Identity(**{"kind": kind, "project": "churn", "function": function, **of})
    plain = PodSettings(identity.role, (Container("base", TWO, TWO),), node_selector=ON_JOBS)
    return Work(**{"identity": identity, "qos": "Guaranteed", "nodes": {"jobs-1": 1}, "pod": pod or plain, **parts})


ON_SPOT: Final = the_work().pod.but(node_selector={"pool": "spot"}, tolerations=(Toleration(operator="Exists"),))
ANYWHERE: Final = the_work().pod.but(node_selector={}, tolerations=(Toleration(operator="Exists"),))


def rules_found(work: Iterable[Work], **facts: Any) -> list[tuple[str, str]]:
    """Which rules find something on pods in an audit, and on which role."""
    audit = audit_cluster(a_cluster(work, **facts), config="none")
    return sorted((each.finding.rule, each.finding.role) for each in audit.found if not of_cluster(each))


def of_cluster(found: AuditFinding) -> bool:
    return found.finding.kind in (CLUSTER, GROUP)
