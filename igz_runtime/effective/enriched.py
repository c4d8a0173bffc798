"""What a preemption mode itself wrote on a function, as far as it can be told from what a person wrote.

An older MLRun enriches the function, and not only its pod. What its server saves, and what is exported from there,
carries the required affinity of the mode: it is the mode's, and goes with it.
"""

from __future__ import annotations

import re
from typing import Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.k8s.matching import Label
from igz_runtime.k8s.pod import PodSettings, Term


def enriched_by_mode(settings: PodSettings, cluster: Cluster) -> bool:
    """Whether the required node affinity is what its preemption mode writes.

    `prevent` writes one term with `NotIn` for each configured label of spot nodes; `constrain` writes a term with `In`
    for each. What a server has configured is not always known: one label must be known for one of spot nodes, and the
    others must speak of spot nodes by their key or value, as `node-lifecycle=spot` does.

    Args:
        settings: a role's settings, as the function states them.
        cluster: what is known of the cluster.

    Source: mlrun.k8s_utils, `generate_preemptible_node_selector_requirements` and what calls it.
    """
    terms = (settings.affinity.required if settings.affinity else None) or ()
    if settings.preemption_mode == "prevent":
        labels = _labels("NotIn", terms) if len(terms) == 1 else ()
    elif settings.preemption_mode == "constrain":
        labels = _labels("In", terms) if all(len(term.expressions or ()) == 1 for term in terms) else ()
    else:
        return False
    marks = cluster.every_spot_value
    known = [value in marks.get(key, ()) for key, value in labels]
    return any(known) and all(
        is_known or _SPOT.search(f"{label}") for is_known, label in zip(known, labels, strict=True)
    )


_SPOT: Final = re.compile("spot|preempt", re.IGNORECASE)


def without_enrichment(settings: PodSettings) -> PodSettings:
    """The settings without a required node affinity that is the mode's own."""
    affinity = settings.affinity and settings.affinity._replace(required=None)
    return settings.but(affinity=affinity if affinity and (affinity.node or affinity.pod) else None)


def _labels(operator: str, terms: tuple[Term, ...]) -> tuple[Label, ...]:
    """The labels that terms name, where each has this operator with one value, and nothing else is asked for."""
    expressions = [each for term in terms for each in term.expressions or ()]
    alike = all(each.operator == operator and len(each.values or ()) == 1 for each in expressions)
    if not alike or any(term.fields for term in terms):
        return ()
    return tuple((each.key, each.values[0]) for each in expressions if each.values)
