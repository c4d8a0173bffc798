"""One control plane for all cluster tests, or the cluster that `IGZ_TEST_KUBECONFIG` names."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.control_plane import ControlPlane, api_client, running

HERE = Path(__file__).parent
GIVEN = "IGZ_TEST_KUBECONFIG"
MISSING = "no Kubernetes control plane: `make control-plane` builds it once"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a cluster. Where there is none: a failure in CI, and a skip elsewhere."""
    there = bool(os.environ.get(GIVEN) or CONTROL_PLANE.folder())
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("cluster")
            if not there and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """The processes of a control plane, for tests that need users with fewer rights or stop a program."""
    folder = CONTROL_PLANE.folder()
    if folder is None:
        pytest.fail(MISSING)
    with running(folder) as plane:
        yield plane


@pytest.fixture(scope="session")
def kubernetes(request: pytest.FixtureRequest) -> Any:
    """The official client's ApiClient, as administrator."""
    given = os.environ.get(GIVEN)
    return api_client(Path(given) if given else request.getfixturevalue("control_plane").kubeconfig)


@pytest.fixture
def namespace(kubernetes: Any) -> Iterator[str]:
    """A namespace of the test's own."""
    from kubernetes.client import CoreV1Api

    api, name = CoreV1Api(kubernetes), f"igz-test-{uuid.uuid4().hex[:10]}"
    api.create_namespace({"metadata": {"name": name}})
    yield name
    api.delete_namespace(name)
