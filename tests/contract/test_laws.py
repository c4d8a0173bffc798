"""The laws of applying: atomic, idempotent, the last profile wins, and what was set by hand stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, IgzRuntimeError, Waiver, Workload, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.errors import WriteFailed
from igz_runtime.functions import adapter_for
from igz_runtime.k8s.pod import Taint, Toleration
from igz_runtime.profiles.profile import Profile
from tests.contract.functions import FUNCTIONS, OBJECTS, filled, state
from tests.examples import examples

SPOT = Toleration("spot", "Equal", "true", "NoSchedule")
LABEL = {"app.iguazio.com/lifecycle": "preemptible"}
CLUSTERS = (
    Cluster.iguazio(),
    Cluster(),
    Cluster(mlrun=Preemptible(LABEL)),
    Cluster(mlrun=Preemptible({}, (SPOT,))),
    Cluster(mlrun=Preemptible(LABEL, (SPOT,))),
    Cluster(mlrun=Preemptible({}, (SPOT,)), mlrun_version="1.8.0"),
    Cluster(
        mlrun=Preemptible(LABEL),
        node_groups=(
            NodeGroup("core", {"pool": "core"}, core=True, lifecycle="on-demand"),
            NodeGroup("user", {"pool": "user", "app.iguazio.com/lifecycle": "non-preemptible"}),
            NodeGroup("spot", {"pool": "spot", **LABEL}),
        ),
    ),
    Cluster(
        mlrun=Preemptible(LABEL, (SPOT,)),
        node_groups=(
            NodeGroup("user", {"pool": "user"}, lifecycle="on-demand"),
            NodeGroup("gpu", {"pool": "gpu"}, (Taint("nvidia.com/gpu", "present"),), lifecycle="on-demand", gpu=True),
            NodeGroup("added-ondemand", {"pool": "added"}, (Taint("team", "risk"),), lifecycle="on-demand"),
            NodeGroup("spot", {"pool": "spot", **LABEL}, (Taint("spot", "true"),)),
        ),
    ),
)
PROFILES = (
    profiles.production_job(cpu=4, memory="16Gi"),
    profiles.production_job(node_group="added-ondemand"),
    profiles.spot_stateless(cpu=1, memory="2Gi", workload=Workload(stateful=False, restartable=True)),
    profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted by cron", "2999-12-31")}),
    profiles.opportunistic_job(cpu="500m", memory="512Mi", workload="stateless", waiting_limit="30m"),
    profiles.gpu_notebook(cpu=2, memory="4Gi"),
    profiles.development_notebook(cpu=2, memory="4Gi"),
    profiles.production_job(cpu=2, memory="4Gi", running_limit="none"),
    profiles.development_job(cpu=1, memory="2Gi", running_limit="36h"),
    profiles.production_job(cpu=2, memory="4Gi", gpus=2),
    profiles.development_job(cpu=1, memory="1Gi", priority="medium"),
    profiles.production_service(cpu=1, memory="1Gi", replicas=3),
)


def test_the_laws_are_those_of_every_built_in_profile() -> None:
    assert {profile.name for profile in PROFILES} == {factory.__name__ for factory in profiles.BUILT_IN}


def set_nothing(_fn: Any) -> None:
    """Leave the function as it was made."""


def set_resources(fn: Any) -> None:
    """CPU, memory and a GPU, by hand."""
    for prefix in {"spark": ("driver_", "executor_"), "dask": ("scheduler_", "worker_")}.get(fn.kind, ("",)):
        memory = "3g" if fn.kind == "spark" else "3Gi"
        getattr(fn, f"with_{prefix}requests")(mem=memory, cpu="1")
        getattr(fn, f"with_{prefix}limits")(cpu="2", gpus=1)


def set_selector(fn: Any) -> None:
    """A node selector, by hand."""
    fn.with_node_selection(node_selector={"zone": "a"})


def set_tolerations(fn: Any) -> None:
    """A toleration of the user's own."""
    select = fn.with_executor_node_selection if fn.kind == "spark" else fn.with_node_selection
    select(tolerations=[{"key": "team", "operator": "Equal", "value": "fraud", "effect": "NoSchedule"}])


def set_affinity(fn: Any) -> None:
    """A required zone and a pod anti-affinity."""
    zone = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}
    apart = {"labelSelector": {"matchLabels": {"app": "x"}}, "topologyKey": "kubernetes.io/hostname"}
    select = fn.with_driver_node_selection if fn.kind == "spark" else fn.with_node_selection
    select(
        affinity={
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [zone]}},
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]},
        }
    )


def set_marks(fn: Any) -> None:
    """A waiver and a declaration of the user's own."""
    fn.metadata.annotations["igz-runtime/waive-IGZ101"] = "by hand"
    fn.metadata.labels["igz-runtime/workload"] = "stateful"


HAND = (set_nothing, set_resources, set_selector, set_tolerations, set_affinity, set_marks)
MLRUN_OBJECTS = [name for name in OBJECTS if name != "ConfigSpec"]


def attempt(profile: Profile, fn: Any, cluster: Cluster) -> bool:
    """Apply; a refusal leaves the function as it was. That what was written was not kept is a defect."""
    before = state(fn)
    try:
        profile.apply(fn, cluster)
    except WriteFailed:
        raise
    except IgzRuntimeError:
        assert state(fn) == before
        return False
    return True


sequences = st.lists(st.sampled_from(PROFILES), min_size=1, max_size=4)
kinds = st.sampled_from(sorted(FUNCTIONS))
clusters = st.sampled_from(CLUSTERS)


@settings(max_examples=examples(250))
@given(name=kinds, sequence=sequences, cluster=clusters)
def test_the_last_profile_wins_on_every_kind(name: str, sequence: list[Profile], cluster: Cluster) -> None:
    fn, only_last = FUNCTIONS[name](), FUNCTIONS[name]()
    applied = [profile for profile in sequence if attempt(profile, fn, cluster)]
    if not applied:
        return
    attempt(applied[-1], only_last, cluster)

    assert filled(state(fn)) == filled(state(only_last))
    once = state(fn)
    attempt(applied[-1], fn, cluster)
    assert state(fn) == once


@settings(max_examples=examples(250))
@given(name=st.sampled_from(MLRUN_OBJECTS), by_hand=st.sampled_from(HAND), sequence=sequences, cluster=clusters)
def test_what_was_set_by_hand_stays(
    name: str, by_hand: Callable[[Any], None], sequence: list[Profile], cluster: Cluster
) -> None:
    fn, only_last = FUNCTIONS[name](), FUNCTIONS[name]()
    by_hand(fn)
    by_hand(only_last)
    applied = [profile for profile in sequence if attempt(profile, fn, cluster)]
    if applied:
        attempt(applied[-1], only_last, cluster)
    assert state(fn) == state(only_last)


@settings(max_examples=150)
@given(name=kinds, sequence=sequences, cluster=clusters)
def test_removing_a_profile_leaves_what_was_there_before(name: str, sequence: list[Profile], cluster: Cluster) -> None:
    fn = FUNCTIONS[name]()
    before = state(fn)
    for profile in sequence:
        attempt(profile, fn, cluster)

    assert profiles.remove(fn) is fn
    assert filled(state(fn)) == filled(before)
    assert profiles.applied_to(fn) is None
    once = state(fn)
    assert state(profiles.remove(fn)) == once


@settings(max_examples=150)
@given(name=st.sampled_from(MLRUN_OBJECTS), by_hand=st.sampled_from(HAND), sequence=sequences, cluster=clusters)
def test_removing_a_profile_keeps_what_was_set_by_hand(
    name: str, by_hand: Callable[[Any], None], sequence: list[Profile], cluster: Cluster
) -> None:
    fn, only_by_hand = FUNCTIONS[name](), FUNCTIONS[name]()
    by_hand(fn)
    by_hand(only_by_hand)
    for profile in sequence:
        attempt(profile, fn, cluster)

    profiles.remove(fn)

    assert filled(state(fn)) == filled(state(only_by_hand))


@settings(max_examples=120)
@given(name=kinds, profile=st.sampled_from(PROFILES), cluster=clusters)
def test_what_was_just_applied_still_stands(name: str, profile: Profile, cluster: Cluster) -> None:
    fn = FUNCTIONS[name]()
    attempt(profile, fn, cluster)

    assert [str(finding) for finding in check(fn, cluster) if finding.rule == "IGZ907"] == []


@settings(max_examples=120)
@given(name=kinds, profile=st.sampled_from(PROFILES), cluster=clusters)
def test_planning_changes_nothing_and_applying_does_what_was_planned(
    name: str, profile: Profile, cluster: Cluster
) -> None:
    fn = FUNCTIONS[name]()
    before = state(fn)
    try:
        plan = profile.plan(fn, cluster)
    except IgzRuntimeError:
        assert state(fn) == before
        return
    assert state(fn) == before
    if plan.refused:
        return

    plan.apply()

    assert adapter_for(fn).read().roles == plan.after.roles
    assert adapter_for(fn).read().record == plan.after.record
    written = adapter_for(fn).read()
    assert (written.profile, written.waivers, written.workload) == (
        plan.after.profile,
        plan.after.waivers,
        plan.after.workload,
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_writing_what_was_read_changes_nothing(name: str) -> None:
    fn = FUNCTIONS[name]()
    before = state(fn)
    adapter = adapter_for(fn)
    function = adapter.read()

    adapter.write(function, function)

    assert state(fn) == before


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_write_that_fails_halfway_is_undone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read-back is made to differ, as it would where MLRun normalised a value that was written."""
    fn = FUNCTIONS[name]()
    before = state(fn)
    plan = profiles.production_job(cpu=4, memory="16Gi").plan(fn)
    adapter = plan._adapter
    monkeypatch.setattr(adapter, "roles", lambda: tuple(role.but(node_name="elsewhere") for role in plan.after.roles))

    with pytest.raises(IgzRuntimeError, match="node_name was not kept"):
        plan.apply()
    assert state(fn) == before


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_profile_shares_nothing_between_functions(name: str) -> None:
    profile = profiles.production_job(cpu=4, memory="16Gi", node_group={"zone": "a"})
    first, second = FUNCTIONS[name](), FUNCTIONS[name]()
    profile.apply(first)
    profile.apply(second)
    before = state(second)

    profiles.development_job(cpu=1, memory="1Gi").apply(first)

    assert state(second) == before
    assert profile == profiles.production_job(cpu=4, memory="16Gi", node_group={"zone": "a"})


def test_a_function_that_was_changed_since_is_planned_again() -> None:
    fn = OBJECTS["job"]()
    plan = profiles.production_job(cpu=4, memory="16Gi").plan(fn)
    fn.with_limits(cpu="9")

    with pytest.raises(IgzRuntimeError, match="was changed since it was planned"):
        plan.apply()


def test_what_a_user_changes_after_a_profile_is_theirs() -> None:
    fn = OBJECTS["job"]()
    profiles.production_job(cpu=4, memory="16Gi", node_group={"pool": "a"}).apply(fn)
    fn.with_node_selection(node_selector={"pool": "a", "zone": "b"})
    fn.spec.priority_class_name = "igz-workload-low"

    profiles.production_job(cpu=2, memory="4Gi", priority="medium").apply(fn)

    assert fn.spec.node_selector == {"zone": "b"}
    assert fn.spec.priority_class_name == "igz-workload-medium"


def test_mlruns_own_modifier_style() -> None:
    fn = OBJECTS["job"]()

    assert fn.apply(profiles.production_job(cpu=4, memory="16Gi")) is fn
    assert profiles.production_job(cpu=1, memory="1Gi")(fn) is fn
    assert fn.spec.resources["limits"] == {"cpu": "1", "memory": "1Gi"}
