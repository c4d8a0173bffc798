"""What MLRun before 1.10 makes of a placement. Held to the recorded pods of a real 1.8 server.

It differs from 1.10: `allow` removes a selector or required expression that names the spot label; `prevent` where
only tolerations are configured keeps selector and affinity; `constrain` there writes an empty list of terms, and
Kubernetes refuses the pod.
"""

from __future__ import annotations

from collections.abc import Mapping

from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective.affinity import merge, no_spot_terms, require, requirements, spot_terms, without_expressions
from igz_runtime.effective.mlrun_1_10 import mode_in_force
from igz_runtime.k8s.pod import Affinity, PodSettings


def enrich(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    """The settings with node selector, tolerations and affinity as an MLRun 1.8 or 1.9 server makes them."""
    mode = mode_in_force(settings, preemptible)
    if not preemptible.is_configured or settings.preemption_mode == "none":
        return settings
    labels = preemptible.node_selector
    tolerations, affinity, selector = settings.tolerations, settings.affinity, settings.node_selector
    if mode == "prevent":
        tolerations = tuple(t for t in tolerations or () if t not in preemptible.tolerations)
        affinity = _prune(affinity, labels, "In")
        selector = _without(selector, labels)
        if not preemptible.tolerations:
            affinity = require(affinity, no_spot_terms(labels))
    elif mode == "constrain":
        tolerations = merge(tolerations, preemptible.tolerations)
        affinity = require(affinity, spot_terms(labels))
    elif mode == "allow":
        affinity = _prune(_prune(affinity, labels, "NotIn"), labels, "In")
        selector = _without(selector, labels)
        tolerations = merge(tolerations, preemptible.tolerations)
    if affinity is not None and not affinity.node and not affinity.pod:
        affinity = None
    return settings.but(node_selector=selector, tolerations=tolerations or None, affinity=affinity)


def build(settings: PodSettings, preemptible: Preemptible, kind: str) -> PodSettings:  # noqa: ARG001  (of any kind)
    """A role's settings as a server of MLRun 1.8 or 1.9 builds its pod."""
    return enrich(settings, preemptible)


def _prune(affinity: Affinity | None, labels: Mapping[str, str], operator: str) -> Affinity | None:
    if affinity is None or not labels or not affinity.node:
        return affinity
    required = without_expressions(affinity.required or (), requirements(labels, operator)) or None
    if required is None and not affinity.preferred:
        return Affinity(pod=affinity.pod)
    return affinity._replace(required=required)


def _without(selector: Mapping[str, str], labels: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in selector.items() if not value or labels.get(key) != value}
