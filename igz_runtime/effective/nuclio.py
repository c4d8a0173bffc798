"""What Nuclio makes of a placement and of the containers. Held to the recorded Deployments of a real Nuclio 1.14.1.

- The annotation `nuclio.io/preemptible-mode` wins over the mode; a mode that does not exist switches everything off.
- `allow`, and `prevent` where tolerations are configured, take from a required term the expression that names the spot
  label, and every expression after it; `allow` takes all of a term whose expression excludes that label.
- `prevent` removes a configured toleration whatever its seconds, and as often as a deployment is enriched: twice.
- `prevent` adds the anti-affinity only where labels are configured without tolerations.
- `constrain`, and `prevent` with labels only, replace the whole required node affinity.
- Every container without its own requests gets 25 millicores and 1 MiB.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective.affinity import Tolerations, merge, no_spot_terms, require, requirements, spot_terms
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Requirement, Resources, Term
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
        affinity=_prune(_prune(settings.affinity, labels, "NotIn"), labels, "In"),
    )


def mode_in_force(settings: PodSettings, preemptible: Preemptible) -> str:
    """The mode that Nuclio goes by: the annotation wins, also over a mode that it leaves empty."""
    stated = settings.preemption_mode if settings.mode_annotation is None else settings.mode_annotation
    return stated or preemptible.default_mode


def _prevent(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    labels = preemptible.node_selector
    if preemptible.tolerations:
        affinity = _prune(settings.affinity, labels, "In")
    else:
        affinity = require(settings.affinity, no_spot_terms(labels))
    return settings.but(
        node_selector=_without(settings.node_selector, labels),
        tolerations=_untolerated(settings.tolerations, (*preemptible.tolerations, *preemptible.gpu_tolerations)),
        affinity=affinity,
    )


def _untolerated(tolerations: Tolerations | None, removed: Tolerations) -> Tolerations | None:
    kept = list(tolerations or ())
    for one in removed * 2:
        first = next((each for each in kept if each._replace(seconds=one.seconds) == one), None)
        if first:
            kept.remove(first)
    return tuple(kept) or None


def _prune(affinity: Affinity | None, labels: Mapping[str, str], operator: str) -> Affinity | None:
    """The affinity without the required expressions on spot labels that have this operator."""
    if affinity is None or affinity.required is None or not labels:
        return affinity
    pruned = requirements(labels, operator)
    terms = (term._replace(expressions=_before(term, pruned, operator)) for term in affinity.required)
    kept = tuple(term for term in terms if term.requirements)
    if not kept and affinity.preferred is None:
        return Affinity(pod=affinity.pod) if affinity.pod else None
    return affinity._replace(required=kept or None)


def _before(term: Term, pruned: tuple[Requirement, ...], operator: str) -> tuple[Requirement, ...]:
    expressions = term.expressions or ()
    if operator == "NotIn" and not set(pruned).isdisjoint(expressions):
        return ()
    return tuple(takewhile(lambda each: each not in pruned, expressions))


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
