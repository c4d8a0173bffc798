"""What is changed by hand after a profile was applied: each field of it is found, on real functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import NodeGroup
from igz_runtime.k8s.pod import Field
from igz_runtime.profiles import Profile
from tests.contract.functions import OBJECTS

JOB = profiles.production_job(cpu=4, memory="16Gi")
SERVICE = profiles.production_service(cpu=1, memory="1Gi", replicas=3)
GPU = profiles.gpu_notebook(cpu=2, memory="4Gi", gpus=2, node_group={"pool": "gpu"})
SPOT = profiles.opportunistic_job(cpu=1, memory="1Gi", workload="stateless", waiting_limit="30m")
LIMITS = ("containers", "base", "limits")


def set_by(name: str, **arguments: Any) -> Callable[[Any], None]:
    def change(fn: Any) -> None:
        getattr(fn, name)(**arguments)

    return change


def set_in_spec(**fields: Any) -> Callable[[Any], None]:
    def change(fn: Any) -> None:
        for name, value in fields.items():
            setattr(fn.spec, name, value)

    return change


CHANGES: dict[str, tuple[str, Profile, Callable[[Any], None], Field, str]] = {
    "priority class": (
        "job",
        JOB,
        set_in_spec(priority_class_name="igz-workload-low"),
        ("priority_class",),
        "priority class is 'igz-workload-low', and production_job wrote 'igz-workload-high'",
    ),
    "priority class removed": (
        "job",
        JOB,
        set_in_spec(priority_class_name=None),
        ("priority_class",),
        "priority class is not set, and production_job wrote 'igz-workload-high'",
    ),
    "CPU limit": (
        "job",
        JOB,
        set_by("with_limits", cpu="9", mem="16Gi"),
        (*LIMITS, "cpu"),
        "cpu limit of container 'base' is 9, and production_job wrote 4",
    ),
    "GPUs": (
        "job",
        GPU,
        set_by("with_limits", cpu="2", mem="4Gi", gpus=8),
        (*LIMITS, "nvidia.com/gpu"),
        "nvidia.com/gpu limit of container 'base' is 8, and gpu_notebook wrote 2",
    ),
    "GPUs added": (
        "job",
        JOB,
        set_by("with_limits", cpu="4", mem="16Gi", gpus=1),
        (*LIMITS, "nvidia.com/gpu"),
        "nvidia.com/gpu limit of container 'base' is 1, and production_job wrote not set",
    ),
    "node group": (
        "job",
        GPU,
        set_by("with_node_selection", node_selector={"pool": "jobs"}),
        ("node_selector", "pool"),
        "node selector pool is 'jobs', and gpu_notebook wrote 'gpu'",
    ),
    "node group removed": (
        "job",
        GPU,
        set_by("with_node_selection", node_selector={}),
        ("node_selector", "pool"),
        "node selector pool is not set, and gpu_notebook wrote 'gpu'",
    ),
    "waiting limit": (
        "job",
        SPOT,
        set_by("set_state_thresholds", state_thresholds={"pending_not_scheduled": "-1"}),
        ("waiting_limit",),
        "waiting limit is '-1', and opportunistic_job wrote '30m'",
    ),
    "running limit": (
        "job",
        JOB.replace(running_limit="none"),
        set_by("set_state_thresholds", state_thresholds={"executing": "24h"}),
        ("running_limit",),
        "running limit is '24h', and production_job wrote '-1'",
    ),
    "replicas": (
        "remote",
        SERVICE,
        set_in_spec(min_replicas=1),
        ("replicas",),
        "replicas is 1 to 4, and production_service wrote 3 to 4",
    ),
    "scale to zero": (
        "remote",
        GPU,
        set_in_spec(min_replicas=1),
        ("replicas",),
        "replicas is 1 to 4, and gpu_notebook wrote 0 to 4",
    ),
    "preemption mode": (
        "job",
        JOB,
        set_by("with_preemption_mode", mode="allow"),
        ("preemption_mode",),
        "preemption mode is 'allow', and production_job wrote 'prevent'",
    ),
    "affinity": (
        "job",
        JOB,
        set_in_spec(affinity=None),
        ("affinity",),
        "affinity is not set, and production_job wrote app.iguazio.com/lifecycle NotIn [preemptible]",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_by_hand_is_found(change: str) -> None:
    kind, profile, by_hand, field, message = CHANGES[change]
    fn = OBJECTS[kind]()
    profile.apply(fn)
    by_hand(fn)

    found = [finding for finding in check(fn) if finding.rule == "IGZ907"]

    assert [(finding.field, finding.message) for finding in found] == [(field, message)]


@pytest.mark.parametrize(
    "change", [each for each in CHANGES if each != "affinity"]
)  # which is judged by where the pod can land
def test_what_stood_there_already_is_promised_as_well(change: str) -> None:
    """A function that was as the profile wants it: the record says what was promised, and not only what was written."""
    kind, profile, by_hand, field, message = CHANGES[change]
    fn = OBJECTS[kind]()
    profile.apply(fn)
    for name in ("igz-runtime/applied", "igz-runtime/profile", "igz-runtime/workload"):
        fn.metadata.annotations.pop(name, None)
        fn.metadata.labels.pop(name, None)
    profile.apply(fn)
    by_hand(fn)

    found = [(finding.field, finding.message) for finding in check(fn) if finding.rule == "IGZ907"]

    assert found == [(field, message)]


def test_what_was_added_beside_it_is_no_drift() -> None:
    fn = OBJECTS["job"]()
    JOB.apply(fn)
    fn.with_node_selection(node_selector={"disk": "ssd"})
    fn.with_requests(mem="16Gi", cpu="4", patch=True)
    fn.spec.resources["requests"]["ephemeral-storage"] = "10Gi"
    [term] = fn.spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    term.match_expressions.append(type(term.match_expressions[0])(key="zone", operator="In", values=["a"]))

    assert [finding for finding in check(fn) if finding.rule == "IGZ907"] == []


def test_it_is_what_a_person_may_accept() -> None:
    fn = OBJECTS["job"]()
    JOB.apply(fn)
    fn.spec.priority_class_name = "igz-workload-low"
    fn.metadata.annotations["igz-runtime/waive-IGZ907"] = "agreed with the platform team"

    [finding] = [finding for finding in check(fn) if finding.rule == "IGZ907"]

    assert finding.waived is not None


def test_a_profile_that_is_applied_again_ends_it() -> None:
    fn = OBJECTS["job"]()
    cluster = Cluster(node_groups=(NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"),))
    JOB.replace(node_group="jobs").apply(fn, cluster)
    fn.with_node_selection(node_selector={"pool": "other"})
    assert "IGZ907" in [finding.rule for finding in check(fn, cluster)]

    profiles.remove(fn)
    JOB.replace(node_group="jobs").apply(fn, cluster)

    assert "IGZ907" not in [finding.rule for finding in check(fn, cluster)]
