"""Which node group each pool of an autoscaler scales, by the names that each cloud gives to both.

The names are of the forms that EKS, GKE and AKS publish; GKE truncates those of cluster and pool.
"""

from __future__ import annotations

import pytest

from igz_runtime.cluster.api.groups import in_groups, offered
from igz_runtime.cluster.api.scaled import with_groups
from igz_runtime.cluster.facts import Node, Pool

GKE = "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-{zone}/instanceGroups/{name}-grp"
OFFERS = {"cpu": 4000, "pods": 110}
UUID = "8ac1f4a0-0b1c-4d2e-9f3a-5b6c7d8e9f00"


def node(name: str, **labels: str) -> Node:
    keys = {
        "gke": "cloud.google.com/gke-nodepool",
        "aks": "kubernetes.azure.com/agentpool",
        "eks": "eks.amazonaws.com/nodegroup",
        "eksctl": "alpha.eksctl.io/nodegroup-name",
        "iguazio": "app.iguazio.com/node-group",
        "karpenter": "karpenter.sh/nodepool",
    }
    return Node(name, {keys[key]: value for key, value in labels.items()}, (), OFFERS)


NODES = (
    node("gke-prod-clu-user-wor-1a2b3c4d-x1y2", gke="user-workloads"),
    node("gke-prod-clu-user-wor-9f8e7d6c-z3w4", gke="user-workloads"),
    node("gke-prod-clu-spot-5e6f7a8b-k9m8", gke="spot"),
    node("aks-jobs-31415926-vmss000001", aks="jobs"),
    node("ip-10-0-0-7.ec2.internal", eks="batch"),
    node("ip-10-0-0-8.ec2.internal", eks="jobs-a", iguazio="research"),
    node("ip-10-0-0-9.ec2.internal", eks="jobs-b", iguazio="research"),
    node("ip-10-0-1-1.ec2.internal", eksctl="own"),
    node("ip-10-0-1-2.ec2.internal", karpenter="burst"),
    node("ip-10-0-1-3.ec2.internal", karpenter="burst-b", iguazio="bursts"),
)
GROUPS, GROUPED = in_groups(NODES)


def scaled(*names: str, autoscaler: str = "cluster-autoscaler") -> list[Pool]:
    pools = (Pool("karpenter" if autoscaler == "karpenter" else "cluster-autoscaler", name) for name in names)
    return list(with_groups(pools, GROUPS, GROUPED))


@pytest.mark.parametrize(
    ("name", "group"),
    [
        (GKE.format(zone="b", name="gke-prod-clu-user-wor-1a2b3c4d"), "user-workloads"),
        (GKE.format(zone="c", name="gke-prod-clu-user-wor-9f8e7d6c"), "user-workloads"),
        (GKE.format(zone="b", name="gke-prod-clu-spot-5e6f7a8b"), "spot"),
        ("aks-jobs-31415926-vmss", "jobs"),
        (f"eks-batch-{UUID}", "batch"),
        (f"eks-jobs-a-{UUID}", "research"),
        (f"eks-jobs-b-{UUID}", "research"),
        ("eksctl-prod-eu-nodegroup-own-NodeGroup-1ABC2DEF", "own"),
        ("prod-batch-2023", "batch"),
    ],
)
def test_the_autoscalers_group_is_that_of_its_nodes(name: str, group: str) -> None:
    (pool,) = scaled(name)

    assert pool.group == group
    assert group in pool.labels.values()
    assert dict(pool.allocatable) == OFFERS


@pytest.mark.parametrize(
    "name",
    [
        GKE.format(zone="d", name="gke-prod-clu-user-wor-00000000"),
        GKE.format(zone="d", name="gke-spot-jobs-00000000"),
        f"eks-batch-spot-{UUID}",
        f"eks-spot-{UUID}",
        "aks-batch-31415926-vmss",
        "eksctl-batch-nodegroup-spot-NodeGroup-1ABC2DEF",
        "asg-of-another-team",
        "prod-burst-asg",
    ],
)
def test_a_group_without_nodes_is_none_whose_name_is_like_its_own(name: str) -> None:
    (pool,) = scaled(name)

    assert (pool.group, pool.labels, pool.allocatable) == ("", {}, {})


def test_a_zone_without_nodes_belongs_to_the_pool_of_the_other_zones() -> None:
    zones = [GKE.format(zone="b", name=f"gke-prod-clu-user-wor-{each}") for each in ("1a2b3c4d", "00000000")]
    with_nodes, without = scaled(*zones)

    assert with_nodes.group == without.group == "user-workloads"
    assert without.labels == {}, "its nodes differ in the zone at least"


def test_zones_of_pools_whose_truncated_names_are_alike_are_not_told_apart() -> None:
    names = ("gke-c-user-wor-1a2b3c4d", "gke-c-user-wor-9f8e7d6c", "gke-c-user-wor-00000000")
    nodes = (node(f"{names[0]}-a", gke="user-workloads"), node(f"{names[1]}-a", gke="user-workers"))
    pools = [Pool("cluster-autoscaler", GKE.format(zone="b", name=name)) for name in names]

    assert [pool.group for pool in with_groups(pools, *in_groups(nodes))] == [
        "user-workloads",
        "user-workers",
        "",
    ]


@pytest.mark.parametrize(("zone", "group"), [("c", "user-workers"), ("b", ""), ("d", "")])
def test_a_zone_that_only_one_pool_of_such_a_name_lacks_is_its_own(zone: str, group: str) -> None:
    names = {"1a2b3c4d": "b", "5e6f7a8b": "c", "9f8e7d6c": "b", "00000000": zone}
    pools = [Pool("cluster-autoscaler", GKE.format(zone=z, name=f"gke-c-user-wor-{each}")) for each, z in names.items()]
    labels = ("user-workloads", "user-workloads", "user-workers")
    nodes = tuple(node(f"gke-c-user-wor-{each}-a", gke=label) for each, label in zip(names, labels, strict=False))

    assert [pool.group for pool in with_groups(pools, *in_groups(nodes))] == [*labels, group]


@pytest.mark.parametrize(("name", "group"), [("burst", "burst"), ("burst-b", "bursts"), ("unused", ""), ("batch", "")])
def test_karpenters_pools_are_those_that_made_the_nodes(name: str, group: str) -> None:
    assert [pool.group for pool in scaled(name, autoscaler="karpenter")] == [group]


def test_what_karpenter_may_add_is_a_group_before_there_is_a_node() -> None:
    pool = Pool("karpenter", "new", {"karpenter.sh/nodepool": "new"})
    assert [each.group for each in with_groups([pool], [offered(pool)], ())] == ["new"]
