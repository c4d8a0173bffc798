"""Labels and taints by which each platform marks spot nodes, on-demand nodes and accelerators.

Sources: docs.mlrun.org "Node affinity" (Iguazio); the EKS user guide's managed node groups; GKE's "Spot VMs";
AKS' "spot node pool" and reserved labels; Karpenter's "Scheduling".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from igz_runtime.k8s.pod import Taint

Lifecycle = Literal["on-demand", "spot"]

IGUAZIO_LIFECYCLE: Final = "app.iguazio.com/lifecycle"
IGUAZIO_NODE_GROUP: Final = "app.iguazio.com/node-group"
KARPENTER_POOL: Final = "karpenter.sh/nodepool"

SPOT_LABELS: Final[tuple[tuple[str, str], ...]] = (
    (IGUAZIO_LIFECYCLE, "preemptible"),
    ("eks.amazonaws.com/capacityType", "SPOT"),
    ("karpenter.sh/capacity-type", "spot"),
    ("cloud.google.com/gke-spot", "true"),
    ("cloud.google.com/gke-preemptible", "true"),
    ("cloud.google.com/gke-provisioning", "spot"),
    ("cloud.google.com/gke-provisioning", "preemptible"),
    ("kubernetes.azure.com/scalesetpriority", "spot"),
)
"""A node that carries one of these labels is a spot node."""

ON_DEMAND_LABELS: Final[tuple[tuple[str, str], ...]] = (
    (IGUAZIO_LIFECYCLE, "non-preemptible"),
    ("eks.amazonaws.com/capacityType", "ON_DEMAND"),
    ("karpenter.sh/capacity-type", "on-demand"),
    ("cloud.google.com/gke-provisioning", "standard"),
    ("kubernetes.azure.com/scalesetpriority", "regular"),
)
"""A node that carries one of these labels is on demand."""


def values_by_key(labels: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """The values of labels under each key, in their order."""
    values: dict[str, tuple[str, ...]] = {}
    for key, value in labels:
        values[key] = (*values.get(key, ()), value)
    return values


SPOT_VALUES: Final = values_by_key(SPOT_LABELS)
ON_DEMAND_VALUES: Final = values_by_key(ON_DEMAND_LABELS)
"""The same by their keys."""

PRIORITY_ALIASES: Final[Mapping[str, str]] = {
    "low": "igz-workload-low",
    "medium": "igz-workload-medium",
    "high": "igz-workload-high",
}
"""Iguazio's classes for user workloads. Source: igz_mgmt 0.4.2, AppServicePriorityClass."""

RESERVED_PRIORITIES: Final = ("igz-system-", "system-")
"""Prefixes of the classes that are reserved for the platform and for Kubernetes itself."""

KUBERNETES_PRIORITIES: Final = frozenset({"system-cluster-critical", "system-node-critical"})
"""The classes that every API server makes itself."""

GROUP_LABELS: Final = (
    IGUAZIO_NODE_GROUP,
    KARPENTER_POOL,
    "eks.amazonaws.com/nodegroup",
    "alpha.eksctl.io/nodegroup-name",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "agentpool",
)
"""Labels that name a node's group: the first that a node carries counts."""

NODE_LABELS: Final = frozenset({"kubernetes.io/hostname", "beta.kubernetes.io/hostname", "hostname"})
"""Labels that are each node's own."""

CORE_LABELS: Final[tuple[tuple[str, str], ...]] = (("kubernetes.azure.com/mode", "system"),)
CORE_TAINT: Final = "CriticalAddonsOnly"
CORE_PRIORITY: Final = "igz-system-"
"""What marks nodes of core services: AKS' system pools, the taint that clouds put on such nodes, and Iguazio's own
services, which run there with these priority classes."""

ACCELERATORS: Final = (
    "nvidia.com/",
    "amd.com/gpu",
    "gpu.intel.com/",
    "habana.ai/",
    "aws.amazon.com/neuron",
    "google.com/tpu",
)
"""Beginnings of the resource names of accelerators: a node may offer other extended resources too."""

GPU_LABELS: Final = ("cloud.google.com/gke-accelerator", "nvidia.com/gpu.present", "kubernetes.azure.com/accelerator")

SPOT_TAINTS: Final[tuple[Taint, ...]] = (
    Taint("kubernetes.azure.com/scalesetpriority", "spot"),
    Taint("cloud.google.com/gke-spot", "true"),
)
"""Taints that a cloud puts on spot nodes itself (GKE: on auto-provisioned pools only)."""


def accelerators_in(amounts: Mapping[str, int]) -> int:
    """How many accelerators these are, of whatever kind.

    >>> accelerators_in({"cpu": 4000, "nvidia.com/gpu": 2, "smarter-devices/fuse": 20})
    2
    """
    return sum(amount for name, amount in amounts.items() if "/" in name and name.startswith(ACCELERATORS))


def lifecycle_of(labels: Mapping[str, str]) -> Lifecycle | None:
    """What labels tell of a node's lifecycle; None where they do not tell."""
    if any(labels.get(key) == value for key, value in SPOT_LABELS):
        return "spot"
    if any(labels.get(key) == value for key, value in ON_DEMAND_LABELS):
        return "on-demand"
    return None
