"""What is known of a cluster, and where a pod can land on it."""

from igz_runtime.cluster.model import Cluster, NodeGroup, Preemptible

__all__ = ["Cluster", "NodeGroup", "Preemptible"]
