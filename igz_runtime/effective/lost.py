"""What a function asked for and its effective pod no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.cluster.model import Cluster
from igz_runtime.effective.enriched import enriched_by_mode
from igz_runtime.k8s.pod import PodSettings, Term


def lost(asked: PodSettings, effective: PodSettings, cluster: Cluster) -> Iterator[str]:
    """What a preemption mode took away, in words; labels of spot nodes aside, which it is there to add and remove.

    Args:
        asked: the settings as the function states them.
        effective: the settings of the effective pod.
        cluster: what is known of the cluster.
    """
    spot = cluster.every_spot_label
    for key, value in asked.node_selector.items():
        if value and key not in effective.node_selector and (key, value) not in spot:
            yield f"node selector {key}={value}"
    if asked.affinity is None:
        return
    yield from _lost_terms(asked, effective, cluster)
    for name in asked.affinity.pod:
        if effective.affinity is None or name not in effective.affinity.pod:
            yield f"the {name}"


def _lost_terms(asked: PodSettings, effective: PodSettings, cluster: Cluster) -> Iterator[str]:
    if enriched_by_mode(asked, cluster):
        return
    spot = cluster.every_spot_label
    kept = {expression for term in _terms(effective) for expression in term.requirements}
    for term in _terms(asked):
        for expression in term.requirements:
            if expression not in kept and not any((expression.key, value) in spot for value in expression.values or ()):
                yield f"required affinity {expression}"


def _terms(settings: PodSettings) -> tuple[Term, ...]:
    return (settings.affinity.required if settings.affinity else None) or ()
