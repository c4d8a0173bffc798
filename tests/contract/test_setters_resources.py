"""Traps of MLRun's resource setters and fields: each shown on the real object, then what igz_runtime makes of it."""

from __future__ import annotations

from typing import Any

import mlrun
import pytest
from mlrun.utils.helpers import verify_and_update_in

from igz_runtime import Cluster, IgzRuntimeError, check, profiles
from igz_runtime.errors import InvalidValue, MissingResources
from igz_runtime.planning.arguments import Size
from tests.conftest import Mlconf
from tests.contract.functions import job, state

GUARANTEED = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "4", "memory": "16Gi"}}
PROFILE = profiles.production_job(cpu=4, memory="16Gi")


def found(fn: Any, rule: str) -> list[str]:
    return [finding.message for finding in check(fn) if finding.rule == rule]


def test_with_limits_replaces_the_whole_section_and_a_profile_keeps_the_gpu() -> None:
    raw, ours = job(), job()
    for fn in (raw, ours):
        fn.with_limits(mem="1G", cpu="1", gpus=2)

    raw.with_limits(cpu="4", mem="16Gi")
    PROFILE.apply(ours)

    assert raw.spec.resources["limits"] == {"cpu": "4", "memory": "16Gi"}
    assert ours.spec.resources["limits"] == {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": 2}


def test_memory_that_a_second_with_limits_lost_is_asked_for() -> None:
    fn = job()
    fn.with_limits(mem="1G", cpu="1")
    fn.with_limits(cpu="2")

    assert "memory" not in fn.spec.resources["limits"]
    with pytest.raises(MissingResources, match=r"needs \(main: memory\)"):
        profiles.production_job().apply(fn)


def test_no_setter_takes_a_gpu_away_and_a_profile_does() -> None:
    fn = job()
    fn.with_limits(mem="1G", cpu="1", gpus=2)
    fn.with_limits(gpus=0, patch=True)

    assert fn.spec.resources["limits"]["nvidia.com/gpu"] == 2
    profiles.production_job(cpu=4, memory="16Gi", gpus=0).apply(fn)
    assert fn.spec.resources == GUARANTEED


def test_a_request_above_its_limit_is_accepted_by_mlrun_and_reported_here() -> None:
    fn = job()
    fn.with_requests(mem="8G", cpu="4")
    fn.with_limits(mem="1G", cpu="1")

    assert [message.partition(":")[2] for message in found(fn, "IGZ202")] == [
        " memory request 8G is above its limit 1G",
        " cpu request 4 is above its limit 1",
    ]


@pytest.mark.parametrize("amount", ["4Kii", "4kEm", "1..2", "-1"])
def test_a_quantity_that_only_mlrun_takes_is_reported(amount: str) -> None:
    fn = job()
    fn.with_limits(mem=amount, cpu="1")

    assert fn.spec.resources["limits"]["memory"] == amount
    assert len(found(fn, "IGZ205")) == 1
    with pytest.raises(InvalidValue, match="memory"):
        profiles.production_job(cpu=1, memory=amount)


@pytest.mark.parametrize("gpus", [-1, 0.5])
def test_a_count_of_gpus_that_cannot_be_is_reported(gpus: Any) -> None:
    fn = job()
    fn.with_limits(mem="1G", cpu="1", gpus=gpus)

    assert fn.spec.resources["limits"]["nvidia.com/gpu"] == gpus
    assert len(found(fn, "IGZ205")) == 1
    with pytest.raises(InvalidValue, match="gpus"):
        profiles.production_job(gpus=gpus)


@pytest.mark.parametrize("gpus", [True, "two"])
def test_a_gpu_count_of_the_wrong_type_is_named(gpus: Any) -> None:
    with pytest.raises((TypeError, mlrun.errors.MLRunInvalidArgumentError)) as raw:
        job().with_limits(gpus=gpus)
    assert not str(raw.value).startswith("gpus")

    with pytest.raises(InvalidValue, match=r"gpus: .* a whole number"):
        profiles.production_job(gpus=gpus)


@pytest.mark.parametrize("amount", [0, ""])
def test_a_limit_of_nothing_is_dropped_in_silence_by_mlrun_and_refused_here(amount: Any) -> None:
    fn = job()
    fn.with_limits(cpu=amount, mem="1G")

    assert fn.spec.resources["limits"] == {"memory": "1G"}
    with pytest.raises(InvalidValue, match="cpu"):
        profiles.production_job(cpu=amount)


@pytest.mark.parametrize("sections", ["limits", "requests"])
def test_what_a_user_leaves_out_is_filled_in_by_the_server_and_the_pod_is_burstable(
    sections: str, mlconf: Mlconf
) -> None:
    fn = job()
    getattr(fn, f"with_{sections}")(mem="16Gi", cpu="4")
    for resource, least, most in (("cpu", "25m", "2"), ("memory", "1Mi", "20Gi")):
        mlconf.set(f"default_function_pod_resources.requests.{resource}", least)
        mlconf.set(f"default_function_pod_resources.limits.{resource}", most)

    assert list(fn.spec.resources) == [sections]
    loaded = mlrun.new_function(runtime=fn.to_dict()).spec.resources
    assert loaded["requests"] != loaded["limits"]

    plan = PROFILE.plan(fn)
    assert plan.roles[0].qos == "Guaranteed"
    plan.apply()
    assert mlrun.new_function(runtime=fn.to_dict()).spec.resources == fn.spec.resources == GUARANTEED


def test_limits_alone_are_reported_where_the_server_fills_in_requests(mlconf: Mlconf) -> None:
    fn = job()
    fn.with_limits(mem="16Gi", cpu="4")
    assert not found(fn, "IGZ206")

    mlconf.set("default_function_pod_resources.requests.cpu", "25m")

    assert mlrun.new_function(runtime=fn.to_dict()).spec.resources["requests"]["cpu"] == "25m"
    assert "cpu 25m" in found(fn, "IGZ206")[0]


def test_assigning_resources_drops_the_ephemeral_storage_request_and_a_profile_keeps_it() -> None:
    raw, ours = job(), job()
    raw.spec.resources = {"limits": {"cpu": "1"}, "requests": {"ephemeral-storage": "1Gi"}}
    ours.spec.resources["requests"] = {"ephemeral-storage": "1Gi"}

    PROFILE.apply(ours)

    assert raw.spec.resources["requests"] == {}
    assert ours.spec.resources["requests"] == {**GUARANTEED["requests"], "ephemeral-storage": "1Gi"}


def test_assigning_resources_drops_a_gpu_that_is_only_requested_and_here_it_is_refused() -> None:
    asked: dict[str, dict[str, Any]] = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"nvidia.com/gpu": 1}}
    raw, ours = job(), job()
    raw.spec.resources = {section: dict(amounts) for section, amounts in asked.items()}
    ours.spec.resources.update(asked)

    assert raw.spec.resources["requests"] == {}
    assert "requested without a limit" in found(ours, "IGZ203")[0]


def test_assigning_resources_changes_the_mapping_that_was_given_and_a_profile_does_not(mlconf: Mlconf) -> None:
    mlconf.set("default_function_pod_resources.limits.memory", "20Gi")
    raw, ours = {"limits": {"cpu": "1"}}, {"limits": {"cpu": "1"}}
    job().spec.resources = raw
    fn = job()
    fn.spec._resources = ours

    PROFILE.apply(fn)

    assert raw == {"limits": {"cpu": "1", "memory": "20Gi"}, "requests": {}}
    assert ours == {"limits": {"cpu": "1"}}


def test_a_gpu_beside_ephemeral_storage_that_mlrun_cannot_load_again_is_refused() -> None:
    """MLRun takes any resource beside CPU and memory for the GPU, and gives up over two of them."""
    raw, ours = job(), job()
    for fn in (raw, ours):
        fn.with_limits(mem="1G", cpu="1")
        fn.spec.resources["limits"]["ephemeral-storage"] = "1Gi"
    raw.with_limits(gpus=1, patch=True)
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError, match="more than 3 resources"):
        mlrun.new_function(runtime=raw.to_dict())

    before = state(ours)
    with pytest.raises(IgzRuntimeError, match="ephemeral-storage"):
        profiles.production_job(gpus=1).apply(ours)
    assert state(ours) == before


def test_a_second_type_of_gpu_that_mlrun_cannot_load_again_is_replaced() -> None:
    fn = job()
    fn.with_limits(mem="1G", cpu="1", gpus=1, gpu_type="amd.com/gpu")
    fn.with_limits(gpus=1, patch=True)
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError, match="more than 3 resources"):
        mlrun.new_function(runtime=fn.to_dict())

    profiles.production_job(gpus=1).apply(fn)

    loaded = mlrun.new_function(runtime=fn.to_dict())
    assert loaded.spec.resources["limits"] == {"cpu": "1", "memory": "1G", "nvidia.com/gpu": 1}


def test_sparks_generic_resources_are_dropped_and_a_profile_writes_driver_and_executor() -> None:
    fn = job("spark")
    fn.spec.resources = {"limits": {"cpu": "1"}}

    assert "resources" not in fn.to_dict()["spec"]
    profiles.production_job(cpu=1, memory="2Gi").apply(fn)
    spec = fn.to_dict()["spec"]
    assert spec["driver_resources"] == {"requests": {"cpu": "1", "memory": "2g"}, "limits": {"cpu": "1"}}
    assert spec["executor_resources"] == spec["driver_resources"]


def test_spark_is_burstable_as_it_is_made_and_guaranteed_after_a_profile() -> None:
    fn = job("spark")
    assert fn.spec.driver_resources == {"requests": {"cpu": "1", "memory": "2g"}, "limits": {"cpu": "2"}}

    plan = profiles.production_job().plan(fn)
    plan.apply()

    assert [role.qos for role in plan.roles if role.role != "step"] == ["Guaranteed", "Guaranteed"]
    assert fn.spec.driver_resources == {"requests": {"cpu": "2", "memory": "2g"}, "limits": {"cpu": "2"}}


def test_numbers_that_sparks_operator_refuses_are_respelled() -> None:
    fn = job("spark")
    for setter in (fn.with_driver_limits, fn.with_executor_limits):
        setter(cpu=2, gpus="1")
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError):
        verify_and_update_in({}, "spec.executor.coreLimit", fn.spec.executor_resources["limits"]["cpu"], str)
    with pytest.raises(mlrun.errors.MLRunInvalidArgumentError):
        verify_and_update_in({}, "gpu.quantity", fn.spec.executor_resources["limits"]["nvidia.com/gpu"], int)

    profiles.production_job().apply(fn)

    for resources in (fn.spec.driver_resources, fn.spec.executor_resources):
        verify_and_update_in({}, "spec.executor.coreLimit", resources["limits"]["cpu"], str)
        verify_and_update_in({}, "gpu.quantity", resources["limits"]["nvidia.com/gpu"], int)


def test_dasks_own_resources_reach_no_pod_and_a_profile_writes_scheduler_and_worker() -> None:
    fn = job("dask")
    fn.spec.resources = GUARANTEED

    assert fn.spec.scheduler_resources == fn.spec.worker_resources == {}
    with pytest.raises(MissingResources, match=r"scheduler.*worker"):
        profiles.production_job().apply(fn)
    profiles.production_job(sizes={"scheduler": Size(1, "1Gi"), "worker": Size(4, "16Gi")}).apply(fn)
    assert fn.spec.scheduler_resources["limits"] == {"cpu": "1", "memory": "1Gi"}
    assert fn.spec.worker_resources == GUARANTEED


def test_a_child_job_shares_the_resources_of_its_parent_until_a_profile_is_applied() -> None:
    fn = job("serving")
    fn.with_limits(mem="1G", cpu="1")
    child = fn.to_job()
    assert child.spec.resources is fn.spec.resources

    before = state(fn)
    PROFILE.apply(child, Cluster.iguazio())

    assert state(fn) == before
    assert child.spec.resources == GUARANTEED
