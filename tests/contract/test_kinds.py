"""Every kind of function, as a real object: what a profile writes, what is proved, and what is refused."""

from __future__ import annotations

from typing import Any

import mlrun
import nuclio
import pytest

from igz_runtime import UnsafeCombination, Waiver, check, profiles
from igz_runtime.errors import BrokenFunction, InvalidValue, MissingResources, UnsupportedFunction
from igz_runtime.planning.arguments import Size
from tests.conftest import Mlconf
from tests.contract import functions
from tests.contract.functions import FUNCTIONS, SERVICES, STATEFUL, job, state

GUARANTEED = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "4", "memory": "16Gi"}}
EVERY = pytest.mark.parametrize("make", FUNCTIONS.values(), ids=FUNCTIONS)


@EVERY
def test_production_job_keeps_its_promise_on_every_kind(make: Any) -> None:
    fn = make()
    plan = profiles.production_job(cpu=4, memory="16Gi").plan(fn)
    plan.apply()

    for role in plan.roles:
        assert role.after.preemption_mode == "prevent"
        assert role.effective.priority_class == "igz-workload-high"
        for container in role.after.containers:
            if container.reachable:
                assert container.requests["cpu"] == container.limits["cpu"]
                assert container.requests["memory"] == container.limits["memory"]
        if all(container.reachable for container in role.after.containers) and role.after.containers:
            assert role.qos == "Guaranteed"
    assert not check(fn).refusing


@EVERY
def test_the_record_says_what_was_applied(make: Any) -> None:
    fn = make()
    profiles.production_job(
        cpu=4, memory="16Gi", waive={"IGZ104": Waiver("known", until="2999-01-31")}, workload="stateful"
    ).apply(fn)

    applied = profiles.applied_to(fn)

    assert applied is not None
    assert applied.profile == "production_job"
    assert applied.parameters == {
        "cpu": "4",
        "memory": "16Gi",
        "priority": "high",
        "workload": {"stateful": True},
    }
    assert applied.waivers == {"IGZ104": Waiver("known", until="2999-01-31")}


@pytest.mark.parametrize("name", SERVICES)
def test_production_service_keeps_two_replicas(name: str) -> None:
    plan = profiles.production_service(cpu=1, memory="2Gi").plan(FUNCTIONS[name]())

    for role in plan.roles:
        assert role.after.replicas is not None
        assert role.after.replicas.least == 2
        assert (role.after.replicas.most or 0) >= 2


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - set(SERVICES)))
def test_production_service_is_refused_on_runs(name: str) -> None:
    with pytest.raises(UnsupportedFunction, match="use production_job"):
        profiles.production_service(cpu=1, memory="2Gi").plan(FUNCTIONS[name]())


@pytest.mark.parametrize("name", STATEFUL)
def test_kinds_that_are_stateful_by_nature_are_only_ever_waived_on_spot(name: str) -> None:
    make = FUNCTIONS[name]
    declared = profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless")

    with pytest.raises(UnsafeCombination) as refusal:
        declared.apply(make())
    assert {finding.rule for finding in refusal.value.findings if finding.refuses} == {"IGZ101"}

    fn = make()
    declared.replace(waive={"IGZ101": Waiver("checkpoints, resubmitted by cron")}).apply(fn)
    assert [finding.waived for finding in check(fn) if finding.rule == "IGZ101"]


def test_sparks_driver_stays_on_demand_where_executors_may_be_on_spot() -> None:
    fn = job("spark")
    waive = {"IGZ101": Waiver("stages are recomputed")}
    plan = profiles.spot_stateless(cpu=1, memory="2Gi", waive=waive).plan(fn)
    plan.apply()

    assert [role.role for role in plan.roles] == ["driver", "executor", "step"]
    assert (fn.spec.driver_preemption_mode, fn.spec.executor_preemption_mode) == ("prevent", "allow")
    assert fn.spec.preemption_mode == "prevent"
    assert {finding.role for finding in plan.findings if finding.rule == "IGZ101"} == {"executor"}


def test_spark_spells_memory_for_its_jvm_and_cpu_as_text() -> None:
    fn = job("spark")
    profiles.production_job(cpu=4, memory="16Gi", gpus=1, sizes={"driver": Size(cpu=1, memory="1536Mi")}).apply(fn)

    assert fn.spec.driver_resources == {"requests": {"cpu": "1", "memory": "1536m"}, "limits": {"cpu": "1"}}
    assert fn.spec.executor_resources == {
        "requests": {"cpu": "4", "memory": "16g"},
        "limits": {"cpu": "4", "nvidia.com/gpu": 1},
    }


def test_spark_refuses_memory_that_it_cannot_spell() -> None:
    fn = job("spark")
    before = state(fn)

    with pytest.raises(InvalidValue, match=r"spark 'scorer' \(driver\).*whole KiB"):
        profiles.production_job(cpu=1, memory="1500M").apply(fn)
    assert state(fn) == before


def test_dask_writes_scheduler_and_workers_and_gives_gpus_to_workers() -> None:
    fn = job("dask")
    profiles.gpu_notebook(cpu=4, memory="16Gi").apply(fn)

    assert fn.spec.scheduler_resources == GUARANTEED
    assert fn.spec.worker_resources["limits"] == {**GUARANTEED["limits"], "nvidia.com/gpu": 1}


def test_an_mpi_launcher_cannot_be_reached_and_the_plan_says_so() -> None:
    plan = profiles.production_job(cpu=4, memory="16Gi", running_limit="none").plan(job("mpijob"))

    assert [(f.rule, f.severity, f.role) for f in plan.findings] == [("IGZ201", "warning", "launcher")]


def test_an_applications_proxy_cannot_be_reached_and_the_plan_says_so() -> None:
    fn = job("application")
    fn.metadata.project = "fraud"
    plan = profiles.production_service(cpu=4, memory="16Gi").plan(fn)
    plan.apply()

    assert fn.spec.resources == GUARANTEED
    assert [(f.rule, f.severity) for f in plan.findings] == [("IGZ201", "warning")]
    assert "reverse proxy" in plan.findings[0].message


@pytest.mark.parametrize("server_default", [None, "2"])
def test_an_application_keeps_its_resources_over_a_second_deployment(
    mlconf: Mlconf, server_default: str | None
) -> None:
    mlconf.set("default_function_pod_resources.limits.cpu", server_default)
    fn = job("application")
    profile = profiles.production_service(cpu=4, memory="16Gi")

    for _ in range(2):
        profile.apply(fn)
        fn.with_sidecar("scorer-sidecar", "registry/app:1", [8080])  # what MLRun's deploy() does, each time

        assert fn.spec.config["spec.sidecars"][0]["resources"] == GUARANTEED


def test_every_container_of_a_nuclio_function_is_made_guaranteed_or_named() -> None:
    fn = job("nuclio")
    fn.with_sidecar("shipper", "registry/shipper:1", 9000)
    profile = profiles.production_job(cpu=4, memory="16Gi")

    with pytest.raises(MissingResources, match="container 'shipper': cpu and memory"):
        profile.apply(fn)

    profile.replace(sizes={"shipper": Size(cpu="100m", memory="64Mi")}).apply(fn)
    small = {"cpu": "100m", "memory": "64Mi"}
    assert fn.spec.resources == GUARANTEED
    assert fn.spec.config["spec.sidecars"][0]["resources"] == {"requests": small, "limits": small}


def test_children_of_a_serving_graph_get_the_profile_too() -> None:
    fn = functions.serving_graph()
    profiles.production_service(cpu=1, memory="2Gi").apply(fn)
    child = fn.spec.function_refs["enrich"].function_object

    assert child.spec.resources["limits"] == {"cpu": "1", "memory": "2Gi"}
    assert child.spec.min_replicas == 2
    assert child.spec.resources is not fn.spec.resources


def test_a_child_that_is_lost_in_a_round_trip_is_said_to_be_unreachable() -> None:
    fn = mlrun.new_function(runtime=functions.serving_graph().to_dict())

    plan = profiles.production_service(cpu=1, memory="2Gi").plan(fn)

    assert any("enrich" in reason for reason in plan.after.unreachable)
    assert "enrich" in str(plan)


def _handler() -> Any:
    return mlrun.new_function(kind="")


@pytest.mark.parametrize("make", [lambda: mlrun.new_function("here", kind="local", command="x.py"), _handler])
def test_functions_that_run_here_are_refused(make: Any) -> None:
    fn = make()
    with pytest.raises(UnsupportedFunction, match="runs in this process"):
        profiles.production_job(cpu=1, memory="1Gi").apply(fn)
    with pytest.raises(UnsupportedFunction, match="kind 'local'"):
        check({"kind": "local", "metadata": {"name": "here"}, "spec": {}})


@pytest.mark.parametrize("thing", [object(), None, 3, "not a function", [], {}, {"kind": "Deployment", "spec": {}}])
def test_what_is_no_function_is_refused(thing: Any) -> None:
    with pytest.raises(UnsupportedFunction):
        check(thing)


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"node_selector": ["a"]}, "spec.node_selector: a mapping is required, found a list"),
        ({"node_selector": {"gpu": True}}, r"spec.node_selector\['gpu'\]: a label value is text, found a boolean"),
        ({"tolerations": {"key": "x"}}, "spec.tolerations: a list is required"),
        ({"tolerations": [{"key": 1}]}, r"spec.tolerations\[0\].key: text is required"),
        ({"affinity": []}, None),
        ({"affinity": {"nodeAffinity": "x"}}, "spec.affinity.nodeAffinity: a mapping is required"),
        ({"resources": {"limits": []}}, None),
        ({"resources": {"limits": {"cpu": [1]}}}, r"spec.resources.limits\['cpu'\]: a quantity is required"),
        ({"resources": "4Gi"}, "spec.resources: a mapping is required, found text"),
        ({"priority_class_name": 3}, "spec.priority_class_name: text is required"),
        ({"preemption_mode": ["x"]}, "spec.preemption_mode: text is required"),
        ("text", "spec: a mapping is required"),
    ],
)
def test_a_half_broken_document_is_named_by_function_role_and_field(spec: Any, place: str | None) -> None:
    document = {"kind": "job", "metadata": {"name": "scorer"}, "spec": spec}
    before = state(document)
    if place is None:
        check(document)
        return

    with pytest.raises(BrokenFunction, match=place) as broken:
        profiles.production_job(cpu=1, memory="1Gi").apply(document)
    assert "job" in str(broken.value)
    assert state(document) == before


def test_a_file_keeps_its_comments_and_order(tmp_path: Any) -> None:
    path = tmp_path / "function.yaml"
    path.write_text(functions.NUCLIO_YAML)
    profile = profiles.production_service(cpu=1, memory="2Gi")

    profile.apply(path)
    once = path.read_text()
    profile.apply(path)

    assert path.read_text() == once
    assert once.startswith("# Scores transactions. The comment must survive.\n")
    assert '"main:handler"   # quoted' in once
    assert once.index("apiVersion") < once.index("metadata") < once.index("spec:")
    applied = profiles.applied_to(path)
    assert applied is not None
    assert applied.profile == "production_service"


def test_a_refused_file_is_untouched(tmp_path: Any) -> None:
    path = tmp_path / "function.yaml"
    path.write_text(functions.NUCLIO_YAML.replace("scorer", "trainer"))
    before = path.read_bytes()

    with pytest.raises(UnsafeCombination):
        profiles.spot_stateless(cpu=1, memory="2Gi").apply(path)
    assert path.read_bytes() == before


def test_config_spec_fields_reach_nuclios_own_merge() -> None:
    spec = nuclio.ConfigSpec(config={"spec.nodeSelector": {"app.iguazio.com/node-group": "added-ondemand"}})
    profiles.production_service(cpu=1, memory="2Gi", node_group={"zone": "a"}).apply(spec)
    config: dict[str, Any] = {"metadata": {"labels": {"nuclio.io/project-name": "p"}, "annotations": {}}, "spec": {}}
    spec.merge(config)

    assert config["spec"]["nodeSelector"] == {"app.iguazio.com/node-group": "added-ondemand", "zone": "a"}
    assert config["spec"]["minReplicas"] == 2
    assert config["metadata"]["labels"]["nuclio.io/project-name"] == "p"
    assert config["metadata"]["labels"]["igz-runtime/profile"] == "production_service"


def test_a_label_that_nuclio_splits_at_its_dots_is_named() -> None:
    spec = nuclio.ConfigSpec(config={"spec.nodeSelector.app.iguazio.com/group": "x"})
    with pytest.raises(BrokenFunction, match="found a mapping"):
        check(spec)
