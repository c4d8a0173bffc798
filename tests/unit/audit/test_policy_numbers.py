"""What admission knows of nodes beside labels and taints, out of a cluster."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from igz_runtime.audit.policies.facts import MOST_VALUES, plain
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.numbers import carried, emptied, sizes, unread, unsized
from igz_runtime.cluster.api.groups import in_groups
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.model import Cluster
from igz_runtime.effective import Effective
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Container, PodSettings, Requirement, Taint
from igz_runtime.k8s.quantity import quantity
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.engine import built_in_verdicts
from igz_runtime.rules.registry import rules
from igz_runtime.rules.subject import Subject

KARPENTER = Pool("karpenter", "any", {"karpenter.sh/nodepool": "any"})
SCALED = Pool("cluster-autoscaler", "jobs", {"pool": "jobs"}, allocatable={"cpu": 4000})
EMPTY = Pool("cluster-autoscaler", "none-now")


def a_cluster(live: Live | None = None, **allocatable: str) -> Cluster:
    group = {"name": "jobs", "labels": {"pool": "jobs"}, "allocatable": allocatable or {"cpu": "4"}}
    return replace(Cluster.from_dict({"node_groups": [group]}), live=live)


def a_live(*pools: Pool, **known: Any) -> Live:
    return Live("2026-11-24T07:15:00Z", "mlrun", pools=pools, **known)


@pytest.mark.parametrize(
    ("live", "others", "larger"),
    [
        (None, False, False),
        (a_live(), False, False),
        (a_live(SCALED), False, False),
        (a_live(SCALED, KARPENTER), True, True),
        (a_live(EMPTY), True, True),
        (a_live(SCALED._replace(allocatable={})), False, True),
        (a_live(unknown={"nodes": "forbidden"}), True, True),
        (a_live(unknown={"quotas": "forbidden"}), False, False),
    ],
)
def test_there_may_be_other_nodes_and_larger_ones_where_an_autoscaler_chooses_or_not_all_was_read(
    live: Live | None, *, others: bool, larger: bool
) -> None:
    cluster = a_cluster(live)

    assert (unread(cluster), unsized(cluster)) == (others, larger)


def test_sizes_are_whole_and_those_that_cannot_be_counted_are_left_out() -> None:
    offered = {"cpu": "3.9201", "memory": "1.5", "nvidia.com/gpu": "8", "pods": "110", "ephemeral-storage": "8E"}
    cluster = a_cluster(None, **offered)
    (group,) = cluster.node_groups
    whole = {"cpu": "3921m", "memory": "2", "pods": "110", "ephemeral-storage": "1P"}

    assert sizes(group, cluster) == {**whole, "nvidia.com/gpu": "8"}
    for live in (a_live(devices={"nvidia.com/gpu": "counted elsewhere"}), a_live(unknown={"resource slices": "403"})):
        assert sizes(group, a_cluster(live, **offered)) == whole


def test_values_are_those_of_groups_and_of_their_nodes_under_labels_that_a_group_carries() -> None:
    nodes = (Node("a", {"pool": "jobs", "zone": "a"}), Node("b", {"pool": "other", "zone": "b"}))

    assert carried(a_cluster(a_live(nodes=nodes))) == {"pool": ("jobs", "other")}


def test_a_label_with_more_values_than_policies_look_at_is_not_judged_by() -> None:
    nodes = tuple(Node(f"n{number}", {"pool": f"p{number}"}) for number in range(MOST_VALUES))

    assert carried(a_cluster(a_live(nodes=nodes))) == {}


def test_pools_are_emptied_that_are_removed_although_something_runs_there() -> None:
    zone = Requirement("zone", "In", ("a", "b"))
    pool = KARPENTER._replace(taints=(Taint("team", "risk"),), requirements=(zone,))
    cluster = a_cluster(a_live(pool, SCALED._replace(only_empty=True)))

    assert plain(tuple(emptied(cluster))) == [
        {
            "name": "any",
            "autoscaler": "karpenter",
            "labels": {"karpenter.sh/nodepool": "any"},
            "taints": [{"key": "team", "value": "risk", "effect": "NoSchedule"}],
            "requirements": [{"key": "zone", "operator": "In", "values": ["a", "b"]}],
        }
    ]
    assert spec_of(cluster, {})["emptied"] == plain(tuple(emptied(cluster)))


def test_what_fits_no_group_of_a_cluster_that_was_read_fits_none_of_its_nodes() -> None:
    pick, seen = random.Random(7), 0
    for _ in range(400):
        nodes = [_node(pick, f"node-{number}") for number in range(pick.randint(1, 6))]
        groups, grouped = in_groups(nodes)
        live = replace(Cluster.from_dict({}), node_groups=groups, live=a_live(nodes=grouped))
        pod = _pod(pick)
        by_groups = [text for text in _never_scheduled(pod, replace(live, live=None)) if "is that large" in text]
        by_groups += [text for text in _never_scheduled(pod, replace(live, live=None)) if "fits none" in text]
        if by_groups and not unread(live):
            seen += 1
            assert _never_scheduled(pod, live), (pod, nodes)
    assert seen > 50


def _node(pick: random.Random, name: str) -> Node:
    labels = {"app.iguazio.com/node-group": pick.choice(("jobs", "gpu")), "zone": pick.choice(("a", "b"))}
    taints = (Taint("team", "risk"),) if pick.random() < 0.2 else ()
    return Node(name, labels, taints, {"cpu": pick.choice((4000, 8000)), "memory": 2**34, "pods": 110})


def _pod(pick: random.Random) -> PodSettings:
    amounts = {"cpu": quantity(pick.choice(("1", "4001m", "9")))}
    selector = {"app.iguazio.com/node-group": "jobs"} if pick.random() < 0.5 else {}
    if pick.random() < 0.5:
        selector["zone"] = pick.choice(("a", "b"))
    return PodSettings(containers=(Container("base", amounts, amounts),), node_selector=selector)


def _never_scheduled(pod: PodSettings, cluster: Cluster) -> list[str]:
    subject = Subject(Function("etl", "job", (pod,)), pod, cluster, effective=Effective(pod, "none"))
    asked = (rules()["IGZ208"], rules()["IGZ405"])
    return [found.message for _, found in built_in_verdicts(asked, subject) if isinstance(found, Found)]
