"""Whose pods an autoscaler ends to save a node, with Karpenter as the judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from igz_runtime import Cluster, profiles
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.k8s.pod import PodSettings
from tests.cluster.autoscaler import karpenter, node_pool
from tests.cluster.binaries import AUTOSCALER, CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, running
from tests.contract.functions import job

Plain = dict[str, Any]
LIFECYCLE = "app.iguazio.com/lifecycle"
AT_ONCE = {"consolidateAfter": "0s", "budgets": [{"nodes": "100%"}]}
POOLS = [
    node_pool(
        name,
        ["on-demand"],
        labels={LIFECYCLE: "non-preemptible", "pool": name},
        disruption={**AT_ONCE, "consolidationPolicy": policy},
    )
    for name, policy in (("saving", "WhenEmptyOrUnderutilized"), ("steady", "WhenEmpty"))
]
PRODUCTION = profiles.production_job(cpu=4, memory="1Gi")
READY = {"type": "Ready", "status": "True", "reason": "Test", "message": ""}
DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt"


class World:
    """A control plane with Karpenter, whose pods are those of plans."""

    def __init__(self, plane: ControlPlane, client: Any) -> None:
        from kubernetes.client import CoreV1Api, SchedulingV1Api

        self.kubeconfig = str(plane.kubeconfig)
        self.api = CoreV1Api(client)
        body = {"metadata": {"name": "igz-workload-high"}, "value": 0, "preemptionPolicy": "Never"}
        SchedulingV1Api(client).create_priority_class(body)

    def submit(self, name: str, pod: PodSettings, pool: str, beside: str) -> str:
        """Have Karpenter make a node of a pool for a pod and what it computes beside at first; the node's name.

        What is beside it takes eleven cores of sixteen, so that no other pod of this test fits there.
        """
        selected = {"nodeSelector": {"pool": pool}, "terminationGracePeriodSeconds": 0}
        body = manifest(pod)
        metadata = {**body["metadata"], "name": name, "labels": {"app": name}}
        self.api.create_namespaced_pod("default", {"metadata": metadata, "spec": {**body["spec"], **selected}})
        near = {"labelSelector": {"matchLabels": {"app": name}}, "topologyKey": "kubernetes.io/hostname"}
        affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}}
        containers = [{"name": "main", "image": "a", "resources": {"requests": {"cpu": "11"}}}]
        spec = {**selected, "affinity": affinity, "containers": containers}
        self.api.create_namespaced_pod("default", {"metadata": {"name": beside}, "spec": spec})
        self.wait_until(lambda: self.node_of(name) and self.node_of(beside), f"{name} and {beside} are bound")
        assert self.node_of(name) == self.node_of(beside)
        return str(self.node_of(name))

    def node_of(self, pod: str) -> str | None:
        """The node that a pod is bound to; None where there is no such pod."""
        found: str | None = next((p.spec.node_name for p in self._pods() if p.metadata.name == pod), None)
        return found

    def runs(self, pod: str) -> bool:
        """Whether the pod is there, and nobody is ending it."""
        return any(p.metadata.name == pod and not p.metadata.deletion_timestamp for p in self._pods())

    def _pods(self) -> list[Any]:
        listed: list[Any] = self.api.list_namespaced_pod("default").items
        return listed

    def nodes(self) -> set[str]:
        """Names of the nodes."""
        return {node.metadata.name for node in self.api.list_node().items}

    def wait_until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until something holds: Karpenter looks at its nodes every few seconds, and at each decision twice.

        Nodes become ready meanwhile, which no kubelet says of them here.
        """
        until = time.monotonic() + 3 * PATIENCE
        while not holds():
            assert time.monotonic() < until, f"still not so: {what}"
            for node in self.api.list_node().items:
                if not node.status.conditions:
                    self.api.patch_node_status(node.metadata.name, {"status": {"conditions": [READY]}})
            time.sleep(0.5)

    def said_of(self, node: str) -> str:
        """What Karpenter's events say of a node."""
        events = self.api.list_event_for_all_namespaces(field_selector=f"involvedObject.name={node}").items
        return "; ".join(str(event.message) for event in events)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with running(programs(CONTROL_PLANE)) as plane, karpenter(plane, programs(AUTOSCALER), POOLS) as client:
        yield World(plane, client)


def test_the_node_of_a_run_whose_completion_is_promised_is_kept_and_the_others_are_not(world: World) -> None:
    cluster = Cluster.from_kubernetes(kubeconfig=world.kubeconfig)
    assert cluster.live is not None
    assert {pool.name: pool.only_empty for pool in cluster.live.pools} == {"saving": False, "steady": True}
    plan = PRODUCTION.plan(job("job"), cluster)
    (role,) = plan.roles
    promised, plain = role.effective, role.effective.but(annotations={})
    kept = world.submit("promised", promised, "saving", "beside-promised")
    saved = world.submit("plain", plain, "saving", "beside-plain")
    steady = world.submit("steady", plain, "steady", "beside-steady")
    assert len({kept, saved, steady}) == 3

    for name in ("promised", "plain", "steady"):
        world.api.delete_namespaced_pod(f"beside-{name}", "default")
    world.wait_until(lambda: not world.runs("plain") and saved not in world.nodes(), "the plain pod's node is removed")
    world.wait_until(lambda: DO_NOT_DISRUPT in world.said_of(kept), "Karpenter says why it keeps the other")
    world.wait_until(lambda: "non-empty consolidation disabled" in world.said_of(steady), "and why the steady pool's")

    assert (world.node_of("promised"), world.node_of("steady")) == (kept, steady)
    assert world.runs("promised")
    assert world.runs("steady")

    # The annotation alone has kept it.
    world.api.patch_namespaced_pod("promised", "default", {"metadata": {"annotations": {DO_NOT_DISRUPT: None}}})
    world.wait_until(lambda: not world.runs("promised") and kept not in world.nodes(), "its node is removed as well")
    assert world.node_of("steady") == steady


@pytest.mark.parametrize(("kind", "roles"), [("job", 0), ("mpijob", 2), ("spark", 2), ("dask", 2)])
def test_where_the_annotations_do_not_reach_the_pods_a_plan_says_so(world: World, kind: str, roles: int) -> None:
    cluster = Cluster.from_kubernetes(kubeconfig=world.kubeconfig)
    plan = PRODUCTION.plan(job(kind), cluster)

    found = [finding for finding in plan.findings if finding.rule == "IGZ211"]
    assert len(found) == roles
    assert all("Karpenter may end its pod to empty a node of 'saving'" in finding.message for finding in found)
    steady = PRODUCTION.replace(node_group={"pool": "steady"}).plan(job(kind), cluster)
    assert not [finding for finding in steady.findings if finding.rule == "IGZ211"]
