"""Six formats of one run of lint: what each shows, and that nothing of a file escapes from its place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from igz_runtime.lint.results import Located, Note, Report
from igz_runtime.report.json_lines import laid_out
from igz_runtime.report.lint import FORMATS, render
from igz_runtime.rules import rules
from igz_runtime.rules.page import rule_page
from igz_runtime.text.place import Position
from tests.unit.report.lint_report import EVIL, WAIVER, everything, finding, located

REPORT = everything()
ROOT = Path(__file__).parents[3]
SARIF_SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text())
JSON_SCHEMA = json.loads((ROOT / "igz_runtime" / "report" / "lint" / "report.schema.json").read_text())
STANDING = [one for one in REPORT.findings if one.stands]
CLEAN = Report(files=3, functions=2)


def sarif(report: Report) -> dict[str, Any]:
    log = json.loads(render(report, "sarif"))
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def as_json(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(render(report, "json"))
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(document)
    return document


def suites(report: Report, **options: Any) -> list[ET.Element]:
    return list(ET.fromstring(render(report, "junit", **options)))  # noqa: S314  (it is our own)


def many(count: int, **given: Any) -> Report:
    findings = tuple(located(f"f{n:03}.yaml", Position(2, 1), **given) for n in range(count))
    return Report(findings, files=count, functions=count)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("report", [REPORT, CLEAN, Report()], ids=["everything", "clean", "nothing"])
def test_every_format_is_lines_of_text_that_utf_8_can_hold(name: str, report: Report) -> None:
    text = render(report, name)

    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert text.encode()
    assert text == render(report, name)
    assert all(c.isprintable() for c in text.replace("\n", "")), "something could steer a terminal"


@given(st.text(max_size=30), st.text(max_size=30), st.integers(1, 40))
def test_no_name_and_no_message_breaks_a_format(name: str, message: str, line: int) -> None:
    found = located(name or "-", Position(line, 1), "IGZ205", message or "x", function=name, role=name)
    report = Report((found,), (Note(name, Position(line), message),), {("IGZ401", message): 1}, files=1, functions=1)

    assert sarif(report)["results"][0]["ruleId"] == "IGZ205"
    assert as_json(report)["findings"][0]["function"] == (name or None)
    assert len(suites(report)) == 2
    assert len(commands(render(report, "github"))) == 1
    assert Page(render(report, "html")).open == []
    assert all(c.isprintable() for c in render(report, "text").replace("\n", ""))


def test_a_file_name_that_is_no_text_is_shown_in_every_format() -> None:
    report = Report((located("jobs/\udcff.yaml", Position()),), files=1, functions=1)

    assert all(render(report, name).encode() for name in FORMATS)
    uri = sarif(report)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "jobs/%FF.yaml"


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=f"no format 'xml'; there are {', '.join(FORMATS)}"):
        render(REPORT, "xml")


# Text


def test_text_has_every_finding_that_stands_at_its_place_with_its_fix() -> None:
    text = render(REPORT, "text")

    for one in STANDING:
        if one.finding.severity != "info" and one.file != EVIL:
            headline = f"  {one.position}".ljust(6) + ".*" + re.escape(f"{one.finding.rule} ")
            assert re.search(rf"^{headline}", text, re.MULTILINE)
            assert f"fix  {one.finding.fix}" in text
    assert "14:11  IGZ205 error  job 'train' (main): memory '512m' is 0.512 bytes [--fix]\n" in text
    assert "cell 3:5:4  IGZ111 warning  job 'train' (main): the annotation" in text


def test_text_says_why_once_for_each_rule() -> None:
    said = Counter(re.findall(r"^ +why  (.*)$", render(REPORT, "text"), re.MULTILINE))

    assert set(said) == {rules()[one.finding.rule].source for one in STANDING}
    assert set(said.values()) == {1}


def test_advice_that_repeats_itself_is_given_once_and_folded() -> None:
    text = render(REPORT, "text")

    assert text.count("IGZ204") == 1
    assert "IGZ204 info, 14 times: container 'main': CPU request 500m of its own\n" in text
    assert text.count("jobs/0") == 10
    assert "  and 4 more; --verbose shows all\n" in text


def test_advice_that_differs_shows_what_differs() -> None:
    findings = [located(f"f{n}.yaml", Position(1, 1), "IGZ204", f"CPU request {n}") for n in range(4)]
    text = render(Report(tuple(findings), files=4, functions=4), "text")

    assert "IGZ204 info, 4 times\n" in text
    assert "  f2.yaml:1:1  job 'train' (main): CPU request 2\n" in text


def test_a_little_advice_stands_with_its_file() -> None:
    assert "f002.yaml\n  2:1  IGZ204 info  job 'train' (main): " in render(many(3, rule_id="IGZ204"), "text")


def test_300_pieces_of_advice_are_no_wall() -> None:
    assert render(many(300, rule_id="IGZ204"), "text").count("\n") < 20


def test_what_is_accepted_is_counted_and_listed_on_request() -> None:
    quiet, verbose = render(REPORT, "text"), render(REPORT, "text", verbose=True)

    assert "IGZ103" not in quiet
    assert "IGZ404" not in quiet
    waived = r"^  20:3 +IGZ103 warning, waived  .*\n.*\n +waived  checkpoints .* \(until 2999-01-31\)$"
    assert re.search(waived, verbose, re.MULTILINE)
    assert re.search(r"^  30:1 +IGZ404 error, in the baseline  ", verbose, re.MULTILINE)
    assert verbose.count("IGZ204 info") == 14


def test_text_ends_with_what_it_adds_up_to() -> None:
    assert render(REPORT, "text").splitlines()[-1] == (
        "4 errors, 1 warning, 14 info in 17 of 49 files (51 functions); "
        "1 waived; 1 in the baseline; 1 file could not be read; --fix fixes 2"
    )
    assert render(CLEAN, "text") == "no findings in 3 files (2 functions)\n"
    one = Report((located("a.yaml", Position()),), files=1, functions=1)
    assert render(one, "text").endswith("\n1 error in 1 file (1 function)\n")


def test_what_was_not_checked_stands_with_its_file_or_at_the_end() -> None:
    text = render(REPORT, "text")

    assert re.search(r"^  40:1 +not checked: the limits come from a variable$", text, re.MULTILINE)
    ended = text.partition("not checked:\n")[2].splitlines()
    assert ended[:2] == [
        "  IGZ208 on 12 functions, because the size of the nodes that its pod can land on is not known",
        "  IGZ401 on 49 functions, because the node group of the core services is not known",
    ]
    assert ended[2].startswith("  pipelines/p.py:7:2  the value of")
    assert ended[3] == "  pipelines/q.py  calls of a module that is not here"


def test_rules_that_lack_the_same_fact_are_named_together() -> None:
    report = CLEAN._replace(skipped={("IGZ402", "no group is known"): 1, ("IGZ401", "no group is known"): 1})

    assert render(report, "text").splitlines()[0] == (
        "not checked: IGZ401, IGZ402 on 1 function, because no group is known"
    )


def test_many_notes_are_folded() -> None:
    elsewhere = tuple(Note("b.py", Position(n, 1), "a variable") for n in range(1, 31))
    beside = tuple(Note("a.py", Position(n, 1), "a variable") for n in range(1, 31))
    text = render(Report((located("a.py", Position()),), beside + elsewhere, files=2, functions=1), "text")

    assert text.count("not checked: a variable\n") == 3
    assert re.search(r"^ +not checked: 27 places more$", text, re.MULTILINE)
    assert text.count("b.py:") == 10
    assert "  and 20 more; --verbose shows all\n" in text


def test_a_finding_about_a_file_names_no_function() -> None:
    one = located("a.yaml", Position(3, 9), "IGZ205", "not YAML", function="", kind="", role="")

    assert "  3:9  IGZ205 error  not YAML\n" in render(Report((one,), files=1), "text")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_wrapped_lines_keep_to_the_width_and_hang_below_their_text(width: int) -> None:
    lines = render(REPORT, "text", width=width).splitlines()

    assert max(map(cell_len, lines)) <= width
    first = next(n for n, line in enumerate(lines) if line.lstrip().startswith("why  Avoid running"))
    assert lines[first + 1].startswith(" " * lines[first].index("Avoid"))


def test_wrapping_and_colour_change_no_word() -> None:
    plain = render(REPORT, "text")
    coloured = render(REPORT, "text", color=True)

    assert render(REPORT, "text", width=10_000) == plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    assert "\x1b[1;31mIGZ101 error\x1b[0m" in coloured


def test_text_for_a_log_and_data_for_programs_need_neither_rich_nor_a_platform() -> None:
    code = """
import sys
from igz_runtime.lint.results import Report
from igz_runtime.report.lint import render
for format in ("text", "json", "github"):
    render(Report(files=1), format)
print({"rich", "mlrun", "kubernetes", "nuclio", "pydantic", "ruamel.yaml"}.intersection(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert ran.stdout == "set()\n"


# JSON


def test_json_has_everything_that_was_found() -> None:
    document = as_json(REPORT)
    found = {(one["rule"], one["file"], one["line"]): one for one in document["findings"]}

    assert document["version"] == 1
    assert [one["rule"] for one in document["findings"]] == [one.finding.rule for one in REPORT.findings]
    assert found["IGZ101", "jobs/train.yaml", 12] == {
        "rule": "IGZ101",
        "name": "stateful-on-spot",
        "severity": "error",
        "message": "stateful work that can land on spot nodes, here",
        "why": rules()["IGZ101"].source,
        "fix": rules()["IGZ101"].fix,
        "function": "train",
        "kind": "job",
        "role": "main",
        "field": ["node_selector", "app.iguazio.com/lifecycle"],
        "file": "jobs/train.yaml",
        "line": 12,
        "column": 5,
        "waived": None,
        "known": False,
        "fixable": False,
    }
    assert found["IGZ103", "jobs/train.yaml", 20]["waived"] == {"reason": WAIVER.reason, "until": "2999-01-31"}
    assert found["IGZ404", "jobs/train.yaml", 30]["known"] is True
    assert found["IGZ111", "nb/a b#1.ipynb", 5]["cell"] == 3
    assert found["IGZ111", "nb/a b#1.ipynb", 5]["file_line"] == 57
    assert found["IGZ302", EVIL, 1]["function"] == EVIL


def test_json_counts_and_says_what_was_not_checked() -> None:
    document = as_json(REPORT)

    assert document["summary"] == {
        "error": 4, "warning": 1, "info": 14, "waived": 1, "known": 1, "files": 49, "functions": 51, "unreadable": 1
    }  # fmt: skip
    assert document["notes"][0] == {
        "file": "jobs/train.yaml", "line": 40, "column": 1, "text": "the limits come from a variable", "defect": False
    }  # fmt: skip
    assert document["notes"][2]["line"] is None
    assert [one["rule"] for one in document["skipped"]] == ["IGZ208", "IGZ401"]


def test_the_schema_knows_every_key_and_refuses_a_report_without_one() -> None:
    document = as_json(REPORT)
    described = JSON_SCHEMA["$defs"]["finding"]

    assert set(described["properties"]) == {key for one in document["findings"] for key in one}
    assert set(JSON_SCHEMA["properties"]) == set(document)
    for key in described["required"]:
        broken = json.loads(render(REPORT, "json"))
        del broken["findings"][0][key]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(JSON_SCHEMA).validate(broken)


def test_json_has_one_finding_on_each_line() -> None:
    lines = [line for line in render(REPORT, "json").splitlines() if '"rule"' in line and '"message"' in line]

    assert [json.loads(line.strip().rstrip(","))["rule"] for line in lines] == [
        one.finding.rule for one in REPORT.findings
    ]


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=12,
    ),
    st.integers(0, 5),
)
def test_json_spread_over_lines_is_the_same_json(value: Any, depth: int) -> None:
    assert json.loads(laid_out(value, depth)) == value


# SARIF


def test_sarif_places_every_result_below_the_root_of_the_source() -> None:
    results = sarif(REPORT)["results"]

    assert len(results) == len(REPORT.findings)
    for one, result in zip(REPORT.findings, results, strict=True):
        physical = result["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert unquote(physical["artifactLocation"]["uri"]) == one.file
        assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", physical["artifactLocation"]["uri"])
        assert physical["region"]["startLine"] == one.position.in_file
    notebook = results[-1]["locations"][0]
    assert notebook["physicalLocation"]["region"] == {"startLine": 57}
    assert notebook["properties"] == {"cell": 3, "line": 5, "column": 4}
    assert results[-1]["message"]["text"].splitlines()[1] == f"Fix: {rules()['IGZ111'].fix}"


@pytest.mark.parametrize(
    ("file", "artifact"),
    [
        ("./jobs/a.yaml", {"uri": "jobs/a.yaml", "uriBaseId": "%SRCROOT%"}),
        ("/repo/a b.yaml", {"uri": "file:///repo/a%20b.yaml"}),
        ("C:/repo/a b.yaml", {"uri": "file:///C:/repo/a%20b.yaml"}),
        ("a:b.yaml", {"uri": "a%3Ab.yaml", "uriBaseId": "%SRCROOT%"}),
    ],
)
def test_sarif_writes_a_file_as_a_uri(file: str, artifact: dict[str, str]) -> None:
    result = sarif(Report((located(file, Position()),), files=1))["results"][0]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == artifact


def test_sarif_describes_the_rules_that_found_something() -> None:
    run = sarif(REPORT)
    described = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in described] == sorted({one.finding.rule for one in REPORT.findings})
    for one, result in zip(REPORT.findings, run["results"], strict=True):
        assert described[result["ruleIndex"]]["id"] == result["ruleId"] == one.finding.rule
    first = described[0]
    assert first["name"] == "stateful-on-spot"
    assert first["help"]["markdown"] == rule_page("IGZ101")
    assert first["defaultConfiguration"] == {"level": "error"}
    assert "spot" in first["properties"]["tags"]
    assert {rule["defaultConfiguration"]["level"] for rule in described} == {"error", "warning", "note"}


def test_sarif_tags_every_rule_with_what_it_is_about() -> None:
    everything_found = Report(tuple(STANDING[0]._replace(finding=finding(rule_id)) for rule_id in rules()), files=1)
    described = sarif(everything_found)["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in described if len(rule["properties"]["tags"]) != 2] == []


def test_sarif_suppresses_what_is_accepted_and_compares_with_the_baseline() -> None:
    results = sarif(REPORT)["results"]
    suppressed = {result["ruleId"]: result["suppressions"] for result in results if "suppressions" in result}

    assert suppressed == {
        "IGZ103": [{"kind": "inSource", "status": "accepted", "justification": str(WAIVER)}],
        "IGZ404": [{"kind": "external", "status": "accepted", "justification": "in the baseline"}],
    }
    assert Counter(result["baselineState"] for result in results) == {"new": len(results) - 1, "unchanged": 1}
    assert all("baselineState" not in result for result in sarif(many(2))["results"])


def test_a_fingerprint_stays_where_lines_move_and_differs_between_files() -> None:
    first, moved, elsewhere = (
        sarif(Report((located(file, Position(line, 1)),), files=1))["results"][0]["partialFingerprints"]
        for file, line in (("a.yaml", 3), ("a.yaml", 7), ("b.yaml", 3))
    )

    assert list(first) == ["igzRuntimeFinding/v1"]
    assert first == moved
    assert first != elsewhere


def test_sarif_says_what_was_not_checked_and_whether_anything_was_read() -> None:
    invocation = sarif(REPORT)["invocations"][0]

    assert invocation["executionSuccessful"] is True
    texts = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert texts[0] == "not checked: the limits come from a variable"
    assert len(invocation["toolConfigurationNotifications"]) == 2
    assert sarif(Report(files=2, unreadable=2))["invocations"][0]["executionSuccessful"] is False
    assert sarif(Report())["invocations"][0]["executionSuccessful"] is True


def test_a_finding_of_a_rule_that_is_not_installed_here_is_shown_in_every_format() -> None:
    report = Report((Located(replace(finding(), rule="ACME001"), "a.yaml", Position()),), files=1, functions=1)

    assert sarif(report)["tool"]["driver"]["rules"] == [{"id": "ACME001"}]
    assert as_json(report)["findings"][0]["name"] is None
    assert all("ACME001" in render(report, name) for name in FORMATS)


# GitHub


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them."""
    read = []
    for line in text.splitlines():
        if match := re.match(r"::(\w+) (.*?)::(.*)$", line):
            properties = dict(one.split("=", 1) for one in match[2].split(","))
            read.append((match[1], {key: unquote(value) for key, value in properties.items()}, unquote(match[3])))
    return read


def test_github_gets_one_command_for_each_finding_that_stands() -> None:
    text = render(REPORT, "github")
    read = commands(text)

    assert Counter(name for name, _, _ in read) == {"error": 4, "warning": 1, "notice": 14}
    assert text.splitlines()[-1] == render(REPORT, "text").splitlines()[-1]
    assert len(text.splitlines()) == len(STANDING) + 1
    name, properties, message = next(one for one in read if one[1]["title"].startswith("IGZ101"))
    assert name == "error"
    assert properties == {"file": "jobs/train.yaml", "line": "12", "col": "5", "title": "IGZ101 stateful-on-spot"}
    assert message.splitlines() == [
        "job 'train' (main): stateful work that can land on spot nodes, here",
        f"fix: {rules()['IGZ101'].fix}",
    ]


@pytest.mark.parametrize("form", ["text", "github", "junit", "html", "sarif", "json"])
def test_a_defect_of_our_own_is_said_in_every_format(form: str) -> None:
    said = "igz-runtime itself failed here (KeyError at x.py:1)"
    report = Report(notes=(Note("jobs/a.py", Position(7, 2), said, defect=True),), files=1)

    rendered = render(report, form)

    assert said in rendered
    assert "jobs/a.py" in rendered
    if form == "github":
        assert f"::warning file=jobs/a.py,line=7,col=2,title=not checked::{said}" in rendered.splitlines()
    if form not in ("json", "sarif"):
        assert "igz-runtime itself failed at 1 place" in rendered


def test_github_gets_the_line_of_the_file_of_a_notebook() -> None:
    _, properties, message = next(one for one in commands(render(REPORT, "github")) if one[0] == "warning")

    assert properties == {"file": "nb/a b#1.ipynb", "line": "57", "title": "IGZ111 annotation-overrides-mode"}
    assert "(cell 3:5:4)" in message


def test_no_name_ends_a_command_or_begins_one() -> None:
    line = render(REPORT, "github").splitlines()[0]

    assert line.startswith(
        "::error file=evil\\x1b[31m\\u202e<script>alert(1)</script>\\r\\n%3A%3Aerror%3A%3Ax%250A]]>,line=1"
    )
    assert "x%250A" in line.partition("title=")[2]


# JUnit


def test_junit_has_a_suite_for_each_file_and_its_counts_are_right() -> None:
    read = suites(REPORT)

    assert [suite.get("name") for suite in read[1:]] == [f"jobs/{n:02}.yaml" for n in range(14)] + [
        "jobs/train.yaml", "nb/a b#1.ipynb", "igz-runtime"
    ]  # fmt: skip
    for suite in read:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
        assert all(len(case) <= 1 for case in suite.findall("testcase"))


def test_junit_fails_what_fails_the_run_and_skips_the_rest() -> None:
    def failed(**options: Any) -> int:
        return sum(len(suite.findall("testcase/failure")) for suite in suites(REPORT, **options))

    assert (failed(), failed(fail_on="warning"), failed(fail_on="info")) == (4, 5, 19)
    assert (failed(fail_on="info"), failed(fail_on="never")) == (19, 0)
    skipped = [one.get("message", "") for suite in suites(REPORT) for one in suite.findall("testcase/skipped")]
    assert f"waived: {WAIVER}: an MLRun run on spot nodes that nothing restarts, here" in skipped
    assert "in the baseline: nodeName bypasses the scheduler, here" in skipped
    assert skipped.count("info: container 'main': CPU request 500m of its own") == 14


def test_junit_shows_place_reason_and_fix_of_a_failure() -> None:
    case = next(suite for suite in suites(REPORT) if suite.get("name") == "jobs/train.yaml")[0]
    failure = case[0]

    assert case.attrib == {
        "classname": "jobs/train", "name": "IGZ101 stateful-on-spot job 'train' (main)", "file": "jobs/train.yaml",
        "line": "12", "time": "0",
    }  # fmt: skip
    assert failure.get("message") == "stateful work that can land on spot nodes, here"
    assert (failure.text or "").splitlines() == [
        "jobs/train.yaml:12:5: error IGZ101 stateful-on-spot",
        "job 'train' (main): stateful work that can land on spot nodes, here",
        f"why: {rules()['IGZ101'].source}",
        f"fix: {rules()['IGZ101'].fix}",
    ]


def test_no_two_tests_of_a_junit_report_have_the_same_name() -> None:
    twins = tuple(located(file, Position(n, 1)) for file in ("a.yaml", "a.json") for n in (1, 2))
    named = Counter(
        (case.get("classname"), case.get("name"))
        for suite in suites(Report((*REPORT.findings, *twins), files=9))
        for case in suite
    )

    assert max(named.values()) == 1


def test_a_clean_run_is_one_test_that_passes() -> None:
    (suite,) = suites(CLEAN)

    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert suite.findtext("testcase/system-out") == "no findings in 3 files (2 functions)"


# HTML


class Page(HTMLParser):
    """The elements of a page: those left open, ids, links, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        given = dict(attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [given["href"] or ""] if "href" in given else []
        assert not any(name.startswith("on") for name in given)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_page_that_stands_alone() -> None:
    text = render(REPORT, "html")
    page = Page(text)

    assert text.startswith("<!DOCTYPE html>\n")
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; ' in text
    assert page.open == []
    assert not {"script", "img", "link", "iframe"}.intersection(page.tags)
    assert not re.search(r"url\(|https?://[^\s<]*\.(?:css|js)", text)
    assert "color-scheme: light dark" in text


def test_html_links_every_rule_to_why_it_is_there() -> None:
    page = Page(render(REPORT, "html"))

    assert len(set(page.ids)) == len(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    for rule_id in {one.finding.rule for one in REPORT.findings}:
        assert rule_id in page.ids
        assert rules()[rule_id].source in page.text


def test_html_shows_every_finding_and_folds_what_is_accepted() -> None:
    text = render(REPORT, "html")
    page = Page(text)

    assert text.count('<div class="igz-finding">') == len(REPORT.findings) - 14 + 1
    assert "IGZ204 14 times: container 'main': CPU request 500m of its own" in page.text
    assert all(f"jobs/{n:02}.yaml:9:7 job 'f{n}' (main)" in page.text for n in range(14))
    assert "2 accepted" in page.text
    assert f"waived: {WAIVER}" in page.text
    assert "4 errors, 1 warning, 14 info in 17 of 49 files" in page.text
    assert "evil\\x1b[31m\\u202e<script>alert(1)</script>" in page.text
    assert "not known" in page.text


def test_html_of_a_clean_run_has_no_empty_headings() -> None:
    page = Page(render(CLEAN, "html"))

    assert page.tags["h2"] == page.tags["table"] == 0
    assert "no findings in 3 files (2 functions)" in page.text
