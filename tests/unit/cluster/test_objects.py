"""What an API server answers, read as values: the forms that a control plane without kubelets never shows."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.cluster.api.config_maps import read_platform_config
from igz_runtime.cluster.api.node_pools import read_node_pool
from igz_runtime.cluster.api.objects import (
    each_readable,
    read_limit_range,
    read_node,
    read_priority_class,
    requests_of,
)
from igz_runtime.cluster.facts import Pool
from igz_runtime.errors import BrokenFunction

pytestmark = pytest.mark.every_environment

Plain = dict[str, Any]


def container(cpu: str, **more: Any) -> Plain:
    return {"resources": {"requests": {"cpu": cpu}}, **more}


@pytest.mark.parametrize(
    ("spec", "cpu"),
    [
        ({"containers": [container("500m")]}, "500m"),
        ({"containers": [container("500m"), container("0.25")]}, "750m"),
        ({"containers": [container("1")], "initContainers": [container("3"), container("2")]}, "3000m"),
        ({"containers": [container("1")], "initContainers": [container("3", restartPolicy="Always")]}, "4000m"),
        (
            {
                "containers": [container("1")],
                "initContainers": [container("2", restartPolicy="Always"), container("3")],
            },
            "5000m",
        ),
        ({"containers": [container("1")], "overhead": {"cpu": "250m"}}, "1250m"),
        ({"containers": [container("1")], "resources": {"requests": {"cpu": "2"}}}, "2000m"),
    ],
    ids=["one", "two", "init", "sidecar", "init beside a sidecar", "overhead", "pod level"],
)
def test_what_a_pod_requests(spec: Plain, cpu: str) -> None:
    assert requests_of(spec)["cpu"] == cpu


def test_a_container_without_resources_requests_nothing() -> None:
    assert requests_of({"containers": [{"name": "a"}]}) == {}


@pytest.mark.parametrize("raw", [{}, {"metadata": {"name": "a"}}, {"metadata": {"name": 3}}, {"metadata": []}])
def test_a_node_that_cannot_be_read_is_counted(raw: Plain) -> None:
    faults: list[str] = []
    assert list(each_readable(read_node, [raw], faults)) == []
    assert len(faults) == 1


def test_a_limit_range_of_volumes_bounds_no_pod() -> None:
    (item,) = read_limit_range(
        {"metadata": {"name": "a"}, "spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}]}}
    )
    assert item.type == "PersistentVolumeClaim"


def test_a_node_pool_with_a_limit_has_room_for_the_rest() -> None:
    raw = {
        "metadata": {"name": "jobs"},
        "spec": {"limits": {"cpu": "100"}, "template": {"spec": {"requirements": []}}},
        "status": {
            "resources": {"cpu": "60", "nodes": "4"},
            "conditions": [{"type": "Ready", "status": "False", "reason": "NodeClassNotReady"}],
        },
    }
    assert read_node_pool(raw) == Pool(
        "karpenter",
        "jobs",
        {"karpenter.sh/nodepool": "jobs"},
        room={"cpu": 40_000},
        fault="it is not ready (NodeClassNotReady)",
        least=0,
        now=4,
    )


@pytest.mark.parametrize(
    ("spec", "size", "room"),
    [
        ({"limits": {}}, (0, None, 4), {}),
        ({"limits": {"nodes": "6"}}, (0, 6, 4), {"nodes": 2}),
        ({"replicas": 3, "limits": {"nodes": "6"}}, (3, 3, 3), {"nodes": 0}),
        ({"replicas": 0}, (0, 0, 0), {"nodes": 0}),
    ],
)
def test_how_many_nodes_a_node_pool_may_have(
    spec: Plain, size: tuple[int, int | None, int], room: dict[str, int]
) -> None:
    pool = read_node_pool({"metadata": {"name": "jobs"}, "spec": spec, "status": {"resources": {"nodes": "4"}}})
    assert (pool.least, pool.most, pool.now) == size
    assert pool.room == room


@pytest.mark.parametrize(
    ("spec", "only_empty"),
    [
        ({"disruption": None}, False),
        ({"disruption": {"consolidationPolicy": "WhenEmptyOrUnderutilized", "consolidateAfter": "0s"}}, False),
        ({"disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "0s"}}, True),
        ({"disruption": {"consolidateAfter": "Never"}}, True),
        ({"replicas": 3}, True),
        ({"disruption": {"budgets": [{"nodes": "10%"}]}}, False),
        ({"disruption": {"budgets": [{"nodes": "10%"}, {"nodes": "0"}]}}, True),
        ({"disruption": {"budgets": [{"nodes": "0%", "reasons": ["Underutilized"]}]}}, True),
        ({"disruption": {"budgets": [{"nodes": "0", "reasons": ["Drifted"]}]}}, False),
        ({"disruption": {"budgets": [{"nodes": "0", "schedule": "@daily", "duration": "8h"}]}}, False),
    ],
)
def test_whether_a_node_pool_removes_nodes_on_which_something_runs(spec: Plain, *, only_empty: bool) -> None:
    assert read_node_pool({"metadata": {"name": "jobs"}, "spec": spec}).only_empty == only_empty


@pytest.mark.parametrize("text", ["", "kube: {}", "kube: {preemptibleNodes: {}}", "{}"])
def test_nuclio_without_preemptible_nodes(text: str) -> None:
    assert read_platform_config({"data": {"platform.yaml": text}}) is None


@pytest.mark.parametrize("text", ["[", "- a", "kube: 3", "kube: {preemptibleNodes: {nodeSelector: [a]}}"])
def test_a_platform_configuration_that_cannot_be_read(text: str) -> None:
    with pytest.raises(BrokenFunction, match=r"^its platform\.yaml cannot be read: "):
        read_platform_config({"data": {"platform.yaml": text}})


@pytest.mark.parametrize(
    ("conditions", "unready"),
    [
        ([{"type": "Ready", "status": "True"}], False),
        ([{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "False"}], True),
        ([{"type": "Ready", "status": "Unknown"}], True),
        ([], False),
        (None, False),
    ],
)
def test_a_node_is_ready_as_its_kubelet_says(conditions: Any, unready: Any) -> None:
    raw = {"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "1"}, "conditions": conditions}}
    assert read_node(raw).unready == unready


@pytest.mark.parametrize(("policy", "preempts"), [({}, True), ({"preemptionPolicy": "Never"}, False)])
def test_a_priority_class_evicts_others_unless_it_says_never(policy: Plain, preempts: Any) -> None:
    assert read_priority_class({"metadata": {"name": "c"}, "value": 1, **policy}) == ("c", 1, False, preempts)
