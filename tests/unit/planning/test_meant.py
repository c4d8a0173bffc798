"""Arguments that people mean otherwise: one sentence with what is allowed, and what they meant."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from igz_runtime import Workload, profiles
from igz_runtime.errors import InvalidValue, MissingResources
from igz_runtime.k8s.quantity import quantity
from igz_runtime.profiles import Profile

JOB = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
MAKE: Any = profiles
MAKE_WORKLOAD: Any = Workload
CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "the factory itself": (
        lambda: MAKE.production_job(JOB),
        "production_job makes a profile: apply one, as in fn.apply(production_job(cpu=2, memory='4Gi'))",
    ),
    "by position": (
        lambda: MAKE.production_job(4, "16Gi"),
        "production_job takes its arguments by name, as in production_job(cpu=2, memory='4Gi')",
    ),
    "another lifecycle": (
        lambda: MAKE.production_job(lifecycle="spot"),
        (
            "production_job has no argument 'lifecycle': that is what production_job promises; choose another "
            "profile, or .replace(name='…', lifecycle=…)"
        ),
    ),
    "a level in capitals": (
        lambda: MAKE.production_job(priority="High"),
        "production_job: priority: 'High' is not the name of a priority class; did you mean 'high'?",
    ),
    "two units": (
        lambda: MAKE.opportunistic_job(waiting_limit="1h 30m"),
        "opportunistic_job: waiting_limit: '1h 30m' is not one number with one unit of s, m, h or d; write '90m'",
    ),
    "a timedelta": (
        lambda: MAKE.opportunistic_job(waiting_limit=timedelta(hours=2)),
        (
            "opportunistic_job: waiting_limit: datetime.timedelta(seconds=7200) is not one number with one unit of s, "
            "m, h or d; write '2h'"
        ),
    ),
    "a node selector": (
        lambda: MAKE.production_job(node_selector={"pool": "a"}),
        (
            "production_job has no argument 'node_selector': node_group={'LABEL': 'VALUE'} selects by labels, and "
            "node_group='NAME' a node group"
        ),
    ),
    "requests": (
        lambda: MAKE.production_job(requests={}),
        "production_job has no argument 'requests': cpu= and memory= are requests and limits both",
    ),
    "the most replicas": (
        lambda: MAKE.production_service(max_replicas=4),
        (
            "production_service has no argument 'max_replicas': replicas= is the least number of pods; the most is "
            "set on the function, as fn.spec.max_replicas"
        ),
    ),
    "a rule by its name": (
        lambda: MAKE.production_job(waive={"stateful-on-spot": "x"}),
        "production_job: there is no rule 'stateful-on-spot'; the id of the rule of that name is 'IGZ101'",
    ),
    "a device that nobody offers": (
        lambda: MAKE.gpu_notebook(gpu_type="nvidia.com/gpuu"),
        "gpu_notebook: gpu_type: no device plugin offers 'nvidia.com/gpuu'; did you mean 'nvidia.com/gpu'?",
    ),
    "no label at all": (
        lambda: MAKE.production_job(node_group={}),
        "production_job: node_group: {} selects nothing; give a label, the group's name, or leave it out",
    ),
    "one replica": (
        lambda: MAKE.production_service(replicas=1),
        "production_service: replicas: 1; a minimum of 2 instances is required for high availability",
    ),
    "one replica, afterwards": (
        lambda: MAKE.production_service(replicas=3).replace(replicas=1),
        "production_service: replicas: 1; a minimum of 2 instances is required for high availability",
    ),
    "no replica when idle": (
        lambda: MAKE.production_service(scale_to_zero=True),
        (
            "production_service: replicas=2 and scale_to_zero=True exclude each other: a function that goes down to no "
            "pods keeps none"
        ),
    ),
    "a word for a truth": (
        lambda: MAKE_WORKLOAD(stateful="no"),
        "workload: stateful is 'no', and True or False is required",
    ),
    "another word for a truth": (
        lambda: MAKE.production_job(workload={"restartable": "no"}),
        "production_job: workload: restartable is 'no', and True or False is required",
    ),
    "another promise under its name": (
        lambda: MAKE.production_job(cpu=1).replace(lifecycle="any", qos="Burstable"),
        (
            "production_job promises lifecycle='on-demand': with lifecycle='any' it is another profile, and needs "
            "another name: replace(name='…', lifecycle='any')"
        ),
    ),
}


@pytest.mark.parametrize("call", CALLS)
def test_one_sentence_says_what_is_allowed_and_what_was_meant(call: str) -> None:
    make, says = CALLS[call]

    with pytest.raises(InvalidValue) as caught:
        make()
    assert str(caught.value) == says


@pytest.mark.parametrize(
    "resource", ["nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "amd.com/gpu", "example.com/npu"]
)
def test_a_device_of_its_own_name_is_no_misspelling(resource: str) -> None:
    assert profiles.gpu_notebook(gpu_type=resource).gpu_type == resource


def test_a_profile_that_is_made_by_hand_under_the_name_of_another_is_never_applied() -> None:
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
    made = Profile("production_job", "any", cpu=quantity("1"), memory=quantity("1Gi"))

    with pytest.raises(InvalidValue, match="production_job promises lifecycle='on-demand': with lifecycle='any' it"):
        made.apply(fn)
    assert fn["spec"] == {}
    made.replace(name="anywhere").apply(fn)


def test_another_promise_has_a_name_of_its_own_and_prints_what_it_promises() -> None:
    nightly = profiles.production_job(cpu=4, memory="16Gi").replace(name="nightly", lifecycle="any", qos="Burstable")

    assert repr(nightly) == "nightly(lifecycle='any', qos='Burstable', cpu='4', memory='16Gi', priority='high')"
    assert repr(nightly.replace(lifecycle="any")) == repr(nightly)


@pytest.mark.parametrize("make", profiles.BUILT_IN, ids=lambda make: make.__name__)
def test_help_and_completion_know_every_argument(make: Callable[..., Profile]) -> None:
    parameters = inspect.signature(make).parameters

    assert {"cpu", "memory", "gpus", "node_group", "priority", "sizes", "workload", "waive"} <= parameters.keys()
    assert "placement" not in parameters
    described = inspect.getdoc(make) or ""
    assert [name for name in parameters if f"`{name}`" not in described and f"{name}: " not in described] == []


def test_sizes_that_were_taken_back_are_said_to_be_the_earlier_profiles() -> None:
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
    profiles.production_job(cpu=4, memory="16Gi").apply(fn)

    with pytest.raises(MissingResources) as caught:
        profiles.spot_stateless().apply(fn)
    assert str(caught.value).endswith(
        "Those that stand there are production_job's, and are taken back with it: repeat them, "
        "spot_stateless(cpu='4', memory='16Gi')"
    )


def test_sizes_that_nobody_gave_are_nobodys() -> None:
    with pytest.raises(MissingResources, match=r"or set limits on the function$"):
        profiles.spot_stateless().apply({"kind": "job", "metadata": {"name": "etl"}, "spec": {}})
