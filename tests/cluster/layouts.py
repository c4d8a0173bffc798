"""Clusters as an audit meets them: Iguazio on EKS, GKE, AKS and Karpenter, as data that a test changes.

Sources of names, labels and taints: those of tests/cluster/shapes.py; the Cluster Autoscaler's status as EKS, GKE and
AKS write it; Karpenter's NodePool 1.13.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from igz_runtime.cluster import Preemptible
from igz_runtime.k8s.pod import Toleration
from tests.autoscaler_statuses import Scaled, before_1_30, since_1_30
from tests.cluster.autoscaler import node_pool
from tests.cluster.shapes import CLASSES, GPU, IGUAZIO, ROOM, Taints

Plain = dict[str, Any]
CORE_CLASS = "igz-system-high"
NVIDIA: Taints = (("nvidia.com/gpu", "present"),)
OURS = "test/audited"
"""The label of the nodes of every layout."""

ZONES = ("us-central1-b", "us-central1-c")


class Cloud(NamedTuple):
    """What a cloud calls node groups and their nodes.

    Attributes:
        name: its own name.
        label: the label that names a node's group.
        lifecycles: the labels of on-demand nodes, and of spot nodes.
        spot_taints: taints of spot nodes.
        preemptible: what MLRun and Nuclio are told of spot nodes.
        names: its names of groups, where they are not those that tests use.
    """

    name: str
    label: str
    lifecycles: tuple[Mapping[str, str], Mapping[str, str]]
    spot_taints: Taints
    preemptible: Preemptible
    names: Mapping[str, str] = {}

    def called(self, role: str) -> str:
        """The name of the group of a role."""
        return self.names.get(role, role)

    def scaled(self, role: str) -> tuple[str, ...]:
        """What the Cluster Autoscaler calls it: one name, on GKE one in each zone."""
        name, mark = self.called(role), f"{sum(map(ord, role)):07x}"
        if self.name == "gke":
            # Cluster and pool are cut, and a hash of its own tells each zone apart.
            where, cut = "https://www.googleapis.com/compute/v1/projects/data/zones", f"gke-igz-prod-{name[:14]}"
            return tuple(f"{where}/{zone}/instanceGroups/{cut}-{zone[-1]}{mark}-grp" for zone in ZONES)
        return (
            f"aks-{name}-12345678-vmss" if self.name == "aks" else f"eks-{name}-a{mark}-d1a7-4f0e-9c55-7a5f0a3b2c1d",
        )

    def node(self, role: str, number: int) -> str:
        """The name of a node."""
        if self.name == "gke":
            group = self.scaled(role)[number % 2].rpartition("/")[2]
            return f"{group.removesuffix('grp')}x{number:03}"
        if self.name == "aks":
            return f"{self.scaled(role)[0]}{number:06}"
        return f"ip-10-0-{sum(map(ord, role)) % 256}-{number}.ec2.internal"


def _tolerated(taints: Taints) -> tuple[Toleration, ...]:
    return tuple(Toleration(key, "Equal", value, "NoSchedule") for key, value in taints)


def _cloud(name: str, label: str, on_demand: Plain, spot: Plain, taints: Taints, **more: Any) -> Cloud:
    own = {key: value for key, value in spot.items() if key not in on_demand or key == IGUAZIO}
    preemptible = Preemptible(own or spot, _tolerated(taints))
    return Cloud(name, label, (on_demand, spot), taints, preemptible, **more)


CLOUDS = (
    _cloud(
        *("eks", "eks.amazonaws.com/nodegroup"),
        {"eks.amazonaws.com/capacityType": "ON_DEMAND", IGUAZIO: "non-preemptible"},
        {"eks.amazonaws.com/capacityType": "SPOT", IGUAZIO: "preemptible"},
        (("spot", "true"),),
        names={"core": "initial"},
    ),
    _cloud(
        *("gke", "cloud.google.com/gke-nodepool"),
        {"cloud.google.com/gke-provisioning": "standard"},
        {"cloud.google.com/gke-provisioning": "spot", "cloud.google.com/gke-spot": "true"},
        (("cloud.google.com/gke-spot", "true"),),
        names={"core": "initial-node-pool", "jobs": "user-workloads-general", "jupyter": "user-workloads-jupyter"},
    ),
    _cloud(
        *("aks", "kubernetes.azure.com/agentpool"),
        {"kubernetes.azure.com/scalesetpriority": "regular"},
        {"kubernetes.azure.com/scalesetpriority": "spot"},
        (("kubernetes.azure.com/scalesetpriority", "spot"),),
        names={"core": "system"},
    ),
    _cloud(
        *("karpenter", "karpenter.sh/nodepool"),
        {"karpenter.sh/capacity-type": "on-demand"},
        {"karpenter.sh/capacity-type": "spot"},
        (("spot", "true"),),
    ),
)


class Nodes(NamedTuple):
    """A node group, and how many nodes it has and may have.

    Attributes:
        there: how many nodes there are.
        least: how many its autoscaler keeps.
        most: how many it may have.
        spot: whether they are spot nodes.
        taints: their taints.
        room: what each offers.
        labels: labels beside those of the cloud.
        unready: how many of them are not ready.
        scaled: whether an autoscaler knows it.
    """

    there: int = 2
    least: int = 1
    most: int = 6
    spot: bool = False
    taints: Taints = ()
    room: Mapping[str, str] = ROOM
    labels: Mapping[str, str] = {}
    unready: int = 0
    scaled: bool = True


class Layout(NamedTuple):
    """A cluster.

    Attributes:
        cloud: where it stands.
        environment: which it is.
        groups: its node groups by role: `core`, `jobs`, `jupyter`, `gpu`, `spot`.
        pods: what runs and waits there.
        classes: its priority classes by name.
        declared: objects of Nuclio, Iguazio and Kubeflow.
        deployments: Deployments of which no pod is there.
        told: what MLRun and Nuclio are told of spot nodes.
        status: whether the Cluster Autoscaler publishes one.
        later: how many minutes pass before it is read.
    """

    cloud: Cloud
    environment: str
    groups: Mapping[str, Nodes]
    pods: tuple[Plain, ...] = ()
    classes: Mapping[str, Plain] = {}
    declared: tuple[Plain, ...] = ()
    deployments: tuple[Plain, ...] = ()
    told: Preemptible = Preemptible()
    status: bool = True
    later: int = 0

    def called(self, role: str) -> str:
        """The name of the group of a role."""
        return self.cloud.called(role)

    def selector(self, role: str) -> dict[str, str]:
        """What selects the nodes of a group."""
        return {self.cloud.label: self.called(role)}

    def bounds(self, role: str) -> tuple[int, int]:
        """How many nodes a group has at least and at most; Karpenter removes what is empty."""
        group = self.groups[role]
        if not group.scaled:
            return group.there, group.there
        static = self.cloud.name != "karpenter" or group.least == group.most
        return group.least if static else 0, group.most

    def tolerations(self, role: str) -> list[Plain]:
        """What tolerates every taint of a group."""
        taints = self.groups[role].taints if role in self.groups else ()
        return [{"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"} for key, value in taints]

    def changed(self, role: str, **fields: Any) -> Layout:
        """The same with a group changed, or added."""
        return self._replace(groups={**self.groups, role: self.groups.get(role, Nodes())._replace(**fields)})

    def without(self, *roles: str) -> Layout:
        """The same without these groups."""
        return self._replace(groups={role: group for role, group in self.groups.items() if role not in roles})

    def running(self, *pods: Plain) -> Layout:
        """The same with more pods."""
        return self._replace(pods=(*self.pods, *pods))

    def lacking(self, pod: Plain) -> Layout:
        """The same with a Deployment of such a pod, which nobody makes."""
        labels = pod["metadata"]["labels"]
        template = {**pod, "metadata": {"labels": labels}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        made = {"metadata": {"generateName": "deployment-", "labels": labels}, "spec": spec}
        return self._replace(deployments=(*self.deployments, made))

    def declaring(self, *objects: Plain) -> Layout:
        """The same with more objects, of which one takes the place of another of its kind and name."""
        new = {(each["kind"], each["metadata"]["name"]) for each in objects}
        kept = (each for each in self.declared if (each["kind"], each["metadata"]["name"]) not in new)
        return self._replace(declared=(*kept, *objects))

    def ranked(self, name: str, **fields: Any) -> Layout:
        """The same with a priority class changed."""
        return self._replace(classes={**self.classes, name: {**self.classes[name], **fields}})

    def nodes(self) -> Iterator[Plain]:
        """Its nodes as the API server takes them."""
        for role, group in self.groups.items():
            for number in range(group.there):
                yield self._node(role, group, number)

    def _node(self, role: str, group: Nodes, number: int) -> Plain:
        name = self.cloud.node(role, number)
        labels = {**self.selector(role), **self.cloud.lifecycles[group.spot], **group.labels}
        labels |= {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": ZONES[number % 2], OURS: "true"}
        ready = {"type": "Ready", "status": "Unknown" if number < group.unready else "True"}
        return {
            "metadata": {"name": name, "labels": labels},
            "spec": {"taints": [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in group.taints]},
            "status": {"allocatable": dict(group.room), "capacity": dict(group.room), "conditions": [ready]},
        }

    def autoscaled(self) -> str:
        """The Cluster Autoscaler's status: on EKS as versions before 1.30 write it, elsewhere as those since."""
        groups = [each for role in self.groups for each in self._in_status(role)]
        return before_1_30(groups) if self.cloud.name == "eks" else since_1_30(groups)

    def _in_status(self, role: str) -> Iterator[Scaled]:
        group, names = self.groups[role], self.cloud.scaled(role)
        sizes = (group.there, group.least, group.most)
        for i, name in enumerate(names if group.scaled else (), 1):
            yield Scaled(name, *((each + len(names) - i) // len(names) for each in sizes))

    def node_pools(self) -> Iterator[Plain]:
        """Karpenter's NodePools: of a fixed number of nodes where least and most are the same."""
        for role, group in self.groups.items():
            taints = [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in group.taints]
            limits = {"nodes": str(group.most)}
            pool = node_pool(self.called(role), [("on-demand", "spot")[group.spot]], taints=taints, limits=limits)
            if group.least == group.most:
                pool["spec"]["replicas"] = group.least
            yield pool


CLASSES_OF_USERS: Mapping[str, Plain] = {
    name: {"value": value, "preemptionPolicy": "Never"} for value, name in enumerate(CLASSES, 10)
}


def empty(cloud: Cloud, environment: str) -> Layout:
    """A cluster as the best practices have it, before anything runs there."""
    taints = (("CriticalAddonsOnly", "true"),) if cloud.name in ("gke", "aks") else ()
    core = Nodes(2, 2, 2, taints=taints, scaled=cloud.name != "eks")  # there it needs no autoscaler to be static
    groups = {"core": core, "jobs": Nodes(), "gpu": Nodes(2, 0, 4, taints=NVIDIA, room=GPU)}
    groups["spot"] = Nodes(2, 0, 8, spot=True, taints=cloud.spot_taints)
    if environment == "development":
        groups["jupyter"] = Nodes(1, 0, 5)
    classes = {**CLASSES_OF_USERS, CORE_CLASS: {"value": 1000}}
    return Layout(cloud, environment, groups, classes=classes, told=cloud.preemptible)
