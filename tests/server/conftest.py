"""Tests against MLRun's own API server, which `make test-server` installs; elsewhere they are left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import api_client, running
from tests.cluster.shapes import priority_classes
from tests.conftest import Mlconf
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


@pytest.fixture
def project(server: str, mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """A project on MLRun's server."""
    import mlrun
    import mlrun.db.factory

    factory, before = mlrun.db.factory.RunDBFactory(), set(os.environ)
    for name in ("_run_db", "_last_db_url"):
        monkeypatch.setattr(factory, name, None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    mlconf.set("dbpath", server)
    mlrun.get_run_db(server, force_reconnect=True)
    (tmp_path / "train.py").write_text("def train(context):\n    pass\n")
    name = f"churn-{abs(hash(tmp_path)) % 10**8}"
    project = mlrun.new_project(name, context=str(tmp_path), user_project=False)
    project.set_function("train.py", "train", kind="job", image="mlrun/mlrun", handler="train")
    yield project
    for variable in os.environ.keys() - before:
        monkeypatch.delenv(variable)
