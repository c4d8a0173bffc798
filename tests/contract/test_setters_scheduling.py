"""Traps of MLRun's scheduling setters and fields: each shown on the real object, then what igz_runtime makes of it."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import kubernetes.client
import mlrun
import mlrun.k8s_utils
import pytest
from mlrun.runtimes.utils import resolve_node_selectors

from igz_runtime import Cluster, UnsafeCombination, Waiver, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.effective import effective_pod
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions import adapter_for
from igz_runtime.k8s.pod import Affinity, Requirement, Taint, Term, Toleration
from tests.conftest import Mlconf
from tests.contract.functions import job

LIFECYCLE = "app.iguazio.com/lifecycle"
SPOT = {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
TAINTED = Preemptible({LIFECYCLE: "preemptible"}, (Toleration("spot", "Equal", "true", "NoSchedule"),))
PROFILE = profiles.production_job(cpu=4, memory="16Gi")
RESUBMITTED = {"IGZ101": Waiver("resubmitted by cron")}


def found(fn: Any, rule: str, cluster: Cluster | None = None) -> list[str]:
    return [finding.message for finding in check(fn, cluster) if finding.rule == rule]


def test_with_node_selection_replaces_the_selector_and_a_profile_adds_to_it() -> None:
    raw, ours = job(), job()
    for fn in (raw, ours):
        fn.with_node_selection(node_selector={"zone": "a"})

    raw.with_node_selection(node_selector={"pool": "b"})
    profiles.production_job(cpu=4, memory="16Gi", node_group={"pool": "b"}).apply(ours)

    assert raw.spec.node_selector == {"pool": "b"}
    assert ours.spec.node_selector == {"zone": "a", "pool": "b"}


def test_a_node_name_that_cannot_be_cleared_by_its_setter_is_refused_until_it_is_gone() -> None:
    fn = job()
    fn.with_node_selection(node_name="node-1")
    fn.with_node_selection(node_name="")
    assert fn.spec.node_name == "node-1"

    with pytest.raises(UnsafeCombination, match=r"IGZ404 error.*'node-1'"):
        PROFILE.apply(fn)
    fn.spec.node_name = None
    PROFILE.apply(fn)


def test_functions_share_what_a_setter_was_given_and_a_profile_changes_only_its_own() -> None:
    selector, tolerations = {"zone": "a"}, [kubernetes.client.V1Toleration(key="team", operator="Exists")]
    affinity = kubernetes.client.V1Affinity(pod_anti_affinity=kubernetes.client.V1PodAntiAffinity())
    ours, other = job(), job()
    for fn in (ours, other):
        fn.with_node_selection(node_selector=selector, tolerations=tolerations, affinity=affinity)
    assert ours.spec.node_selector is other.spec.node_selector is selector
    assert ours.spec.tolerations is other.spec.tolerations is tolerations
    assert ours.spec.affinity is other.spec.affinity is affinity

    before = copy.deepcopy((selector, tolerations, affinity))
    profile = profiles.spot_stateless(cpu=1, memory="1Gi", node_group={"pool": "b"})
    profile.apply(ours, Cluster())
    PROFILE.apply(ours)
    profile.apply(ours, Cluster(mlrun=TAINTED))

    assert (selector, tolerations, affinity) == before
    assert (other.spec.node_selector, other.spec.tolerations, other.spec.affinity) == before


def test_a_node_affinity_that_asks_nothing_is_taken_as_mlrun_takes_it() -> None:
    fn = job()
    fn.with_node_selection(affinity=kubernetes.client.V1Affinity(node_affinity=kubernetes.client.V1NodeAffinity()))
    assert fn.to_dict()["spec"]["affinity"] == {"nodeAffinity": {}}

    PROFILE.apply(fn)

    required = fn.spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution
    assert [e.operator for term in required.node_selector_terms for e in term.match_expressions] == ["NotIn"]


def test_to_dict_shares_state_thresholds_and_a_profile_leaves_an_earlier_document_alone() -> None:
    raw, ours = job(), job()
    documents = [fn.to_dict() for fn in (raw, ours)]

    raw.set_state_thresholds({"pending_not_scheduled": "30m"})
    profiles.opportunistic_job(cpu=1, memory="1Gi", waiting_limit="30m").apply(ours)

    waiting = [document["spec"]["state_thresholds"]["pending_not_scheduled"] for document in documents]
    assert waiting == ["30m", "-1"]
    assert ours.spec.state_thresholds["pending_not_scheduled"] == "30m"
    assert ours.spec.state_thresholds["executing"] == raw.spec.state_thresholds["executing"]


@pytest.mark.parametrize("kind", ["nuclio", "serving", "application", "dask"])
def test_a_limit_on_waiting_is_not_written_where_mlrun_refuses_it(kind: str) -> None:
    fn = job(kind)
    with pytest.raises(NotImplementedError):
        fn.set_state_thresholds({"pending_not_scheduled": "30m"})

    profiles.opportunistic_job(cpu=1, memory="1Gi", waive=RESUBMITTED).apply(fn)

    assert getattr(fn.spec, "state_thresholds", None) in (None, {})


def test_a_list_of_mixed_tolerations_is_read_although_mlruns_enrichment_breaks_on_it(mlconf: Mlconf) -> None:
    fn = job()
    fn.with_node_selection(tolerations=[kubernetes.client.V1Toleration(key="team", operator="Exists"), SPOT])
    assert [type(toleration).__name__ for toleration in fn.spec.tolerations] == ["V1Toleration", "dict"]
    mlconf.preemptible(TAINTED)
    with pytest.raises(AttributeError):
        mlrun.k8s_utils.enrich_preemption_mode("allow", {}, fn.spec.tolerations, None)

    plan = profiles.spot_stateless(cpu=1, memory="1Gi").plan(fn)

    assert plan.roles[0].effective.tolerations == (Toleration("team", "Exists"), *TAINTED.tolerations)


def test_python_spelling_that_mlrun_does_not_take_is_never_written() -> None:
    affinity = kubernetes.client.V1Affinity(node_affinity=kubernetes.client.V1NodeAffinity()).to_dict()
    for wrong in ({"affinity": affinity}, {"tolerations": [{"key": "spot", "toleration_seconds": 30}]}):
        with pytest.raises(mlrun.errors.MLRunInvalidArgumentTypeError):
            job().with_node_selection(**wrong)

    document = job().to_dict()
    PROFILE.apply(document, Cluster())
    profiles.spot_stateless(cpu=1, memory="1Gi").apply(document, Cluster(mlrun=Preemptible({}, TAINTED.tolerations)))
    job().with_node_selection(
        **{name: document["spec"][name] for name in ("affinity", "tolerations") if document["spec"].get(name)}
    )


@pytest.mark.parametrize("field", ["affinity", "tolerations"])
def test_python_spelling_in_a_document_is_named_as_mlrun_refuses_to_load_it(field: str) -> None:
    term = {"match_expressions": [{"key": LIFECYCLE, "operator": "In", "values": ["preemptible"]}]}
    required = {"required_during_scheduling_ignored_during_execution": {"node_selector_terms": [term]}}
    document = job().to_dict()
    document["spec"][field] = {
        "affinity": {"node_affinity": required},
        "tolerations": [{"key": "spot", "toleration_seconds": 30}],
    }[field]
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentTypeError):
        mlrun.new_function(runtime=copy.deepcopy(document))

    with pytest.raises(BrokenFunction, match=f"spec.{field}"):
        check(document)


def test_a_selector_that_can_match_no_node_draws_a_warning_from_mlrun_and_a_refusal_here() -> None:
    fn = job()
    with pytest.warns(UserWarning, match="does not meet the validation rules"):
        fn.with_node_selection(node_selector={"zone": " a!"})

    assert fn.spec.node_selector == {"zone": " a!"}
    with pytest.raises(UnsafeCombination, match="IGZ405"):
        PROFILE.apply(fn)


@pytest.mark.parametrize("label", [True, 5])
def test_a_label_that_is_no_text_passes_mlrun_in_silence_and_is_named_here(label: Any) -> None:
    fn = job()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fn.with_node_selection(node_selector={"zone": label})

    with pytest.raises(BrokenFunction, match=r"spec.node_selector\['zone'\]: a label value is text"):
        check(fn)


def test_mlrun_warns_of_labels_of_spot_nodes_whatever_the_mode_and_a_profile_is_silent(mlconf: Mlconf) -> None:
    mlconf.preemptible(TAINTED)
    with pytest.warns(UserWarning, match="may be removed or adjusted at runtime"):
        job().with_node_selection(node_selector={LIFECYCLE: "preemptible"})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        profiles.opportunistic_job(cpu=1, memory="1Gi", node_group={LIFECYCLE: "preemptible"}).apply(job())


@pytest.mark.parametrize("mode", ["Allow", "spot"])
def test_a_mode_is_only_validated_by_the_setter_and_judged_here_wherever_it_came_from(mode: str) -> None:
    fn = job()
    with pytest.raises(ValueError, match="not a valid PreemptionModes"):
        fn.with_preemption_mode(mode)
    fn.spec.preemption_mode = mode

    assert fn.to_dict()["spec"]["preemption_mode"] == mode
    assert repr(mode) in found(fn, "IGZ110")[0]
    PROFILE.apply(fn)
    assert fn.spec.preemption_mode == "prevent"


def test_a_mode_changes_nothing_on_the_object_and_the_plan_shows_what_it_will_do(mlconf: Mlconf) -> None:
    """Since 1.10 the server enriches; MLRun 1.8 and 1.9 changed the object at once."""
    mlconf.preemptible(TAINTED)
    fn = job()
    fn.with_preemption_mode("constrain")
    assert (fn.spec.node_selector, fn.spec.tolerations, fn.spec.affinity) == ({}, None, None)

    plan = profiles.opportunistic_job(cpu=1, memory="1Gi").plan(fn)

    assert plan.roles[0].after.tolerations is None
    assert plan.roles[0].effective.tolerations == TAINTED.tolerations
    assert plan.roles[0].effective.affinity == Affinity((Term((Requirement(LIFECYCLE, "In", ("preemptible",)),)),))


def test_with_priority_class_refuses_every_class_without_a_server_and_a_profile_writes_it() -> None:
    fn = job()
    for name in ("igz-workload-high", "", None):
        with pytest.raises(mlrun.errors.MLRunInvalidArgumentError, match="not in available priority class names"):
            fn.with_priority_class(name)

    PROFILE.apply(fn)

    assert fn.spec.priority_class_name == "igz-workload-high"


def test_a_list_of_priority_classes_with_spaces_is_read_as_it_was_meant(mlconf: Mlconf) -> None:
    mlconf.set("valid_function_priority_class_names", "igz-workload-low, igz-workload-high")
    fn = job()
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError):
        fn.with_priority_class("igz-workload-high")
    fn.with_priority_class(" igz-workload-high")
    assert fn.spec.priority_class_name == " igz-workload-high"
    assert found(fn, "IGZ301")

    PROFILE.apply(fn)

    assert fn.spec.priority_class_name == "igz-workload-high"
    assert not found(fn, "IGZ301")


@pytest.mark.parametrize(
    "own", [{}, {"zone": "mine"}, {"zone": ""}, {"pool": "mine"}], ids=["nothing", "overridden", "taken out", "added"]
)
def test_the_platforms_own_selector_is_merged_as_mlrun_does(own: dict[str, str], mlconf: Mlconf) -> None:
    import base64
    import json

    mlconf.set("default_function_node_selector", base64.b64encode(json.dumps({"zone": "default"}).encode()).decode())
    fn = job()
    fn.with_node_selection(node_selector=own)
    assert fn.spec.node_selector == own
    merged = mlrun.utils.helpers.to_non_empty_values_dict(resolve_node_selectors({}, fn.spec.node_selector))

    function = adapter_for(fn).read()

    assert effective_pod(function, function.roles[0], Cluster.current()).settings.node_selector == merged


def test_sparks_setter_skips_the_step_and_a_profile_places_all_three_roles() -> None:
    raw, ours = job("spark"), job("spark")
    raw.with_node_selection(node_selector={"pool": "b"})
    profiles.production_job(cpu=1, memory="1Gi", node_group={"pool": "b"}).apply(ours)

    selectors = [
        (s.spec.node_selector, s.spec.driver_node_selector, s.spec.executor_node_selector) for s in (raw, ours)
    ]
    assert selectors == [({}, {"pool": "b"}, {"pool": "b"}), ({"pool": "b"}, {"pool": "b"}, {"pool": "b"})]
    assert ours.spec.node_selector is not ours.spec.driver_node_selector


def test_sparks_generic_selector_holds_where_a_role_has_none_and_a_profile_keeps_it() -> None:
    fn, by_hand = job("spark"), job("spark")
    fn.spec.node_selector = {"zone": "a"}
    by_hand.spec.node_selector = {"zone": "a"}
    function = adapter_for(fn).read()
    assert [effective_pod(function, role, Cluster()).settings.node_selector for role in function.roles] == [
        {"zone": "a"}
    ] * 3
    assert fn.spec.driver_node_selector is None

    profiles.production_job(cpu=1, memory="1Gi", node_group={"pool": "b"}).apply(fn)
    assert fn.spec.driver_node_selector == fn.spec.executor_node_selector == {"zone": "a", "pool": "b"}

    profiles.production_job(cpu=1, memory="1Gi").apply(fn)
    profiles.production_job(cpu=1, memory="1Gi").apply(by_hand)
    assert fn.to_dict() == by_hand.to_dict()


def test_sparks_generic_mode_reaches_only_the_step_and_is_judged_there() -> None:
    fn = job("spark")
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentTypeError):
        fn.with_preemption_mode("allow")
    fn.spec.preemption_mode = "allow"
    assert (fn.spec.driver_preemption_mode, fn.spec.executor_preemption_mode) == ("prevent", "prevent")

    cluster = Cluster(
        mlrun=TAINTED, node_groups=(NodeGroup("spot", taints=(Taint("spot", "true"),), lifecycle="spot"),)
    )
    on_spot = [finding.role for finding in check(fn, cluster) if finding.rule == "IGZ101"]

    assert on_spot == ["step"]


def test_sparks_tolerations_are_written_by_role_where_the_generic_setter_refuses() -> None:
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentTypeError, match="with_driver_node_selection"):
        job("spark").with_node_selection(tolerations=[SPOT])
    fn = job("spark")

    groups = (
        NodeGroup("spot", {"pool": "spot"}, (Taint("spot", "true"),), "spot"),
        NodeGroup("user", {"pool": "user"}),
    )
    profiles.spot_stateless(cpu=1, memory="1Gi", waive=RESUBMITTED).apply(fn, Cluster(node_groups=groups))

    assert fn.spec.tolerations is fn.spec.driver_tolerations is None
    assert [toleration.key for toleration in fn.spec.executor_tolerations] == ["spot"]
