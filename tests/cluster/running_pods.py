"""Pods with the labels that MLRun, Nuclio, Spark and Jupyter's platforms give them, and objects that declare some."""

from __future__ import annotations

from typing import Any

from tests.cluster.layouts import CORE_CLASS, Layout, Plain

SECRET = "hunter2-is-never-saved"  # noqa: S105  (what no report and no file may hold)
MEDIUM = "igz-workload-medium"
GPUS = "nvidia.com/gpu"
ONE = {"cpu": "1", "memory": "2Gi"}


def pod(layout: Layout, role: str, node: int | None, labels: Plain, **more: Any) -> Plain:
    """A pod that selects the nodes of a group, and tolerates their taints.

    Args:
        layout: the cluster.
        role: the group; empty: it selects nothing.
        node: the number of the node that runs it; None: it waits.
        labels: its labels.
        more: `requests`, `limits` (else alike), `priority`, `annotations`, `containers` beside the first, and `spec`.
    """
    requests = more.get("requests", ONE)
    resources = {"requests": requests, "limits": more.get("limits", requests)}
    environment = [{"name": "V3IO_ACCESS_KEY", "value": SECRET}]
    first = {"name": "base", "image": "registry.example/mlrun:1.12.0", "env": environment, "resources": resources}
    spec = {
        "containers": [first, *more.get("containers", ())],
        "nodeSelector": layout.selector(role) if role else {},
        "tolerations": layout.tolerations(role),
        "priorityClassName": more.get("priority", MEDIUM),
        **({} if node is None else {"nodeName": layout.cloud.node(role, node)}),
        **more.get("spec", {}),
    }
    metadata = {"generateName": "pod-", "labels": labels, "annotations": more.get("annotations", {})}
    return {"metadata": {**metadata, **more.get("metadata", {})}, "spec": spec}


def run(layout: Layout, role: str, node: int | None, name: str, kind: str = "job", **more: Any) -> Plain:
    """The pod of an MLRun run."""
    labels = {
        "mlrun/class": kind,
        "mlrun/project": "fraud",
        "mlrun/function": name,
        "mlrun/name": name,
        "mlrun/uid": "6f1c",
        "mlrun/tag": "latest",
        "mlrun/owner": "dani",
        **more.pop("labels", {}),
    }
    return pod(layout, role, node, labels, **more)


def spark(layout: Layout, role: str, node: int | None, name: str, part: str, **more: Any) -> Plain:
    """The driver or an executor of a Spark job."""
    return run(layout, role, node, name, "spark", labels={"mlrun/job": name, "spark-role": part}, **more)


def nuclio(layout: Layout, role: str, node: int | None, name: str, **more: Any) -> Plain:
    """A replica of a Nuclio function."""
    labels = {
        "nuclio.io/class": "function",
        "nuclio.io/app": "functionres",
        "nuclio.io/function-name": name,
        "nuclio.io/project-name": "fraud",
        **more.pop("labels", {}),
    }
    return pod(layout, role, node, labels, **more)


def jupyter(layout: Layout, role: str, node: int | None, name: str, **more: Any) -> Plain:
    """The pod of Iguazio's Jupyter service, with the container that its chart adds."""
    labels = {"app": "jupyter", "chart": "jupyter-1.2.3", "release": name, "heritage": "Helm"}
    sidecar = {"name": "sidecar-proxy", "image": "registry.example/proxy:1"}
    return pod(layout, role, node, labels, containers=[sidecar], **more)


def core(layout: Layout, role: str, node: int, name: str) -> Plain:
    """A pod of the platform's core services."""
    return pod(layout, role, node, {"app.kubernetes.io/name": name}, priority=CORE_CLASS)


def daemon(layout: Layout, role: str, node: int) -> Plain:
    """A pod of a daemon set, which tolerates every taint."""
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "kube-proxy", "uid": "0-0-0", "controller": True}
    return pod(
        *(layout, role, node, {"k8s-app": "kube-proxy"}),
        requests={"cpu": "100m"},
        limits={},
        priority="system-node-critical",
        metadata={"ownerReferences": [owner]},
        spec={"tolerations": [{"operator": "Exists"}], "nodeSelector": {}},
    )


def nuclio_function(layout: Layout, name: str, role: str, **spec: Any) -> Plain:
    """The object of a Nuclio function, whose environment nobody may see."""
    return {
        "apiVersion": "nuclio.io/v1beta1",
        "kind": "NuclioFunction",
        "metadata": {"name": name, "labels": {"nuclio.io/project-name": "fraud"}},
        "spec": {
            "env": [{"name": "V3IO_ACCESS_KEY", "value": SECRET}],
            "handler": "main:handler",
            "minReplicas": 2,
            "maxReplicas": 4,
            "nodeSelector": layout.selector(role),
            "priorityClassName": MEDIUM,
            "resources": {"requests": ONE, "limits": ONE},
            **spec,
        },
    }


IDLE = {
    "mode": "enabled",
    "scale_resources": [{"metric_name": "num_of_requests", "threshold": 0, "window_size": "1h"}],
}


def app_services(layout: Layout, **services: Plain) -> Plain:
    """Iguazio's application services: Jupyter services by name, each with what differs from the usual one."""
    entries = [{"key": key, "value": value} for key, value in layout.selector("jupyter").items()]
    usual = {
        "kind": "jupyter",
        "resources": {"requests": ONE, "limits": ONE},
        "scale_to_zero": IDLE,
        "desired_state": "ready",
        "advanced": {"node_selector": {"entries": entries}, "priority_class_name": MEDIUM},
    }
    made = {name: {**usual, **service} for name, service in services.items()}
    return {
        "apiVersion": "iguazio.com/v1beta1",
        "kind": "IguazioTenantAppServiceSet",
        "metadata": {"name": "default-tenant"},
        "spec": {"spec": {"tenants": [{"spec": {"services": {**made, "nuclio": {"kind": "nuclio"}}}}]}},
        "status": {"services": {name: {"state": "ready"} for name in made}},
    }


def notebook(layout: Layout, name: str, *, gpus: int = 0, culled: bool = True) -> Plain:
    """A Notebook of Kubeflow."""
    amounts = {**ONE, **({GPUS: str(gpus)} if gpus else {})}
    role = "gpu" if gpus else "jupyter"
    container = {"name": name, "image": "jupyter:1", "resources": {"requests": amounts, "limits": amounts}}
    spec = {"nodeSelector": layout.selector(role), "tolerations": layout.tolerations(role), "priorityClassName": MEDIUM}
    annotations = {"notebooks.kubeflow.org/last-activity": "2026-11-24T08:00:00Z"} if culled else {}
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Notebook",
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"template": {"spec": {**spec, "containers": [container]}}},
    }


def busy(layout: Layout) -> Layout:
    """The cluster with what runs on it from day to day, all of it as the best practices have it, where its group is."""
    cores, gpu = layout.groups["core"].there, {**ONE, GPUS: "1"}
    in_development = layout.environment == "development"  # in production, on-demand nodes are recommended for all of it
    pods = {
        "core": [core(layout, "core", node % cores, name) for node, name in enumerate(("mlrun", "grafana", "mlrun"))],
        "jobs": [
            *(run(layout, "jobs", node, "etl") for node in (0, 1)),
            *(nuclio(layout, "jobs", node, "scorer") for node in (0, 1)),
            spark(layout, "jobs", 0, "sums", "driver"),
            *(spark(layout, "jobs", node, "sums", "executor") for node in (0, 1)),
            run(layout, "jobs", 1, "etl", "build"),
            {**spark(layout, "spot", None, "over", "driver", priority=CORE_CLASS), "status": {"phase": "Succeeded"}},
        ],
        "gpu": [run(layout, "gpu", 0, "segments", requests=gpu)],
        "spot": [run(layout, "spot", 0, "thumbnails", labels={"igz-runtime/workload": "stateless"})] * in_development,
        "jupyter": [jupyter(layout, "jupyter", 0, "lab")],
    }
    declared = {
        "jobs": [nuclio_function(layout, "scorer", "jobs")],
        "jupyter": [app_services(layout, lab={}), notebook(layout, "paper")],
    }
    daemons = (daemon(layout, role, 0) for role, group in layout.groups.items() if group.there)
    standing = (pod for role, those in pods.items() if role in layout.groups for pod in those)
    objects = (each for role, those in declared.items() if role in layout.groups for each in those)
    return layout.running(*daemons, *standing)._replace(declared=tuple(objects))
