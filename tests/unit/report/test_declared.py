"""What was declared, in reports: each with its place, alike ones together, and what contradicts itself first."""

from __future__ import annotations

import html
import json

import pytest

from igz_runtime.lint.results import Report, Stated
from igz_runtime.report.declared import declared_lines
from igz_runtime.report.findings import findings_content
from igz_runtime.report.html import findings_html
from igz_runtime.report.lint import FORMATS, render
from igz_runtime.report.text import findings_text
from igz_runtime.rules.declarations import Declaration, commented
from igz_runtime.rules.findings import Findings
from igz_runtime.text.place import Position
from igz_runtime.waiver import Waiver

STATELESS = Declaration(
    "stateless", "its label igz-runtime/workload", "trainer", "job", contrary="its code trains: fit"
)
SAID = "its label igz-runtime/workload says stateless; without it stateful (its code trains: fit)"


def stated(number: int, contrary: str = "") -> Stated:
    one = STATELESS._replace(function=f"f{number:02}", contrary=contrary)
    return Stated(one, f"{number:02}.yaml", Position(4, 5))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_and_where(name: str) -> None:
    comment = Stated(commented("IGZ101", Waiver("by cron")), "b.yaml", Position(7, 1))
    text = html.unescape(render(Report(declared=(Stated(STATELESS, "a.yaml", Position(4, 5)), comment)), name))

    for said, file, line in ((SAID, "a.yaml", 4), ("a comment waives IGZ101: by cron", "b.yaml", 7)):
        if name == "json":
            (found,) = (one for one in json.loads(text)["declared"] if one["file"] == file)
            assert (found["line"], f"{found['by']} {found['says']}" in said.replace("says ", "")) == (line, True)
        else:
            assert said in text
            assert file in text
            assert str(line) in text


def test_alike_ones_are_folded_and_those_that_show_otherwise_come_first() -> None:
    report = Report(declared=(*map(stated, range(30)), stated(31, "its code trains: fit")))
    lines = [line for line in render(report, "text").splitlines() if "its label" in line]

    assert lines[0].startswith("  31.yaml:4:5  job 'f31': ")
    assert lines[-1] == "  and 21 more: its label igz-runtime/workload says stateless; --verbose shows all"
    assert len(lines) == 11
    assert render(report, "text", verbose=True).count("its label") == 31
    assert "31 declared" in render(report, "text").splitlines()[-1]


def test_of_many_functions_some_are_named() -> None:
    many = [STATELESS._replace(function=f"f{number}", project="churn") for number in range(9)]

    named = "job 'f0' of project 'churn', job 'f1' of project 'churn', job 'f2' of project 'churn' and 6 more"
    assert list(declared_lines(many)) == [f"{named}: its label igz-runtime/workload says stateless"]


def test_findings_without_a_finding_say_it_too() -> None:
    findings = Findings(declared=(STATELESS,))

    assert findings_content(findings).summary == "no findings; 1 declared"
    assert f"declared: job 'trainer': {SAID}" in findings_text(findings, 400)
    assert SAID in html.unescape(findings_html(findings))
    assert (findings + findings).declared == (STATELESS,)
    assert findings != Findings()
