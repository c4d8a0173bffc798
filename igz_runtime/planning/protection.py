"""What a profile does so that its pods are left alone until they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.functions.kinds import traits
from igz_runtime.k8s.pod import PodSettings, QoS

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


def protected(profile: Promise, kind: str, role: PodSettings) -> PodSettings:
    """One role's settings with the annotations by which autoscalers leave its pods alone, where they reach the pods."""
    if not traits(kind).annotated or not promises_completion(profile.lifecycle, profile.qos, kind):
        return role
    return role.but(annotations={**role.annotations, **dict(PROTECTION.values())})
