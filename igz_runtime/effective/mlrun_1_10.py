"""What MLRun from 1.10 on makes of a placement: `mlrun.k8s_utils.enrich_preemption_mode`, its defects included.

Held equal to that function on random inputs by tests/contract/test_enrichment.py. The defects, as of 1.10.4 to 1.12.1:

- `prevent` where only tolerations are configured deletes the node selector and the affinity;
- `prevent` where labels are configured without tolerations replaces the required node affinity (zone and all) and
  loses pod affinity that stands without node affinity;
- `prevent` removes exactly equal tolerations only, so a blanket toleration stays;
- `constrain` replaces the required node affinity, with an empty one where only tolerations are configured.
"""

from __future__ import annotations

from collections.abc import Mapping

from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective.affinity import merge, no_spot_terms, require, requirements, spot_terms, without_expressions
from igz_runtime.functions.kinds import traits
from igz_runtime.k8s.pod import Affinity, PodSettings


def enrich(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    """The settings with node selector, tolerations and affinity as MLRun's enrichment returns them."""
    mode = mode_in_force(settings, preemptible)
    # A default of `none` is not a handler to MLRun, which then still discards an affinity that asks for nothing.
    if not preemptible.is_configured or settings.preemption_mode == "none":
        return settings
    if mode == "prevent":
        enriched = _prevent(settings, preemptible)
    elif mode == "constrain":
        enriched = settings.but(
            tolerations=merge(settings.tolerations, preemptible.tolerations),
            affinity=require(settings.affinity, spot_terms(preemptible.node_selector)),
        )
    elif mode == "allow":
        enriched = settings.but(tolerations=merge(settings.tolerations, preemptible.tolerations))
    else:
        enriched = settings
    if _asks_nothing(enriched.affinity):
        enriched = enriched.but(affinity=None)
    return enriched


def build(settings: PodSettings, preemptible: Preemptible, kind: str) -> PodSettings:
    """A role's settings as a server of MLRun 1.10 to 1.12 builds its pod."""
    enriched = enrich(settings, preemptible)
    if traits(kind).built_from_spec and not enriched.tolerations and settings.tolerations:
        # The server builds these pods with `tolerations or spec.tolerations`: tolerations that `prevent` pruned to
        # nothing come back. It does the same for affinity, which is not relied on as protection here.
        return enriched.but(tolerations=settings.tolerations)
    return enriched


def mode_in_force(settings: PodSettings, preemptible: Preemptible) -> str:
    """The mode that MLRun goes by, of whatever version."""
    return settings.preemption_mode or preemptible.default_mode


def _prevent(settings: PodSettings, preemptible: Preemptible) -> PodSettings:
    tolerations = tuple(t for t in settings.tolerations or () if t not in preemptible.tolerations)
    affinity = _prune(settings.affinity, preemptible.node_selector)
    selector: Mapping[str, str] = {}
    if preemptible.node_selector:
        selector = {k: v for k, v in settings.node_selector.items() if preemptible.node_selector.get(k) != v}
    if not preemptible.tolerations:
        affinity = require(affinity, no_spot_terms(preemptible.node_selector))
    return settings.but(node_selector=selector, tolerations=tolerations, affinity=affinity)


def _prune(affinity: Affinity | None, labels: Mapping[str, str]) -> Affinity | None:
    """MLRun's pruning: what it returns None for is lost, pod affinity included."""
    if affinity is None or not labels or not affinity.node:
        return None
    required = without_expressions(affinity.required or (), requirements(labels, "In")) or None
    if required is None and not affinity.preferred:
        return None
    return affinity._replace(required=required)


def _asks_nothing(affinity: Affinity | None) -> bool:
    """Whether MLRun discards the affinity at the end."""
    if affinity is None:
        return True
    if affinity.pod or affinity.preferred:
        return False
    return not any(term.expressions or term.fields for term in affinity.required or ())
