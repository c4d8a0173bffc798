"""Where the replicas of a service go, with kube-scheduler as the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import mlrun
import pytest

from igz_runtime import Cluster, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.functions.pod_labels import pod_labels
from igz_runtime.k8s.pod import PodSettings, Toleration
from igz_runtime.k8s.spreading import HOST, ZONE
from tests.cluster.scheduler import Scheduler

Plain = dict[str, Any]
LIFECYCLE = "app.iguazio.com/lifecycle"
SERVICE = profiles.production_service(cpu=1, memory="1Gi", replicas=3)


def node(name: str, zone: str, cpu: str) -> Plain:
    """An on-demand node."""
    labels = {HOST: name, ZONE: zone, LIFECYCLE: "non-preemptible", "test": "replicas"}
    room = {"cpu": cpu, "memory": "64Gi", "pods": "110"}
    ready = [{"type": "Ready", "status": "True", "reason": "Test", "message": ""}]
    metadata = {"name": name, "labels": labels}
    return {"metadata": metadata, "status": {"capacity": room, "allocatable": room, "conditions": ready}}


NODES = [node("large-a", "a", "64"), node("small-a", "a", "8"), node("small-b", "b", "4")]
"""The scheduler prefers the emptiest node: left to itself, it puts all of three pods on the large one."""

Submit = Callable[[PodSettings, Plain], str]


@pytest.fixture
def submit(kubernetes: Any, namespace: str) -> Iterator[Submit]:
    """Submits a pod that may run on the nodes of this test, keeps it, and tells its node."""
    scheduler = Scheduler(kubernetes, namespace)
    scheduler.make_nodes(NODES)

    def decided(pod: PodSettings, labels: Plain) -> str:
        body = manifest(pod.but(priority_class=None, node_selector={**pod.node_selector, "test": "replicas"}))
        chosen, reasons = scheduler.decide({**body, "metadata": {**body["metadata"], "labels": labels}}, keep=True)
        assert chosen, reasons
        return chosen

    yield decided
    scheduler.remove(NODES)


CONFIGURED = {
    "nothing": Preemptible(),
    "too much": Preemptible(tolerations=(Toleration("spot", "Exists"),)),
    "its work": Preemptible({LIFECYCLE: "preemptible"}),
}


@pytest.mark.parametrize("mode_does", CONFIGURED)
def test_replicas_go_to_different_nodes_and_zones(submit: Submit, kubeconfig: Any, mode_does: str) -> None:
    """Whatever MLRun is configured with: where `prevent` would take the anti-affinity away, too."""
    configured = CONFIGURED[mode_does]
    cluster = replace(Cluster.from_kubernetes(kubeconfig=str(kubeconfig)), mlrun=configured, nuclio=configured)
    assert cluster.zones == {"a", "b"}
    fn = mlrun.new_function("scorer", kind="remote", image="mlrun/mlrun", project="fraud")
    plan = SERVICE.plan(fn, cluster)
    (role,) = plan.roles
    labels = dict(pod_labels(plan.after, "main"))

    chosen = [submit(role.effective, labels) for _ in range(3)]

    assert chosen == ["large-a", "small-b", "small-a"]


def test_without_it_they_share_the_emptiest_node(submit: Submit) -> None:
    fn = mlrun.new_function("scorer", kind="remote", image="mlrun/mlrun", project="fraud")
    (role,) = SERVICE.plan(fn, Cluster.iguazio()).roles
    assert role.effective.affinity is not None
    together = role.effective.but(affinity=role.effective.affinity._replace(pod={}))

    assert {submit(together, {"nuclio.io/function-name": "fraud-scorer"}) for _ in range(3)} == {"large-a"}


def test_another_functions_replicas_do_not_matter(submit: Submit) -> None:
    chosen = []
    for name in ("one", "two"):
        fn = mlrun.new_function(name, kind="remote", image="mlrun/mlrun", project="fraud")
        plan = SERVICE.plan(fn, Cluster.iguazio())
        chosen.append(submit(plan.roles[0].effective, dict(pod_labels(plan.after, "main"))))

    assert chosen == ["large-a", "large-a"]
