"""Two control planes: with one server that most tests use, and for tests that stop it or have policies come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from igz_runtime.audit.policies.schema import definition
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import control_plane, kubeconfig, kubernetes, programs
from tests.cluster.control_plane import running
from tests.policy.coming_and_going import Server
from tests.policy.enforced import FREE, Enforced

__all__ = ["control_plane", "kubeconfig", "kubernetes"]


@pytest.fixture(scope="session")
def coming_and_going(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(programs(CONTROL_PLANE)) as plane:
        yield Server(plane, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def server(coming_and_going: Server) -> Iterator[Server]:
    """An API server without policies."""
    yield coming_and_going
    coming_and_going.remove()


@pytest.fixture(scope="session")
def enforced(kubeconfig: Path) -> Enforced:
    """A server that knows the facts' kind, and a namespace in which nothing is judged."""
    server = Enforced(kubeconfig)
    server.classes()
    server.crd(definition())
    server.namespaces([FREE])
    return server
