"""An API server with policies that refuse, on clusters that are as large as facts may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.audit.policies.schema import definition
from tests.cluster.conftest import control_plane, kubeconfig, kubernetes
from tests.policy.enforced import FREE, Enforced

__all__ = ["control_plane", "enforced", "kubeconfig", "kubernetes"]


@pytest.fixture(scope="session")
def enforced(kubeconfig: Path) -> Enforced:
    """The API server, with what pods name, and without a policy."""
    server = Enforced(kubeconfig)
    server.classes()
    server.crd(definition())
    server.namespaces([FREE])
    return server
