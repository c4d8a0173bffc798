"""What two rules, or two runs, would say of the same pods is said once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.audit.said_once import ORDINARY, skipped_once
from igz_runtime.cluster.running import Declared, Running, Work
from igz_runtime.k8s.pod import Container
from igz_runtime.k8s.quantity import quantity
from igz_runtime.rules import rules
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.findings import Skipped
from igz_runtime.rules.subject import Subject
from tests.unit.audit.running import ANYWHERE, ON_SPOT, TWO, a_cluster, the_work

GPU = ON_SPOT.but(
    node_selector={"pool": "gpu"},
    containers=(Container("jupyter", TWO, {**TWO, "nvidia.com/gpu": quantity("1")}),),
)
SERVICE = {
    "apiVersion": "iguazio.com/v1beta1",
    "kind": "IguazioTenantAppServiceSet",
    "spec": {
        "spec": {
            "tenants": [
                {"spec": {"services": {"lab": {"kind": "jupyter", "resources": {"limits": {"nvidia_gpu": "1"}}}}}}
            ]
        }
    },
}

NOW: dict[str, Work] = {
    "IGZ605": the_work(pod=ANYWHERE, nodes={"initial-1": 1}),
    "IGZ612": the_work(profile="development_job"),
    "IGZ613": the_work("jupyter", "lab", project="", namespace="tenant", pod=GPU, nodes={"gpu-1": 1}),
    "IGZ614": the_work(function="trainer", pod=ON_SPOT, nodes={"spot-1": 1}),
    "IGZ619": the_work(pod=ANYWHERE.but(priority_class="igz-system-high")),
}
"""For each rule of the table, pods that it and its ordinary rule find something on."""

BEFORE: dict[str, Work] = {
    "IGZ605": NOW["IGZ605"]._replace(nodes={"jobs-1": 1}),
    "IGZ614": NOW["IGZ614"]._replace(nodes={}, pending=1),
}
"""Pods that only the ordinary rule finds something on: where they may come to."""


def audited(*work: Work, config: Any = "none") -> Audit:
    """The audit of a production cluster where these pods run, and a Jupyter service is declared."""
    cluster = a_cluster(environment="production")
    assert cluster.live
    live = replace(cluster.live, running=Running(work, declared=(Declared(SERVICE, "tenant"),)))
    return audit_cluster(replace(cluster, live=live), config=config)


def rules_on(function: str, audit: Audit) -> set[str]:
    """Which rules find something on a function."""
    return {each.finding.rule for each in audit.found if each.finding.function == function}


def test_the_table_is_of_rules_on_pods_and_of_rules_on_functions() -> None:
    assert set(ORDINARY) == set(NOW)
    assert all(rules()[each].on is AuditedWork for each in ORDINARY)
    assert all(rules()[each].on is Subject for each in ORDINARY.values())
    assert all(rules()[now].waivable == rules()[then].waivable for now, then in ORDINARY.items())


@pytest.mark.parametrize("rule_id", sorted(NOW))
def test_what_runs_is_said_by_the_rule_on_what_runs_and_by_no_other(rule_id: str) -> None:
    found = rules_on(NOW[rule_id].identity.function, audited(NOW[rule_id]))

    assert rule_id in found
    assert ORDINARY[rule_id] not in found


@pytest.mark.parametrize("rule_id", sorted(BEFORE))
def test_what_may_come_is_said_by_the_ordinary_rule(rule_id: str) -> None:
    found = rules_on(BEFORE[rule_id].identity.function, audited(BEFORE[rule_id]))

    assert ORDINARY[rule_id] in found
    assert rule_id not in found


def test_a_service_that_does_not_run_is_found_by_what_declares_it() -> None:
    assert {"IGZ501", "IGZ403"} <= rules_on("lab", audited())


@pytest.mark.parametrize("rule_id", sorted(BEFORE))
def test_the_same_of_another_function_is_said_too(rule_id: str) -> None:
    other = BEFORE[rule_id]
    other = other._replace(identity=other.identity._replace(function="trainer-2"))

    assert ORDINARY[rule_id] in rules_on("trainer-2", audited(NOW[rule_id], other))


@pytest.mark.parametrize("rule_id", sorted(each for each in NOW if each != "IGZ619"))
@pytest.mark.parametrize("waived", ["its own rule", "the ordinary rule"])
@pytest.mark.parametrize("where", ["pods", "configuration"])
def test_a_waiver_of_either_rule_counts(rule_id: str, waived: str, where: str, tmp_path: Path) -> None:
    named = rule_id if waived == "its own rule" else ORDINARY[rule_id]
    work, config = NOW[rule_id], tmp_path / "igz-runtime.yaml"
    if where == "pods":
        work = work._replace(waivers={named: "until 9999-12-31 agreed with the platform team"})
    else:
        of = f"function: {work.identity.function}, until: 9999-12-31"
        config.write_text(f"waivers: [{{rule: {named}, {of}, reason: agreed with the platform team}}]")
    found = audited(work, config="none" if where == "pods" else config).found

    (finding,) = [each.finding for each in found if each.finding.rule == rule_id]
    assert str(finding.waived) == "agreed with the platform team (until 9999-12-31)"


@pytest.mark.parametrize(
    ("text", "said"),
    [("until 2020-01-31 resubmitted", "the waiver expired on 2020-01-31"), ("", "annotation igz-runtime/waive-IGZ101")],
)
def test_a_waiver_that_does_not_count_says_why(text: str, said: str) -> None:
    found = audited(NOW["IGZ614"]._replace(waivers={"IGZ101": text})).found

    (finding,) = [each.finding for each in found if each.finding.rule == "IGZ614"]
    assert finding.refuses
    assert said in finding.fix


def test_what_cannot_be_waived_is_not_waived_by_its_ordinary_rule_either() -> None:
    found = audited(NOW["IGZ619"]._replace(waivers={"IGZ302": "for now"})).found

    (finding,) = [each.finding for each in found if each.finding.rule == "IGZ619"]
    assert finding.refuses
    assert "this rule cannot be waived" in finding.fix


def test_runs_of_one_function_give_one_finding_with_their_nodes_together() -> None:
    first = NOW["IGZ619"]
    larger = first.pod.but(containers=(Container("base", {}, {**TWO, "cpu": quantity("4")}),))
    found = audited(first._replace(nodes={"jobs-1": 1}), first._replace(nodes={"initial-1": 1}, pod=larger)).found

    (one,) = [each for each in found if each.finding.rule == "IGZ619"]
    assert one.group == "jobs"
    assert one.nodes == ("jobs-1", "initial-1")


def test_functions_of_one_name_in_two_namespaces_are_two() -> None:
    lab = the_work("jupyter", "lab", project="", profile="", nodes={"initial-1": 1}, pod=ANYWHERE)
    found = audited(lab._replace(namespace="anna"), lab._replace(namespace="ben", nodes={"jobs-1": 1})).found

    assert [each.namespace for each in found if each.finding.rule == "IGZ605"] == ["anna"]
    assert sorted(each.namespace for each in found if each.finding.rule == "IGZ401") == ["ben", "tenant"]
    assert sorted(each.namespace for each in found if each.finding.rule == "IGZ612") == ["anna", "ben"]


def test_of_findings_alike_one_that_is_not_waived_counts() -> None:
    first = NOW["IGZ614"]
    found = audited(first._replace(waivers={"IGZ614": "agreed"}), first).found

    (one,) = [each.finding for each in found if each.finding.rule == "IGZ614"]
    assert one.refuses


def test_a_rule_that_could_not_decide_is_said_once_for_each_reason() -> None:
    skipped = [
        Skipped("IGZ1", "etl", "main", "x"),
        Skipped("IGZ1", "b", "main", "x"),
        Skipped("IGZ1", "b", "main", "y"),
    ]

    assert [str(each) for each in skipped_once([*skipped, *skipped])] == [
        "IGZ1 skipped for 'etl' (main), because x (and so for 1 other)",
        "IGZ1 skipped for 'b' (main), because y",
    ]
