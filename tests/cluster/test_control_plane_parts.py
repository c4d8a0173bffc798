"""What only some tests ask of the control plane: older versions, controllers, kubectl, another start."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.binaries import CONTROL_PLANE, HELM
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, running
from tests.cluster.kubectl import Kubectl

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "made", "namespace": "default"},
    "spec": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "base", "image": "x"}]},
        },
    },
}


@pytest.fixture(scope="module")
def older() -> Iterator[ControlPlane]:
    with running(programs(CONTROL_PLANE), emulated="1.34") as plane:
        yield plane


@pytest.fixture
def kubectl(older: ControlPlane, tmp_path: Path) -> Kubectl:
    return Kubectl(programs(CONTROL_PLANE), older.kubeconfig, tmp_path)


def test_it_answers_as_an_older_version(kubectl: Kubectl) -> None:
    version = json.loads(kubectl("get", "--raw", "/version"))
    assert (version["emulationMajor"], version["emulationMinor"]) == ("1", "34")


def test_controllers_that_a_test_asks_for_make_pods(older: ControlPlane, kubectl: Kubectl) -> None:
    kubectl("apply", "-f", "-", text=json.dumps(DEPLOYMENT))
    with older.controllers("deployment-controller", "replicaset-controller"):
        until = time.monotonic() + PATIENCE
        while not (pods := kubectl.get("pods", "-l", "a=b")["items"]) and time.monotonic() < until:
            time.sleep(0.05)
    assert [pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods] == ["ReplicaSet"]


def test_a_server_that_starts_again_has_what_it_had(older: ControlPlane, kubectl: Kubectl) -> None:
    kubectl("create", "namespace", "kept")
    older.restart()
    assert kubectl.get("namespace", "kept")["metadata"]["name"] == "kept"


def test_helm_is_built() -> None:
    assert (programs(HELM) / "helm").is_file()
