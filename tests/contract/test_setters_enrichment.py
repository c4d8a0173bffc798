"""Traps of preemption modes, in MLRun's own enrichment and in what a real Nuclio did, and how profiles pass them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kubernetes.client
import mlrun
import mlrun.k8s_utils
import pytest

from igz_runtime import Cluster, UnsafeCombination, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible, Taint
from igz_runtime.k8s.pod import PodSettings, Toleration
from igz_runtime.profiles.profile import Profile
from tests.conftest import Mlconf
from tests.contract.functions import FUNCTIONS, job, state

API = kubernetes.client.ApiClient()
RECORD = json.loads((Path(__file__).parent.parent / "data" / "nuclio-enrichment.json").read_text())

LIFECYCLE = "app.iguazio.com/lifecycle"
SPOT = {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
TAINT = (Toleration("spot", "Equal", "true", "NoSchedule"),)
NOTHING = Preemptible()
LABELS = Preemptible({LIFECYCLE: "preemptible"})
TOLERATIONS = Preemptible({}, TAINT)
BOTH = Preemptible({LIFECYCLE: "preemptible"}, TAINT)
BLANKETS = ({"operator": "Exists"}, {"key": "spot", "operator": "Exists"})
ON_DEMAND = profiles.production_job(cpu=1, memory="1Gi")
SPOT_ONLY = profiles.opportunistic_job(cpu=1, memory="1Gi")


def terms(*expressions: tuple[str, str, str]) -> dict[str, Any]:
    listed = [{"key": key, "operator": operator, "values": [value]} for key, operator, value in expressions]
    required = {"nodeSelectorTerms": [{"matchExpressions": listed}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


ZONE = terms(("zone", "In", "a"))
APART = {
    "podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "kubernetes.io/hostname"}],
    }
}


def enriched(mode: str, selector: Any = None, tolerations: Any = None, affinity: Any = None) -> list[Any]:
    """Selector, tolerations and affinity from MLRun's own enrichment, as Kubernetes spells them; empty for None."""
    v1 = API._ApiClient__deserialize
    made = mlrun.k8s_utils.enrich_preemption_mode(
        mode, selector, tolerations and [v1(t, "V1Toleration") for t in tolerations], v1(affinity, "V1Affinity")
    )
    selector, *rest = map(API.sanitize_for_serialization, made)
    return [selector or {}, rest[0] or [], rest[1] or {}]


def planned(profile: Profile, configured: Preemptible, **asked: Any) -> PodSettings:
    """The effective pod of a job that asks so, under a profile that must not be refused."""
    fn = job()
    fn.with_node_selection(**asked)
    plan = profile.plan(fn, Cluster(mlrun=configured))
    plan.apply()
    return plan.roles[0].effective


def expressions(settings: PodSettings) -> set[str]:
    assert settings.affinity is not None
    return {str(term) for term in settings.affinity.required or ()}


def found(fn: Any, rule: str, configured: Preemptible) -> list[str]:
    return [finding.message for finding in check(fn, Cluster(mlrun=configured)) if finding.rule == rule]


def test_prevent_deletes_the_selector_where_only_tolerations_are_configured(mlconf: Mlconf) -> None:
    mlconf.preemptible(TOLERATIONS)
    assert enriched("prevent", {"zone": "a"}, None, ZONE) == [{}, [], {}]
    fn = job()
    fn.with_node_selection(node_selector={"zone": "a"}, affinity=ZONE)
    assert "removes node selector zone=a, required affinity zone In [a]" in found(fn, "IGZ106", TOLERATIONS)[0]

    pod = planned(ON_DEMAND, TOLERATIONS, node_selector={"zone": "a"}, affinity=ZONE)

    assert pod.node_selector == {"zone": "a"}
    assert all("zone In [a]" in term for term in expressions(pod))


@pytest.mark.parametrize(("mode", "profile"), [("prevent", ON_DEMAND), ("constrain", SPOT_ONLY)])
def test_a_required_zone_is_replaced_where_labels_are_configured(mode: str, profile: Any, mlconf: Mlconf) -> None:
    mlconf.preemptible(LABELS)
    operator = {"prevent": "NotIn", "constrain": "In"}[mode]
    assert enriched(mode, {}, None, ZONE) == [{}, [], terms((LIFECYCLE, operator, "preemptible"))]
    fn = job()
    fn.with_node_selection(affinity=ZONE)
    fn.with_preemption_mode(mode)
    assert "removes required affinity zone In [a]" in found(fn, "IGZ106", LABELS)[0]

    pod = planned(profile, LABELS, affinity=ZONE)

    assert expressions(pod) == {f"zone In [a] and {LIFECYCLE} {operator} [preemptible]"}


@pytest.mark.parametrize("configured", [LABELS, TOLERATIONS, BOTH], ids=["labels", "tolerations", "both"])
def test_prevent_loses_a_pod_anti_affinity_and_a_profile_keeps_it(configured: Preemptible, mlconf: Mlconf) -> None:
    mlconf.preemptible(configured)
    assert "podAntiAffinity" not in enriched("prevent", {}, None, APART)[2]
    fn = job()
    fn.with_node_selection(affinity=APART)
    assert "the podAntiAffinity" in found(fn, "IGZ106", configured)[0]

    pod = planned(ON_DEMAND, configured, affinity=APART)

    assert pod.affinity is not None
    assert dict(pod.affinity.pod) == APART


def test_constrain_constrains_nothing_where_only_tolerations_are_configured(mlconf: Mlconf) -> None:
    mlconf.preemptible(TOLERATIONS)
    assert enriched("constrain") == [{}, [SPOT], {}]
    assert enriched("constrain", None, None, APART)[2]["nodeAffinity"] == {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}
    }
    plain, apart = job(), job()
    apart.with_node_selection(affinity=APART)
    for fn in (plain, apart):
        fn.with_preemption_mode("constrain")
    assert "does not keep the pod on spot nodes" in found(plain, "IGZ108", TOLERATIONS)[0]
    assert "Kubernetes refuses the pod" in found(apart, "IGZ108", TOLERATIONS)[0]

    for asked in ({}, {"affinity": APART}):
        pod = planned(SPOT_ONLY, TOLERATIONS, **asked)
        assert f"{LIFECYCLE} In [preemptible]" in expressions(pod)
        assert TAINT[0] in (pod.tolerations or ())


def test_allow_keeps_a_selector_of_spot_nodes_so_that_it_constrains(mlconf: Mlconf) -> None:
    mlconf.preemptible(BOTH)
    assert enriched("allow", {LIFECYCLE: "preemptible"}) == [{LIFECYCLE: "preemptible"}, [SPOT], {}]
    fn = job()
    fn.with_node_selection(node_selector={LIFECYCLE: "preemptible"})
    fn.with_preemption_mode("allow")

    assert "runs on spot nodes only" in found(fn, "IGZ109", BOTH)[0]


def test_allow_tolerates_nothing_where_only_labels_are_configured(mlconf: Mlconf) -> None:
    mlconf.preemptible(LABELS)
    assert enriched("allow") == [{}, [], {}]

    assert planned(profiles.spot_stateless(cpu=1, memory="1Gi"), LABELS).tolerations == ()


@pytest.mark.parametrize("blanket", BLANKETS, ids=["any key", "the key"])
def test_prevent_leaves_a_blanket_toleration_and_a_profile_keeps_the_pod_off_by_label(
    blanket: dict[str, str], mlconf: Mlconf
) -> None:
    mlconf.preemptible(BOTH)
    assert enriched("prevent", {}, [blanket, SPOT]) == [{}, [blanket], {}]
    fn = job()
    fn.with_node_selection(tolerations=[blanket])
    assert "lets the pod onto spot nodes" in found(fn, "IGZ107", BOTH)[0]

    assert expressions(planned(ON_DEMAND, BOTH, tolerations=[blanket])) == {f"{LIFECYCLE} NotIn [preemptible]"}


@pytest.mark.parametrize("blanket", [*BLANKETS, SPOT], ids=["any key", "the key", "configured"])
def test_a_toleration_of_spot_nodes_that_only_a_taint_marks_is_refused(blanket: dict[str, str], mlconf: Mlconf) -> None:
    """Nothing but the taint keeps a pod off; servers since 1.10 put back what `prevent` took when nothing is left."""
    mlconf.preemptible(TOLERATIONS)
    assert enriched("prevent", {}, [blanket])[1] == ([] if blanket is SPOT else [blanket])
    fn = job()
    fn.with_node_selection(tolerations=[blanket])
    before = state(fn)

    with pytest.raises(UnsafeCombination, match="IGZ107"):
        ON_DEMAND.apply(fn, Cluster(mlrun=TOLERATIONS))
    assert state(fn) == before


@pytest.mark.parametrize("mode", ["prevent", "constrain", "allow"])
def test_every_mode_is_switched_off_where_nothing_is_configured(mode: str, mlconf: Mlconf) -> None:
    mlconf.preemptible(NOTHING)
    assert enriched(mode, {"zone": "a"}, [SPOT], ZONE) == [{"zone": "a"}, [SPOT], ZONE]
    fn = job()
    fn.with_preemption_mode(mode)
    assert bool(found(fn, "IGZ105", NOTHING)) is (mode != "prevent")

    (off,) = expressions(planned(ON_DEMAND, NOTHING))
    assert f"{LIFECYCLE} NotIn [preemptible]" in off
    assert f"{LIFECYCLE} In [preemptible]" in expressions(planned(SPOT_ONLY, NOTHING))


def test_an_unknown_mode_switches_enrichment_off_and_is_refused(mlconf: Mlconf) -> None:
    mlconf.preemptible(BOTH)
    assert enriched("bogus", {LIFECYCLE: "preemptible"}, [SPOT]) == [{LIFECYCLE: "preemptible"}, [SPOT], {}]
    fn = job()
    fn.spec.preemption_mode = "bogus"

    assert "does not exist" in found(fn, "IGZ110", BOTH)[0]
    assert found(fn, "IGZ105", NOTHING) == []


@pytest.mark.parametrize("default", ["prevent", "allow", "constrain"])
def test_no_mode_is_the_servers_default_and_a_profile_states_its_own(default: str, mlconf: Mlconf) -> None:
    configured = Preemptible(BOTH.node_selector, BOTH.tolerations, (), default)
    mlconf.preemptible(configured)
    assert enriched("", {}, [SPOT]) == enriched(default, {}, [SPOT])
    document = job().to_dict()
    del document["spec"]["preemption_mode"]

    plan = ON_DEMAND.plan(document, Cluster(mlrun=configured))

    tainted = NodeGroup("spot", taints=(Taint("spot", "true"),), lifecycle="spot")
    cluster = Cluster(mlrun=configured, node_groups=(tainted, NodeGroup("jobs", lifecycle="on-demand")))
    on_spot = [finding.rule for finding in check(document, cluster, workload="stateful")]
    assert ("IGZ101" in on_spot) is (default != "prevent")
    assert plan.roles[0].after.preemption_mode == "prevent"


# Nuclio decides for itself. What it did is read off the record of a real one.


def nuclio_pod(config: str, shape: str, mode: str | None) -> tuple[Any, Any, Preemptible]:
    """What was asked of a real Nuclio, the case as recorded, and the configuration."""
    case = next(c for c in RECORD["cases"] if (c["config"], c["shape"], c["mode"]) == (config, shape, mode))
    configured = {"selector": LABELS, "tolerations": TOLERATIONS, "selector-and-tolerations": BOTH}
    document = FUNCTIONS["nuclio mapping"]()
    document["spec"] |= {**case["spec"], "preemptionMode": mode}
    return document, case, configured[config]


def test_nuclios_prevent_leaves_labelled_nodes_without_a_taint_open() -> None:
    document, case, configured = nuclio_pod("selector-and-tolerations", "plain", "prevent")
    assert "affinity" not in case["pod"]

    plan = ON_DEMAND.plan(document, Cluster(mlrun=configured))

    assert expressions(plan.roles[0].effective) == {f"{LIFECYCLE} NotIn [preemptible]"}


def test_nuclios_constrain_with_tolerations_only_never_starts() -> None:
    document, case, configured = nuclio_pod("tolerations", "plain", "constrain")
    assert "must have at least one node selector term" in case["error"]
    assert "Kubernetes refuses the pod" in found(document, "IGZ108", configured)[0]

    plan = SPOT_ONLY.plan(document, Cluster(mlrun=configured))

    assert not plan.refused
    assert f"{LIFECYCLE} In [preemptible]" in expressions(plan.roles[0].effective)


@pytest.mark.parametrize(
    ("config", "shape", "mode", "profile"),
    [
        ("selector", "affinity-zone", "prevent", ON_DEMAND),
        ("selector", "affinity-zone", "constrain", SPOT_ONLY),
        ("selector-and-tolerations", "affinity-zone", "constrain", SPOT_ONLY),
    ],
)
def test_nuclio_replaces_a_required_zone_and_a_profile_keeps_it(
    config: str, shape: str, mode: str, profile: Any
) -> None:
    document, case, configured = nuclio_pod(config, shape, mode)
    assert "zone" not in str(case["pod"]["affinity"])
    assert "removes required affinity zone In" in found(document, "IGZ106", configured)[0]

    plan = profile.plan(document, Cluster(mlrun=configured))

    assert not plan.refused
    assert all("zone In" in term for term in expressions(plan.roles[0].effective))


def test_nuclios_allow_drops_the_zone_beside_a_spot_label() -> None:
    document, case, configured = nuclio_pod("selector-and-tolerations", "affinity-spot-and-zone", "allow")
    assert "zone" not in str(case["pod"].get("affinity"))

    assert "removes required affinity zone In" in found(document, "IGZ106", configured)[0]


@pytest.mark.parametrize("shape", ["limits-only", "sidecar"])
def test_nuclio_fills_in_requests_that_make_a_pod_burstable(shape: str) -> None:
    document, case, configured = nuclio_pod("selector-and-tolerations", shape, None)
    assert case["qosClass"] == "Burstable"

    sizes = {sidecar["name"]: {"cpu": 1, "memory": "1Gi"} for sidecar in case["spec"].get("sidecars", [])}
    plan = ON_DEMAND.replace(sizes=sizes).plan(document, Cluster(mlrun=configured))

    assert plan.roles[0].qos == "Guaranteed"
