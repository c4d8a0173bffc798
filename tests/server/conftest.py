"""Tests against MLRun's own API server, which `make test-server` installs; elsewhere they are left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import api_client, running
from tests.cluster.shapes import priority_classes
from tests.server.mlrun_server import PYTHON, serving

collect_ignore_glob = [] if os.environ.get(PYTHON) else ["*"]


@pytest.fixture(scope="session")
def kubeconfig() -> Iterator[Path]:
    """Of a Kubernetes API server that takes the pods."""
    folder = CONTROL_PLANE.folder()
    if folder is None:
        pytest.skip(missing())
    with running(folder) as plane, priority_classes(api_client(plane.kubeconfig)):
        yield plane.kubeconfig


@pytest.fixture(scope="session")
def server(kubeconfig: Path) -> Iterator[str]:
    """Where MLRun's server is reached."""
    with serving(kubeconfig) as url:
        yield url
