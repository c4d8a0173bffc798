"""What is shown of an audit: every finding once, thousands of alike ones folded, and what is not known said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.bounds import Bounds
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.report.audit.content import AuditContent, GroupContent, audit_content, bounds_text
from igz_runtime.report.audit.folding import Folded, more_text
from igz_runtime.rules.audited import AuditedCluster
from tests.clusters import audited, finding


def group(content: AuditContent, name: str) -> GroupContent:
    return next(each for each in content.groups if each.name == name)


def every(content: AuditContent) -> list[Folded]:
    return [*content.findings, *(one for each in content.groups for one in each.findings)]


def without_nodes(audit: Audit) -> Audit:
    return replace(audit, view=AuditedCluster(replace(audit.view.cluster, live=None)))


def test_every_finding_is_counted_once_however_it_is_folded() -> None:
    audit = audited(400, findings=3000)
    content = audit_content(audit)

    assert sum(one.number for one in every(content)) == len(audit.found)
    assert content.summary == "1001 errors, 2001 warnings, 1 info; 1 waived; 2 rules not checked"
    assert sum(sum(each.counts.values()) + each.accepted for each in content.rules) == len(audit.found)


def test_thousands_of_alike_findings_say_their_sentence_once_and_name_a_few() -> None:
    content = audit_content(audited(400, findings=3000))
    alike = next(one for one in group(content, "jobs").findings if one.rule == "IGZ611")

    assert alike.number > 500
    assert [said.message for said in alike.said] == [
        "its QoS class is Burstable, and Guaranteed is recommended in production"
    ]
    assert len(alike.said[0].about) == 6
    assert alike.said[0].more == alike.number - 6
    assert more_text(alike.said[0].more) == f"and {alike.number - 6} more; the JSON report has all"


def test_sentences_that_differ_are_shown_up_to_a_few() -> None:
    content = audit_content(audited(400, findings=3000))
    ratios = next(one for one in group(content, "jobs").findings if one.rule == "IGZ617")

    assert len(ratios.said) == 4
    assert ratios.more > 100


def test_who_it_is_about_is_said_of_work_and_not_of_the_group_beside_which_it_stands() -> None:
    content = audit_content(audited(40))

    found = {one.rule: one for one in group(content, "initial").findings}
    assert found["IGZ602"].said[0].about == ()
    assert found["IGZ614"].said[0].about == ("spark 'train-0' of project 'project-0'",)


def test_what_is_accepted_comes_last_with_its_reason_and_without_a_fix() -> None:
    spot = group(audit_content(audited(40, findings=300)), "spot").findings

    assert spot[-1].severity == "error, waived"
    assert spot[-1].tone == "plain"
    assert spot[-1].accepted.startswith("waived: an admission policy does it")
    assert spot[-1].fix == ""


def test_a_finding_beside_a_group_that_nobody_knows_stands_with_those_on_the_cluster() -> None:
    audit = audited(3)
    lost = AuditFinding(finding("IGZ605", "error", "user pods on node group 'gone'"), "gone")

    assert "IGZ605" in {one.rule for one in audit_content(replace(audit, found=(lost,))).findings}


def test_bars_add_up_to_what_the_nodes_offer() -> None:
    content = group(audit_content(audited(40)), "gpu")
    memory, pods, gpus = content.bars

    assert memory.text == "115Gi of 256Gi (45 %)"
    assert memory.said == "Guaranteed 77.1Gi, Burstable 37.7Gi"
    assert [part.name for part in pods.parts] == ["system-node-critical", "igz-workload-high", "igz-workload-medium"]
    assert gpus.text == "6 of 16 (38 %)"
    assert sum(sum(node.memory.values()) for node in content.nodes) == sum(part.amount for part in memory.parts)


def test_a_node_has_the_tone_of_its_gravest_finding_and_says_what_state_it_is_in() -> None:
    nodes = group(audit_content(audited(1000, findings=300)), "jobs").nodes

    assert {node.tone for node in nodes} == {"error", "warning", "plain"}
    assert {node.state for node in nodes} == {"", "not ready", "cordoned"}


def test_without_an_api_server_the_groups_are_shown_and_that_nothing_else_is_known() -> None:
    content = audit_content(without_nodes(audited(40)))

    assert ("nodes", ("not known: no API server was asked",)) in {(row.name, row.lines) for row in content.facts}
    assert {each.size for each in content.groups} == {"not known"}
    assert {each.bars for each in content.groups} == {()}


def test_without_what_runs_there_nodes_show_what_is_requested_and_no_qos_class() -> None:
    audit = audited(40)
    cluster = audit.view.cluster
    assert cluster.live is not None
    unread = replace(cluster, live=replace(cluster.live, running=None))
    content = audit_content(replace(audit, view=AuditedCluster(unread)))

    assert ("user work", ("what runs there was not read",)) in {(row.name, row.lines) for row in content.facts}
    assert [part.name for part in group(content, "jobs").bars[0].parts] == ["requested"]


def test_a_cluster_of_which_nothing_is_known_has_no_group() -> None:
    content = audit_content(Audit(AuditedCluster(Cluster())))

    assert content.groups == ()
    assert content.summary == "no findings"


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        (Bounds(2, 2, True), "fixed at 2"),  # noqa: FBT003
        (Bounds(1, 40, False), "1 to 40"),  # noqa: FBT003
        (Bounds(3, None), "at least 3"),
        (Bounds(None, 5), "at most 5"),
        (Bounds(static=True), "fixed"),
        (Bounds(), "not known"),
    ],
)
def test_bounds_are_said_in_words(bounds: Bounds, text: str) -> None:
    assert bounds_text(bounds) == text


def test_bounds_say_how_they_are_known() -> None:
    assert group(audit_content(audited(40)), "initial").bounded == "fixed at 2 (declared)"


def test_a_group_is_named_as_it_is_called_and_no_longer_than_can_be_read() -> None:
    audit = audited(3)
    long = replace(audit.view.cluster, node_groups=(NodeGroup("x" * 10_000),))
    content = audit_content(replace(audit, view=AuditedCluster(long), found=()))

    assert len(content.groups[0].name) < 300
