"""A mutating policy of the real API server changes a promised pod: preflight compares what came back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Waiver, preflight, profiles
from tests.cluster.shapes import CLASSES, SHAPES, priority_classes, standing

Plain = dict[str, Any]
Mutate = Callable[..., None]
GROUP = ("admissionregistration.k8s.io", "v1")
PODS = ["pods"]
MARK = "igz-runtime.test/mutated"

PRIORITY = """[
  JSONPatch{op: "replace", path: "/spec/priorityClassName", value: "igz-workload-low"},
  JSONPatch{op: "remove", path: "/spec/priority"}, JSONPatch{op: "remove", path: "/spec/preemptionPolicy"}]"""
MEMORY = """[
  JSONPatch{op: "replace", path: "/spec/containers/0/resources/limits/memory", value: "512Mi"},
  JSONPatch{op: "replace", path: "/spec/containers/0/resources/requests/memory", value: "512Mi"}]"""
SIDECAR = '[JSONPatch{op: "add", path: "/spec/containers/-", value: dyn({"name": "proxy", "image": "a"})}]'
BLANKET = """[
  JSONPatch{op: "remove", path: "/spec/affinity"},
  JSONPatch{op: "add", path: "/spec/tolerations/-", value: dyn({"operator": "Exists"})}]"""
EVICTABLE = '[JSONPatch{op: "remove", path: "/metadata/annotations/karpenter.sh~1do-not-disrupt"}]'
HARMLESS = '[JSONPatch{op: "add", path: "/spec/nodeSelector", value: dyn({"kubernetes.io/os": "linux"})}]'


@pytest.fixture(scope="module", autouse=True)
def nodes(kubernetes: Any) -> Iterator[None]:
    with priority_classes(kubernetes), standing(kubernetes, SHAPES[1], "undone"):
        yield


@pytest.fixture
def mutate(kubernetes: Any, namespace: str) -> Iterator[Mutate]:
    """Has the API server change the pods with a label in the test's namespace; returns when it does."""
    from kubernetes.client import CoreV1Api, CustomObjectsApi

    api, made = CustomObjectsApi(kubernetes), []

    def create(expression: str, labels: Plain) -> None:
        name = f"undone-{namespace}"
        path = f'"/metadata/annotations/" + jsonpatch.escapeKey("{MARK}")'
        marked = f'[JSONPatch{{op: "add", path: {path}, value: "yes"}}]'
        constraints = {
            "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": PODS}],
            "objectSelector": {"matchLabels": labels},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        }
        mutations = [{"patchType": "JSONPatch", "jsonPatch": {"expression": each}} for each in (marked, expression)]
        policy = {"matchConstraints": constraints, "reinvocationPolicy": "Never", "mutations": mutations}
        for plural, kind, spec in (
            ("mutatingadmissionpolicies", "MutatingAdmissionPolicy", policy),
            ("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding", {"policyName": name}),
        ):
            body = {"apiVersion": "/".join(GROUP), "kind": kind, "metadata": {"name": name}, "spec": spec}
            api.create_cluster_custom_object(*GROUP, plural, body)
            made.append((plural, name))
        sizes = {each: {"cpu": "1", "memory": "1Gi"} for each in ("requests", "limits")}
        containers = [{"name": "main", "image": "a", "resources": sizes}]
        pod = {"containers": containers, "affinity": {"nodeAffinity": {}}, "priorityClassName": CLASSES[2]}
        annotations = {"karpenter.sh/do-not-disrupt": "true"}
        body = {"metadata": {"name": "probe", "labels": labels, "annotations": annotations}, "spec": pod}
        while True:  # until the API server has taken notice of the policy
            answer = CoreV1Api(kubernetes).create_namespaced_pod(namespace, body, dry_run="All")
            if MARK in (answer.metadata.annotations or {}):
                return
            time.sleep(0.1)

    yield create
    for plural, name in made:
        api.delete_cluster_custom_object(*GROUP, plural, name)


@pytest.fixture
def cluster(kubeconfig: Path, namespace: str) -> Cluster:
    return Cluster.from_kubernetes(kubeconfig=str(kubeconfig), namespace=namespace)


def job() -> Plain:
    return {"kind": "job", "metadata": {"name": "etl", "project": "sales"}, "spec": {}}


JOB = profiles.production_job(cpu=1, memory="1Gi", node_group="jobs", running_limit="none")
UNDONE = {
    "priority": (PRIORITY, ["priority class is 'igz-workload-low'"]),
    "memory": (MEMORY, ["memory request of container 'base' is 512Mi", "memory limit of container 'base' is 512Mi"]),
    "sidecar": (SIDECAR, ["QoS class is Burstable"]),
    "annotation": (EVICTABLE, ["annotation karpenter.sh/do-not-disrupt is not set"]),
    "affinity": (BLANKET, ["affinity is not set", "is where it can land"]),
}


@pytest.mark.parametrize("what", UNDONE)
def test_what_undoes_the_promise_is_found_before_and_after_it_is_applied(
    what: str, mutate: Mutate, cluster: Cluster
) -> None:
    expression, said = UNDONE[what]
    fn = job()
    plan = (JOB if what != "affinity" else JOB.replace(node_group=None)).plan(fn, cluster)
    assert plan.preflight().ok
    mutate(expression, {"mlrun/class": "job", "mlrun/project": "sales", "igz-runtime/profile": "production_job"})

    for flight in (plan.preflight(), preflight(plan.apply(), cluster)):
        found = [finding for finding in flight.findings if finding.rule == "IGZ907"]
        assert [finding.severity for finding in found] == ["error"] * len(found)
        assert [any(words in finding.message for finding in found) for words in said] == [True] * len(said), found
        assert all("the API server makes of it, and production_job promises" in finding.message for finding in found)
        assert not flight.ok
        assert "IGZ907 error" in str(flight)


def test_what_leaves_the_promise_is_no_finding(mutate: Mutate, cluster: Cluster) -> None:
    fn = job()
    plan = JOB.replace(node_group=None).plan(fn, cluster)
    mutate(HARMLESS, {"mlrun/class": "job"})
    flight = plan.preflight()

    assert [finding.rule for finding in flight.findings] == []
    assert dict(flight.roles[0].dry_run.stored.node_selector) == {"kubernetes.io/os": "linux"}  # type: ignore[union-attr]


def test_pods_of_another_profile_are_left_alone(mutate: Mutate, cluster: Cluster) -> None:
    mutate(PRIORITY, {"igz-runtime/profile": "spot_stateless"})

    assert JOB.plan(job(), cluster).preflight().ok


def test_a_policy_that_goes_by_a_waiver_of_the_function_sees_it(mutate: Mutate, cluster: Cluster) -> None:
    waived = JOB.replace(waive={"IGZ404": Waiver("licensed for one node")})
    mutate(f'"igz-runtime/waive-IGZ404" in object.metadata.annotations ? {PRIORITY} : []', {"mlrun/class": "job"})

    assert JOB.plan(job(), cluster).preflight().ok
    flight = waived.plan(job(), cluster).preflight()
    assert [finding.rule for finding in flight.findings] == ["IGZ907"]


def test_it_can_be_accepted(mutate: Mutate, cluster: Cluster) -> None:
    fn = job()
    plan = JOB.replace(waive={"IGZ907": Waiver("the platform halves priorities at night")}).plan(fn, cluster)
    mutate(PRIORITY, {"mlrun/class": "job"})

    for flight in (plan.preflight(), preflight(plan.apply(), cluster)):
        assert [(f.rule, f.refuses) for f in flight.findings if f.rule == "IGZ907"] == [("IGZ907", False)]
        assert flight.ok
