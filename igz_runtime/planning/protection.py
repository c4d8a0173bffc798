"""What a profile does so that its pods stay up: runs are left alone to their end, and replicas do not go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.pod_labels import FUNCTION_NAME, service_labels
from igz_runtime.functions.workload import HIGHLY_AVAILABLE
from igz_runtime.k8s.pod import PodSettings, QoS
from igz_runtime.k8s.spreading import APART, HOST, ZONE, keeps_apart, kept_apart

if TYPE_CHECKING:
    from igz_runtime.functions.record import Promised
    from igz_runtime.planning.promise import Promise


def promises_completion(lifecycle: Promised, qos: QoS | None, kind: str) -> bool:
    """Whether a profile promises that what it is applied to runs to its end: a run, on demand, Guaranteed.

    A service has no end, and its replicas are its protection.

    Source: "For workloads whose completion must be guaranteed, the Kubernetes Guaranteed QoS class is recommended."
    (Iguazio, Best Practices, Requests and Limits)

    Args:
        lifecycle: where the profile has the pods run.
        qos: the QoS class that it promises.
        kind: the function's kind.
    """
    return lifecycle == "on-demand" and qos == "Guaranteed" and not traits(kind).service


def protected(profile: Promise, function: Function, role: PodSettings, cluster: Cluster) -> PodSettings:
    """One role's settings with what keeps its pods up, as far as its kind has a way to say it.

    Args:
        profile: the profile.
        function: the function that the role belongs to.
        role: the role's settings, as the profile sizes them.
        cluster: what is known of the cluster.
    """
    kind = traits(function.kind)
    if kind.annotated and promises_completion(profile.lifecycle, profile.qos, kind.name):
        return role.but(annotations={**role.annotations, **dict(PROTECTION.values())})
    if kind.service and _has_several(profile.replicas):
        return _spread(role, service_labels(function, role.role), cluster)
    return role


def _has_several(replicas: int | None) -> bool:
    """Whether replicas are promised that can stand in for each other."""
    return replicas is not None and replicas >= HIGHLY_AVAILABLE


def apart(role: PodSettings) -> bool:
    """Whether a role says anything of pods that it keeps away from."""
    return bool(role.affinity and role.affinity.pod.get(APART))


def names_of_pods(profile: Promise, function: Function) -> Any:
    """What `protected` goes by of a function beside its roles: the labels of its pods, where replicas are promised."""
    if not _has_several(profile.replicas) or not traits(function.kind).service:
        return None
    return tuple(frozenset(service_labels(function, role.role).items()) for role in function.roles)


def _spread(role: PodSettings, labels: Mapping[str, str], cluster: Cluster) -> PodSettings:
    """A role whose pods prefer different nodes, and different zones where the cluster has several."""
    if FUNCTION_NAME not in labels:
        return role
    wanted = (HOST, ZONE) if len(cluster.zones) > 1 else (HOST,)
    missing = [topology for topology in wanted if not keeps_apart(role.affinity, labels, topology)]
    own = {FUNCTION_NAME: labels[FUNCTION_NAME]}
    return role.but(affinity=kept_apart(role.affinity, own, missing)) if missing else role
