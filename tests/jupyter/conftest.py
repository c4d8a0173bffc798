"""Tests with igz-mgmt, KubeSpawner and jupyter_server, which `make test-jupyter` installs; else they are left out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import api_client, namespace_of_its_own, running
from tests.cluster.shapes import priority_classes
from tests.jupyter.iguazio import Iguazio, recording

collect_ignore_glob = [] if os.environ.get("IGZ_TEST_JUPYTER") else ["*"]


@pytest.fixture
def iguazio() -> Iterator[Iguazio]:
    """A server on loopback that answers as Iguazio's API does, and keeps what it is sent."""
    with recording() as server:
        yield server


@pytest.fixture(scope="session")
def kubeconfig() -> Iterator[Path]:
    """Of a Kubernetes API server with Iguazio's priority classes."""
    folder = CONTROL_PLANE.folder()
    if folder is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing())
    with running(folder) as plane, priority_classes(api_client(plane.kubeconfig)):
        yield plane.kubeconfig


@pytest.fixture(scope="session")
def kubernetes(kubeconfig: Path) -> Any:
    """The official client's ApiClient, as administrator."""
    return api_client(kubeconfig)


@pytest.fixture(scope="session")
def namespace(kubernetes: Any) -> Iterator[str]:
    """A namespace of these tests' own."""
    with namespace_of_its_own(kubernetes) as name:
        yield name


@pytest.fixture
def without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """KubeSpawner reads a kubeconfig when it is made; the server that this one names is never asked."""
    from kubernetes_asyncio.config import kube_config

    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    file = tmp_path / "kubeconfig"
    kubeconfig = {
        "clusters": [cluster],
        "contexts": [context],
        "users": [{"name": "u", "user": {"token": "none"}}],
        "current-context": "c",
    }
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **kubeconfig}))
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
