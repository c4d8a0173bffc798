"""Traps of Nuclio functions, in MLRun's objects and nuclio-jupyter's: each shown, then what igz_runtime makes of it."""

from __future__ import annotations

import copy
import json
from typing import Any

import kubernetes.client
import mlrun
import nuclio
import pytest
from mlrun.runtimes.nuclio.function import NuclioSpec

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.errors import BrokenFunction, MissingResources, WriteFailed
from igz_runtime.k8s.pod import Replicas, Taint, Toleration
from igz_runtime.planning.arguments import Size
from tests.conftest import Mlconf
from tests.contract.functions import job, state

MODE = "nuclio.io/preemptible-mode"
LIFECYCLE = "app.iguazio.com/lifecycle"
BLANKET = [{"operator": "Exists"}]
GUARANTEED = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "4", "memory": "16Gi"}}
PROFILE = profiles.production_job(cpu=4, memory="16Gi")
TAINTED = Cluster(mlrun=Preemptible({LIFECYCLE: "preemptible"}, (Toleration("spot", "Equal", "true", "NoSchedule"),)))
GROUPS = Cluster(
    node_groups=(
        NodeGroup("user", {"pool": "user"}, lifecycle="on-demand"),
        NodeGroup("spot", {"pool": "spot"}, (Taint("spot", "true"),), "spot"),
    )
)


def found(fn: Any, rule: str, cluster: Cluster | None = None) -> list[str]:
    return [finding.message for finding in check(fn, cluster) if finding.rule == rule]


def merged(spec: nuclio.ConfigSpec) -> dict[str, Any]:
    document: dict[str, Any] = {"metadata": {}, "spec": {}}
    spec.merge(document)
    return document


@pytest.mark.parametrize(
    ("version", "setter", "argument", "refusal"),
    [
        ("1.5.0", "with_node_selection", {"node_selector": {"zone": "a"}}, "node selector: .* v1.5.20"),
        ("1.7.0", "with_node_selection", {"tolerations": BLANKET}, "tolerations: .* 1.7.5"),
        ("1.8.5", "with_preemption_mode", {"mode": "none"}, "preemption mode: .* v1.8.6"),
    ],
)
def test_a_setter_that_the_nuclio_version_forbids_is_named_and_nothing_is_written(
    version: str, setter: str, argument: dict[str, Any], refusal: str, mlconf: Mlconf
) -> None:
    mlconf.set("nuclio_version", version)
    with pytest.raises(mlrun.errors.MLRunIncompatibleVersionError):
        getattr(job("nuclio"), setter)(**argument)
    fn = job("nuclio")
    before = state(fn)
    profile = profiles.spot_stateless(cpu=1, memory="1Gi", node_group=argument.get("node_selector"))

    with pytest.raises(WriteFailed, match=f"MLRun does not take {refusal}"):
        profile.apply(fn, GROUPS)
    assert state(fn) == before


def test_no_replicas_become_one_in_the_constructor_and_stay_none_in_a_profile() -> None:
    assert NuclioSpec(min_replicas=0).min_replicas == 1
    fn = job("nuclio")

    profiles.gpu_notebook(cpu=1, memory="1Gi").apply(fn)

    assert fn.spec.min_replicas == 0
    assert mlrun.new_function(runtime=fn.to_dict()).spec.min_replicas == 0


def test_replicas_by_key_are_overridden_by_mlrun_and_not_read() -> None:
    fn = job("nuclio")
    fn.set_config("spec.minReplicas", 5)
    assert fn.spec.min_replicas == 1

    role = profiles.production_service(cpu=1, memory="1Gi").plan(fn).roles[0]

    assert role.before.replicas == Replicas(None, 1, 4)
    assert role.after.replicas == Replicas(None, 2, 4)


def test_a_stream_trigger_sets_the_replicas_and_a_profile_does_not_lower_them() -> None:
    fn = job("nuclio")
    fn.add_v3io_stream_trigger("v3io:///projects/scoring/events", shards=5)
    assert (fn.spec.min_replicas, fn.spec.max_replicas) == (5, 5)

    profiles.production_service(cpu=1, memory="1Gi").apply(fn)

    assert (fn.spec.min_replicas, fn.spec.max_replicas) == (5, 5)


def _by_key(fn: Any, field: str, value: Any) -> None:
    fn.set_config(f"spec.{field}", value)


def _by_base(fn: Any, field: str, value: Any) -> None:
    fn.spec.base_spec = {"spec": {field: value}}


@pytest.mark.parametrize("set_by", [_by_key, _by_base])
def test_what_passes_mlruns_fields_by_is_read_and_judged(set_by: Any) -> None:
    fn = job("nuclio")
    set_by(fn, "tolerations", BLANKET)
    assert fn.spec.tolerations is None

    settings = PROFILE.plan(fn).roles[0].before

    assert settings.tolerations == (Toleration(operator="Exists"),)
    assert "(any key) Exists" in found(fn, "IGZ107", TAINTED)[0]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("nodeSelector", {LIFECYCLE: "preemptible"}, "IGZ104"),
        ("nodeName", "node-1", "IGZ404"),
        ("priorityClassName", "system-node-critical", "IGZ302"),
        ("resources", {"limits": {"cpu": "1GB"}}, "IGZ205"),
        ("sidecars", [{"name": "s", "resources": {"limits": {"memory": "1"}}}], "IGZ205"),
        ("initContainers", [{"name": "i", "resources": {"limits": {"memory": "1"}}}], "IGZ205"),
    ],
)
@pytest.mark.parametrize("set_by", [_by_key, _by_base])
def test_every_field_that_passes_mlruns_by_is_judged(set_by: Any, field: str, value: Any, rule: str) -> None:
    fn = job("nuclio")
    clean = {finding.rule for finding in check(fn)}
    set_by(fn, field, value)

    assert {finding.rule for finding in check(fn)} - clean >= {rule}


def test_the_annotation_overrides_the_mode_and_a_profile_takes_it_away() -> None:
    fn = job("nuclio")
    fn.with_annotations({MODE: "allow"})
    assert fn.spec.base_spec["metadata"]["annotations"] == {MODE: "allow"}
    assert fn.spec.preemption_mode == "prevent"
    assert "'allow'" in found(fn, "IGZ111")[0]

    PROFILE.apply(fn)

    assert MODE not in fn.spec.base_spec["metadata"]["annotations"]
    assert not found(fn, "IGZ111")


def test_a_sidecar_takes_the_resources_of_the_main_container_and_a_profile_misses_them() -> None:
    fn = job("nuclio")
    fn.with_requests(mem="16Gi", cpu="4")
    fn.with_limits(mem="16Gi", cpu="4")
    fn.with_sidecar("shipper", "registry/shipper:1", 9000)
    assert fn.spec.resources == {}
    assert fn.spec.config["spec.sidecars"][0]["resources"] == GUARANTEED

    with pytest.raises(MissingResources, match=r"needs \(main: cpu and memory\)"):
        profiles.production_job().apply(fn)
    plan = profiles.production_job(sizes={"main": Size(4, "16Gi")}).plan(fn)
    assert plan.roles[0].qos == "Guaranteed"


def test_a_mode_is_sent_always_and_a_missing_one_is_read_as_mlruns_default() -> None:
    fn = job("serving")
    fn.spec.preemption_mode = None

    assert fn.spec.preemption_mode == fn.to_dict()["spec"]["preemption_mode"] == "prevent"
    assert PROFILE.plan(fn).roles[0].before.preemption_mode == "prevent"


def test_a_service_that_calls_itself_a_job_is_placed_as_the_service_that_it_is() -> None:
    fn = mlrun.new_function(runtime=job().to_dict(), kind="serving")
    assert (type(fn).__name__, fn.kind) == ("ServingRuntime", "job")

    plan = profiles.production_service(cpu=1, memory="1Gi").plan(fn)
    plan.apply()

    assert plan.before.kind == "serving"
    assert fn.spec.min_replicas == 2


def test_a_plan_is_applied_to_the_spec_that_the_function_has_by_then() -> None:
    """MLRun's deploy() replaces `fn.spec` with what the server answers."""
    fn = job("nuclio")
    plan = PROFILE.plan(fn)
    stale, fn.spec = fn.spec, NuclioSpec.from_dict(fn.spec.to_dict())

    plan.apply()

    assert fn.spec.resources == GUARANTEED
    assert stale.resources == {}


def test_to_dict_shares_the_nuclio_configuration_and_a_profile_leaves_an_earlier_document_alone() -> None:
    fn = job("nuclio")
    fn.with_sidecar("shipper", "registry/shipper:1", 9000)
    document = fn.to_dict()
    assert document["spec"]["config"] is fn.spec.config
    before = copy.deepcopy(document)

    profiles.production_job(cpu=4, memory="16Gi", sizes={"shipper": Size(1, "1Gi")}).apply(fn)

    assert document == before


def test_a_label_with_dots_is_split_by_set_config_and_written_whole_by_a_profile() -> None:
    raw, ours = nuclio.ConfigSpec(), nuclio.ConfigSpec()
    raw.set_config(f"spec.nodeSelector.{LIFECYCLE}", "non-preemptible")
    profiles.production_job(cpu=1, memory="1Gi", node_group={LIFECYCLE: "non-preemptible"}).apply(ours)

    assert merged(raw)["spec"]["nodeSelector"] == {"app": {"iguazio": {"com/lifecycle": "non-preemptible"}}}
    assert merged(ours)["spec"]["nodeSelector"] == {LIFECYCLE: "non-preemptible"}
    with pytest.raises(BrokenFunction, match=r"spec.nodeSelector\['app'\]"):
        check(raw)


def test_merging_appends_to_the_callers_own_list_and_a_profile_leaves_one_toleration() -> None:
    own = [{"key": "team", "operator": "Exists"}]
    document = {"spec": {"tolerations": own}}
    nuclio.ConfigSpec(config={"spec.tolerations": [{"key": "spot", "operator": "Exists"}]}).merge(document)
    assert [toleration["key"] for toleration in own] == ["team", "spot"]

    tolerations = [{"key": "team", "operator": "Exists"}]
    spec = nuclio.ConfigSpec(config={"spec.tolerations": tolerations})
    profile = profiles.spot_stateless(cpu=1, memory="1Gi")
    for _ in range(2):
        profile.apply(spec, GROUPS)

    assert [toleration["key"] for toleration in merged(spec)["spec"]["tolerations"]] == ["team", "spot"]
    assert tolerations == [{"key": "team", "operator": "Exists"}]


def test_the_attribute_config_is_ignored_by_nuclio_and_here() -> None:
    spec = nuclio.ConfigSpec()
    spec.config = {"spec.priorityClassName": "system-node-critical"}

    assert merged(spec)["spec"] == {}
    assert not found(spec, "IGZ302")


def test_configuration_values_are_shared_by_nuclio_and_a_profile_shares_none() -> None:
    selector = {"zone": "a"}
    raw, ours = nuclio.ConfigSpec(), nuclio.ConfigSpec(config={"spec.nodeSelector": selector})
    raw.set_config("spec.nodeSelector", selector)
    assert raw.extra_config["spec.nodeSelector"] is selector

    profiles.production_job(cpu=1, memory="1Gi", node_group={"pool": "b"}).apply(ours)

    assert selector == {"zone": "a"}
    assert merged(ours)["spec"]["nodeSelector"] == {"zone": "a", "pool": "b"}


def test_what_a_profile_writes_is_plain_data_as_nuclios_dashboard_requires() -> None:
    raw, ours = nuclio.ConfigSpec(), nuclio.ConfigSpec()
    raw.set_config("spec.tolerations", [kubernetes.client.V1Toleration(key="spot")])
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(merged(raw))

    profiles.spot_stateless(cpu=1, memory="1Gi", gpus=1).apply(ours, GROUPS)

    assert json.loads(json.dumps(merged(ours))) == merged(ours)
