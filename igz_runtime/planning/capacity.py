"""What functions take of node groups when all of them run as Guaranteed pods, each under the profile meant for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igz_runtime.cluster.capacity import GroupCapacity, knows_sizes, taken_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.reserves import Reserve
from igz_runtime.effective import effective_pod
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.make_plan import is_of, pods_under
from igz_runtime.planning.promise import Promise

Assigned = tuple[Function, Promise | None]
"""A function, and the profile that it is to have; None: it stays as it is."""


def capacity_for(functions: Iterable[Assigned], grounds: Grounds) -> tuple[GroupCapacity, ...]:
    """By node group, what these functions take of it; nothing of a cluster whose groups have no known size.

    Args:
        functions: the functions.
        grounds: what they are judged by.
    """
    if not knows_sizes(grounds.cluster):
        return ()
    reserves: list[Reserve] = []
    unknown: list[str] = []
    for function, profile in functions:
        try:
            reserves += reserves_of(function, grounds.of(function).cluster, profile)
        except IgzRuntimeError as error:
            unknown.append(f"what {function.name!r} takes: {str(error).partition(chr(10))[0]}")
    return taken_of(grounds.cluster, reserves, unknown)


def reserves_of(function: Function, cluster: Cluster, profile: Promise | None = None) -> Iterator[Reserve]:
    """The pods of a function at its replicas: of those that an autoscaler moves, the least.

    Args:
        function: the function.
        cluster: the cluster, as the function's project meets it.
        profile: the profile that it is to have; None: it stays as it is.

    Raises:
        IgzRuntimeError: the profile cannot be planned on it.
    """
    applied = Applied.on(function)
    if profile is None or (applied and is_of(profile, applied)):
        pods: Iterable[PodSettings] = (effective_pod(function, role, cluster).settings for role in function.roles)
        return reserves_on(function, pods, applied.parameters.get("node_group") if applied else None, cluster)
    return reserves_on(function, pods_under(profile, function, cluster), profile.node_group, cluster)


def reserves_on(
    function: Function, pods: Iterable[PodSettings], node_group: object, cluster: Cluster
) -> Iterator[Reserve]:
    """The pods of a function, which count for the group that its profile names, else for those where they can land.

    Args:
        function: the function.
        pods: the effective pod of each of its roles.
        node_group: the group that its profile names; anything but the name of a known one says nothing.
        cluster: the cluster.
    """
    group = cluster.group(node_group) if isinstance(node_group, str) else None
    groups, lasting = (group.name,) if group else (), traits(function.kind).service
    return (Reserve(function.name, pod, pod.least_pods, groups, lasting=lasting) for pod in pods)
