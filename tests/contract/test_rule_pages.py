"""The page of every rule: its examples are run, and what it says comes from the rule itself.

The examples of a rule about files, and about what is run in a Jupyter service, are linted instead; those of an audit's
rule are clusters as `Cluster.save` writes them, the first of which is audited.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from mlrun.projects.pipelines import pipeline_context
from ruamel.yaml import YAML

from igz_runtime import Cluster, UnsafeCombination, check
from igz_runtime.audit import audit_cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.lint.judging import lint_text
from igz_runtime.rules import Findings, rules
from igz_runtime.rules.at_admission import said_at_admission
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.document import Document
from igz_runtime.rules.findings import SEVERITIES
from igz_runtime.rules.in_jupyter import HookFile, JupyterCommand
from igz_runtime.rules.page import rule_page, rules_table
from igz_runtime.rules.separation import Separation

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("nearest_configuration", "project_of_its_own")]


@pytest.fixture(autouse=True)
def of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder for an example that writes a configuration; a project that it makes is nobody else's current one."""
    monkeypatch.chdir(tmp_path)
    yield
    pipeline_context.clear(with_project=True)


_EXAMPLE = re.compile(
    r"^## (?P<title>[^\n]+)\n\n```(?P<language>python|yaml|ipython|bash)\n(?P<code>.+?)^```$", re.MULTILINE | re.DOTALL
)
_FILES = {"python": "example.py", "yaml": "example.yaml", "ipython": "example.ipynb", "bash": "startup-hook.sh"}

_LINTED = (Document, JupyterCommand, HookFile)
"""What rules are about that only files hold."""

_AUDITED = (AuditedCluster, AuditedGroup, AuditedWork, Separation)
"""What rules are about that only an audit looks at."""

every_rule = pytest.mark.parametrize("rule_id", list(rules()))


def examples(rule_id: str) -> dict[str, str]:
    """The code of a page by its title."""
    return {example["title"]: example["code"] for example in _EXAMPLE.finditer(rule_page(rule_id))}


def judged(rule_id: str, title: str) -> Findings:
    """The findings on the function or project that an example makes, or those with which a profile refuses it."""
    example = next(each for each in _EXAMPLE.finditer(rule_page(rule_id)) if each["title"] == title)
    if rules()[rule_id].on in _AUDITED:
        cluster, *others = map(Cluster.from_dict, YAML(typ="safe", pure=True).load_all(example["code"]))
        return audit_cluster(cluster, apart_from=others).findings
    if rules()[rule_id].on in _LINTED:
        code = of_one_cell(example["code"]) if example["language"] == "ipython" else example["code"]
        report = lint_text(_FILES[example["language"]], code)
        assert report.functions or rule_id == "IGZ901" or rules()[rule_id].on is not Document
        return Findings(located.finding for located in report.findings)
    return checked(example["code"])


def of_one_cell(code: str) -> str:
    """A notebook as text."""
    return json.dumps({"cells": [{"cell_type": "code", "source": code}], "metadata": {}})


def checked(code: str) -> Findings:
    made: dict[str, Any] = {}
    try:
        exec(compile(code, "the page's example", "exec"), made)  # noqa: S102  (that is the test)
    except UnsafeCombination as refused:
        return Findings(refused.findings)
    return check(made.get("project", made["fn"]), made.get("cluster"))


@every_rule
def test_the_problem_is_found_by_this_rule_and_nothing_as_grave_by_another(rule_id: str) -> None:
    grave = SEVERITIES[: SEVERITIES.index(rules()[rule_id].severity) + 1]
    found = [(finding.rule, finding.severity) for finding in judged(rule_id, "Problematic")]

    assert {(rule, severity) for rule, severity in found if severity in grave} == {(rule_id, grave[-1])}


@every_rule
def test_the_correction_is_refused_by_no_rule_and_this_one_is_silent(rule_id: str) -> None:
    findings = judged(rule_id, "Corrected")

    assert [str(finding) for finding in findings if finding.rule == rule_id or finding.refuses] == []


@every_rule
def test_the_page_says_what_the_rule_says(rule_id: str) -> None:
    rule, page = rules()[rule_id], rule_page(rule_id)

    assert page.startswith(f"# {rule.id} {rule.name}\n\n")
    assert f"\n\nWhat it finds: {rule.title}.\n\n" in page
    assert f"\n| {rule.severity} | {'yes, with a reason' if rule.waivable else 'no'} |\n" in page
    assert f"\n> {rule.source}\n>\n> Source: {rule.origin}\n" in page
    assert f"\n## Fix\n\n{rule.fix[0].upper()}{rule.fix[1:]}.\n" in page
    assert page.endswith(f"\n## At admission\n\n{said_at_admission(rule)}\n")
    assert re.findall("^#+ (.+)$", page, re.MULTILINE)[1:] == ["Problematic", "Corrected", "Fix", "At admission"]
    assert page.count("```") == 4
    assert max(len(line) for code in examples(rule_id).values() for line in code.splitlines()) <= 120


def test_every_body_is_of_a_rule() -> None:
    bodies = [entry.name for entry in (resources.files("igz_runtime.rules") / "pages").iterdir()]

    assert sorted(bodies) == [f"{rule_id}.md" for rule_id in rules()]


def test_the_table_links_every_rule_to_its_page() -> None:
    head, _, *rows = rules_table().splitlines()

    assert head.count("|") == 6
    assert all(row.count("|") == 6 for row in rows)
    assert [re.findall(r"\[(.+?)\]\((.+?)\.md\)", row) for row in rows] == [[(one, one)] for one in rules()]


def test_a_rule_that_does_not_exist_has_no_page_and_the_nearest_is_named() -> None:
    with pytest.raises(InvalidValue, match=r"there is no rule 'IGZ999'"):
        rule_page("IGZ999")
    with pytest.raises(InvalidValue, match=r"did you mean 'IGZ101'\?"):
        rule_page("igz101")
