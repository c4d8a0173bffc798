"""Exactly the planted faults are found, on a live cluster and on the saved one alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.report.audit.json import document_of
from igz_runtime.rules import rules
from tests.cluster.audited import defined, read, standing
from tests.cluster.binaries import AUTOSCALER
from tests.cluster.conftest import programs
from tests.cluster.layouts import CLOUDS, Cloud, Layout, empty
from tests.cluster.planted import CORE, DECLARED, FAULTS, GROUPS, PODS, together
from tests.cluster.running_pods import SECRET, busy

Audited = Callable[[Layout], Audit]
clouds = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


@pytest.fixture(scope="module", autouse=True)
def definitions(kubernetes: Any) -> Iterator[None]:
    with defined(kubernetes, programs(AUTOSCALER) / "manifests"):
        yield


@pytest.fixture
def audited(kubernetes: Any, kubeconfig: Path, namespace: str, tmp_path: Path) -> Audited:
    """What an audit says of a cluster while it stands, and of the same from a file."""

    def of(layout: Layout) -> Audit:
        with standing(kubernetes, namespace, layout):
            cluster = read(kubeconfig, namespace, layout)
        live, saved = audit_cluster(cluster, config="none"), tmp_path / "cluster.json"
        cluster.save(saved)
        assert SECRET not in saved.read_text()
        assert document_of(audit_cluster(Cluster.load(saved), config="none")) == document_of(live)
        return live

    return of


def found(audit: Audit) -> set[tuple[str, str]]:
    return {(each.finding.rule, each.finding.function) for each in audit.found}


@clouds
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_good_cluster_has_no_findings(cloud: Cloud, environment: str, audited: Audited) -> None:
    audit = audited(busy(empty(cloud, environment)))

    assert found(audit) == set()
    assert audit.skipped == ()


SHAPED_BY_CLOUDS = [(fault, cloud) for fault in (*CORE, *GROUPS) for cloud in CLOUDS]
OF_PODS = list(zip((*PODS, *DECLARED), cycle(CLOUDS), strict=False))


@pytest.mark.parametrize(
    ("fault", "cloud"), SHAPED_BY_CLOUDS + OF_PODS, ids=lambda each: each.name if isinstance(each, Cloud) else each
)
def test_exactly_what_is_planted_is_found(fault: str, cloud: Cloud, audited: Audited) -> None:
    """How node groups and their bounds are read depends on the cloud; what pods are does not."""
    planted = FAULTS[fault]
    layout = planted.layout(cloud)

    assert found(audited(layout)) == planted.expected(layout)


@clouds
def test_every_fault_of_pods_is_found_beside_the_others(cloud: Cloud, audited: Audited) -> None:
    planted = together(each for each in {**PODS, **DECLARED}.values() if each.environment == "production")
    layout = planted.layout(cloud)

    assert found(audited(layout)) == planted.expected(layout)


def test_every_rule_on_clusters_is_planted() -> None:
    planted = {rule for fault in FAULTS.values() for rule in fault.found}

    # Of two clusters: test_separation.py.
    assert {each for each in rules() if each.startswith("IGZ6")} - planted == {"IGZ620"}
