"""What pods take of node groups: those that run there, and those that are to run wherever they can land."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from igz_runtime.cluster.facts import Amounts
from igz_runtime.cluster.landing import can_land, shape_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.scheduling import demand_of
from igz_runtime.k8s.pod import PodSettings

COMPUTE: Final = ("cpu", "memory")
"""What every pod takes some of."""

_POD: Final = PodSettings()


class Reserve(NamedTuple):
    """Pods that reserve something, all alike.

    Attributes:
        name: the function that they are of.
        pod: what each of them asks for.
        pods: how many there are, or will be.
        groups: the node groups where they are, or are to be; empty: wherever they can land.
        runs: whether they run there now.
        lasting: whether they stay, as those of a service do.
    """

    name: str
    pod: PodSettings = _POD
    pods: int = 1
    groups: tuple[str, ...] = ()
    runs: bool = False
    lasting: bool = False


class Taken:
    """What pods take together, by resource.

    Attributes:
        running: what those request that run.
        requested: what all of them request.
        guaranteed: what they use up when each is Guaranteed: its limits, as requests.
        lasting: what of that those use up that stay.
        pods: how many they are.
        unlimited: the functions that could have a limit on CPU and memory, and have none: they count by their requests.
    """

    def __init__(self) -> None:
        self.running: dict[str, int] = {}
        self.requested: dict[str, int] = {}
        self.guaranteed: dict[str, int] = {}
        self.lasting: dict[str, int] = {}
        self.pods = 0
        self.unlimited: dict[str, None] = {}

    def add(self, other: Taken) -> None:
        """Take what others take as well."""
        for own, more in zip(self._amounts, other._amounts, strict=True):
            _add(own, more)
        self.pods += other.pods
        self.unlimited |= other.unlimited

    def add_pods(self, reserve: Reserve, demand: _Demand) -> None:
        """Take what these pods take, each of which asks for so much."""
        counts = reserve.runs, True, True, reserve.lasting
        asked = demand.requested, demand.requested, demand.guaranteed, demand.guaranteed
        for own, more, counted in zip(self._amounts, asked, counts, strict=True):
            if counted:
                _add(own, more, reserve.pods)
        self.pods += reserve.pods
        if demand.unlimited:
            self.unlimited[reserve.name] = None

    @property
    def _amounts(self) -> tuple[dict[str, int], ...]:
        return self.running, self.requested, self.guaranteed, self.lasting


def taken_by_groups(cluster: Cluster, work: Iterable[Reserve]) -> dict[tuple[str, ...], Taken]:
    """By the groups where they may land, in their order, what pods take; of those that land nowhere, nothing."""
    shapes = {group.name: shape_of(group) for group in cluster.node_groups}
    found: dict[tuple[str, ...], Taken] = {}
    demands = _Demands()
    for each in work:
        known = [name for name in shapes if name in each.groups]
        groups = tuple(known or (name for name, shape in shapes.items() if can_land(each.pod, shape)))
        if groups:
            found.setdefault(groups, Taken()).add_pods(each, demands.of(each.pod))
    return found


class _Demand(NamedTuple):
    """What one pod takes: as it is, and Guaranteed; and whether a limit is missing that its function could have."""

    requested: Amounts
    guaranteed: Amounts
    unlimited: bool


class _Demands:
    """What pods take, remembered: many thousands of them ask for the same few amounts."""

    def __init__(self) -> None:
        self._last = _POD, _demand(_POD)
        self._known: dict[tuple[object, ...], _Demand] = {}

    def of(self, pod: PodSettings) -> _Demand:
        """What a pod takes."""
        if pod is not self._last[0]:
            spelling = _spelling(pod)
            if spelling not in self._known:
                self._known[spelling] = _demand(pod)
            self._last = pod, self._known[spelling]
        return self._last[1]


def _demand(pod: PodSettings) -> _Demand:
    limited = (each._replace(requests={**each.requests, **each.limits}) for each in pod.containers)
    unlimited = any(each.reachable and name not in each.limits for each in pod.containers for name in COMPUTE)
    return _Demand(demand_of(pod), demand_of(pod.but(containers=tuple(limited))), unlimited)


def _spelling(pod: PodSettings) -> tuple[object, ...]:
    """What decides what a pod takes."""
    return tuple(
        (
            *(each.sort, each.reachable, len(each.limits)),
            *((name, amount.text) for of in (each.requests, each.limits) for name, amount in of.items()),
        )
        for each in pod.containers
    )


def _add(to: dict[str, int], more: Amounts, times: int = 1) -> None:
    for name, amount in more.items():
        to[name] = to.get(name, 0) + times * amount
