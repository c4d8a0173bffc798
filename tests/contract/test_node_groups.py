"""Profiles on a described cluster: every kind of function goes to the node group that it belongs to, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, Waiver, check, profiles
from igz_runtime.cluster.landing import shape_of, where
from igz_runtime.errors import InvalidValue
from igz_runtime.profiles.profile import Profile
from tests.contract import functions
from tests.contract.functions import job, state

GROUP = "app.iguazio.com/node-group"
TAINT = {"key": "nvidia.com/gpu", "effect": "NoSchedule"}
SIZES: dict[str, Any] = {"cpu": 1, "memory": "2Gi"}
BY_NAME: dict[str, Any] = {"gpus": 1, "node_group": "gpu"}
ALONE: dict[str, Any] = {"gpus": 1}


def cluster(*taints: dict[str, str]) -> Cluster:
    groups: list[dict[str, Any]] = [
        {"name": "initial", "core": True},
        {"name": "jobs", "lifecycle": "on-demand"},
        {"name": "gpu", "gpu": True, "lifecycle": "on-demand", "taints": list(taints)},
    ]
    return Cluster.from_dict({"node_groups": [{**each, "labels": {GROUP: each["name"]}} for each in groups]})


OPEN, TAINTED, VALUED = (
    cluster(),
    cluster(TAINT),
    cluster({**TAINT, "value": "present"}, {**TAINT, "effect": "NoExecute"}),
)


def landings(profile: Profile, fn: Any, on: Cluster) -> dict[str, tuple[str, ...]]:
    return {role.role: where(role.effective, map(shape_of, on.node_groups)) for role in profile.plan(fn, on).roles}


@pytest.mark.parametrize("on", [OPEN, TAINTED, VALUED], ids=["open", "tainted", "two taints"])
@pytest.mark.parametrize("chosen", [ALONE, BY_NAME], ids=["the only one", "by name"])
@pytest.mark.parametrize("name", functions.FUNCTIONS)
def test_gpu_work_of_every_kind_goes_to_the_group_with_gpus(name: str, chosen: dict[str, Any], on: Cluster) -> None:
    fn = functions.FUNCTIONS[name]()
    profile = profiles.production_job(**SIZES, **chosen)
    lands = landings(profile, fn, on)

    steady = {"driver", "step"} if chosen is ALONE else set()
    assert lands == {role: (("node group 'jobs'",) if role in steady else ("node group 'gpu'",)) for role in lands}
    profile.apply(fn, on)
    once = state(fn)
    profile.apply(fn, on)
    assert state(fn) == once
    assert [finding for finding in check(fn, on) if finding.severity == "error"] == []


@pytest.mark.parametrize("on", [OPEN, TAINTED], ids=["open", "tainted"])
@pytest.mark.parametrize("name", functions.FUNCTIONS)
def test_cpu_work_afterwards_leaves_nothing_of_it(name: str, on: Cluster) -> None:
    fn, untouched = functions.FUNCTIONS[name](), functions.FUNCTIONS[name]()
    profiles.production_job(**SIZES, **ALONE).apply(fn, on)
    plain = profiles.production_job(**SIZES)
    plain.apply(fn, on)
    plain.apply(untouched, on)

    assert set(landings(plain, fn, on).values()) == {("node group 'jobs'",)}
    assert functions.filled(state(fn)) == functions.filled(state(untouched))


@pytest.mark.parametrize(
    ("kind", "role"), [("dask", "worker"), ("mpijob", "worker"), ("job", ""), ("spark", "executor")]
)
def test_gpus_that_were_set_by_hand_keep_roles_of_one_placement_together(kind: str, role: str) -> None:
    fn = job(kind)
    limits = {"dask": "with_worker_limits", "spark": "with_executor_limits"}.get(kind, "with_limits")
    getattr(fn, limits)(cpu="1", gpus=1)
    profile = profiles.production_job(**SIZES, node_group="gpu")
    lands = landings(profile, fn, OPEN)

    assert lands[role or "main"] == ("node group 'gpu'",)
    profile.apply(fn, OPEN)


def test_a_taint_that_is_not_tolerated_is_named() -> None:
    fn = job()
    fn.with_limits(mem="2Gi", cpu="1", gpus=1)
    fn.with_node_selection(node_selector={GROUP: "gpu"})
    with pytest.raises(UnsafeCombination) as refused:
        profiles.production_job(**SIZES).apply(fn, TAINTED)

    off = "'gpu' by taint nvidia.com/gpu=:NoSchedule"
    assert f"can land on no node group that has GPUs (kept off {off})" in str(refused.value)
    assert f"'jobs' by node selector {GROUP}=gpu, {off})" in str(refused.value)


def test_taints_of_spot_nodes_are_left_to_the_preemption_mode() -> None:
    spot = {"key": "spot", "effect": "NoSchedule"}
    group = {"name": "cheap", "lifecycle": "spot", "labels": {GROUP: "cheap"}, "taints": [spot]}
    on = Cluster.from_dict({"mlrun": {"tolerations": [{**spot, "operator": "Exists"}]}, "node_groups": [group]})
    fn = job()

    with pytest.raises(InvalidValue, match="'cheap' has spot nodes, and production_job promises on-demand nodes"):
        profiles.production_job(**SIZES, node_group="cheap").apply(fn, on)
    profiles.opportunistic_job(**SIZES, node_group="cheap", waive={"IGZ101": Waiver("resubmitted")}).apply(fn, on)
    assert fn.spec.tolerations is None or len(fn.spec.tolerations) == 1
