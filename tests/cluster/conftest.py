"""One control plane for all cluster tests, or the cluster that `IGZ_TEST_KUBECONFIG` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.binaries import CONTROL_PLANE, GIVEN, Suite, missing
from tests.cluster.control_plane import ControlPlane, api_client, namespace_of_its_own, running

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("cluster")


def programs(suite: Suite) -> Path:
    """The folder of a suite's programs. Where there is none: a failure in CI, and a skip elsewhere."""
    folder = suite.folder()
    if folder is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing())
    return folder


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """The processes of a control plane, for tests that need users with fewer rights or stop a program."""
    with running(programs(CONTROL_PLANE)) as plane:
        yield plane


@pytest.fixture(scope="session")
def kubeconfig(request: pytest.FixtureRequest) -> Path:
    """The administrator's kubeconfig."""
    given = os.environ.get(GIVEN)
    return Path(given) if given else request.getfixturevalue("control_plane").kubeconfig


@pytest.fixture(scope="session")
def kubernetes(kubeconfig: Path) -> Any:
    """The official client's ApiClient, as administrator."""
    return api_client(kubeconfig)


@pytest.fixture
def namespace(kubernetes: Any) -> Iterator[str]:
    """A namespace of the test's own."""
    with namespace_of_its_own(kubernetes) as name:
        yield name
