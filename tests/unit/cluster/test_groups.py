"""Which nodes a node group of the Cluster Autoscaler has, by the names that each cloud gives to both.

The names are of the forms that EKS, GKE and AKS publish; GKE truncates those of cluster and pool.
"""

from __future__ import annotations

import pytest

from igz_runtime.cluster.api.groups import as_its_nodes, recognise
from igz_runtime.cluster.facts import Node, Pool

GKE = "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-{zone}/instanceGroups/{name}-grp"
OFFERS = {"cpu": 4000, "pods": 110}
NODES = (
    Node("gke-prod-clu-user-wor-1a2b3c4d-x1y2", {"cloud.google.com/gke-nodepool": "user-workloads"}, (), OFFERS),
    Node("gke-prod-clu-user-wor-9f8e7d6c-z3w4", {"cloud.google.com/gke-nodepool": "user-workloads"}, (), OFFERS),
    Node("gke-prod-clu-spot-5e6f7a8b-k9m8", {"cloud.google.com/gke-nodepool": "spot"}, (), OFFERS),
    Node("aks-jobs-31415926-vmss000001", {"kubernetes.azure.com/agentpool": "jobs"}, (), OFFERS),
    Node("ip-10-0-0-7.ec2.internal", {"eks.amazonaws.com/nodegroup": "batch"}, (), OFFERS),
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        (GKE.format(zone="b", name="gke-prod-clu-user-wor-1a2b3c4d"), "user-workloads"),
        (GKE.format(zone="c", name="gke-prod-clu-user-wor-9f8e7d6c"), "user-workloads"),
        (GKE.format(zone="b", name="gke-prod-clu-spot-5e6f7a8b"), "spot"),
        ("aks-jobs-31415926-vmss", "jobs"),
        ("eks-batch-8ac1f4a0-0b1c-4d2e-9f3a-5b6c7d8e9f00", "batch"),
        (GKE.format(zone="d", name="gke-prod-clu-user-wor-00000000"), None),
        ("asg-of-another-team", None),
    ],
)
def test_the_autoscalers_group_is_that_of_its_nodes(name: str, label: str | None) -> None:
    pool = as_its_nodes(Pool("cluster-autoscaler", name), recognise(NODES), NODES)

    assert list(pool.labels.values()) == ([] if label is None else [label])
    assert dict(pool.allocatable) == ({} if label is None else OFFERS)
