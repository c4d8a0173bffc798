"""One Jupyter service in each form that is read."""

from __future__ import annotations

from typing import Any

from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.model import Function

Plain = dict[str, Any]
AMOUNTS: Plain = {"cpu": "8", "memory": "64Gi"}

SPEC: Plain = {
    "name": "lab",
    "kind": "jupyter",
    "resources": {"limits": {**AMOUNTS, "nvidia_gpu": "1"}, "requests": AMOUNTS},
    "scale_to_zero": {"mode": "enabled", "scale_resources": []},
    "advanced": {"node_selector": {"entries": [{"key": "pool", "value": "gpu"}]}, "priority_class_name": "high"},
    "jupyter": {"image_name": "jupyter-gpu-cuda"},
}
SERVICES: Plain = {"lab": {key: held for key, held in SPEC.items() if key != "name"}, "nuclio": {"kind": "nuclio"}}
SET: Plain = {
    "apiVersion": "iguazio.com/v1beta1",
    "kind": "IguazioTenantAppServiceSet",
    "spec": {"spec": {"tenants": [{"spec": {"services": SERVICES}}]}},
}
MANIFEST: Plain = {
    "app_services": [{"spec": {"name": "sh", "kind": "shell"}}, {"spec": SPEC, "meta": {"labels": {"a": "b"}}}]
}
OVERRIDE: Plain = {
    "cpu_limit": 8,
    "cpu_guarantee": 8.0,
    "mem_limit": "64G",
    "mem_guarantee": 68719476736,
    "extra_resource_limits": {"nvidia.com/gpu": "1"},
    "node_selector": {"pool": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists"}],
    "priority_class_name": "high",
}
ENTRY: Plain = {"display_name": "GPU", "slug": "lab", "kubespawner_override": OVERRIDE}
CHART: Plain = {
    "singleuser": {
        "cpu": {"limit": 8, "guarantee": 8},
        "memory": {"limit": "64G", "guarantee": "64G"},
        "nodeSelector": {"pool": "gpu"},
        "extraTolerations": [{"key": "gpu", "operator": "Exists"}],
        "cloudMetadata": {"blockWithIptables": False},
        "profileList": {
            "lab": {
                "kubespawner_override": {"extra_resource_limits": {"nvidia.com/gpu": 1}, "priority_class_name": "high"}
            }
        },
    }
}
NOTEBOOK: Plain = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Notebook",
    "metadata": {"name": "lab", "annotations": {"igz-runtime/waive-IGZ402": "one group"}},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "proxy"},
                    {"name": "lab", "resources": {"limits": {**AMOUNTS, "nvidia.com/gpu": 1}, "requests": AMOUNTS}},
                ],
                "nodeSelector": {"pool": "gpu"},
                "tolerations": [{"key": "gpu", "operator": "Exists"}],
                "priorityClassName": "high",
            }
        }
    },
}
FORMS: dict[str, Any] = {
    "specification": SPEC,
    "set": SET,
    "manifest": MANIFEST,
    "request": {"data": {"type": "app_services_manifest", "attributes": MANIFEST}},
    "answer": {"data": [{"attributes": MANIFEST}]},
    "entry": ENTRY,
    "profile list": [{"display_name": "small"}, ENTRY],
    "chart": CHART,
    "umbrella chart": {"global": {}, "jupyterhub": CHART},
    "notebook": NOTEBOOK,
}


def read(document: Any) -> Function:
    (service,) = jupyter_services(document)
    return service.read()


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        document = document[part]
    return document
