"""Pods as the API server stores them: whose container is whose, and which of them are alike."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.cluster.api.deployments import read_deployment
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.usage import Usage
from igz_runtime.cluster.api.work import Works
from igz_runtime.cluster.running import Identity, Work
from igz_runtime.k8s.pod import ContainerSort

Plain = dict[str, Any]
RUN = {"mlrun/class": "job", "mlrun/project": "churn", "mlrun/function": "train"}


def pod(labels: Plain | None = None, node: str | None = "n", **spec: Any) -> Plain:
    containers = [{"name": "base", "resources": {"requests": {"memory": "1Gi"}}}]
    return {
        "metadata": {"name": "p", "namespace": "team", "labels": RUN if labels is None else labels},
        "spec": {"containers": containers, **({"nodeName": node} if node else {}), **spec},
        "status": {"qosClass": "Burstable"},
    }


def works(*found: Plain) -> list[Work]:
    seen = Works(Usage())
    for each in found:
        seen.add(each)
    return list(seen.work())


@pytest.mark.parametrize(
    ("kind", "role", "containers", "expected"),
    [
        ("job", "main", ["base"], {"base": "main"}),
        ("job", "main", ["istio-proxy", "base"], {"base": "main", "istio-proxy": "sidecar"}),
        ("spark", "executor", ["log", "executor"], {"executor": "main", "log": "sidecar"}),
        ("nuclio", "main", ["nuclio", "log"], {"nuclio": "main", "log": "sidecar"}),
        ("application", "main", ["nuclio", "shop"], {"shop": "main", "nuclio": "proxy"}),
        ("jupyter", "main", ["sidecar-proxy", "jupyter"], {"jupyter": "main", "sidecar-proxy": "proxy"}),
        ("build", "main", ["kaniko"], {"kaniko": "main"}),
    ],
)
def test_the_function_s_own_container_is_known(
    kind: str, role: str, containers: list[str], expected: dict[str, ContainerSort]
) -> None:
    found = settings_of(pod(containers=[{"name": name} for name in containers]), kind, role)
    assert {each.name: each.sort for each in found.containers} == expected
    assert [each.name for each in found.containers if not each.reachable] == [
        name for name, sort in expected.items() if sort == "proxy"
    ]


def test_an_init_container_that_keeps_running_is_a_sidecar() -> None:
    starting = [{"name": "log", "restartPolicy": "Always"}, {"name": "load"}]
    found = settings_of(pod(initContainers=starting), "job", "main")
    assert [(each.name, each.sort) for each in found.containers] == [
        ("base", "main"),
        ("log", "sidecar"),
        ("load", "init"),
    ]


def test_what_kubernetes_adds_and_where_the_pod_runs_is_not_asked_for() -> None:
    added = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
    found = settings_of(pod(tolerations=[{**added, "tolerationSeconds": 300}]), "job", "main")
    assert (found.tolerations, found.node_name, found.preemption_mode) == (None, None, "none")
    found = settings_of(pod(tolerations=[{**added, "tolerationSeconds": 3600}]), "job", "main")
    assert found.tolerations is not None


@pytest.mark.parametrize(
    "other",
    [
        pod(nodeSelector={"pool": "jobs"}),
        pod(tolerations=[{"key": "spot", "operator": "Exists"}]),
        pod(affinity={"nodeAffinity": {}}),
        pod(priorityClassName="high"),
        pod(containers=[{"name": "base", "resources": {"requests": {"memory": "2Gi"}}}]),
        pod(initContainers=[{"name": "load"}]),
        pod({**RUN, "framework": "torch"}),
        pod({**RUN, "igz-runtime/profile": "production_job"}),
        {**pod(), "status": {"qosClass": "Guaranteed"}},
        {**pod(), "metadata": {"name": "p", "namespace": "other", "labels": RUN}},
        {**pod(), "metadata": {**pod()["metadata"], "annotations": {"igz-runtime/waive-IGZ101": "yes"}}},
        {**pod(), "metadata": {**pod()["metadata"], "annotations": {"karpenter.sh/do-not-disrupt": "true"}}},
    ],
)
def test_pods_that_differ_in_what_is_judged_are_told_apart(other: Plain) -> None:
    assert [each.running for each in works(pod(), other, pod())] == [2, 1]


@pytest.mark.parametrize(
    "other",
    [
        pod({**RUN, "mlrun/uid": "2", "mlrun/name": "train-the-model", "team": "a"}),
        pod(node="m"),
        pod(containers=[{**pod()["spec"]["containers"][0], "env": [{"name": "A", "value": "b"}], "image": "b"}]),
        {**pod(), "metadata": {**pod()["metadata"], "name": "q", "annotations": {"a": "b"}}},
    ],
)
def test_pods_that_differ_in_nothing_that_is_judged_are_counted_together(other: Plain) -> None:
    (work,) = works(pod(), other)
    assert work.running == 2


@pytest.mark.parametrize(
    ("owner", "labels", "function"),
    [
        ({"kind": "ReplicaSet", "name": "jupyter-5d8f"}, {"pod-template-hash": "5d8f"}, "jupyter"),
        ({"kind": "StatefulSet", "name": "lab"}, {}, "lab"),
        ({"kind": "Job", "name": "lab-1"}, {}, ""),
        ({"kind": "StatefulSet", "name": "lab\x1b[31m"}, {}, ""),
    ],
)
def test_a_service_that_no_label_names_is_called_as_what_made_it(owner: Plain, labels: Plain, function: str) -> None:
    one = pod({"app.kubernetes.io/component": "jupyter-notebook", **labels})
    one["metadata"]["ownerReferences"] = [owner]
    (work,) = works(one)
    assert work.identity == Identity("jupyter", function=function)


@pytest.mark.parametrize(
    ("spec", "status", "missing"),
    [
        ({}, {}, 1),
        ({"replicas": 3}, {"replicas": 1}, 2),
        ({"replicas": 0}, {}, None),
        ({"replicas": 2}, {"replicas": 3}, None),
    ],
)
def test_a_deployment_lacks_what_it_asks_for_and_has_not(spec: Plain, status: Plain, missing: int | None) -> None:
    raw = {
        "metadata": {"name": "d", "namespace": "team"},
        "spec": {**spec, "template": pod(node=None)},
        "status": status,
    }
    work = read_deployment(raw)
    assert (work and work.pending) == missing
    assert read_deployment({**raw, "spec": {"template": pod({"app": "shop"})}}) is None
