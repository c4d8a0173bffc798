"""Findings on many functions: by function, the gravest first, and what is said of many of them said once."""

from __future__ import annotations

import html

import pytest

from igz_runtime.report.findings import findings_content
from igz_runtime.rules.findings import PROJECT, Finding, Findings, Severity, Skipped


def finding(function: str, rule: str = "IGZ210", severity: Severity = "info", kind: str = "job") -> Finding:
    return Finding(rule, severity, f"{rule} says so", "why", "fix", function, kind, "" if kind == PROJECT else "main")


def names(count: int) -> list[str]:
    return [f"fn-{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("count", "headings"),
    [
        (3, ["job 'fn-0' (main)", "job 'fn-1' (main)", "job 'fn-2' (main)"]),
        (4, ["4 functions: 'fn-0', 'fn-1', 'fn-2', 'fn-3'"]),
        (30, ["30 functions: 'fn-0', 'fn-1', 'fn-2' and 27 more"]),
    ],
)
def test_advice_that_many_functions_are_given_is_given_once(count: int, headings: list[str]) -> None:
    content = findings_content(Findings(map(finding, names(count))))

    assert [group.heading for group in content.groups] == headings
    assert content.summary == f"{count} info in {count} functions"


def test_errors_and_warnings_are_said_of_each_function_and_stand_before_it() -> None:
    findings = Findings([*(finding(name, "IGZ101", "error") for name in names(5)), *map(finding, names(5))])
    content = findings_content(findings)

    assert [group.heading for group in content.groups] == [
        *(f"job {name!r} (main)" for name in names(5)),
        "5 functions: 'fn-0', 'fn-1', 'fn-2' and 2 more",
    ]
    assert content.summary == "5 errors, 5 info in 5 functions"


def test_a_project_is_called_by_its_name_and_is_no_function() -> None:
    findings = Findings([finding("churn", "IGZ908", "warning", PROJECT), finding("etl")])

    assert [group.heading for group in findings_content(findings).groups] == ["project 'churn'", "job 'etl' (main)"]
    assert findings_content(findings).summary == "1 warning, 1 info"
    assert "project 'churn'" in html.unescape(findings._repr_html_())


def test_steps_of_a_pipeline_are_called_so() -> None:
    findings = [*(finding(name, "IGZ103", "warning", kind="step") for name in names(2)), finding("etl")]

    assert findings_content(Findings(findings)).summary == "2 warnings, 1 info in 1 function and 2 steps"
    assert findings_content(Findings(findings[:2])).summary == "2 warnings in 2 steps"


@pytest.mark.parametrize(
    ("functions", "said"),
    [
        (1, "IGZ401 ('fn-0'), because it is not known"),
        (3, "IGZ401 ('fn-0', 'fn-1', 'fn-2'), because it is not known"),
        (4, "IGZ401 on 4 of 6, because it is not known"),
        (6, "IGZ401, because it is not known"),
    ],
)
def test_a_rule_that_could_not_decide_for_some_functions_says_for_which(functions: int, said: str) -> None:
    skipped = [Skipped("IGZ401", name, "main", "it is not known") for name in names(functions)]
    others = [Skipped("IGZ208", name, "main", "nor is this") for name in names(6)]

    of_project = finding("churn", "IGZ908", "warning", PROJECT)
    assert said in findings_content(Findings([of_project], [*skipped, *others])).unchecked
