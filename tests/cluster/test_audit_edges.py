"""An audit where something is missing: rights, MLRun, pods, nodes of a group; and GPUs that no node lists (DRA)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.audit import Audit, audit_cluster
from tests.cluster.audited import defined, read, standing
from tests.cluster.binaries import AUTOSCALER
from tests.cluster.conftest import programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.declaring import wait
from tests.cluster.layouts import CLOUDS, Layout, Nodes, empty
from tests.cluster.planted import CORE, DECLARED, FAULTS, GROUPS, PODS, together
from tests.cluster.rights import allowed, shipped
from tests.cluster.running_pods import GPUS, ONE, busy, pod, run
from tests.cluster.test_devices import DRIVER, WHOLE, device_class

Plain = dict[str, Any]
EKS, *_, KARPENTER = CLOUDS


@pytest.fixture(scope="module", autouse=True)
def definitions(kubernetes: Any) -> Iterator[None]:
    with defined(kubernetes, programs(AUTOSCALER) / "manifests"):
        yield


@pytest.fixture
def audited(kubernetes: Any, kubeconfig: Path, namespace: str) -> Callable[[Layout], Audit]:
    """What an audit says of a cluster while it stands."""

    def of(layout: Layout) -> Audit:
        with standing(kubernetes, namespace, layout):
            return audit_cluster(read(kubeconfig, namespace, layout), config="none")

    return of


def found(audit: Audit) -> set[tuple[str, str]]:
    return {(each.finding.rule, each.finding.function) for each in audit.found}


RIGHTS = [
    (group, resource)
    for role in ("igz-runtime-reader", "igz-runtime-auditor")
    for rule in shipped(role)["rules"]
    for group in rule["apiGroups"]
    for resource in rule["resources"]
]


def but(left_out: tuple[str, str]) -> list[Plain]:
    """The rights that are shipped, without one of them."""
    rules = [rule for role in ("igz-runtime-reader", "igz-runtime-auditor") for rule in shipped(role)["rules"]]
    group, resource = left_out
    return [
        {
            **rule,
            "resources": [each for each in rule["resources"] if each != resource or group not in rule["apiGroups"]],
        }
        for rule in rules
        if rule["resources"] != [resource] or group not in rule["apiGroups"]
    ]


@pytest.fixture(scope="module")
def bad() -> Layout:
    """A cluster with most of what can be planted at once; the core services' taint leaves IGZ401 to one pod."""
    names = ("a core group that may grow", "a core node that is not ready", "spot nodes without a taint")
    groups = [fault._replace(environment="production") for name, fault in FAULTS.items() if name in names]
    pods = [fault for fault in {**PODS, **DECLARED}.values() if fault.environment == "production"]
    return together([*groups, *pods]).layout(KARPENTER)


@pytest.mark.parametrize("left_out", RIGHTS, ids=lambda each: each[1])
def test_a_missing_right_leads_to_no_finding_and_hides_none(
    left_out: tuple[str, str], bad: Layout, kubernetes: Any, control_plane: ControlPlane, namespace: str
) -> None:
    """What was found and is not any more is not checked, and no sentence of the best practices becomes fine by it."""
    config = control_plane.kubeconfig_of("reader")
    with standing(kubernetes, namespace, bad), allowed(kubernetes, "reader", but(left_out)):
        whole = audit_cluster(read(control_plane.kubeconfig, namespace, bad), config="none")
        wait(lambda: len(Cluster.from_kubernetes(kubeconfig=str(config), running=True).live.unknown) == 1)
        part = audit_cluster(read(config, namespace, bad), config="none")
    open_ = {each.rule for each in part.skipped} | set(part.unasked)

    assert found(part) - found(whole) == set()
    assert {rule for rule, _ in found(whole) - found(part)} - open_ == set()
    assert {each.rule for each in whole.skipped} - open_ == set()
    fine = {each.sentence.text for each in part.answers if each.verdict == "fine"}
    assert [
        each.sentence.text for each in whole.answers if each.verdict == "found" and each.sentence.text in fine
    ] == []
    assert len(part.unread) > len(whole.unread)
