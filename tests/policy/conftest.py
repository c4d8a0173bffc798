"""One control plane for all tests of policies, and one server on it."""

from pathlib import Path

import pytest

from igz_runtime.audit.policies.schema import definition
from tests.cluster.conftest import control_plane, kubeconfig, kubernetes
from tests.policy.enforced import FREE, Enforced

__all__ = ["control_plane", "kubeconfig", "kubernetes"]


@pytest.fixture(scope="session")
def enforced(kubeconfig: Path) -> Enforced:
    """A server that knows the facts' kind, and a namespace in which nothing is judged."""
    server = Enforced(kubeconfig)
    server.classes()
    server.crd(definition())
    server.namespaces([FREE])
    return server
