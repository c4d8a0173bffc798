"""An audit as metrics: what has a series, and what has none because it was not read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from igz_runtime.audit import audit_cluster
from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster import Cluster
from igz_runtime.report.audit.prometheus import rendered
from igz_runtime.rules.audited import AuditedCluster
from tests.clusters import audited, finding

SERIES = re.compile(r"^igz_runtime_audit_(\w+?)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def values(audit: Audit, metric: str) -> dict[str, float]:
    """The series of one metric, by their labels."""
    return {labels or "": float(value) for name, labels, value in SERIES.findall(rendered(audit)) if name == metric}


def with_unknown(audit: Audit, *facts: str) -> Audit:
    live = audit.view.live
    assert live is not None
    unknown = replace(live, unknown=dict.fromkeys(facts, "forbidden"))
    return replace(audit, view=AuditedCluster(replace(audit.view.cluster, live=unknown)))


def test_findings_are_counted_by_rule_severity_group_and_whether_they_are_waived() -> None:
    audit = audited(40)

    found = values(audit, "findings")

    assert found['rule="IGZ602",severity="error",group="initial",state="standing"'] == 1
    assert found['rule="IGZ609",severity="error",group="spot",state="waived"'] == 1
    assert found['rule="IGZ606",severity="info",group="",state="standing"'] == 1
    assert sum(found.values()) == len(audit.found)


def test_every_severity_has_its_sum_so_that_none_is_zero_and_not_missing() -> None:
    nothing = replace(audited(40), found=())

    assert values(nothing, "standing_findings") == {
        'severity="error"': 0,
        'severity="warning"': 0,
        'severity="info"': 0,
    }
    assert values(audited(40), "standing_findings")['severity="info"'] == 1


def test_memory_is_summed_by_group_and_qos_class() -> None:
    audit = audited(40)
    spot = next(each for each in audit.view.groups if each.group.name == "spot")

    memory = values(audit, "group_memory_requested_bytes")

    assert memory['group="spot",qos="Guaranteed"'] == sum(load.memory["Guaranteed"] for load in spot.loads.values())
    assert memory['group="spot",qos="BestEffort"'] == 0
    assert len(memory) == 3 * len(audit.view.groups)


def test_user_pods_say_whether_they_run_on_spot() -> None:
    pods = values(audited(40), "user_pods")

    assert sum(pods.values()) == 12
    assert pods['group="jobs",lifecycle="on-demand",kind="spark",qos="Burstable"'] >= 1


def test_bounds_that_are_not_known_have_no_series() -> None:
    least = values(audited(40), "group_nodes_least")

    assert least == {'group="initial"': 2, 'group="jobs"': 1, 'group="spot"': 0}


def test_capacity_says_what_there_is_what_there_may_be_and_what_guaranteed_pods_would_use_up() -> None:
    audit = audit_cluster(audited(40).view.cluster)
    jobs = next(each for each in audit.capacity if each.name == "jobs")

    assert values(audit, "group_memory_allocatable_bytes")['group="jobs"'] == jobs.has["memory"]
    assert values(audit, "group_memory_allocatable_at_most_bytes") == {'group="initial"': 2 * jobs.has["memory"] / 22}
    assert values(audit, "group_cpu_requested_cores")['group="jobs"'] == jobs.reserved["cpu"] / 1000
    guaranteed = values(audit, "group_memory_requested_if_guaranteed_bytes")
    assert guaranteed['group="jobs"'] == jobs.if_guaranteed["memory"]
    assert values(with_unknown(audit, "pods"), "group_memory_requested_if_guaranteed_bytes") == {}


@pytest.mark.parametrize(
    ("fact", "missing"),
    [
        ("pods", ("group_memory_requested_bytes", "user_pods", "user_pods_pending", "group_pods")),
        ("nodes", ("group_nodes", "group_nodes_unready", "group_gpus_allocatable")),
    ],
)
def test_what_was_not_read_is_named_and_not_zero(fact: str, missing: tuple[str, ...]) -> None:
    audit = with_unknown(audited(40), fact)

    assert values(audit, "unread") == {f'fact="{fact}"': 1}
    assert [metric for metric in missing if values(audit, metric)] == []
    assert [metric for metric in missing if not values(audited(40), metric)] == []


def test_devices_that_are_allocated_dynamically_are_not_counted() -> None:
    audit = audited(40)
    live = audit.view.live
    assert live is not None
    dynamic = replace(live, devices=MappingProxyType({"nvidia.com/gpu": "allocated dynamically"}))
    view = AuditedCluster(replace(audit.view.cluster, live=dynamic))

    assert values(replace(audit, view=view), "group_gpus_allocatable") == {}


def test_a_cluster_that_was_described_and_never_read_has_no_time_of_reading() -> None:
    audit = Audit(AuditedCluster(Cluster.iguazio()))

    assert values(audit, "read_timestamp_seconds") == {}
    assert values(audit, "group_nodes") == {}
    assert values(audit, "info")


def test_no_label_grows_with_the_work_on_the_cluster() -> None:
    few, many = rendered(audited(40, findings=12)), rendered(audited(40, findings=4000))

    assert abs(len(few.splitlines()) - len(many.splitlines())) < 60
    assert "train-" not in many
    assert "compute.internal" not in many


def test_values_of_labels_are_escaped() -> None:
    audit = replace(audited(40), found=(AuditFinding(finding("IGZ602", "error", "…"), 'a"b\\c\nd\x1be\udc80ü'),))

    assert r'group="a\"b\\c\\nd\\x1be\\udc80ü"' in rendered(audit)


def test_the_documentation_names_every_metric_with_its_labels() -> None:
    audit = replace(audit_cluster(audited(40).view.cluster), found=audited(40).found, skipped=audited(40).skipped)
    page = (Path(__file__).parents[3] / "docs/audit-over-time.md").read_text()
    table = page.partition("## Metrics")[2].partition("## As a CronJob")[0]
    rows = re.findall(r"^\| (`.+`) \| *([a-z_, ]*?) *\|", table, re.MULTILINE)
    told = {name: labels.split(", ") for names, labels in rows for name in re.findall(r"`(\w+)`", names)}
    there: dict[str, list[str]] = {}
    for name, labels, _ in SERIES.findall(rendered(with_unknown(audit, "quotas"))):
        there[name] = re.findall(r'(\w+)="', labels) or [""]

    assert there == {name: told.get(name) for name in there}
    assert set(told) == set(there)
