"""One control plane for all tests of policies."""

from tests.cluster.conftest import control_plane, kubeconfig, kubernetes

__all__ = ["control_plane", "kubeconfig", "kubernetes"]
