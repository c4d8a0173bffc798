"""The custom resources in which functions and Jupyter services are declared, on the API server that tests use."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from igz_runtime.cluster.api.declared import SOURCES, Source

Plain = dict[str, Any]
SECRET = "hunter2-AKIA0123456789"  # noqa: S105  (nobody's)
_AMOUNTS = {"cpu": "1", "memory": "2Gi"}
_CODE = {"functionSourceCode": SECRET, "commands": [f"pip install --token {SECRET} x"], "baseImage": "python:3.11"}
FUNCTION: Plain = {
    "kind": "NuclioFunction",
    "metadata": {
        "name": "churn-scorer",
        "labels": {"nuclio.io/project-name": "churn", "igz-runtime/profile": "production_service"},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": SECRET,
            "igz-runtime/waive-IGZ201": "a sidecar of the platform",
            "nuclio.io/preemptible-mode": "allow",
        },
    },
    "spec": {
        "handler": "main:handler",
        "runtime": "python:3.11",
        "image": "scorer:1",
        "minReplicas": 0,
        "maxReplicas": 3,
        "nodeSelector": {"app.iguazio.com/node-group": "jobs"},
        "priorityClassName": "igz-workload-high",
        "resources": {"requests": _AMOUNTS, "limits": _AMOUNTS},
        "scaleToZero": {"scaleResources": [{"metricName": "events", "windowSize": "10m", "threshold": 0}]},
        "env": [{"name": "PASSWORD", "value": SECRET}],
        "sidecars": [{"name": "log", "env": [{"name": "TOKEN", "value": SECRET}], "resources": {"limits": _AMOUNTS}}],
        "triggers": {"rabbit": {"kind": "rabbit-mq", "url": SECRET, "attributes": {"password": SECRET}}},
        "volumes": [
            {
                "volume": {"name": "v3io", "flexVolume": {"options": {"accessKey": SECRET}}},
                "volumeMount": {"name": "v3io", "mountPath": "/v3io"},
            },
            {
                "volume": {"name": "state", "persistentVolumeClaim": {"claimName": "state"}},
                "volumeMount": {"name": "state", "mountPath": "/state"},
            },
        ],
        "build": _CODE,
    },
}
SERVICES: Plain = {
    "kind": "IguazioTenantAppServiceSet",
    "metadata": {"name": "default-tenant"},
    "spec": {
        "spec": {
            "tenants": [
                {
                    "spec": {
                        "services": {
                            "lab": {
                                "kind": "jupyter",
                                "resources": {"limits": {"nvidia_gpu": "1"}},
                                "scale_to_zero": {"mode": "disabled"},
                                "jupyter": {"image_name": "jupyter-gpu", "extra_environment_vars": {"a": SECRET}},
                            },
                            "presto": {"kind": "presto", "password": SECRET},
                        }
                    }
                }
            ]
        }
    },
}
NOTEBOOK: Plain = {
    "kind": "Notebook",
    "metadata": {"name": "lab", "annotations": {"notebooks.kubeflow.org/last-activity": "now"}},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "lab", "env": [{"name": "KEY", "value": SECRET}], "resources": {"limits": _AMOUNTS}}
                ],
                "nodeSelector": {"app.iguazio.com/node-group": "jobs"},
            }
        }
    },
}
"""An object of each of them, with secrets wherever one may have some."""


@contextlib.contextmanager
def declarable(kubernetes: Any) -> Iterator[None]:
    """Each resource, taking whatever fields an object has."""
    from kubernetes.client import ApiextensionsV1Api

    api = ApiextensionsV1Api(kubernetes)
    for source in SOURCES:
        api.create_custom_resource_definition(_definition(source))
    try:
        for source in SOURCES:
            wait(lambda source=source: lists(kubernetes, source.path))
        yield
    finally:
        for source in SOURCES:
            api.delete_custom_resource_definition(_definition(source)["metadata"]["name"])
        for source in SOURCES:
            wait(lambda source=source: not lists(kubernetes, source.path))


def declare(kubernetes: Any, namespace: str, document: Plain) -> None:
    """Make an object; it goes with its definition, if not before."""
    from kubernetes.client import CustomObjectsApi

    group, version, plural = _source(document).path
    body = {**document, "apiVersion": f"{group}/{version}"}
    CustomObjectsApi(kubernetes).create_namespaced_custom_object(group, version, namespace, plural, body)


def undeclare(kubernetes: Any, namespace: str, document: dict[str, Any]) -> None:
    """Take an object away."""
    from kubernetes.client import CustomObjectsApi

    group, version, plural = _source(document).path
    name = document["metadata"]["name"]
    CustomObjectsApi(kubernetes).delete_namespaced_custom_object(group, version, namespace, plural, name)


def _source(document: dict[str, Any]) -> Source:
    return next(each for each in SOURCES if each.answer.kind == document["kind"])


def _definition(source: Source) -> Plain:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    group, name, plural = source.path
    version = {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    names = {"plural": plural, "kind": source.answer.kind}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    return {"metadata": {"name": f"{plural}.{group}"}, "spec": spec}


def lists(kubernetes: Any, path: tuple[str, str, str]) -> bool:
    """Whether the API server knows a custom resource, by its group, version and plural."""
    from kubernetes.client import CustomObjectsApi
    from kubernetes.client.rest import ApiException

    try:
        CustomObjectsApi(kubernetes).list_cluster_custom_object(*path)
    except ApiException:
        return False
    return True


def wait(until: Any) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 20
    while not until():
        assert time.monotonic() < limit, "the API server did not take the definitions up"
        time.sleep(0.1)
