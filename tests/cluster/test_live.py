"""A cluster read from a real API server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster.bounds import bounds_of
from igz_runtime.errors import ConfigurationError
from tests.autoscaler_statuses import AKS, EKS, GKE
from tests.cluster.control_plane import ControlPlane
from tests.cluster.shapes import SHAPES, Group, Shape, standing

pytestmark = pytest.mark.every_environment


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_node_groups_are_recognised(kubernetes: Any, kubeconfig: Path, namespace: str, shape: Shape) -> None:
    with standing(kubernetes, shape, namespace):
        cluster = Cluster.from_kubernetes(
            kubeconfig=str(kubeconfig), namespace=namespace, core_labels=shape.core_labels
        )
    found = {group.name: (group.lifecycle, group.gpu, group.core) for group in cluster.node_groups}
    expected = {group.name: (group.lifecycle, "nvidia.com/gpu" in group.room, group.core) for group in shape.groups}
    if shape.name == "karpenter":
        expected["nodes without a group label"] = expected.pop("core")
    assert found == expected
    assert cluster.live is not None
    assert cluster.live.version.startswith("v1.")


def test_configured_labels_tell_what_the_platforms_do_not(kubernetes: Any, kubeconfig: Path, namespace: str) -> None:
    groups = (
        Group("cheap", {"team/pool": "cheap", "team/evictable": "yes"}),
        Group("base", {"team/pool": "base", "team/role": "platform"}),
    )
    with standing(kubernetes, Shape("own", groups, SHAPES[0].preemptible), namespace):
        cluster = Cluster.from_kubernetes(
            kubeconfig=str(kubeconfig),
            group_label="team/pool",
            spot_labels={"team/evictable": "yes"},
            core_labels={"team/role": "platform"},
        )
    found = {group.name: (group.lifecycle, group.core, group.selector) for group in cluster.node_groups}
    assert found == {
        "cheap": ("spot", False, {"team/pool": "cheap"}),
        "base": ("on-demand", True, {"team/pool": "base"}),
    }


def test_the_group_that_runs_the_platform_s_own_services_is_recognised(
    kubernetes: Any, kubeconfig: Path, namespace: str
) -> None:
    """No label tells which group that is: Iguazio's initial node group is known by what runs there."""
    from kubernetes.client import CoreV1Api, SchedulingV1Api

    api, classes = CoreV1Api(kubernetes), SchedulingV1Api(kubernetes)
    classes.create_priority_class({"metadata": {"name": "igz-system-medium"}, "value": 9})
    shape = SHAPES[0]
    try:
        with standing(kubernetes, shape, namespace):
            for i in range(3):
                spec = {
                    "nodeName": f"{namespace}-initial-{i % 2}",
                    "priorityClassName": "igz-system-medium",
                    "containers": [{"name": "main", "image": "a"}],
                }
                api.create_namespaced_pod(namespace, {"metadata": {"name": f"core-{i}"}, "spec": spec})
            cluster = Cluster.from_kubernetes(kubeconfig=str(kubeconfig))
            api.delete_collection_namespaced_pod(namespace, grace_period_seconds=0)
    finally:
        classes.delete_priority_class("igz-system-medium")
    assert [group.name for group in cluster.node_groups if group.core] == ["initial"]


class Scaled(NamedTuple):
    """A status of the Cluster Autoscaler, nodes beside it by their names, and the sizes that follow by group."""

    status: str
    label: str
    nodes: dict[str, str]
    sizes: dict[str, tuple[int, int, bool]]


SCALED = {
    "EKS": Scaled(
        EKS,
        "eks.amazonaws.com/nodegroup",
        {"ip-0": "initial", "ip-1": "initial", "ip-2": "jobs"},
        {"initial": (2, 2, True), "jobs": (1, 1, True)},
    ),
    "GKE": Scaled(
        GKE,
        "cloud.google.com/gke-nodepool",
        {f"gke-prod-clu-user-wor-{zone}a2b3c4d-x1y{zone}": "user-workloads" for zone in (1, 2)},
        {"user-workloads": (3, 24, False)},
    ),
    "AKS, before 1.30": Scaled(
        AKS,
        "kubernetes.azure.com/agentpool",
        {"aks-system-31415926-vmss000000": "system", "aks-spot-27182818-vmss000001": "spot"},
        {"system": (2, 2, True), "spot": (0, 6, False)},
    ),
}


@contextmanager
def autoscaled(kubernetes: Any, scaled: Scaled) -> Iterator[None]:
    """The nodes and the status, for as long as the context lasts."""
    from kubernetes.client import CoreV1Api

    api, (name, namespace) = CoreV1Api(kubernetes), ("cluster-autoscaler-status", "kube-system")
    for node, group in scaled.nodes.items():
        (body,) = Group(group, {}).nodes("a")
        api.create_node({**body, "metadata": {"name": node, "labels": {scaled.label: group}}})
    api.create_namespaced_config_map(namespace, {"metadata": {"name": name}, "data": {"status": scaled.status}})
    try:
        yield
    finally:
        api.delete_namespaced_config_map(name, namespace)
        for node in scaled.nodes:
            api.delete_node(node)


@pytest.mark.parametrize("scaled", SCALED.values(), ids=SCALED.keys())
def test_how_many_nodes_a_group_may_have(kubernetes: Any, kubeconfig: Path, scaled: Scaled) -> None:
    with autoscaled(kubernetes, scaled):
        cluster = Cluster.from_kubernetes(kubeconfig=str(kubeconfig))
    for each in (cluster, Cluster.from_dict(cluster.to_dict())):
        assert {group.name: bounds_of(group, each)[:3] for group in each.node_groups} == scaled.sizes


def test_a_pod_reads_its_own_cluster(
    control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a kubeconfig: address, token, certificate and namespace are those of the pod's service account."""
    from kubernetes.config import incluster_config

    server = urlsplit(control_plane.url)
    user = json.loads(control_plane.kubeconfig.read_text())["users"][0]["user"]
    (tmp_path / "token").write_text(user["token"])
    (tmp_path / "namespace").write_text("team\n")
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(server.hostname))
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(server.port))
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(control_plane.certificate))
    live = Cluster.from_kubernetes().live
    assert live is not None
    assert live.namespace == "team"
    assert live.unknown == {}

    (tmp_path / "token").unlink()
    with pytest.raises(ConfigurationError, match="no kubeconfig, and no service account of this pod"):
        Cluster.from_kubernetes()


def test_the_variable_may_be_set_late(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    assert "context 'test'" in Cluster.from_kubernetes().source
