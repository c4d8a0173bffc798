"""How many nodes a node group may have, and how that is known or why it is not."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster import NodeGroup
from igz_runtime.cluster.bounds import DECLARE, Bounds, bounds_of
from igz_runtime.cluster.facts import Live, Node, Pool

pytestmark = pytest.mark.every_environment

JOBS = NodeGroup("jobs", {"pool": "jobs"})
STATUS, POOLS = "the Cluster Autoscaler's status", "Karpenter's node pools"


def scaled(name: str = "asg", group: str = "jobs", **size: Any) -> Pool:
    return Pool("cluster-autoscaler", name, group=group, **size)


def karpenter(name: str = "jobs", group: str = "jobs", **size: Any) -> Pool:
    return Pool("karpenter", name, group=group, **{"least": 0, **size})


def bounds(*pools: Pool, group: NodeGroup = JOBS, unknown: Any = None) -> Bounds:
    nodes = (Node("a", group="jobs"), Node("b", group="jobs"), Node("c", group="other"))
    live = Live("2026-11-28T08:00:00Z", "ml", nodes, pools, unknown=unknown or {})
    return bounds_of(group, Cluster(node_groups=(group,), live=live))


OTHER = scaled("eks-other", "other", least=1, most=3, now=1)


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ((scaled(least=2, most=2, now=2),), (2, 2, True, "the Cluster Autoscaler keeps it at 2 nodes", False)),
        (
            (scaled(least=1, most=6, now=2),),
            (1, 6, False, "the Cluster Autoscaler keeps it between 1 and 6 nodes", True),
        ),
        (
            (scaled("b", least=0, most=3, now=0), scaled("c", least=1, most=3, now=2), OTHER),
            (1, 6, False, "the Cluster Autoscaler keeps it between 1 and 6 nodes", True),
        ),
        ((scaled("b", least=1, most=1), scaled("c", least=1, most=1)), (2, 2, True, "", False)),
        ((scaled(most=6),), (None, 6, None, "the Cluster Autoscaler adds and removes nodes, up to 6", None)),
        ((karpenter(),), (0, None, False, "Karpenter's NodePool 'jobs' adds and removes nodes", True)),
        ((karpenter(most=6),), (0, 6, False, "Karpenter's NodePool 'jobs' adds and removes nodes, up to 6", True)),
        ((karpenter(least=3, most=3),), (3, 3, True, "Karpenter's NodePool 'jobs' keeps it at 3 nodes", False)),
        (
            (OTHER,),
            (
                *(2, 2, True),
                "the Cluster Autoscaler scales other groups and not this one, and no NodePool makes its nodes",
                False,
            ),
        ),
        ((OTHER, scaled("asg", "", least=0, most=5, now=0)), (2, 2, True, "", False)),
    ],
    ids=[
        "static",
        "scaled",
        "zones",
        "static zones",
        "no minimum",
        "Karpenter",
        "Karpenter, limited",
        "Karpenter, static",
        "not scaled",
        "not scaled beside an empty group",
    ],
)
def test_what_autoscalers_say(pools: tuple[Pool, ...], expected: tuple[Any, ...]) -> None:
    found = bounds(*pools)
    assert found == (*expected[:3], expected[3] or found.because, *expected[4:])


def test_a_pool_of_spot_and_of_on_demand_nodes_bounds_both_groups() -> None:
    groups = [NodeGroup(f"jobs ({each})", {"karpenter.sh/nodepool": "jobs"}) for each in ("on-demand", "spot")]
    pool = karpenter(group=groups[0].name, most=6, labels={"karpenter.sh/nodepool": "jobs"})
    assert [bounds(pool, group=group).most for group in groups] == [6, 6]


def test_a_node_whose_gpus_are_not_up_yet_is_not_of_a_group_that_nothing_scales() -> None:
    labels = {"eks.amazonaws.com/nodegroup": "gpu"}
    groups = [NodeGroup(name, labels, selected_by="eks.amazonaws.com/nodegroup") for name in ("gpu (GPU)", "gpu")]
    pool = scaled("eks-gpu-1", groups[0].name, least=0, most=4, labels=labels)
    assert [bounds(OTHER, pool, group=group).scaled for group in groups] == [True, True]


@pytest.mark.parametrize(
    ("pools", "unknown", "because"),
    [
        ((), {}, f"neither a status of the Cluster Autoscaler nor a NodePool tells; {DECLARE}"),
        (
            (karpenter("burst", "burst"),),
            {},
            f"neither a status of the Cluster Autoscaler nor a NodePool tells; {DECLARE}",
        ),
        ((), {STATUS: "forbidden (403)", "pods": "no"}, f"{STATUS}: forbidden (403)"),
        ((OTHER,), {POOLS: "forbidden (403)"}, f"{POOLS}: forbidden (403)"),
        (
            (OTHER, scaled("asg-7", "", least=0, most=5, now=2)),
            {},
            f"the Cluster Autoscaler scales 'asg-7', and whose nodes those are is not known; {DECLARE}",
        ),
    ],
    ids=["no autoscaler", "another NodePool", "unread status", "unread NodePools", "a group of unknown nodes"],
)
def test_what_nobody_says_is_not_known_with_the_reason(
    pools: tuple[Pool, ...], unknown: dict[str, str], because: str
) -> None:
    assert bounds(*pools, unknown=unknown) == (None, None, None, because, None)


def test_what_was_read_counts_though_the_rest_was_not() -> None:
    found = bounds(scaled(least=2, most=2), unknown={POOLS: "forbidden (403)"})
    assert found.static


def test_no_api_server() -> None:
    assert bounds_of(JOBS, Cluster(node_groups=(JOBS,))).because == f"no API server was asked; {DECLARE}"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"least": 2, "most": 2}, Bounds(2, 2, static=True, because="declared", scaled=False)),
        ({"least": 0, "most": 9}, Bounds(0, 9, static=False, because="declared", scaled=True)),
        ({"most": 9}, Bounds(1, 9, static=False, because="declared", scaled=True)),
    ],
)
def test_what_is_declared_counts_first(size: dict[str, Any], expected: Bounds) -> None:
    assert bounds(scaled(least=1, most=6), group=NodeGroup("jobs", **size)) == expected


def test_a_part_that_is_declared_leaves_the_rest_open() -> None:
    found = bounds(group=NodeGroup("jobs", least=2))
    assert (found.least, found.most, found.static, found.scaled) == (2, None, None, None)
    assert found.because.startswith("only a part of its size is declared; neither a status")
