"""The workflows that the documentation shows do what they say: each command line of theirs is run as it stands there.

They are found in the YAML blocks of the pages: steps of GitHub Actions, jobs of GitLab, hooks of pre-commit.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
SARIF_SCHEMA = json.loads((ROOT / "tests" / "data" / "sarif-schema-2.1.0.json").read_text())
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
UNSAFE = "kind: job\nmetadata: {name: trainer}\nspec: {preemption_mode: allow, default_handler: train}\n"

_SHELL = re.compile(r"^```sh\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


class Command(NamedTuple):
    """A command line of a workflow, and the whole workflow."""

    page: str
    line: str
    workflow: Any


def commands() -> Iterator[Command]:
    """Every command line in a workflow that calls igz-runtime."""
    for page in PAGES:
        for block in _YAML.findall(page.read_text()):
            try:
                workflow = YAML(typ="safe", pure=True).load(block)
            except YAMLError:
                continue  # a part of a file, which no workflow is
            lines = list(_lines(workflow))
            if any(line.startswith("igz-runtime ") for line in lines):
                yield from (Command(page.name, line, workflow) for line in lines)


def _lines(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("run", "entry", "script"):
                yield from value if isinstance(value, list) else str(value).splitlines()
            else:
                yield from _lines(value)
    elif isinstance(node, list):
        for each in node:
            yield from _lines(each)


def run(line: str) -> subprocess.CompletedProcess[str]:
    """Run a command line as a shell of a CI server does, with this Python's igz-runtime."""
    call = line.replace("igz-runtime ", f"{shlex.quote(sys.executable)} -m igz_runtime ", 1)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(call, shell=True, env=environment, capture_output=True, text=True, check=False)  # noqa: S602  (that is the test)


FOUND = list(commands())
OURS = [each for each in FOUND if each.line.startswith("igz-runtime lint")]
AUDITS = [each for each in FOUND if each.line.startswith("igz-runtime audit")]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "function.yaml").write_text(UNSAFE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_workflows_are_found() -> None:
    assert sorted(each.page for each in OURS) == ["lint-formats.md"] * 3


@pytest.mark.parametrize("command", OURS, ids=lambda command: command.line)
def test_a_command_line_of_a_workflow_reports_the_unsafe_function(command: Command, repository: Path) -> None:
    named = " function.yaml" if "--found" in command.line else ""

    ran = run(command.line + named)

    assert ran.returncode == 1, ran.stderr
    assert ran.stderr == ""
    words = shlex.split(command.line)
    files = [after for word, after in pairwise(words) if word == "--output"]
    form = dict(pairwise(words)).get("--format", "" if files else "text")
    _holds(form, ran.stdout)
    for file in files:
        _holds({".sarif": "sarif", ".xml": "junit", ".html": "html"}[Path(file).suffix], Path(file).read_text())
    assert {path.name for path in repository.iterdir()} == {".git", "function.yaml", *files}


def _holds(form: str, report: str) -> None:
    """Hold a report to its format: what a server that takes it would refuse is refused here."""
    if form == "sarif":
        log = json.loads(report)
        jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
        assert "IGZ101" in {result["ruleId"] for result in log["runs"][0]["results"]}
    elif form == "junit":
        failed = [case for case in ET.fromstring(report).iter("testcase") if case.find("failure") is not None]  # noqa: S314  (it is our own)
        assert failed
    elif form == "github":
        assert "\n::error file=function.yaml," in f"\n{report}"
    else:
        assert ("IGZ101" in report) == bool(form)
        assert report.startswith("<!DOCTYPE html>") == (form == "html")


@pytest.mark.parametrize(
    "command", [each for each in OURS if "steps" in str(each.workflow)], ids=lambda each: each.line
)
def test_what_a_step_uploads_is_what_the_steps_before_it_wrote(command: Command, repository: Path) -> None:
    if shutil.which("jq") is None:
        pytest.skip("jq, which the workflow calls, is not installed")
    (step,) = [step for step in command.workflow["jobs"]["lint"]["steps"] if "sarif_file" in step.get("with", {})]

    for each in FOUND:
        if each.workflow is command.workflow and not each.line.startswith("pip "):
            assert run(each.line).returncode == (1 if each == command else 0)

    _holds("sarif", (repository / step["with"]["sarif_file"]).read_text())


def test_what_gitlab_takes_up_is_what_the_job_wrote(repository: Path) -> None:
    (command,) = [each for each in OURS if "artifacts" in str(each.workflow)]
    artifacts = command.workflow["lint"]["artifacts"]

    run(command.line)

    _holds("junit", (repository / artifacts["reports"]["junit"]).read_text())
    assert all((repository / path).is_file() for path in artifacts["paths"])


def test_an_audit_fails_for_what_is_new_and_writes_what_is_uploaded(repository: Path) -> None:
    """Of a saved cluster: none answers to the user of the workflow here."""
    (command,) = AUDITS
    saved = f"--cluster {shlex.quote(str(ROOT / 'examples' / 'audit' / 'cluster.json'))}"
    line = command.line.replace('--kubeconfig "$RUNNER_TEMP/kubeconfig"', saved)
    assert line != command.line

    assert run(f"igz-runtime audit {saved} --select IGZ602 --write-baseline known.json").returncode == 0
    assert run(f"{line} --select IGZ602").returncode == 0
    assert run(line).returncode == 1
    _holds("html", (repository / "audit.html").read_text().replace("IGZ614", "IGZ101"))
    assert json.loads((repository / "audit.json").read_text())["version"] == 1


SHOWN = sorted(
    {
        line.partition("  #")[0].strip()
        for page in PAGES
        for block in _SHELL.findall(page.read_text())
        for line in block.splitlines()
        if line.startswith("igz-runtime lint")
    }
)


@pytest.mark.parametrize("line", SHOWN)
def test_a_command_line_for_a_terminal_is_understood(line: str, repository: Path) -> None:
    ran = run(line)

    assert ran.returncode == (0 if "--diff" in line else 1), ran.stderr
    assert ran.stderr == ""
    assert all((repository / file.rpartition("=")[2]).is_file() for file in re.findall(r"--output (\S+)", line))
