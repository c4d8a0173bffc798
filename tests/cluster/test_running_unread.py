"""What running=True reads beside the rest, and is not given: each right that we ship, and each answer, is one fact."""

from __future__ import annotations

import time
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster.facts import Live
from tests.cluster.control_plane import ControlPlane
from tests.cluster.proxy import Asked, Fault, proxy
from tests.cluster.rights import allowed, shipped

Plain = dict[str, Any]
RIGHTS = shipped("igz-runtime-reader")["rules"] + shipped("igz-runtime-auditor")["rules"]
UNREAD = {
    "deployments": "Deployments",
    "nucliofunctions": "Nuclio's functions",
    "iguaziotenantappservicesets": "Iguazio's application services",
    "notebooks": "Kubeflow's notebooks",
    "kube-system": "the cluster's identity",
}
UNREAD_OF_READER = {
    "nodes": "nodes",
    "pods": "pods",
    "priorityclasses": "priority classes",
    "deviceclasses": "device classes",
    "resourceslices": "resource slices",
    "nodepools": "Karpenter's node pools",
    "cluster-autoscaler-status": "the Cluster Autoscaler's status",
    "nuclio-platform-config": "Nuclio's platform configuration",
    "limitranges": "limit ranges",
    "resourcequotas": "quotas",
}


def objects(rule: Plain) -> list[str]:
    """What a rule gives rights to: objects by their names where it has any, else resources."""
    return list(rule.get("resourceNames") or rule["resources"])


def without(right: str) -> list[Plain]:
    """The rights that we ship but for one."""
    kept = []
    for rule in RIGHTS:
        named = "resourceNames" if "resourceNames" in rule else "resources"
        left = [each for each in rule[named] if each != right]
        kept += [{**rule, named: left}] if left else []
    return kept


def audited(control_plane: ControlPlane, user: str) -> Live:
    live = Cluster.from_kubernetes(kubeconfig=str(control_plane.kubeconfig_of(user)), running=True).live
    assert live is not None
    return live


def settled(control_plane: ControlPlane, user: str, unknown: list[str]) -> None:
    """RBAC takes a moment to know of new rights."""
    until = time.monotonic() + 10
    while True:
        live = audited(control_plane, user)
        if list(live.unknown) == unknown or time.monotonic() > until:
            break
    assert list(live.unknown) == unknown, live.unknown


def test_the_roles_that_we_ship_read_everything(control_plane: ControlPlane, kubernetes: Any) -> None:
    with allowed(kubernetes, "reader", RIGHTS):
        settled(control_plane, "reader", [])


def test_the_rights_of_an_audit_are_those_that_are_needed() -> None:
    assert [each for rule in shipped("igz-runtime-auditor")["rules"] for each in objects(rule)] == list(UNREAD)
    assert [each for rule in shipped("igz-runtime-reader")["rules"] for each in objects(rule)] == list(UNREAD_OF_READER)


@pytest.mark.parametrize(("right", "fact"), [*UNREAD.items(), *UNREAD_OF_READER.items()])
def test_a_right_that_is_missing_leaves_one_fact_unknown(
    control_plane: ControlPlane, kubernetes: Any, right: str, fact: str
) -> None:
    with allowed(kubernetes, "stranger", without(right)):
        settled(control_plane, "stranger", [fact])
        live = audited(control_plane, "stranger")
    assert "this user may not" in live.unknown[fact]


def test_a_preflight_needs_none_of_them(control_plane: ControlPlane, kubernetes: Any) -> None:
    with allowed(kubernetes, "reader", shipped("igz-runtime-reader")["rules"]):
        settled(control_plane, "reader", list(UNREAD.values()))
        live = Cluster.from_kubernetes(kubeconfig=str(control_plane.kubeconfig_of("reader"))).live
    assert live is not None
    assert (live.unknown, live.running) == ({}, None)


@pytest.mark.parametrize(
    "fault", [Fault(200, {}), Fault(200, {"kind": "Status"}), Fault(cut=True)], ids=["{}", "Status", "half"]
)
@pytest.mark.parametrize(("part", "fact"), UNREAD.items())
def test_an_answer_that_is_none_leaves_one_fact_unknown(
    control_plane: ControlPlane, fault: Fault, part: str, fact: str
) -> None:
    def inject(asked: Asked) -> Fault | None:
        return fault if asked.of_list == part else None

    with proxy(control_plane, inject) as address:
        config = str(control_plane.kubeconfig_of("admin", address))
        live = Cluster.from_kubernetes(kubeconfig=config, running=True).live
    assert live is not None
    assert list(live.unknown) == [fact]


def test_a_namespace_without_a_uid_is_not_known(control_plane: ControlPlane) -> None:
    def inject(asked: Asked) -> Fault | None:
        return Fault(200, {"kind": "Namespace"}) if asked.of_list == "kube-system" else None

    with proxy(control_plane, inject) as address:
        config = str(control_plane.kubeconfig_of("admin", address))
        live = Cluster.from_kubernetes(kubeconfig=config, running=True).live
    assert live is not None
    assert (live.uid, list(live.unknown)) == ("", ["the cluster's identity"])
