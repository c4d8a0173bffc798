"""An audit beside an earlier one: by its report, as a file of JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from igz_runtime.audit import audit_cluster
from igz_runtime.audit.compare import compared
from igz_runtime.audit.earlier import read_report
from igz_runtime.audit.results import Audit, AuditFinding, Comparison
from igz_runtime.cli import main
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.results import Report
from igz_runtime.report import lint
from igz_runtime.report.audit.json import document_of, rendered
from igz_runtime.report.audit.since import since_content
from igz_runtime.report.audit_formats import render
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.findings import Skipped
from igz_runtime.waiver import Waiver
from tests.clusters import audited, finding

SCHEMA = json.loads((Path(lint.__file__).parents[1] / "audit/audit.schema.json").read_text())
LATER = "2026-11-29T07:15:00Z"
GROUP = {"function": "initial", "kind": "node group"}
JOB = {"function": "train", "kind": "job", "role": "main"}

ERROR = AuditFinding(finding("IGZ602", "error", "it has 1 node", **GROUP), "initial", ("n-1",))
WORK = AuditFinding(finding("IGZ611", "warning", "2 pods are Burstable", **JOB), "jobs", ("n-2",), "churn")


def audit(*found: AuditFinding, **changes: Any) -> Audit:
    return replace(audited(10), found=found, skipped=(), **changes)


def live(of: Audit, **facts: Any) -> Audit:
    """The audit with other facts of its cluster."""
    known = of.view.live
    assert known is not None
    return replace(of, view=AuditedCluster(replace(of.view.cluster, live=replace(known, **facts))))


@pytest.fixture
def since(tmp_path: Path) -> Callable[[Audit, Audit], Comparison]:
    """What has become of one audit in another, by the first one's report."""

    def of(before: Audit, now: Audit) -> Comparison:
        (tmp_path / "before.json").write_text(rendered(before))
        comparison = compared(now, read_report(str(tmp_path / "before.json"))).since
        assert comparison is not None
        return comparison

    return of


Since = Callable[[Audit, Audit], Comparison]


def test_what_is_as_before_is_only_counted(since: Since) -> None:
    found = since(audit(ERROR, WORK), audit(ERROR, WORK))

    assert found[1:] == ((), (), (), 2, (), ())


def test_new_and_gone_ones_are_told_by_rule_and_subject(since: Since) -> None:
    other = WORK._replace(finding=replace(WORK.finding, function="score"))

    found = since(audit(ERROR, WORK), audit(ERROR, other))

    assert found.new == (other,)
    assert [(was.rule, was.function, was.project, was.message) for was in found.gone] == [
        ("IGZ611", "train", "churn", "2 pods are Burstable")
    ]
    assert found.same == 1


@pytest.mark.parametrize("other", [WORK._replace(project="fraud"), WORK._replace(namespace="fraud")])
def test_a_function_of_another_project_or_namespace_is_another_one(since: Since, other: AuditFinding) -> None:
    found = since(audit(WORK), audit(other))

    assert (len(found.new), len(found.gone)) == (1, 1)


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (replace(WORK.finding, severity="error"), ("error, was warning",)),
        (replace(WORK.finding, message="3 pods are Burstable"), ("said: 2 pods are Burstable",)),
        (replace(WORK.finding, waived=Waiver("known")), ("waived now",)),
    ],
    ids=["severity", "message", "waiver"],
)
def test_what_differs_of_the_same_finding_is_said(since: Since, now: Any, what: tuple[str, ...]) -> None:
    found = since(audit(WORK), audit(WORK._replace(finding=now)))

    assert [one.what for one in found.changed] == [what]
    assert (found.new, found.gone, found.same) == ((), (), 0)


def test_how_many_nodes_it_is_about_is_said_and_not_which(since: Since) -> None:
    more, others = WORK._replace(nodes=("n-2", "n-3")), WORK._replace(nodes=("n-9",))

    assert since(audit(WORK), audit(more)).changed[0].what == ("2 nodes, was 1",)
    assert since(audit(WORK), audit(others)).same == 1


def test_of_several_findings_on_one_subject_those_that_say_the_same_are_the_same(since: Since) -> None:
    def saying(text: str) -> AuditFinding:
        return WORK._replace(finding=replace(WORK.finding, message=text))

    found = since(audit(saying("a"), saying("b"), saying("c")), audit(saying("c"), saying("d")))

    assert found.same == 1
    assert [(one.was.message, one.now.finding.message) for one in found.changed] == [("a", "d")]
    assert [was.message for was in found.gone] == ["b"]


def test_a_rule_that_could_not_decide_makes_nothing_gone(since: Since) -> None:
    skipped = Skipped("IGZ602", "initial", "", "its bounds are not known")

    found = since(audit(ERROR, WORK), replace(audit(WORK), skipped=(skipped,)))

    assert [was.rule for was in found.undecided] == ["IGZ602"]
    assert found.gone == ()


@pytest.mark.parametrize(
    ("facts", "undecided"),
    [
        ({"unknown": {"pods": "forbidden"}}, ["IGZ611"]),
        ({"unknown": {"nodes": "forbidden"}}, ["IGZ602", "IGZ611"]),
        ({"running": None}, ["IGZ611"]),
        ({"unknown": {"Nuclio's functions": "forbidden"}}, ["IGZ611"]),
        ({"unknown": {"quotas": "forbidden"}}, []),
    ],
    ids=str,
)
def test_what_was_not_read_now_makes_nothing_gone(since: Since, facts: Any, undecided: list[str]) -> None:
    found = since(audit(ERROR, WORK), live(audit(), **facts))

    assert [was.rule for was in found.undecided] == undecided
    assert len(found.gone) == 2 - len(undecided)


def test_a_rule_that_is_off_now_makes_nothing_gone(since: Since) -> None:
    found = since(audit(ERROR, WORK), audit(WORK, off=("IGZ602",)))

    assert (found.gone, found.undecided, found.same) == ((), (), 1)


def test_two_clusters_two_environments_and_the_wrong_order_are_said(since: Since) -> None:
    before = live(audit(), uid="a", read=LATER)
    now = live(audit(), uid="b")
    cluster = replace(now.view.cluster, environment="development", source="context 'other'")
    now = replace(now, view=AuditedCluster(cluster))

    assert since(before, now).remarks == (
        "these are two clusters: context 'iguazio', and now context 'other'",
        "the environment was production, and is development",
        f"the report to compare with is the later one: it was read {LATER}, this audit 2026-11-28T07:15:00Z",
    )


def test_a_cluster_whose_uid_was_not_known_may_be_the_same(since: Since) -> None:
    assert since(audit(), live(audit(), uid="b")).remarks == ()


def test_every_format_shows_it_that_has_more_than_findings(tmp_path: Path) -> None:
    report = tmp_path / "before.json"
    report.write_text(rendered(audit(ERROR)))
    now = compared(live(audit(WORK), read=LATER), read_report(str(report)))

    text, page = render(now, "text"), render(now, "html")
    document = json.loads(render(now, "json"))

    assert "since 2026-11-28T07:15:00Z: 1 new, 1 gone, 0 as before\n" in text
    assert "new  IGZ611 warning: job 'train' of project 'churn': 2 pods are Burstable\n" in text
    assert "gone  IGZ602 error: node group 'initial': it has 1 node\n" in text
    assert "<h2>Since 2026-11-28T07:15:00Z</h2>" in page
    assert "IGZ602 error: node group &#x27;initial&#x27;: it has 1 node" in page
    assert "since" in now._repr_html_()
    jsonschema.validate(document, SCHEMA)
    assert [one["rule"] for one in document["since"]["gone"]] == ["IGZ602"]
    assert document["since"]["new"][0]["project"] == "churn"
    assert json.loads(rendered(audit(ERROR)))["since"] is None


def test_what_is_new_and_accepted_is_no_alarm(tmp_path: Path) -> None:
    waived = WORK._replace(finding=replace(WORK.finding, severity="error", waived=Waiver("known")))
    report = tmp_path / "before.json"
    report.write_text(rendered(audit()))
    comparison = compared(audit(waived), read_report(str(report))).since

    assert comparison is not None
    (part,) = since_content(comparison).parts
    assert part.lines == (("IGZ611 error: job 'train' of project 'churn': 2 pods are Burstable (waived)", "plain"),)


def test_many_are_counted_and_a_few_are_listed(tmp_path: Path) -> None:
    many = [WORK._replace(finding=replace(WORK.finding, function=f"train-{number}")) for number in range(50)]
    report = tmp_path / "before.json"
    report.write_text(rendered(audit()))
    now = compared(audit(*many), read_report(str(report)))

    assert "50 new" in render(now, "text")
    assert "and 30 new more; --verbose shows all" in render(now, "text")
    assert "train-49" in render(now, "text", verbose=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"before.json:1:2: is not JSON: "),
        ("[]", r"before.json:1:1: is not a report of igz-runtime audit"),
        ('{"version": 1, "findings": [], "skipped": []}', "is not a report of igz-runtime audit"),
        ('{"unchecked": [],\n "version": 2, "findings": []}', r"before.json:2:2: version 2, and 1 is required"),
        ('{"unchecked": [],\n "version": true, "findings": []}', "version True, and 1 is required"),
        ('{"unchecked": [], "version": 1}', "the findings are not a list"),
        ('{"unchecked": [], "version": 1, "uid": 3, "findings": []}', r":1:33: uid 3 is not a text"),
        ('{"unchecked": [], "version": 1, "findings": [\n3]}', r"before.json:2:1: a finding is not an object"),
        ('{"unchecked": [], "version": 1, "findings": [\n{"rule": "IGZ602"}]}', r":2:1: a finding needs severity, mes"),
    ],
)
def test_what_is_no_such_report_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "before.json").write_text(text)

    with pytest.raises(ConfigurationError, match=says) as refusal:
        read_report(str(tmp_path / "before.json"))
    assert "--format json" in str(refusal.value)


@pytest.mark.parametrize("severity", ["fatal", "ERROR"])
def test_a_severity_that_does_not_exist_is_refused(tmp_path: Path, severity: str) -> None:
    document = document_of(audit(ERROR))
    document["findings"][0]["severity"] = severity
    (tmp_path / "before.json").write_text(json.dumps(document))

    with pytest.raises(ConfigurationError, match=f"severity '{severity}' is not error, warning or info"):
        read_report(str(tmp_path / "before.json"))


def test_the_reports_of_lint_and_saved_clusters_are_told_from_it(tmp_path: Path) -> None:
    audited(3).view.cluster.save(tmp_path / "cluster.json")
    (tmp_path / "lint.json").write_text(lint.render(Report(), "json"))

    for name in ("cluster.json", "lint.json"):
        with pytest.raises(ConfigurationError, match="is not a report of igz-runtime audit"):
            read_report(str(tmp_path / name))


def test_in_a_notebook_it_is_an_argument(tmp_path: Path) -> None:
    cluster = audited(20).view.cluster
    before = audit_cluster(cluster, config="none")
    (tmp_path / "before.json").write_text(rendered(before))

    since = audit_cluster(cluster, config="none", compare=tmp_path / "before.json").since

    assert before.since is None
    assert since is not None
    assert (since.same, since.new) == (len(before.found), ())


def test_the_command_compares_and_what_fails_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    audited(20).view.cluster.save("cluster.json")
    assert main(["audit", "--cluster=cluster.json", "--output=before.json", "--fail-on=info"]) == 1

    code = main(["audit", "--cluster=cluster.json", "--compare=before.json", "--fail-on=info"])

    assert "since 2026-11-28T07:15:00Z: " in capsys.readouterr().out
    assert code == 1, "what was there before still fails"


def test_a_wrong_file_ends_the_command_before_it_reads_the_cluster(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "igz_runtime", "audit", "--cluster=missing", "--compare=missing.json"]

    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (
        2,
        "igz-runtime: missing.json: cannot be read (No such file or directory)\n",
    )
