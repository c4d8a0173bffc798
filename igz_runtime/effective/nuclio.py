"""What Nuclio makes of a placement and of the containers. Held to the recorded Deployments of a real Nuclio 1.14.1.

- The annotation `nuclio.io/preemptible-mode` wins over the mode; a mode that does not exist switches everything off.
- `allow`, and `prevent` where tolerations are configured, drop a whole required term that names the spot label.
- `prevent` adds the anti-affinity only where labels are configured without tolerations.
- `constrain`, and `prevent` with labels only, replace the whole required node affinity.
- Every container without its own requests gets 25 millicores and 1 MiB.
"""

from __future__ import annotations

from collections.abc import Mapping

from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective.affinity import Tolerations, merge, no_spot_terms, require, requirements, spot_terms
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Resources
from igz_runtime.k8s.quantity import quantity

DEFAULT_REQUESTS: Resources = {"cpu": quantity("25m"), "memory": quantity("1Mi")}


def enrich(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    """The settings as Nuclio writes them into the Deployment's pod template."""
    mode = mode_in_force(settings, preemptible)
    containers = tuple(_with_default_requests(container) for container in settings.containers)
    settings = settings.but(containers=containers)
    if not (preemptible.is_configured or preemptible.gpu_tolerations) or mode not in MODES or mode == "none":
        return settings
    added: Tolerations = preemptible.tolerations
    if _has_gpu(containers):
        added += preemptible.gpu_tolerations
    labels = preemptible.node_selector
    if mode == "prevent":
        return _prevent(settings, preemptible)
    if mode == "constrain":
        return settings.but(
            tolerations=merge(settings.tolerations, added),
            affinity=require(settings.affinity, spot_terms(labels)),
        )
    return settings.but(
        node_selector=_without(settings.node_selector, labels),
        tolerations=merge(settings.tolerations, added) or None,
        affinity=_drop_terms(settings.affinity, labels, ("In", "NotIn")),
    )


def mode_in_force(settings: PodSettings, preemptible: Preemptible) -> str:
    """The mode that Nuclio goes by: the annotation wins."""
    return settings.mode_annotation or settings.preemption_mode or preemptible.default_mode


def _prevent(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    labels = preemptible.node_selector
    removed = (*preemptible.tolerations, *preemptible.gpu_tolerations)
    if preemptible.tolerations:
        affinity = _drop_terms(settings.affinity, labels, ("In",))
    else:
        affinity = require(settings.affinity, no_spot_terms(labels))
    return settings.but(
        node_selector=_without(settings.node_selector, labels),
        tolerations=tuple(t for t in settings.tolerations or () if t not in removed) or None,
        affinity=affinity,
    )


def _drop_terms(affinity: Affinity | None, labels: Mapping[str, str], operators: tuple[str, ...]) -> Affinity | None:
    """The affinity without the required terms that hold one of the spot expressions."""
    if affinity is None or not affinity.required:
        return affinity
    named = {requirement for operator in operators for requirement in requirements(labels, operator)}
    kept = tuple(term for term in affinity.required if not named.intersection(term.expressions or ()))
    if not kept and not affinity.preferred:
        return Affinity(pod=affinity.pod) if affinity.pod else None
    return affinity._replace(required=kept or None)


def _without(selector: Mapping[str, str], labels: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in selector.items() if labels.get(key) != value}


def _has_gpu(containers: tuple[Container, ...]) -> bool:
    """Nuclio looks at the function's own container, and at `nvidia.com/gpu` only."""
    gpus = next((c.limits.get("nvidia.com/gpu") for c in containers if c.sort in ("main", "proxy")), None)
    return gpus is not None and not gpus.is_zero


def _with_default_requests(container: Container) -> Container:
    missing = {
        resource: amount
        for resource, amount in DEFAULT_REQUESTS.items()
        if resource not in container.requests or container.requests[resource].is_zero
    }
    return container._replace(requests={**container.requests, **missing}) if missing else container
