"""Clusters shaped like Iguazio on EKS, GKE, AKS and Karpenter: the nodes, and what MLRun is told of them.

Sources of labels and taints: the EKS user guide (managed node groups), GKE's "Spot VMs", AKS' "spot node pool" and
"use labels", Karpenter's "Scheduling".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from igz_runtime.cluster import Preemptible
from igz_runtime.cluster.clouds import PRIORITY_ALIASES
from igz_runtime.k8s.pod import Toleration

Plain = dict[str, Any]
Taints = tuple[tuple[str, str], ...]
IGUAZIO = "app.iguazio.com/lifecycle"
ROOM = {"cpu": "16", "memory": "64Gi", "pods": "110"}
GPU = {**ROOM, "nvidia.com/gpu": "4"}


class Group(NamedTuple):
    """Nodes that are alike, and what is expected of their recognition."""

    name: str
    labels: Mapping[str, str]
    taints: Taints = ()
    room: Mapping[str, str] = ROOM
    lifecycle: str | None = "on-demand"
    core: bool = False

    def nodes(self, prefix: str, count: int = 1) -> list[Plain]:
        """Nodes of this group as the API server takes them."""
        return [
            {
                "metadata": {
                    "name": f"{prefix}-{self.name}-{i}",
                    "labels": {**self.labels, "kubernetes.io/hostname": f"{prefix}-{self.name}-{i}"},
                },
                "spec": {"taints": [{"key": k, "value": v, "effect": "NoSchedule"} for k, v in self.taints]},
                "status": {"allocatable": dict(self.room), "capacity": dict(self.room)},
            }
            for i in range(count)
        ]


class Shape(NamedTuple):
    """A cluster: its groups, MLRun's and Nuclio's configuration of preemptible nodes, and labels of core services."""

    name: str
    groups: tuple[Group, ...]
    preemptible: Preemptible
    core_labels: Mapping[str, str] = {}

    def expected(self, name: str) -> str | None:
        """The lifecycle of the group of that name."""
        return next(group.lifecycle for group in self.groups if group.name == name)


def _eks(name: str, kind: str, **more: Any) -> Group:
    return Group(name, {"eks.amazonaws.com/nodegroup": name, "eks.amazonaws.com/capacityType": kind}, **more)


def _iguazio(group: Group, value: str) -> Group:
    return group._replace(labels={**group.labels, IGUAZIO: value, "app.iguazio.com/node-group": group.name})


def _gke(name: str, kind: str, **more: Any) -> Group:
    labels = {"cloud.google.com/gke-nodepool": name, "cloud.google.com/gke-provisioning": kind}
    return Group(name, {**labels, **({"cloud.google.com/gke-spot": "true"} if kind == "spot" else {})}, **more)


def _aks(name: str, kind: str, mode: str = "user", **more: Any) -> Group:
    labels = {"kubernetes.azure.com/agentpool": name, "kubernetes.azure.com/mode": mode}
    return Group(name, {**labels, "kubernetes.azure.com/scalesetpriority": kind}, **more)


def _karpenter(name: str, kind: str, **more: Any) -> Group:
    return Group(name, {"karpenter.sh/nodepool": name, "karpenter.sh/capacity-type": kind}, **more)


_SPOT_TAINT: Taints = (("spot", "true"),)
_AKS_TAINT: Taints = (("kubernetes.azure.com/scalesetpriority", "spot"),)
_GPU_TAINT: Taints = (("nvidia.com/gpu", "present"),)
_CORE_TAINT: Taints = (("CriticalAddonsOnly", "true"),)
_LABEL = Preemptible({IGUAZIO: "preemptible"})
_TOLERATION = Toleration("spot", "Equal", "true", "NoSchedule")


def _iguazio_on_eks(spot_taints: Taints) -> tuple[Group, ...]:
    return (
        _iguazio(_eks("initial", "ON_DEMAND", core=True), "non-preemptible"),
        _iguazio(_eks("jobs", "ON_DEMAND"), "non-preemptible"),
        _iguazio(_eks("gpu", "ON_DEMAND", room=GPU), "non-preemptible"),
        _iguazio(_eks("spot", "SPOT", taints=spot_taints, lifecycle="spot"), "preemptible"),
    )


_INITIAL = {"app.iguazio.com/node-group": "initial"}
_BOTH = Preemptible({IGUAZIO: "preemptible"}, (_TOLERATION,))
_BLANKET = Toleration(operator="Exists")

SHAPES = (
    Shape("iguazio-eks", _iguazio_on_eks(()), _LABEL, _INITIAL),
    Shape(
        "iguazio-eks-tainted", _iguazio_on_eks(_SPOT_TAINT), Preemptible(_LABEL.node_selector, (_TOLERATION,)), _INITIAL
    ),
    Shape("tolerations-only", _iguazio_on_eks(_SPOT_TAINT), Preemptible({}, (_TOLERATION,)), _INITIAL),
    Shape("tolerations-only-untainted", _iguazio_on_eks(()), Preemptible({}, (_TOLERATION,)), _INITIAL),
    Shape("blanket-toleration", _iguazio_on_eks(_SPOT_TAINT), Preemptible(_LABEL.node_selector, (_BLANKET,)), _INITIAL),
    Shape("nothing-configured", _iguazio_on_eks(()), Preemptible(), _INITIAL),
    Shape(
        "gke",
        (
            _gke("core", "standard", taints=_CORE_TAINT, core=True),
            _gke("jobs", "standard"),
            _gke("gpu", "standard", taints=_GPU_TAINT, room=GPU),
            _gke("spot", "spot", lifecycle="spot"),
        ),
        Preemptible({"cloud.google.com/gke-spot": "true"}),
    ),
    Shape(
        "aks",
        (
            _aks("system", "regular", "system", core=True, taints=_CORE_TAINT),
            _aks("jobs", "regular"),
            _aks("gpu", "regular", room=GPU),
            _aks("spot", "spot", taints=_AKS_TAINT, lifecycle="spot"),
        ),
        Preemptible(
            {"kubernetes.azure.com/scalesetpriority": "spot"},
            (Toleration("kubernetes.azure.com/scalesetpriority", "Equal", "spot", "NoSchedule"),),
        ),
    ),
    Shape(
        "karpenter",
        (
            Group("core", {"role": "core"}, _CORE_TAINT, lifecycle=None, core=True),
            _karpenter("jobs", "on-demand"),
            _karpenter("gpu", "on-demand", room=GPU),
            _karpenter("spot", "spot", lifecycle="spot"),
        ),
        Preemptible({"karpenter.sh/capacity-type": "spot"}),
    ),
)


@contextmanager
def standing(kubernetes: Any, shape: Shape, prefix: str) -> Iterator[None]:
    """Two nodes of each group of a shape, for as long as the context lasts."""
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(kubernetes)
    nodes = [node for group in shape.groups for node in group.nodes(prefix, 2)]
    for node in nodes:
        api.create_node(node)
    try:
        yield
    finally:
        for node in nodes:
            api.delete_node(node["metadata"]["name"])


CLASSES = tuple(PRIORITY_ALIASES.values())
"""Iguazio's priority classes for user work, the lowest first."""


@contextmanager
def priority_classes(kubernetes: Any, names: tuple[str, ...] = CLASSES, **fields: Any) -> Iterator[None]:
    """Priority classes, each above the one before it, for as long as the context lasts."""
    from kubernetes.client import SchedulingV1Api

    api = SchedulingV1Api(kubernetes)
    for value, name in enumerate(names):
        api.create_priority_class({"metadata": {"name": name}, "value": value, **fields})
    try:
        yield
    finally:
        for name in names:
            api.delete_priority_class(name)
