"""Karpenter with its simulated provider: it adds Node objects for pending pods, and runs without any cloud."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.cluster.control_plane import PATIENCE, ControlPlane, api_client, free_ports, process

Plain = dict[str, Any]
GROUP, VERSION = "karpenter.sh", "v1"


def node_pool(name: str, capacity: list[str], **template: Any) -> Plain:
    """A NodePool.

    Args:
        name: its name.
        capacity: the capacity types that it may add.
        template: `labels`, `taints` and further `requirements` of its nodes, `limits`, `replicas` of one that keeps so
            many nodes, and `disruption`: when nodes are removed again; else never.
    """
    requirements = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": capacity},
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
        *template.get("requirements", ()),
    ]
    reference = {"group": "karpenter.kwok.sh", "kind": "KWOKNodeClass", "name": "default"}
    spec = {"requirements": requirements, "nodeClassRef": reference, "taints": template.get("taints", [])}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "NodePool",
        "metadata": {"name": name},
        "spec": {
            "template": {"metadata": {"labels": template.get("labels", {})}, "spec": spec},
            "limits": template.get("limits", {}),
            "disruption": template.get("disruption", {"consolidateAfter": "Never"}),
            **({"replicas": template["replicas"]} if "replicas" in template else {}),
        },
    }


@contextlib.contextmanager
def karpenter(plane: ControlPlane, programs: Path, pools: list[Plain]) -> Iterator[Any]:
    """Karpenter beside a control plane, with these NodePools. Gives the official client's ApiClient."""
    from kubernetes.client import ApiextensionsV1Api, CustomObjectsApi

    client = api_client(plane.kubeconfig)
    definitions, objects = ApiextensionsV1Api(client), CustomObjectsApi(client)
    for file in sorted((programs / "manifests").glob("*.yaml")):
        definitions.create_custom_resource_definition(YAML(typ="safe").load(file))
    _create(objects, "karpenter.kwok.sh", "v1alpha1", "kwoknodeclasses", {"metadata": {"name": "default"}})
    for pool in pools:
        _create(objects, GROUP, VERSION, "nodepools", pool)
    metrics, health = free_ports(2)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "SYSTEM_NAMESPACE": "kube-system",
        "KUBECONFIG": str(plane.kubeconfig),
        "DISABLE_LEADER_ELECTION": "true",
        "METRICS_PORT": str(metrics),
        "HEALTH_PROBE_PORT": str(health),
    }
    with process([str(programs / "kwok")], plane.folder / "karpenter.log", lambda: _ready(objects), environment):
        yield client


def _ready(objects: Any) -> bool:
    """Whether Karpenter has looked at every pool."""
    pools = objects.list_cluster_custom_object(GROUP, VERSION, "nodepools")["items"]
    conditions = [c for pool in pools for c in pool.get("status", {}).get("conditions", ()) if c["type"] == "Ready"]
    return len(conditions) == len(pools) and all(c["status"] == "True" for c in conditions)


def _create(objects: Any, group: str, version: str, plural: str, body: Plain) -> None:
    """Create an object as soon as the API server serves its kind."""
    from kubernetes.client.exceptions import ApiException

    kind = {"nodepools": "NodePool", "kwoknodeclasses": "KWOKNodeClass"}[plural]
    body = {"apiVersion": f"{group}/{version}", "kind": kind, **body}
    until = time.monotonic() + PATIENCE
    while True:
        try:
            objects.create_cluster_custom_object(group, version, plural, body)
        except ApiException as error:
            if error.status != 404 or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return
