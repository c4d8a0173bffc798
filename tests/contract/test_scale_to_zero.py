"""Scale to zero of Nuclio functions: what a profile writes on real objects, what it keeps, takes back and refuses."""

from __future__ import annotations

import copy
from typing import Any

import nuclio
import pytest

from igz_runtime import Waiver, check, profiles
from igz_runtime.errors import BrokenFunction, UnsafeCombination
from igz_runtime.functions import adapter_for
from igz_runtime.functions.triggers import KINDS_BY_CLASS, Trigger
from igz_runtime.k8s.pod import Replicas, ScaleResource
from igz_runtime.lint.judging import lint_text
from tests.contract.functions import NUCLIO_DOCUMENT, job, serving_graph, state
from tests.contract.test_enrichment import recorded
from tests.contract.test_setters_nuclio import merged

GPU = profiles.gpu_notebook(cpu=1, memory="1Gi")
KEPT = GPU.replace(scale_to_zero=False)
SERVICE = profiles.production_service(cpu=1, memory="1Gi", replicas=3)
METRIC = "nuclio_processor_handled_events_total"
TEN_MINUTES = {"scaleResources": [{"metricName": METRIC, "windowSize": "10m", "threshold": 0}]}
CRON = nuclio.CronTrigger(schedule="0 0 2 * * *")
SERVICES = ("nuclio", "serving", "application")


def found(fn: Any) -> list[str]:
    return [finding.message for finding in check(fn) if finding.rule == "IGZ505"]


def stated(value: Any) -> Any:
    fn = job("nuclio")
    fn.set_config("spec.scaleToZero.scaleResources", value)
    return fn


@pytest.mark.parametrize("kind", SERVICES)
def test_a_profile_writes_what_the_scaler_needs_and_another_takes_it_back(kind: str) -> None:
    fn = job(kind)
    before = state(fn)

    GPU.apply(fn)

    assert (fn.spec.replicas, fn.spec.min_replicas) == (None, 0)
    assert fn.spec.config == {"spec.scaleToZero": TEN_MINUTES}
    assert found(fn) == []
    once = state(fn)
    GPU.apply(fn)
    assert state(fn) == once
    SERVICE.apply(fn)
    assert (fn.spec.min_replicas, "spec.scaleToZero" in fn.spec.config) == (3, False)
    profiles.remove(fn)
    assert state(fn) == before


@pytest.mark.parametrize("kind", SERVICES)
def test_a_document_gets_the_same(kind: str) -> None:
    document = job(kind).to_dict()
    before = copy.deepcopy(document)

    GPU.apply(document)

    assert document["spec"]["config"] == {"spec.scaleToZero": TEN_MINUTES}
    assert document["spec"]["min_replicas"] == 0
    profiles.remove(document)
    assert adapter_for(document).read() == adapter_for(before).read()
    assert "config" not in document["spec"]


def test_so_do_functions_of_nuclios_own() -> None:
    document, spec = copy.deepcopy(NUCLIO_DOCUMENT), nuclio.ConfigSpec()
    for fn in (document, spec):
        GPU.apply(fn)

    for held in (document["spec"], merged(spec)["spec"]):
        assert (held["minReplicas"], held["maxReplicas"], held["scaleToZero"]) == (0, 1, TEN_MINUTES)
    for fn in (document, spec):
        profiles.remove(fn)
    assert document == NUCLIO_DOCUMENT
    assert spec.extra_config == {}


def test_each_child_of_a_graph_goes_down_by_itself() -> None:
    fn = serving_graph()

    GPU.apply(fn)

    assert [role.scale_to_zero for role in adapter_for(fn).roles()] == [(ScaleResource(METRIC, "10m", 0),)] * 2


def test_what_mlrun_sends_to_nuclio_holds_it() -> None:
    """Keys of `config` are merged by nuclio-jupyter, in MLRun's server as here."""
    fn = job("nuclio")
    GPU.apply(fn)

    document = merged(nuclio.ConfigSpec(config=fn.spec.config))

    assert document["spec"] == {"scaleToZero": TEN_MINUTES}


def test_a_window_that_the_scaler_reads_is_the_users_own() -> None:
    own = [{"metricName": "requests", "windowSize": "30m", "threshold": 5}]
    fn = stated(own)

    GPU.apply(fn)

    assert fn.spec.config == {"spec.scaleToZero.scaleResources": own}
    profiles.remove(fn)
    assert fn.spec.config == {"spec.scaleToZero.scaleResources": own}


@pytest.mark.parametrize("broken", [[], [{"metricName": METRIC, "windowSize": "1d"}], [{"windowSize": "10m"}]])
def test_one_that_it_does_not_read_is_replaced_and_comes_back(broken: list[dict[str, Any]]) -> None:
    fn = stated(broken)
    before = adapter_for(fn).roles()

    GPU.apply(fn)

    assert fn.spec.config == {"spec.scaleToZero": TEN_MINUTES}
    profiles.remove(fn)
    assert adapter_for(fn).roles() == before


def test_other_keys_of_the_configuration_stay_in_a_document() -> None:
    config = {"spec.targetCPU": 60, "spec.nothing": None}
    document = {**job("nuclio").to_dict()}
    document["spec"]["config"] = dict(config)

    GPU.apply(document)

    assert document["spec"]["config"] == {**config, "spec.scaleToZero": TEN_MINUTES}
    profiles.remove(document)
    assert document["spec"]["config"] == config


def test_what_stands_in_the_base_is_left_there() -> None:
    fn = job("nuclio")
    fn.spec.base_spec = {"spec": {"scaleToZero": TEN_MINUTES}}

    GPU.apply(fn)

    assert fn.spec.config == {}
    assert adapter_for(fn).roles()[0].scale_to_zero == (ScaleResource(METRIC, "10m", 0),)


@pytest.mark.parametrize("kind", SERVICES)
def test_a_cron_trigger_is_refused_and_nothing_is_written(kind: str) -> None:
    fn = job(kind)
    fn.add_trigger("nightly", CRON)
    before = state(fn)

    with pytest.raises(UnsafeCombination, match=r"IGZ505 error: .* the trigger 'nightly' of kind cron"):
        GPU.apply(fn)

    assert state(fn) == before
    for profile in (KEPT, SERVICE, GPU.replace(waive={"IGZ505": Waiver("cron jobs of Kubernetes send requests")})):
        assert not profile.plan(fn).refused


def test_a_cron_trigger_of_a_config_spec_is_refused_as_well() -> None:
    spec = nuclio.ConfigSpec()
    spec.add_trigger("nightly", CRON)

    with pytest.raises(UnsafeCombination, match="the trigger 'nightly' of kind cron"):
        GPU.apply(spec)


def test_shards_of_a_stream_are_no_range() -> None:
    fn = job("nuclio")
    GPU.apply(fn)
    fn.add_v3io_stream_trigger("v3io:///projects/scoring/events", shards=3)
    assert found(fn) == ["it states a scale to zero, and keeps 3 replicas: it never goes down to none"]

    with pytest.raises(UnsafeCombination, match="Nuclio refuses a range of replicas with it"):
        GPU.apply(fn)


def test_a_function_that_has_no_http_trigger_is_refused() -> None:
    fn = job("nuclio")
    fn.spec.disable_default_http_trigger = True
    with pytest.raises(UnsafeCombination, match="has no HTTP trigger: Nuclio refuses it"):
        GPU.apply(fn)

    fn.with_http(workers=2)

    assert adapter_for(fn).read().triggers == (Trigger("http", "http"),)
    assert not GPU.plan(fn).refused


def test_a_fixed_number_is_taken_away_and_comes_back() -> None:
    fn = job("nuclio")
    fn.spec.replicas = 2

    GPU.apply(fn)

    assert adapter_for(fn).roles()[0].replicas == Replicas(None, 0, 4)
    profiles.remove(fn)
    assert fn.spec.replicas == 2


@pytest.mark.parametrize("profile", [KEPT, SERVICE])
def test_without_the_promise_nothing_is_written(profile: profiles.Profile) -> None:
    fn = job("nuclio")

    profile.apply(fn)

    assert fn.spec.config == {}


def test_a_window_that_was_changed_since_is_drift() -> None:
    fn = job("nuclio")
    GPU.apply(fn)
    fn.set_config("spec.scaleToZero", {"scaleResources": [{"metricName": METRIC, "windowSize": "1h", "threshold": 0}]})

    assert [(each.field, each.message) for each in check(fn) if each.rule == "IGZ907"] == [
        (
            ("scale_to_zero",),
            f"scale to zero is {METRIC} at most 0 in 1h, and gpu_notebook wrote {METRIC} at most 0 in 10m",
        )
    ]


def test_a_real_nuclio_starts_such_a_function_with_one_pod() -> None:
    """What the scaler then takes away: the recorded deployments of a minimum of 0 have it, and are no finding."""
    cases = [
        each.values[2] for each in recorded("nuclio-enrichment.json") if each.values[2]["shape"] == "scale-to-zero"
    ]
    assert [case["replicas"] for case in cases] == [1] * len(cases) != []

    for case in cases:
        assert found({**NUCLIO_DOCUMENT, "spec": {**NUCLIO_DOCUMENT["spec"], **case["spec"]}}) == []


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        (
            "spec.scaleToZero",
            {"scaleResources": [{"windowSize": 10}]},
            r"spec.config\[spec.scaleToZero\].scaleResources\[0\].windowSize: text is required",
        ),
        ("spec.triggers", 7, r"spec.config\[spec.triggers\]: a mapping is required"),
    ],
)
def test_a_wrong_type_is_named_with_its_place(key: str, value: Any, place: str) -> None:
    fn = job("nuclio")
    fn.set_config(key, value)

    with pytest.raises(BrokenFunction, match=place) as raised:
        check(fn)

    assert raised.value.field[:3] == ("spec", "config", key)


def test_lint_knows_the_triggers_of_nuclio_by_their_classes() -> None:
    classes = [each for each in nuclio.triggers.NuclioTrigger.__subclasses__() if each.__module__ == "nuclio.triggers"]

    assert {each.__name__: each.kind for each in classes} == KINDS_BY_CLASS


def test_a_trigger_that_code_does_not_say_leaves_it_open() -> None:
    code = """\
import mlrun

fn = mlrun.new_function("report", kind="nuclio", image="registry/report:1", project="sales")
fn.spec.min_replicas = 0
fn.add_trigger("nightly", {"kind": "cron"})
fn.add_trigger({name}, {trigger})
"""

    def judged(name: str, trigger: str) -> list[str]:
        text = code.replace("{name}", name).replace("{trigger}", trigger)
        return [each.finding.rule for each in lint_text("report.py", text).findings if each.finding.rule == "IGZ505"]

    assert judged('"web"', '{"kind": "http"}') == ["IGZ505"]
    assert judged('"nightly"', '{"kind": "cron", "disabled": True}') == []
    assert judged('"nightly"', "asked()") == judged("asked()", '{"kind": "http"}') == []
