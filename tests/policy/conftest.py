"""One control plane for all tests of policies, and another for those that stop it or have policies come and go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import control_plane, kubeconfig, kubernetes, programs
from tests.cluster.control_plane import running
from tests.policy.coming_and_going import Server

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
