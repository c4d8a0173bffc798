"""The capacity of an audited cluster's groups: what its user work takes, running, waiting and asleep."""

from __future__ import annotations

from dataclasses import replace

from igz_runtime.audit import audit_cluster
from igz_runtime.cluster import Cluster, NodeGroup
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.running import Declared, Identity, Running, Work
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.quantity import quantity

GI = 2**30
OFFERS = {"cpu": 16_000, "memory": 64 * GI, "pods": 110}
SIZE = {"cpu": quantity("16"), "memory": quantity("64Gi")}
GROUPS = tuple(NodeGroup(name, {"pool": name}, (), "on-demand", allocatable=SIZE) for name in ("jobs", "services"))
POOL = Pool("cluster-autoscaler", "eks-jobs", group="jobs", least=1, most=4, now=2)
REQUESTS = {"cpu": quantity("500m"), "memory": quantity("1Gi")}
LIMITS = {"cpu": quantity("4"), "memory": quantity("64Gi")}
ASKED = PodSettings(containers=(Container("base", REQUESTS, LIMITS),))
SCORER = {
    "apiVersion": "nuclio.io/v1beta1",
    "kind": "NuclioFunction",
    "metadata": {"name": "scorer", "namespace": "ml", "labels": {"nuclio.io/project-name": "churn"}},
    "spec": {
        "minReplicas": 0,
        "maxReplicas": 4,
        "nodeSelector": {"pool": "services"},
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "4Gi"}},
    },
}


def cluster(*work: Work, declared: tuple[Declared, ...] = ()) -> Cluster:
    used = {"cpu": 2000, "memory": 4 * GI}
    named = [(f"{group.name}-{i}", group) for group in GROUPS for i in (0, 1)]
    nodes = tuple(Node(name, group.labels, (), OFFERS, used, 5, group=group.name) for name, group in named)
    running = Running(work, {}, declared)
    live = Live("2026-11-28T08:00:00Z", "ml", nodes, (POOL,), running=running)
    return Cluster("a test", node_groups=GROUPS, live=live)


def etl(pending: int = 0, **nodes: int) -> Work:
    on = {name.replace("_", "-"): count for name, count in nodes.items()}
    selector = {} if nodes else {"pool": "jobs"}
    identity = Identity("job", "churn", "etl")
    return Work(identity, "ml", "Burstable", ASKED.but(node_selector=selector), nodes=on, pending=pending)


def test_running_pods_count_where_they_run_and_waiting_ones_where_they_may() -> None:
    audit = audit_cluster(cluster(etl(jobs_0=2, jobs_1=1), etl(pending=2)), config="none")
    jobs, services = audit.capacity

    assert (jobs.name, jobs.nodes, jobs.most, jobs.pods) == ("jobs", 2, 4, 5)
    assert (jobs.has["cpu"], jobs.may_have["cpu"]) == (32_000, 64_000)
    assert (jobs.reserved["cpu"], jobs.running["cpu"], jobs.requested["cpu"]) == (4000, 1500, 2500)
    assert jobs.guaranteed == {"cpu": 20_000, "memory": 5 * 64 * GI}
    assert jobs.if_guaranteed["cpu"] == 4000 - 1500 + 20_000
    assert (services.pods, services.guaranteed["cpu"], services.if_guaranteed["cpu"]) == (0, 0, 4000)


def test_a_service_that_sleeps_counts_with_its_replicas_and_one_that_runs_is_not_counted_twice() -> None:
    asleep = audit_cluster(cluster(declared=(Declared(SCORER, "ml"),)), config="none").capacity[1]
    identity = Identity("nuclio", "churn", "scorer")
    runs = Work(identity, "ml", "Burstable", ASKED, nodes={"services-0": 1})
    awake = audit_cluster(cluster(runs, declared=(Declared(SCORER, "ml"),)), config="none").capacity[1]

    assert (asleep.pods, asleep.guaranteed["cpu"], asleep.running["cpu"]) == (1, 2000, 0)
    assert (awake.pods, awake.guaranteed["cpu"], awake.running["cpu"]) == (1, 4000, 500)


def test_of_a_cluster_that_was_not_asked_what_runs_it_is_said() -> None:
    told = cluster()
    assert told.live is not None
    audit = audit_cluster(replace(told, live=replace(told.live, running=None)), config="none")

    assert [each.has["cpu"] for each in audit.capacity] == [32_000, 32_000]
    assert all("what user work takes: what runs there was not read" in each.unknown for each in audit.capacity)
