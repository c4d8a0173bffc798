"""What runs on a cluster, read from a real API server: pods, Deployments without them, and what is declared."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.running import Identity, Load, Running, Work
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.nuclio import NuclioDocument
from tests.cluster.declaring import FUNCTION, NOTEBOOK, SECRET, SERVICES, declarable, declare
from tests.cluster.shapes import GPU, Group, priority_classes

Plain = dict[str, Any]
GIB = 2**30
GUARANTEED = {"cpu": "1", "memory": "2Gi"}
GROUPS = (
    Group("initial", {"app.iguazio.com/node-group": "initial"}, core=True),
    Group("jobs", {"app.iguazio.com/node-group": "jobs"}),
    Group("gpu", {"app.iguazio.com/node-group": "gpu"}, room=GPU),
)
RUN = {"mlrun/class": "job", "mlrun/project": "churn", "mlrun/function": "train", "mlrun/uid": "1"}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubernetes: Any) -> Iterator[None]:
    """Nodes of three groups, and Iguazio's priority classes."""
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(kubernetes)
    nodes = [node for group in GROUPS for node in group.nodes("runs")]
    for node in nodes:
        api.create_node(node)
    with priority_classes(kubernetes):
        yield
    for node in nodes:
        api.delete_node(node["metadata"]["name"])


@pytest.fixture
def namespace(kubernetes: Any, namespace: str) -> Iterator[str]:
    """One whose objects go with the test: no controller removes them."""
    from kubernetes.client import AppsV1Api, CoreV1Api

    yield namespace
    AppsV1Api(kubernetes).delete_collection_namespaced_deployment(namespace)
    CoreV1Api(kubernetes).delete_collection_namespaced_pod(namespace, grace_period_seconds=0)


def pod(name: str, labels: Plain, node: str | None, amounts: Plain | None = None, **spec: Any) -> Plain:
    """A pod with a secret in its environment, on a node or waiting for one."""
    resources = {"requests": amounts, "limits": amounts} if amounts else {}
    container = {"name": "base", "image": "a", "resources": resources, "env": [{"name": "PASSWORD", "value": SECRET}]}
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [container], **({"nodeName": node} if node else {}), **spec},
    }


def created(kubernetes: Any, namespace: str, *pods: Plain) -> None:
    from kubernetes.client import CoreV1Api

    for each in pods:
        CoreV1Api(kubernetes).create_namespaced_pod(namespace, each)


def read(kubeconfig: Path, **options: Any) -> tuple[Cluster, Live, Running]:
    found = Cluster.from_kubernetes(kubeconfig=str(kubeconfig), running=True, **options)
    assert found.live is not None
    assert found.live.running is not None
    return found, found.live, found.live.running


def of(running: Running, namespace: str) -> list[Work]:
    return [each for each in running.work if each.namespace == namespace]


def test_pods_that_are_alike_are_counted_together(kubernetes: Any, kubeconfig: Path, namespace: str) -> None:
    placed: Plain = {"priorityClassName": "igz-workload-high", "tolerations": [{"key": "spot", "operator": "Exists"}]}
    runs = [pod(f"train-{i}", {**RUN, "mlrun/uid": str(i)}, "runs-jobs-0", GUARANTEED, **placed) for i in range(4)]
    other = pod("train-gpu", RUN, "runs-gpu-0", {**GUARANTEED, "nvidia.com/gpu": "2"}, **placed)
    other["metadata"]["annotations"] = {"igz-runtime/waive-IGZ101": "checkpoints", "team": SECRET}
    other["metadata"]["labels"] = {**RUN, "framework": "torch", "team": "a", "igz-runtime/workload": "stateless"}
    created(kubernetes, namespace, *runs, other, pod("shop", {"app": "shop"}, "runs-jobs-0"))

    _, live, running = read(kubeconfig)
    alike, gpu = of(running, namespace)
    assert alike.identity == Identity("job", "churn", "train")
    assert (alike.qos, alike.nodes, alike.running, alike.pending) == ("Guaranteed", {"runs-jobs-0": 4}, 4, 0)
    assert alike.since < alike.oldest <= live.read
    assert len(alike.names) == 3
    assert set(alike.names) < {f"train-{i}" for i in range(4)}
    assert alike.pod.priority_class == "igz-workload-high"
    assert [str(each) for each in alike.pod.tolerations or ()] == ["spot Exists:(any effect)"]
    assert (gpu.labels, gpu.waivers) == ({"framework": "torch"}, {"IGZ101": "checkpoints"})
    assert (gpu.identity.workload, gpu.pod.gpu_types) == ("stateless", ("nvidia.com/gpu",))
    loads = running.loads
    assert loads["runs-jobs-0"] == Load({"Guaranteed": 8 * GIB}, {"igz-workload-high": 4, "": 1}, 0, 4)
    assert loads["runs-gpu-0"] == Load({"Guaranteed": 2 * GIB}, {"igz-workload-high": 1}, 2, 1)
    groups = {node.name: node.group for node in live.nodes if node.name.startswith("runs-")}
    assert groups == {"runs-initial-0": "initial", "runs-jobs-0": "jobs", "runs-gpu-0": "gpu"}


def test_of_pods_that_wait_the_scheduler_s_words_are_kept(kubernetes: Any, kubeconfig: Path, namespace: str) -> None:
    nowhere = {"nodeSelector": {"pool": "nowhere"}}
    created(kubernetes, namespace, *(pod(f"train-{i}", RUN, None, GUARANTEED, **nowhere) for i in range(2)))
    until = time.monotonic() + 20
    while True:
        cluster, live, running = read(kubeconfig)
        (work,) = of(running, namespace)
        if work.said or time.monotonic() > until:
            break

    assert (work.pending, work.running, work.nodes) == (2, 0, {})
    assert "didn't match Pod's node affinity/selector" in work.said
    assert work.since[:4] == live.read[:4]
    assert live.running == Cluster.from_dict(cluster.to_dict()).live.running  # type: ignore[union-attr]
    assert all(node.pods == 0 for node in live.nodes if node.name.startswith("runs-"))


def test_core_services_are_counted_by_node_and_those_of_daemon_sets_are_not(
    kubernetes: Any, kubeconfig: Path, namespace: str
) -> None:
    from kubernetes.client import CoreV1Api

    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "d", "uid": "1"}
    daemon = pod("daemon", {}, "runs-jobs-0", priorityClassName="system-node-critical")
    daemon["metadata"]["ownerReferences"] = [owner]
    created(kubernetes, namespace, pod("dashboard", {"nuclio.io/app": "dashboard"}, "runs-initial-0"))
    created(kubernetes, "kube-system", pod("dns", {"k8s-app": "dns"}, "runs-initial-0"), daemon)
    try:
        _, live, running = read(kubeconfig)
    finally:
        for name in ("dns", "daemon"):
            CoreV1Api(kubernetes).delete_namespaced_pod(name, "kube-system", grace_period_seconds=0)
    assert running.core == {"runs-initial-0": 2}
    assert of(running, namespace) == []
    assert live.uid == CoreV1Api(kubernetes).read_namespace("kube-system").metadata.uid


def test_a_deployment_whose_pods_are_refused_is_work_that_waits(
    kubernetes: Any, kubeconfig: Path, namespace: str
) -> None:
    from kubernetes.client import AppsV1Api

    labels = {
        "nuclio.io/class": "function",
        "nuclio.io/function-name": "churn-scorer",
        "nuclio.io/project-name": "churn",
    }
    template = pod("-", {**labels, "mlrun/class": "serving"}, None, GUARANTEED)
    api = AppsV1Api(kubernetes)
    for name, status in (("nuclio-churn-scorer", {"replicas": 1}), ("complete", {"replicas": 3})):
        body = {
            "metadata": {"name": name, "annotations": {"nuclio.io/function-config": json.dumps(FUNCTION)}},
            "spec": {"replicas": 3, "selector": {"matchLabels": labels}, "template": template},
        }
        api.create_namespaced_deployment(namespace, body)
        said = 'pods "nuclio-churn-scorer-" is forbidden: exceeded quota: team'
        condition = {"type": "ReplicaFailure", "status": "True", "message": said, "reason": "FailedCreate"}
        api.patch_namespaced_deployment_status(name, namespace, {"status": {**status, "conditions": [condition]}})

    cluster, _, running = read(kubeconfig)
    (work,) = of(running, namespace)
    assert work.identity == Identity("serving", "churn", "scorer")
    assert (work.pending, work.nodes, work.said, work.qos) == (2, {}, said, "Guaranteed")
    assert work.names == ("nuclio-churn-scorer",)
    require_no_secret(cluster)


def test_what_is_declared_is_read_as_adapters_read_it_and_holds_no_secret(
    kubernetes: Any, kubeconfig: Path, namespace: str
) -> None:
    with declarable(kubernetes):
        for document in (FUNCTION, SERVICES, NOTEBOOK):
            declare(kubernetes, namespace, document)
        cluster, live, running = read(kubeconfig)
    assert live.unknown == {}
    function, services, notebook = (each.document for each in running.declared)
    assert [each.namespace for each in running.declared] == [namespace] * 3

    whole = NuclioDocument(json.loads(json.dumps(FUNCTION))).read()
    known = whole.evidence._replace(code=NuclioDocument(dict(function)).read().evidence.code, requirements=())
    assert NuclioDocument(dict(function)).read() == whole.but(evidence=known)
    for found, stated in ((services, SERVICES), (notebook, {**NOTEBOOK, "apiVersion": "kubeflow.org/v1"})):
        (stripped,) = jupyter_services(found)
        (service,) = jupyter_services({"apiVersion": "iguazio.com/v1beta1", **stated})
        assert stripped.read() == service.read()
    require_no_secret(cluster)


def require_no_secret(cluster: Cluster) -> None:
    assert cluster == Cluster.from_dict(json.loads(json.dumps(cluster.to_dict())))
    for text in (json.dumps(cluster.to_dict()), repr(cluster.live), pickle.dumps(cluster).decode("latin-1")):
        assert SECRET not in text
        assert "PASSWORD" not in text
        assert "function-config" not in text


def test_which_classes_may_evict_others(kubernetes: Any, kubeconfig: Path) -> None:
    from kubernetes.client import SchedulingV1Api

    api = SchedulingV1Api(kubernetes)
    api.create_priority_class({"metadata": {"name": "polite"}, "value": 5, "preemptionPolicy": "Never"})
    try:
        live = Cluster.from_kubernetes(kubeconfig=str(kubeconfig)).live
    finally:
        api.delete_priority_class("polite")
    assert live is not None
    assert "polite" in live.priorities
    assert {"system-node-critical", "system-cluster-critical"} < set(live.preempting)
    assert "polite" not in live.preempting
    assert (live.running, live.uid) == (None, "")


def test_kinds_of_mlrun_s_that_are_not_known_are_said(kubernetes: Any, kubeconfig: Path, namespace: str) -> None:
    created(kubernetes, namespace, pod("new", {**RUN, "mlrun/class": "ray"}, "runs-jobs-0"))
    _, live, _ = read(kubeconfig)
    assert "'ray' (1)" in live.unknown["kinds of pods"]
