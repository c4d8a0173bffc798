"""Anti-affinity between pods: what it says, and what is added to it."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.k8s.pod import Affinity, Requirement, Term
from igz_runtime.k8s.spreading import HOST, ZONE, PodTerm, includes, keeps_apart, kept_apart, pod_terms

SCORER = {"app": "scorer", "tier": "front"}


def apart(selector: Any, topology: str = HOST, *, required: bool = False) -> Affinity:
    term = {"labelSelector": selector, "topologyKey": topology}
    if required:
        return Affinity(pod={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    ranked = [{"weight": 5, "podAffinityTerm": term}]
    return Affinity(pod={"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": ranked}})


@pytest.mark.parametrize(
    ("selector", "selects"),
    [
        ({"matchLabels": {"app": "scorer"}}, True),
        ({"matchLabels": {"app": "scorer", "tier": "back"}}, False),
        ({"matchLabels": {"team": "fraud"}}, False),
        ({}, True),
        (None, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["scorer", "other"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["scorer"]}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["risk"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, True),
        ({"matchLabels": {"app": "scorer"}, "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
    ],
)
@pytest.mark.parametrize("required", [True, False])
def test_which_pods_a_term_speaks_of(selector: Any, selects: bool, required: bool) -> None:  # noqa: FBT001
    affinity = apart(selector, required=required)

    assert keeps_apart(affinity, SCORER, HOST) == selects
    assert not keeps_apart(affinity, SCORER, ZONE)


def test_nothing_keeps_pods_apart_without_a_term() -> None:
    beside = Affinity(pod={"podAffinity": apart({}).pod["podAntiAffinity"]})
    assert not any(keeps_apart(each, SCORER, HOST) for each in (None, Affinity(), beside))


@pytest.mark.parametrize(
    "broken",
    [
        [],
        "text",
        {"preferredDuringSchedulingIgnoredDuringExecution": "text"},
        {"preferredDuringSchedulingIgnoredDuringExecution": [3, None, {}, {"podAffinityTerm": []}]},
        {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchLabels": []}, "topologyKey": 3}]},
        {"requiredDuringSchedulingIgnoredDuringExecution": [{"labelSelector": {"matchExpressions": [None]}}]},
    ],
)
def test_what_is_of_the_wrong_type_keeps_nothing_apart(broken: Any) -> None:
    affinity = Affinity(pod={"podAntiAffinity": broken})

    assert not keeps_apart(affinity, SCORER, HOST)
    assert keeps_apart(kept_apart(affinity, SCORER, [HOST]), SCORER, HOST)


def test_what_is_added_stands_beside_what_was_there() -> None:
    own = apart({"matchLabels": {"app": "trainer"}}, ZONE)
    own = own._replace(required=(Term((Requirement("zone", "In", ("a",)),)),), pod={**own.pod, "podAffinity": {"x": 1}})

    added = kept_apart(own, {"app": "scorer"}, [HOST, ZONE])

    assert pod_terms(added) == (
        *pod_terms(own),
        PodTerm(HOST, (Requirement("app", "In", ("scorer",)),), required=False),
        PodTerm(ZONE, (Requirement("app", "In", ("scorer",)),), required=False),
    )
    assert (added.required, added.pod["podAffinity"]) == (own.required, {"x": 1})
    assert includes(added.pod, own.pod)
    assert not includes(own.pod, added.pod)
    assert includes(own.pod, own.pod)
    assert not includes({}, own.pod)
