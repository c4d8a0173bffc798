"""The pod that the scheduler sees: settings after everything that MLRun, Nuclio and their defaults do to them."""

from __future__ import annotations

from typing import NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.effective import mlrun_1_10, nuclio
from igz_runtime.effective.versions import enrichment_of
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Container, PodSettings, Resources


class Effective(NamedTuple):
    """The effective pod.

    Attributes:
        settings: its settings.
        mode: the preemption mode in force.
        refusal: why Kubernetes would refuse it; empty where it would not.
    """

    settings: PodSettings
    mode: str
    refusal: str = ""


def effective_pod(function: Function, asked: PodSettings, cluster: Cluster) -> Effective:
    """What becomes of one role's settings on this cluster.

    Args:
        function: the function, for its kind and platform.
        asked: the settings of one of its roles.
        cluster: what is known of the cluster.
    """
    mode = mode_in_force(function, asked, cluster)
    platform = traits(function.kind).platform
    if platform == "kubernetes":
        return Effective(asked, mode, _refusal(asked))
    settings = asked = function.with_inherited(asked)
    selector = {**cluster.default_node_selector, **asked.node_selector}
    if selector != asked.node_selector or "" in selector.values():
        settings = settings.but(node_selector={key: value for key, value in selector.items() if value})
    if asked.priority_class is None and cluster.default_priority is not None:
        settings = settings.but(priority_class=cluster.default_priority)
    if platform != "nuclio":
        settings = _with_default_resources(settings, cluster)
        settings = enrichment_of(cluster).build(settings, cluster.mlrun, function.kind)
    if platform == "mlrun+nuclio":  # MLRun sends its own default, so Nuclio is never without a mode
        settings = settings.but(preemption_mode=mlrun_1_10.mode_in_force(asked, cluster.mlrun))
    if platform != "mlrun" and cluster.nuclio is not None:
        settings = nuclio.enrich(settings, cluster.nuclio)
    return Effective(settings, mode, _refusal(settings))


def mode_in_force(function: Function, asked: PodSettings, cluster: Cluster) -> str:
    """The preemption mode that decides in the end: Nuclio's annotation, the function's own, or the platform's default.

    A pipeline's step has none: its template says what its pod is.
    """
    platform = traits(function.kind).platform
    if platform == "kubernetes":
        return "none"
    if platform == "mlrun":
        return mlrun_1_10.mode_in_force(asked, cluster.mlrun)
    return nuclio.mode_in_force(asked, (cluster.nuclio if platform == "nuclio" else None) or cluster.mlrun)


def _with_default_resources(asked: PodSettings, cluster: Cluster) -> PodSettings:
    if not cluster.default_requests and not cluster.default_limits:
        return asked
    return asked.but(containers=tuple(_with_defaults(container, cluster) for container in asked.containers))


def _with_defaults(container: Container, cluster: Cluster) -> Container:
    """MLRun fills in what a function leaves out of CPU and memory, in the container that it owns."""
    if container.sort not in ("main", "proxy"):
        return container
    return container._replace(
        requests=_filled(container.requests, cluster.default_requests),
        limits=_filled(container.limits, cluster.default_limits),
    )


def _filled(amounts: Resources, defaults: Resources) -> Resources:
    return {**defaults, **amounts}


def _refusal(settings: PodSettings) -> str:
    if settings.affinity is not None and settings.affinity.required == ():
        return "the required node affinity has an empty list of terms (nodeSelectorTerms: Required value)"
    return ""
