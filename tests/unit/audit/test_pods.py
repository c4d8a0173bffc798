"""The rules on functions, asked of the pods that run."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.audit import audit_cluster
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.cluster.facts import Pool
from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.k8s.pod import Container, Toleration
from igz_runtime.k8s.quantity import quantity
from igz_runtime.rules import Found, Rule, Subject
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.registry import rules_on
from tests.unit.audit.running import ANYWHERE, ON_SPOT, TWO, a_cluster, of_cluster, rules_found, the_work


def test_pods_that_ask_for_nothing_wrong_are_found_fine() -> None:
    assert rules_found([the_work()]) == []


@pytest.mark.parametrize("nodes", [{"initial-1": 1}, {"spot-1": 1}])
@pytest.mark.parametrize(
    "identity", [{"kind": "build"}, {"kind": "job", "core": True}], ids=["image build", "core service"]
)
def test_image_builds_and_core_services_are_not_judged(identity: dict[str, Any], nodes: dict[str, int]) -> None:
    work = the_work(function="trainer", pod=ANYWHERE.but(priority_class="system-x"), nodes=nodes, qos="BestEffort")
    judged = work._replace(identity=work.identity._replace(**identity))

    assert rules_found([judged], environment="production") == []
    assert rules_found([work], environment="production")


def test_a_cluster_without_mlrun_is_audited_and_nothing_is_said_of_pods() -> None:
    audit = audit_cluster(a_cluster(), config="none")

    assert [each for each in audit.found if not of_cluster(each)] == []
    assert audit.unread == ()


def test_a_kind_that_is_not_known_is_said_and_not_taken_for_checked() -> None:
    audit = audit_cluster(a_cluster([the_work("ray", "a"), the_work("ray", "b")]), config="none")

    assert audit.unread == ("pods of kind 'ray', which this igz-runtime does not know: 2 functions not checked",)


def test_what_a_pod_cannot_answer_is_said_once_and_derived_from_what_rules_read() -> None:
    audit = audit_cluster(a_cluster([the_work(), the_work("serving", "scorer")]), config="none")
    (said,) = audit.unread

    others = {each.id for each in rules_on(Subject).built_in} - {each.id for each in told_by_pods().built_in}
    assert said.startswith("of 2 functions only pods are there, which cannot answer IGZ103, ")
    assert others == set(re.findall(r"IGZ\d{3}", said))
    assert {"IGZ103", "IGZ109", "IGZ110", "IGZ404", "IGZ408", "IGZ501"} <= others
    assert not others & {"IGZ101", "IGZ102", "IGZ107", "IGZ201", "IGZ302", "IGZ303", "IGZ401", "IGZ402", "IGZ403"}


def test_the_name_of_its_node_is_the_schedulers_and_no_finding() -> None:
    assert rules_found([the_work(pod=the_work().pod.but(node_name="jobs-1"))]) == []


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("", [("IGZ611", "main")]),
        ("production_job", [("IGZ105", "main"), ("IGZ107", "main"), ("IGZ201", "main"), ("IGZ611", "main")]),
        ("spot_stateless", [("IGZ201", "main"), ("IGZ611", "main")]),
        ("nobody_knows_it", [("IGZ611", "main")]),
    ],
)
def test_the_label_of_a_profile_says_what_was_promised(profile: str, expected: list[tuple[str, str]]) -> None:
    limits_only = ANYWHERE.but(
        containers=(Container("base", {"cpu": quantity("1"), "memory": quantity("8Gi")}, TWO),), node_selector={}
    )
    found = rules_found([the_work(pod=limits_only, profile=profile, qos="Burstable")])

    assert [each for each in found if each[0] not in ("IGZ401", "IGZ402")] == expected


def test_a_profile_that_is_not_known_is_said() -> None:
    work = [the_work(function=name, profile="nobody_knows_it") for name in ("a", "b")]
    unread = audit_cluster(a_cluster(work), config="none").unread

    assert "what profile 'nobody_knows_it' promises, whose label pods carry: it is not known here" in unread
    assert len(unread) == 2


def test_a_profile_of_the_configuration_counts_too(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("profiles: {sandbox: {extends: development_job}}")
    cluster = a_cluster([the_work(profile="sandbox")], environment="production")

    assert "IGZ612" in {each.finding.rule for each in audit_cluster(cluster, config=config).found}
    assert "IGZ612" not in {each.finding.rule for each in audit_cluster(cluster, config="none").found}


MISSION_CRITICAL = """
profiles:
  risk_scoring: {extends: production_service, workload: mission-critical}
"""


@pytest.mark.parametrize(
    ("priority", "expected"),
    [
        ("igz-workload-high", ["IGZ102"]),
        ("igz-workload-medium", ["IGZ102", "IGZ303"]),
        (None, ["IGZ102", "IGZ303"]),
        ("of-its-own", ["IGZ102"]),
    ],
)
def test_a_profile_that_declares_its_work_mission_critical_says_so_of_its_pods(
    tmp_path: Path, priority: str | None, expected: list[str]
) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text(MISSION_CRITICAL)
    work = the_work("serving", profile="risk_scoring", pod=ON_SPOT.but(priority_class=priority))
    of_another = work._replace(identity=work.identity._replace(function="other", profile="production_service"))

    found = audit_cluster(a_cluster([work, of_another]), config=config).found
    assert sorted(e.finding.rule for e in found if e.finding.rule in ("IGZ102", "IGZ303")) == expected
    assert {e.finding.function for e in found if e.finding.rule in ("IGZ102", "IGZ303")} == {work.identity.function}


def test_a_spark_driver_is_promised_to_stay_on_demand_wherever_its_executors_go() -> None:
    roles = [
        the_work("spark", role=role, profile="opportunistic_job", pod=ON_SPOT.but(role=role))
        for role in ("driver", "executor")
    ]

    assert ("IGZ107", "driver") in rules_found(roles)
    assert ("IGZ107", "executor") not in rules_found(roles)


@pytest.mark.parametrize("protected", [True, False])
def test_a_promised_run_on_nodes_that_are_emptied_is_found_unless_its_pods_are_protected(*, protected: bool) -> None:
    annotations = dict(PROTECTION.values()) if protected else {}
    work = the_work(profile="production_job", pod=the_work().pod.but(annotations=annotations))
    cluster = a_cluster([work])
    assert cluster.live
    emptied = Pool("karpenter", "jobs", labels={"pool": "jobs"})
    audit = audit_cluster(replace(cluster, live=replace(cluster.live, pools=(emptied,))), config="none")

    assert ("IGZ211" in {each.finding.rule for each in audit.found}) is not protected


def test_a_launcher_beside_workers_with_gpus_belongs_on_their_nodes() -> None:
    on_gpus = the_work().pod.but(node_selector={"zone": "true"}, tolerations=(Toleration("nvidia.com/gpu", "Exists"),))
    gpu = Container("worker", TWO, {**TWO, "nvidia.com/gpu": quantity("1")})
    launcher = the_work("mpijob", role="launcher", pod=on_gpus, nodes={"gpu-1": 1})
    worker = the_work("mpijob", role="worker", pod=on_gpus.but(containers=(gpu,)), nodes={"gpu-1": 1})

    assert ("IGZ402", "launcher") not in rules_found([launcher, worker])
    assert ("IGZ402", "launcher") in rules_found([launcher, worker._replace(namespace="another")])


def test_general_rules_are_asked_once_of_pods_that_ask_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def made(rule_id: str, reads: tuple[str, ...], owner: str = "") -> Rule[Any]:
        def check(subject: Subject) -> list[Found]:
            asked.append(rule_id)
            return [Found(f"of {subject.function.name}")]

        texts: dict[str, Any] = {"severity": "info", "source": "s.", "origin": "o", "fix": "f", "waivable": True}
        return Rule(rule_id, "a-b", "t", **texts, check=check, reads=reads, owner=owner)

    of_mode = made("ACME102", ("preemption_mode",), "acme 1.0")
    for each in (
        made("IGZ198", ("priority_class",)),
        made("IGZ199", ("name",)),
        made("ACME101", ("kind", "name"), "a"),
        of_mode,
    ):
        monkeypatch.setitem(REGISTRY, each.id, each)
    found = audit_cluster(a_cluster([the_work(function=f"f{i}") for i in range(5)]), config="none").found

    assert Counter(asked) == {"IGZ198": 1, "IGZ199": 5, "ACME101": 5}
    assert [each.finding.message for each in found if each.finding.rule == "IGZ199"] == [f"of f{i}" for i in range(5)]
