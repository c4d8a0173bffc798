"""What a cluster's API server said of it, as values: nodes, limit ranges, quotas, and what an autoscaler can add."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from igz_runtime.k8s.pod import Requirement, Resources, Taint, is_accelerator
from igz_runtime.k8s.quantity import kubernetes_text

if TYPE_CHECKING:
    from igz_runtime.cluster.running import Running

Amounts = Mapping[str, int]
"""Whole amounts as the scheduler counts them: `cpu` in thousandths of a core, `memory` and `ephemeral-storage` in
bytes, everything else in units."""

_EXACT = Context(prec=2100)
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def amounts(resources: Resources) -> dict[str, int]:
    """Quantities as the scheduler counts them."""
    return {name: whole(name, amount.number) for name, amount in resources.items() if amount.number is not None}


def whole(resource: str, number: Decimal) -> int:
    """One amount as the scheduler counts it, rounded up."""
    return int((number.scaleb(3, _EXACT) if resource == "cpu" else number).to_integral_value(ROUND_CEILING, _EXACT))


def spelled(resource: str, amount: int) -> str:
    """A whole amount as Kubernetes spells it."""
    return kubernetes_text(Decimal(amount) / 1000 if resource == "cpu" else Decimal(amount))


class Node(NamedTuple):
    """One node, as far as the scheduler's filters look at it.

    Attributes:
        name: the node's name.
        labels: all of its labels.
        taints: all of its taints.
        allocatable: what it offers to pods; `pods` is how many.
        used: what the pods that it runs request.
        pods: how many pods it runs.
        unschedulable: whether it is cordoned.
        group: the name of its node group.
        unready: whether its kubelet says that it is not ready, or says nothing any more.
    """

    name: str
    labels: Mapping[str, str] = _NOTHING
    taints: tuple[Taint, ...] = ()
    allocatable: Amounts = _NOTHING
    used: Amounts = _NOTHING
    pods: int = 0
    unschedulable: bool = False
    group: str = ""
    unready: bool = False

    def running(self, demand: Amounts) -> Node:
        """The node with one more pod."""
        used = {name: self.used.get(name, 0) + demand.get(name, 0) for name in {**self.used, **demand}}
        return self._replace(used=used, pods=self.pods + 1)

    @property
    def drained(self) -> Node:
        """The node with nothing running on it."""
        return self._replace(used=_NOTHING, pods=0)


class LimitRangeItem(NamedTuple):
    """One item of a limit range.

    Attributes:
        name: the limit range's name.
        type: `Container` or `Pod`.
        default: limits of a container that states none.
        default_request: requests of a container that states none.
        least: the smallest request and limit.
        most: the largest.
        ratio: the largest limit, as a multiple of its request.
    """

    name: str
    type: str = "Container"
    default: Resources = _NOTHING
    default_request: Resources = _NOTHING
    least: Resources = _NOTHING
    most: Resources = _NOTHING
    ratio: Resources = _NOTHING


class Quota(NamedTuple):
    """A resource quota: what the namespace may use, and what it uses.

    Attributes:
        name: its name.
        hard: the bounds, by the quota's own names (`requests.cpu`, `limits.memory`, `pods`).
        used: what is used of them.
        scopes: which pods it counts: expressions on a scope such as `PriorityClass`, all of which must hold.
    """

    name: str
    hard: Resources = _NOTHING
    used: Resources = _NOTHING
    scopes: tuple[Requirement, ...] = ()


class Pool(NamedTuple):
    """Nodes that an autoscaler can add: a Karpenter NodePool, or a node group of the Cluster Autoscaler.

    Attributes:
        autoscaler: `karpenter` or `cluster-autoscaler`.
        name: its name there.
        labels: labels of a new node.
        taints: taints of a new node.
        requirements: what Karpenter chooses further labels by.
        allocatable: what one new node offers; empty: not known, as with Karpenter, which chooses the instance type.
        room: how much more it may add (`nodes`, or resources as the pool is limited); empty: no bound.
        fault: why it adds none now; empty where it does.
        only_empty: whether it removes a node only when nothing runs there.
        group: the name of the node group that it scales; empty: none of those that are known. Several pools may scale
            one group: GKE has one for each zone.
        least: how many nodes it keeps at least; None: not known.
        most: how many nodes it may have at most; None: not known, or not bounded by their number.
        now: how many nodes it wants now; None: not known.
    """

    autoscaler: Literal["karpenter", "cluster-autoscaler"]
    name: str
    labels: Mapping[str, str] = _NOTHING
    taints: tuple[Taint, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    allocatable: Amounts = _NOTHING
    room: Amounts = _NOTHING
    fault: str = ""
    only_empty: bool = False
    group: str = ""
    least: int | None = None
    most: int | None = None
    now: int | None = None


SCALED: Final = "which node group a pool of an autoscaler scales"
SCALERS: Final = frozenset({"Karpenter's node pools", "the Cluster Autoscaler's status", SCALED})
"""What must be known before it can be said that nothing scales a node group."""

ADDERS: Final = SCALERS | {"nodes"}
"""What must be known before it can be said that a pod waits forever."""


DECLARED: Final = frozenset({"Nuclio's functions", "Iguazio's application services", "Kubeflow's notebooks"})
"""What must be known before it can be said what functions and services declare."""

WORK: Final = DECLARED | {"nodes", "pods", "Deployments", "kinds of pods"}
"""What must be known before it can be said that a function or a service is no longer there."""


NUCLIO: Final = "Nuclio's platform configuration"
"""What must be known before it can be said what a preemption mode makes of a Nuclio function."""


DEVICES: Final = frozenset({"device classes", "resource slices"})
"""What must be known before it can be said that no node has a device."""


@dataclass(frozen=True)
class Live:
    """What an API server said, and what it did not.

    Attributes:
        read: when, in UTC (`2026-11-24T07:15:00Z`).
        namespace: the namespace whose limit ranges and quotas these are, and where functions would run.
        nodes: every node.
        pools: what the autoscalers can add; empty: none was found.
        limit_ranges: the namespace's limit ranges, item by item.
        quotas: the namespace's resource quotas.
        priorities: every priority class with its value, the system's too.
        global_default: the priority class of a pod that names none.
        unknown: what could not be read, and why: by `nodes`, `pods`, `priority classes`, `limit ranges`, `quotas`,
            `Karpenter's node pools`, `the Cluster Autoscaler's status`, `Nuclio's platform configuration`, `device
            classes`, `resource slices`; where what runs was asked for, also by `Deployments`, `Nuclio's functions`,
            `Iguazio's application services`, `Kubeflow's notebooks`, `the cluster's identity`, `kinds of pods`.
        devices: by resource such as `nvidia.com/gpu`, why the amounts that nodes offer of it are not known: it is
            allocated dynamically (DRA), and cannot be counted.
        running: what runs there; None where nobody asked for it.
        preempting: the priority classes whose pods may evict others.
        uid: the UID of the namespace kube-system, which no other cluster has; empty: not known.
        version: the server's version (`v1.37.2`); empty: not known.
    """

    read: str
    namespace: str
    nodes: tuple[Node, ...] = ()
    pools: tuple[Pool, ...] = ()
    limit_ranges: tuple[LimitRangeItem, ...] = ()
    quotas: tuple[Quota, ...] = ()
    priorities: Mapping[str, int] = field(default_factory=dict)
    global_default: str | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, str] = field(default_factory=dict)
    running: Running | None = None
    preempting: tuple[str, ...] = ()
    uid: str = ""
    version: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What could not be read of the nodes and of what could add one, each with its reason."""
        return self.unread(ADDERS)

    def unread(self, facts: Collection[str]) -> tuple[str, ...]:
        """Which of these facts could not be read, each with its reason."""
        return tuple(f"{what}: {why}" for what, why in self.unknown.items() if what in facts)

    def unsure(self, demand: Amounts) -> tuple[str, ...]:
        """Why the amounts of what is asked for are not known on the nodes."""
        asked = [name for name, amount in demand.items() if amount and is_accelerator(name)]
        why = tuple(f"{name}: {self.devices[name]}" for name in asked if name in self.devices)
        return (*why, *(self.unread(DEVICES) if asked else ()))
