"""Random placements, drawn close to the configured spot labels and tolerations so that they meet.

Small values are drawn from a list of all of them: one draw instead of five keeps 10,000 examples under half a minute.
"""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import strategies as st

from igz_runtime.cluster import Preemptible
from igz_runtime.k8s.pod import Affinity, PodSettings, Requirement, Term, Toleration

KEYS = ("app.iguazio.com/lifecycle", "zone", "spot", "cloud.google.com/gke-spot")
VALUES = ("preemptible", "non-preemptible", "true", "a")
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt")
MODES = ("allow", "constrain", "prevent", "none", "bogus", "", None)
EFFECTS = (None, "NoSchedule", "NoExecute")
SECONDS = (None, 30)

tolerations = st.sampled_from(
    [
        Toleration(*parts)
        for parts in product((None, *KEYS), (None, "Equal", "Exists"), (None, *VALUES), EFFECTS, SECONDS)
    ]
)
requirements = st.sampled_from(
    [Requirement(*parts) for parts in product(KEYS, OPERATORS, (None, *((value,) for value in VALUES)))]
)
labels = st.lists(st.sampled_from(list(product(KEYS, VALUES))), max_size=3).map(dict)


def optional_tuple(elements: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[tuple[Any, ...] | None]:
    """None, or a tuple of up to so many elements."""
    return st.none() | st.lists(elements, max_size=most).map(tuple)


_pod_affinity = {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}]}
_preferred = {"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}}
_beside = st.sampled_from(
    list(
        product(
            (None, (), (_preferred,)),
            (False, True),
            ({}, {"podAffinity": _pod_affinity}, {"podAntiAffinity": _pod_affinity}),
        )
    )
)

terms = st.tuples(optional_tuple(requirements, 2), optional_tuple(requirements, 1)).map(lambda parts: Term(*parts))
affinities = st.tuples(optional_tuple(terms), _beside).map(lambda parts: Affinity(parts[0], *parts[1]))

preemptibles = st.tuples(
    labels, st.lists(tolerations, max_size=2), st.sampled_from(["prevent", "allow", "constrain", "none"])
).map(lambda parts: Preemptible(node_selector=parts[0], tolerations=tuple(parts[1]), default_mode=parts[2]))

placements = st.tuples(labels, optional_tuple(tolerations), st.none() | affinities, st.sampled_from(MODES)).map(
    lambda parts: PodSettings(node_selector=parts[0], tolerations=parts[1], affinity=parts[2], preemption_mode=parts[3])
)
