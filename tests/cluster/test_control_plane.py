"""The control plane of the tests itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.cluster.control_plane import PATIENCE, ControlPlane

pytestmark = pytest.mark.every_environment


def test_it_binds_a_pod(kubernetes: Any, namespace: str) -> None:
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(kubernetes)
    room = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    node = f"node-of-{namespace}"
    api.create_node({"metadata": {"name": node}, "status": {"allocatable": room, "capacity": room}})
    try:
        spec = {"containers": [{"name": "base", "image": "a"}], "nodeName": None}
        api.create_namespaced_pod(namespace, {"metadata": {"name": "pod"}, "spec": spec})
        until = time.monotonic() + PATIENCE
        while not (bound := api.read_namespaced_pod("pod", namespace).spec.node_name) and time.monotonic() < until:
            time.sleep(0.05)
        assert bound is not None
    finally:
        api.delete_node(node)


def test_users_have_rights_of_their_own(control_plane: ControlPlane) -> None:
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException

    from tests.cluster.control_plane import api_client

    with pytest.raises(ApiException, match="403"):
        CoreV1Api(api_client(control_plane.kubeconfig_of("stranger"))).list_node()
