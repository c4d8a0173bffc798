"""Random placements, drawn close to the configured spot labels and tolerations so that they meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from igz_runtime.cluster import Preemptible
from igz_runtime.pod import Affinity, PodSettings, Requirement, Term, Toleration

KEYS = st.sampled_from(["app.iguazio.com/lifecycle", "zone", "spot", "cloud.google.com/gke-spot"])
VALUES = st.sampled_from(["preemptible", "non-preemptible", "true", "a"])
OPERATORS = st.sampled_from(["In", "NotIn", "Exists", "DoesNotExist", "Gt"])
MODES = st.sampled_from(["allow", "constrain", "prevent", "none", "bogus", "", None])

labels = st.dictionaries(KEYS, VALUES, max_size=3)

tolerations = st.builds(
    Toleration,
    key=st.none() | KEYS,
    operator=st.sampled_from([None, "Equal", "Exists"]),
    value=st.none() | VALUES,
    effect=st.sampled_from([None, "NoSchedule", "NoExecute"]),
    seconds=st.sampled_from([None, 30]),
)


def optional_tuple(elements: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...] | None]:
    """None, or a tuple of up to so many elements."""
    return st.none() | st.lists(elements, max_size=most).map(tuple)


requirements = st.builds(Requirement, key=KEYS, operator=OPERATORS, values=st.none() | st.tuples(VALUES))
terms = st.builds(Term, expressions=optional_tuple(requirements, 2), fields=optional_tuple(requirements, 1))
_pod_affinity = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}
_preferred = {"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}}

affinities = st.builds(
    Affinity,
    required=optional_tuple(terms),
    preferred=st.sampled_from([None, (), (_preferred,)]),
    empty_node=st.booleans(),
    pod=st.sampled_from([{}, {"podAffinity": _pod_affinity}, {"podAntiAffinity": _pod_affinity}]),
)

preemptibles = st.builds(
    Preemptible,
    node_selector=labels,
    tolerations=st.lists(tolerations, max_size=2).map(tuple),
    default_mode=st.sampled_from(["prevent", "allow", "constrain", "none"]),
)

placements = st.builds(
    PodSettings,
    node_selector=labels,
    tolerations=optional_tuple(tolerations),
    affinity=st.none() | affinities,
    preemption_mode=MODES,
)
