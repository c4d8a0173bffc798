"""Whoever selects a cloud's spot nodes asks for spot, whatever MLRun and Nuclio are configured with."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, check, profiles
from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, SPOT_LABELS
from igz_runtime.lint.judging import lint_text
from igz_runtime.testing import assert_never_on_spot
from tests.contract.functions import job, state

IGUAZIO = Cluster.iguazio(assumed=False)
CLUSTERS = {"assumed": None, "Iguazio's label": IGUAZIO, "nothing configured": Cluster()}
CLOUDS = [label for label in SPOT_LABELS if not label[0].startswith("app.iguazio.com/")]


def required(key: str, operator: str, *values: str) -> dict[str, Any]:
    expression: dict[str, Any] = {"key": key, "operator": operator}
    if values:
        expression["values"] = list(values)
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def asking(label: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """By name, each way in which a placement can ask for spot nodes of that label."""
    key, value = label
    ways = {"selector": {"node_selector": {key: value}}, "In": {"affinity": required(key, "In", value)}}
    on_demand = [other for name, other in ON_DEMAND_LABELS if name == key]
    if on_demand:
        ways["NotIn"] = {"affinity": required(key, "NotIn", *on_demand)}
    else:
        ways["Exists"] = {"affinity": required(key, "Exists")}
    return ways


ASKED = [
    pytest.param(placement, id=f"{'='.join(label)} {name}")
    for label in CLOUDS
    for name, placement in asking(label).items()
]


def training(placement: dict[str, Any], mode: str, kind: str = "job") -> Any:
    """A training function with a placement that somebody wrote by hand; Spark's selects for both of its roles."""
    fn = job(kind, "trainer")
    fn.spec.default_handler = "train"
    roles = ("driver_", "executor_") if kind == "spark" else ("",)
    for prefix in roles:
        setattr(fn.spec, f"{prefix}preemption_mode", mode)
        for field, value in placement.items():
            setattr(fn.spec, f"{prefix}{field}", value)
    return fn


def rules(found: Any) -> set[str]:
    return {finding.rule for finding in found if finding.refuses}


@pytest.mark.parametrize("kind", ["job", "spark", "mpijob"])
@pytest.mark.parametrize("on", CLUSTERS)
@pytest.mark.parametrize("placement", ASKED)
def test_training_that_asks_for_spot_is_refused_wherever_it_is_asked(
    placement: dict[str, Any], on: str, kind: str
) -> None:
    cluster = CLUSTERS[on]
    fn = training(placement, "none", kind)
    before = state(fn)

    assert "IGZ101" in rules(check(fn, cluster))
    with pytest.raises(AssertionError, match="can land on spot nodes"):
        assert_never_on_spot(fn, cluster)
    with pytest.raises(UnsafeCombination) as refusal:
        profiles.production_job(cpu=1, memory="2Gi").apply(fn, cluster)
    assert "IGZ104" in rules(refusal.value.findings)
    assert state(fn) == before


@pytest.mark.parametrize("placement", ASKED)
def test_prevent_does_not_know_another_clouds_label(placement: dict[str, Any]) -> None:
    """MLRun takes away an affinity, and no selector but its own: then the pod lands there."""
    removed = "affinity" in placement
    for cluster in CLUSTERS.values():
        stays = not removed or cluster is not IGUAZIO
        assert rules(check(training(placement, "prevent"), cluster)) >= ({"IGZ101", "IGZ104"} if stays else {"IGZ104"})


@pytest.mark.parametrize("placement", ASKED)
def test_lint_says_the_same_of_a_file(placement: dict[str, Any], tmp_path: Path) -> None:
    for mode, found in (("none", {"IGZ101"}), ("prevent", {"IGZ101", "IGZ104"})):
        file = tmp_path / "function.json"
        text = json.dumps(training(placement, mode).to_dict())
        linted = lint_text(str(file), text)
        assert rules(located.finding for located in linted.findings) >= found


@pytest.mark.parametrize("label", CLOUDS, ids="=".join)
def test_who_shall_run_on_spot_may_ask_for_it(label: tuple[str, str]) -> None:
    for cluster in CLUSTERS.values():
        fn = job(name="backfill")
        fn.with_node_selection(node_selector=dict([label]))
        profiles.opportunistic_job(cpu=1, memory="2Gi").apply(fn, cluster)
        assert fn.spec.node_selector == dict([label])
        assert not rules(check(fn, cluster))


@pytest.mark.parametrize("label", [each for each in ON_DEMAND_LABELS if each[0] in dict(CLOUDS)], ids="=".join)
def test_who_asks_for_a_clouds_on_demand_nodes_gets_them(label: tuple[str, str]) -> None:
    for cluster in CLUSTERS.values():
        fn = training({"node_selector": dict([label])}, "prevent")
        profiles.production_job(cpu=1, memory="2Gi").apply(fn, cluster)
        assert not rules(check(fn, cluster))
        assert_never_on_spot(fn, cluster)
        assert rules(profiles.opportunistic_job(cpu=1, memory="2Gi").plan(job(), cluster).findings) == set()
        with pytest.raises(UnsafeCombination):
            profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless").apply(fn, cluster)


GROUPS = Cluster.from_dict(
    {"node_groups": [{"name": "jobs", "lifecycle": "on-demand", "labels": {"app.iguazio.com/node-group": "jobs"}}]}
)
NOWHERE: dict[str, dict[str, Any]] = {
    **{f"{'='.join(label)} {way}": asked for label in CLOUDS for way, asked in asking(label).items()},
    "a term without expressions": {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{}]}}}
    },
    "spot and on demand at once": {
        "node_selector": {"eks.amazonaws.com/capacityType": "SPOT", "karpenter.sh/capacity-type": "on-demand"}
    },
    "no spot label at all": {"affinity": required("eks.amazonaws.com/capacityType", "DoesNotExist")},
    "a number that no label is": {"affinity": required("app.iguazio.com/lifecycle", "Gt", "5")},
}


PROFILES = [
    make(cpu=1, memory="2Gi", workload="stateless")
    for make in (profiles.production_job, profiles.spot_stateless, profiles.opportunistic_job)
]


@pytest.mark.parametrize("on", [*CLUSTERS, "groups"])
def test_a_plan_that_lands_on_no_known_node_is_never_clean(on: str) -> None:
    cluster, nowhere = {**CLUSTERS, "groups": GROUPS}[on], 0
    for placement, profile, mode in product(NOWHERE.values(), PROFILES, ("none", "allow", "prevent", "constrain")):
        plan = profile.plan(training(placement, mode), cluster)
        if "no node that is known" in str(plan):
            nowhere += 1
            assert any(finding.severity != "info" for finding in plan.findings), str(plan)
    assert nowhere > 10
