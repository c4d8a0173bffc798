"""The Cluster Autoscaler's status in the form of each cloud and age."""

from __future__ import annotations

import pytest

from igz_runtime.cluster.api.autoscaler_status import read_autoscaler_status
from igz_runtime.errors import BrokenFunction
from tests.autoscaler_statuses import AKS, EKS, GKE

pytestmark = pytest.mark.every_environment


@pytest.mark.parametrize(
    ("status", "sizes"),
    [(EKS, [(2, 2, 2), (0, 4, 0)]), (GKE, [(1, 8, 0), (1, 8, 1), (1, 8, 2)]), (AKS, [(2, 2, 2), (0, 6, 1)])],
    ids=["EKS", "GKE", "AKS, before 1.30"],
)
def test_sizes(status: str, sizes: list[tuple[int, int, int]]) -> None:
    pools = read_autoscaler_status({"data": {"status": status}})
    assert [(pool.least, pool.most, pool.now) for pool in pools] == sizes
    assert [pool.room for pool in pools] == [{"nodes": most - now} for _, most, now in sizes]


def test_what_keeps_a_group_from_growing() -> None:
    eks, aks = ([pool.fault for pool in read_autoscaler_status({"data": {"status": each}})] for each in (EKS, AKS))
    assert eks == ["", "its last scale-up failed (Backoff)"]
    assert aks == ["", "its last scale-up failed (Backoff) and it is unhealthy"]


def test_names_are_whole() -> None:
    text = AKS.replace("aks-spot-27182818-vmss", "https://content.googleapis.com/compute/v1/instanceGroups/gke-a-grp")
    assert [pool.name for pool in read_autoscaler_status({"data": {"status": text}})] == [
        "aks-system-31415926-vmss",
        "https://content.googleapis.com/compute/v1/instanceGroups/gke-a-grp",
    ]


def test_what_an_older_form_leaves_out_is_not_known() -> None:
    (pool,) = read_autoscaler_status({"data": {"status": "nodeGroups: [{name: gpu, health: {maxSize: 4}}]"}})
    assert (pool.least, pool.most, pool.now, pool.room) == (None, 4, None, {"nodes": 4})


@pytest.mark.parametrize(
    "status",
    [
        *("", "text", "[", "nodeGroups: 3", "nodeGroups: [{name: a}]", "a: !!python/none x"),
        "autoscalerStatus: Initializing",
        "Cluster-autoscaler status at 2023-01-01:\nCluster-wide:\n  Health: Healthy (ready=8)\nNodeGroups:\n",
        "Cluster-autoscaler status at 2023-01-01:\nNodeGroups:\n  Name: a\n  Health: Healthy (ready=1)\n",
        "Cluster-autoscaler status at 2023-01-01:\nInitializing\n",
    ],
)
def test_a_status_in_another_form_is_not_known(status: str) -> None:
    with pytest.raises(BrokenFunction, match=r"since 1\.30"):
        read_autoscaler_status({"data": {"status": status}})
