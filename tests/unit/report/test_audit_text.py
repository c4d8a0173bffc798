"""An audit for people: node groups with bars, findings by place, and what was not checked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from igz_runtime.audit import audit_cluster
from igz_runtime.audit.results import Audit
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.errors import InvalidValue
from igz_runtime.report.audit_formats import as_known, as_report, render
from igz_runtime.rules.findings import Skipped
from tests.clusters import audited

ROOT = Path(__file__).parents[3]
AUDIT = audited(40, findings=30)
STANDING = [one for one in AUDIT.found if one.stands]
CLEAN = replace(AUDIT, found=(), skipped=(), unread=())


def with_known(audit: Audit) -> Audit:
    """The audit with its first finding in the baseline."""
    report = as_report(audit, "x")
    first, *others = report.findings
    return as_known(audit, report._replace(findings=(first._replace(known=True), *others)))


def test_every_rule_that_finds_something_stands_at_its_place() -> None:
    text = render(AUDIT, "text")

    places = re.findall(r"^(\w+)\n(?=  IGZ)", text, re.MULTILINE)
    assert places == ["cluster", "initial", "gpu", "jobs", "jupyter"]
    assert {one.finding.rule for one in STANDING} == set(
        re.findall(r"^  (IGZ\d+) (?:error|warning|info)", text, re.MULTILINE)
    )


def test_alike_findings_are_told_once_and_all_of_them_on_request() -> None:
    audit = audited(40, findings=300)
    folded, whole = render(audit, "text"), render(audit, "text", verbose=True)

    assert "IGZ611 warning  57 findings\n" in folded
    assert re.search(r"^    job 'train-.* and 51 more: its QoS class is Burstable", folded, re.MULTILINE)
    assert "findings more; --verbose shows all\n" in folded
    assert folded.count("'train-") < 110
    assert Counter(re.findall(r"'train-\d+'", whole)) == {f"'train-{number}'": 1 for number in range(300)}
    assert "--verbose" not in whole


def test_what_is_accepted_is_counted_and_listed_on_request() -> None:
    known = with_known(AUDIT)

    assert "waived" not in render(AUDIT, "text").replace("; 1 waived", "")
    assert "IGZ609 error, waived" in render(AUDIT, "text", verbose=True)
    assert f"{known.found[0].finding.rule} error, in the baseline" in render(known, "text", verbose=True)
    assert render(known, "text").splitlines()[-1].startswith("10 errors, ")


def test_it_ends_with_what_was_not_checked_and_what_it_adds_up_to() -> None:
    answers = Counter(answer.verdict for answer in AUDIT.answers)
    counts = [f"{answers['found']} have findings", f"{answers['fine']} are fine"]
    counts.append(f"{answers['not checked']} are not checked")

    assert render(AUDIT, "text").splitlines()[-8:] == [
        "not checked",
        "  IGZ602 ('initial'), because neither a declaration nor an autoscaler says so",
        "  IGZ613 ('cluster'), because Iguazio's application services could not be read",
        "  Karpenter's node pools: forbidden",
        "",
        f"best practices: of their sentences, {', '.join(counts)}",
        "",
        "11 errors, 21 warnings, 1 info; 1 waived; 2 rules not checked",
    ]
    assert render(CLEAN, "text").splitlines()[-1] == "no findings"


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
@pytest.mark.parametrize("verbose", [False, True])
def test_lines_keep_to_the_width(width: int, verbose: bool) -> None:  # noqa: FBT001
    lines = render(AUDIT, "text", width=width, verbose=verbose).splitlines()

    assert max(map(cell_len, lines)) <= width
    assert "jobs" in lines or any(line.startswith("jobs  ") for line in lines)


def test_rules_that_lack_the_same_fact_at_one_place_are_listed_with_it_once() -> None:
    skipped = [Skipped(rule, place, "", "it was not read") for rule, place in (("IGZ601", "a"), ("IGZ602", "b"))]
    skipped += [Skipped(rule, "cluster", "", "it was not read") for rule in ("IGZ604", "IGZ607", "IGZ610")]
    audit = replace(CLEAN, skipped=tuple(skipped))

    said = "  IGZ601 ('a'), IGZ602 ('b'), IGZ604, IGZ607, IGZ610 ('cluster'), because it was not read"
    assert said in render(audit, "text").splitlines()


def test_a_place_without_a_role_is_named_where_others_have_findings() -> None:
    audit = replace(AUDIT, skipped=(Skipped("IGZ609", "spot", "", "it was not read"),))

    assert "  IGZ609 ('spot'), because it was not read" in render(audit, "text").splitlines()


def test_one_sentence_is_spoken_of_as_one() -> None:
    audit = replace(CLEAN, found=tuple(one for one in AUDIT.found if one.finding.rule == "IGZ607"))
    counts = Counter(answer.verdict for answer in audit.answers)

    assert counts["found"] == 1
    assert "of their sentences, 1 has findings, " in render(audit, "text")


def test_it_is_short_where_python_shows_it() -> None:
    assert re.fullmatch(r"<Audit of .+: \d+ findings, \d+ rules skipped>", repr(AUDIT))


def test_only_a_cluster_is_audited() -> None:
    with pytest.raises(InvalidValue, match=r"a Cluster is required, found 'cluster\.json'; Cluster\.load reads one"):
        audit_cluster("cluster.json")  # type: ignore[arg-type]


def test_a_wide_terminal_shows_the_groups_in_a_table_with_bars() -> None:
    lines = render(AUDIT, "text", width=120).splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("gpu "))

    assert re.split(r"  +", lines[row - 3])[0] == "node group"
    assert re.fullmatch(r"gpu +4 +█+▓+░+ +█+▓+▒+ +█+░+", lines[row])
    assert re.split(r"  +", lines[row + 1]) == [
        *("on-demand, GPUs", "not known", "115Gi of 256Gi (45 %)", "60 in all", "6 of 16 (38 %)"),
    ]


def test_a_narrow_terminal_says_each_part_of_a_bar() -> None:
    text = render(AUDIT, "text", width=99)

    assert "initial  core services, on-demand\n  nodes             2; fixed at 2 (declared)\n" in text
    assert re.search(r"^  memory requested  █+▓░+  31\.4Gi of 128Gi \(25 %\): █ Guaranteed 28\.5Gi", text, re.MULTILINE)


def test_colour_changes_no_word() -> None:
    coloured = render(AUDIT, "text", color=True)

    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip() for line in coloured.splitlines()]
    assert plain == render(AUDIT, "text").splitlines()
    assert "\x1b[1;31mIGZ602 error\x1b[0m" in coloured


def test_it_prints_as_it_is_shown() -> None:
    assert str(AUDIT).splitlines()[-1] == render(AUDIT, "text").splitlines()[-1]


def test_an_encoding_without_blocks_gets_bars_of_ascii() -> None:
    code = "from tests.clusters import audited; print(audited(40))"
    environment = {"PYTHONIOENCODING": "ascii", "PATH": "", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, env=environment, check=True)

    assert re.search(rb"^gpu +4 +#+=+\.+ ", ran.stdout, re.MULTILINE)


def test_each_sentence_of_the_best_practices_is_answered_on_request() -> None:
    answers = Counter(answer.verdict for answer in AUDIT.answers)
    said = Counter(re.findall(r"^  (found|fine|not checked)  ", render(AUDIT, "text", verbose=True), re.MULTILINE))

    assert said == {verdict: answers[verdict] for verdict in ("found", "fine", "not checked")}


def test_what_guaranteed_pods_would_take_is_said_of_each_group() -> None:
    (line,) = (GroupCapacity(("jobs",), has={"memory": 64 << 30}, guaranteed={"memory": 16 << 30}, pods=3),)
    lines = render(replace(CLEAN, capacity=(line,)), "text").splitlines()
    start = next(number for number, text in enumerate(lines) if text.startswith("capacity: "))

    assert lines[start + 1 : start + 3] == ["  jobs", "    memory  █████░░░░░░░░░░░░░░░  16Gi: 25 % of 64Gi now"]
