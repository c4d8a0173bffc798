"""What node groups have, what is reserved of it, and what pods use up when they are Guaranteed."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster import NodeGroup
from igz_runtime.cluster.capacity import GroupCapacity, capacity_of
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.reserves import Reserve
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.quantity import quantity

pytestmark = pytest.mark.every_environment

GI = 2**30
NODE = {"cpu": 16_000, "memory": 64 * GI, "pods": 110}
GPU = {**NODE, "nvidia.com/gpu": 4}
SIZE = {"cpu": quantity("16"), "memory": quantity("64Gi")}
JOBS = NodeGroup("jobs", {"pool": "jobs"}, allocatable=SIZE)
RESEARCH = NodeGroup("research", {"pool": "research"}, allocatable=SIZE)


def pod(selector: str = "", limits: Any = None, **requests: str) -> PodSettings:
    texts = {"cpu": "4", "memory": "16Gi"} if limits is None else limits
    containers = (Container("base", amounts(requests), amounts(texts)),)
    return PodSettings(containers=containers, node_selector={"pool": selector} if selector else {})


def amounts(texts: dict[str, str]) -> dict[str, Any]:
    return {name.replace("gpu", "nvidia.com/gpu"): quantity(text) for name, text in texts.items()}


def cluster(*groups: NodeGroup, pools: tuple[Pool, ...] = (), **live: Any) -> Cluster:
    """Two nodes of each group, with 2 cores and 8 GiB requested on each."""
    used = {"cpu": 2000, "memory": 8 * GI}
    nodes = tuple(
        Node(f"{group.name}-{i}", group.labels, (), GPU if group.gpu else NODE, used, 3, group=group.name)
        for group in groups
        for i in range(2)
    )
    return Cluster(node_groups=groups, live=Live("2026-11-28T08:00:00Z", "ml", nodes, pools, **live))


def scaled(group: str, least: int, most: int) -> Pool:
    return Pool("cluster-autoscaler", f"eks-{group}", group=group, least=least, most=most, now=2)


STATIC = scaled("jobs", 2, 2)


def only(found: tuple[GroupCapacity, ...]) -> GroupCapacity:
    (one,) = found
    return one


def test_what_a_group_has_and_what_is_reserved() -> None:
    found = only(capacity_of(cluster(JOBS, pools=(scaled("jobs", 1, 5),)), ()))

    assert (found.name, found.nodes, found.most, found.unknown) == ("jobs", 2, 5, ())
    assert found.has == {"cpu": 32_000, "memory": 128 * GI}
    assert found.may_have == {"cpu": 80_000, "memory": 320 * GI}
    assert found.reserved == {"cpu": 4000, "memory": 16 * GI}
    assert found.requested == found.guaranteed == {"cpu": 0, "memory": 0}


def test_what_work_requests_and_uses_up_when_it_is_guaranteed() -> None:
    there = Reserve("etl", pod(cpu="500m", memory="1Gi"), 3, ("jobs",), runs=True)
    work = [there, Reserve("score", pod("jobs", cpu="1"), 2)]
    found = only(capacity_of(cluster(JOBS, pools=(STATIC,)), work))

    assert found.pods == 5
    assert found.requested == {"cpu": 3500, "memory": 3 * GI + 2 * 16 * GI}
    assert found.guaranteed == {"cpu": 20_000, "memory": 80 * GI}
    assert found.running == {"cpu": 1500, "memory": 3 * GI}
    assert found.if_guaranteed == {"cpu": 4000 - 1500 + 20_000, "memory": 16 * GI - 3 * GI + 80 * GI}
    assert found.may_have == found.has


def test_init_containers_do_not_add_up() -> None:
    one = Container("init", {}, amounts({"cpu": "8"}), "init")
    both = pod().but(containers=(one, *pod().containers))
    found = only(capacity_of(cluster(JOBS, pools=(STATIC,)), [Reserve("etl", both)]))

    assert found.guaranteed["cpu"] == 8000


def test_gpus_are_counted_by_name_and_shown_where_there_are_any() -> None:
    groups = (JOBS, NodeGroup("gpu", {"pool": "gpu"}, gpu=True, allocatable={**SIZE, "nvidia.com/gpu": quantity("4")}))
    work = [Reserve("train", pod("gpu", {"cpu": "4", "memory": "8Gi", "gpu": "2"}), 2)]
    jobs, gpu = capacity_of(cluster(*groups, pools=(STATIC, scaled("gpu", 0, 3))), work)

    assert gpu.resources == ("cpu", "memory", "nvidia.com/gpu")
    assert (gpu.has["nvidia.com/gpu"], gpu.may_have["nvidia.com/gpu"]) == (8, 12)
    assert gpu.guaranteed["nvidia.com/gpu"] == 4
    assert (jobs.resources, jobs.has["nvidia.com/gpu"]) == (("cpu", "memory"), 0)


def test_pods_that_may_land_on_several_groups_count_for_these_together() -> None:
    work = [Reserve("anywhere", pod()), Reserve("etl", pod("jobs"), 2), Reserve("nowhere", pod("none"))]
    jobs, research, both = capacity_of(cluster(JOBS, RESEARCH, pools=(STATIC, scaled("research", 0, 4))), work)

    assert (jobs.pods, research.pods, both.pods) == (2, 0, 3)
    assert (both.name, both.groups, both.nodes, both.most) == ("jobs or research", ("jobs", "research"), 4, 6)
    assert GroupCapacity(("a", "b", "c")).name == "a, b or c"
    assert both.guaranteed["cpu"] == 12_000
    assert both.has["cpu"] == 64_000
    assert both.may_have["cpu"] == 96_000
    assert both.reserved["cpu"] == 8000


def karpenter(**room: int) -> Pool:
    return Pool("karpenter", "jobs", group="jobs", least=0, room={name: amount * 1000 for name, amount in room.items()})


def test_karpenters_limits_bound_what_they_name() -> None:
    found = only(capacity_of(cluster(JOBS, pools=(karpenter(cpu=100),)), ()))

    assert found.may_have == {"cpu": 132_000}
    assert found.unknown == (
        "what it may grow to: Karpenter chooses how large a node is, and its NodePool has no limit on memory",
    )
    assert only(capacity_of(cluster(JOBS, pools=(karpenter(cpu=100, memory=9),)), ())).unknown == ()


def test_what_is_declared_counts_before_karpenters_limits() -> None:
    group = NodeGroup("jobs", {"pool": "jobs"}, allocatable=SIZE, least=0, most=3)
    found = only(capacity_of(cluster(group, pools=(karpenter(cpu=100),)), ()))

    assert (found.may_have, found.unknown) == ({"cpu": 48_000, "memory": 192 * GI}, ())


def test_what_is_not_known_has_a_reason() -> None:
    unread = {"pods": "forbidden (403)", "Karpenter's node pools": "no time"}
    found = only(capacity_of(cluster(JOBS, unknown=unread), ()))

    assert found.may_have == found.reserved == {}
    assert found.unknown == (
        "what is reserved: not all pods were read (forbidden (403))",
        "what it may grow to: Karpenter's node pools: no time",
    )


def test_gpus_that_cannot_be_counted_are_not_known() -> None:
    gpu = NodeGroup("gpu", gpu=True, allocatable={"nvidia.com/gpu": quantity("4")}, least=2, most=2)
    found = only(capacity_of(cluster(gpu, devices={"nvidia.com/gpu": "its devices are shared"}), ()))

    assert "nvidia.com/gpu" not in {**found.has, **found.may_have}
    assert found.unknown == ("nvidia.com/gpu: its devices are shared",)


def test_work_without_limits_counts_by_its_requests_and_is_named() -> None:
    work = [Reserve(name, pod("jobs", {}, cpu="1", memory="1Gi")) for name in "abcd"]
    found = only(capacity_of(cluster(JOBS, pools=(STATIC,)), work))

    assert found.guaranteed == found.requested
    assert found.unknown == (
        "what 4 functions may use, without a limit on cpu or memory, and counted by their requests: a, b, c and 1 more",
    )


def test_a_described_cluster_tells_what_its_groups_may_have() -> None:
    group = NodeGroup("jobs", {"pool": "jobs"}, allocatable=SIZE, least=0, most=4)
    found = only(capacity_of(Cluster(node_groups=(group,)), [Reserve("etl", pod())]))

    assert (found.nodes, found.most, found.has, found.reserved) == (None, 4, {}, {})
    assert found.may_have == {"cpu": 64_000, "memory": 256 * GI}
    assert found.guaranteed["cpu"] == 4000
    assert found.unknown == ("what its nodes have now: no API server told",)


def test_nodes_whose_groups_are_not_known_are_not_counted() -> None:
    live = Live("2026-11-28T08:00:00Z", "ml", (Node("a", {}, (), NODE),))
    found = only(capacity_of(Cluster(node_groups=(JOBS,), live=live), ()))

    assert (found.nodes, found.has) == (None, {})
    assert found.unknown[0] == "what its nodes have now: not read"
