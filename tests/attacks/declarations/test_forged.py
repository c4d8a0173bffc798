"""Who writes a file does not decide whether it passes: what it says of itself is shown, and the platform decides."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from igz_runtime.cli import main
from tests.attacks.declarations.author import TEAM, asked, platform_file, trainer, write

CASES = yaml.safe_load(Path(__file__).with_name("forged.yaml").read_text(encoding="utf-8"))
Linted = Callable[[dict[str, Any]], tuple[int, dict[str, str], str]]
FORMATS = ("text", "json", "sarif", "github", "junit", "html")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["it"])
def test_what_an_author_says_of_a_file(case: dict[str, Any], linted: Linted) -> None:
    code, reports, said = linted(case)

    if "refused" in case:
        assert code == 2
        assert all(words in said for words in case["refused"]), said
        return
    found = json.loads(reports["json"])
    standing = {one["rule"] for one in found["findings"] if not one["waived"]}
    expected = set() if case["stands"] == "none" else set(case["stands"])
    assert expected <= standing
    assert ("IGZ101" in standing) == ("IGZ101" in expected), standing
    assert bool(found["declared"]) == bool(case.get("declared")), found["declared"]
    for line, words in case.get("declared", {}).items():
        for name in FORMATS:
            assert is_shown(name, reports[name], line, words), f"{name}:\n{reports[name]}"


@pytest.fixture
def linted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Linted:
    """Runs the command on a case: its exit code, its report in each format, and what it says on standard error."""

    def linted(case: dict[str, Any]) -> tuple[int, dict[str, str], str]:
        within, given = case.get("within", TEAM), case.get("given", "")
        function = trainer(case.get("metadata", ()), case.get("above", ()), case.get("kind", "job"))
        own = {f"{within}/train.py": case["code"]} if "code" in case else {f"{within}/train.yaml": function}
        write(tmp_path, {**own, **case.get("files", {}), platform_file(given): case.get("platform", "")})
        if case.get("repository", True):
            write(tmp_path, {".git/HEAD": "ref: refs/heads/main"})
        arguments, variables, here = asked(given, tmp_path, case.get("command", "lint"), within)
        outputs = [part for name in FORMATS for part in ("--output", f"{name}={tmp_path / name}")]
        monkeypatch.delenv("IGZ_RUNTIME_CONFIG")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(here)
        code = main([*arguments, *outputs])
        reports = {
            name: (tmp_path / name).read_text(encoding="utf-8") for name in FORMATS if (tmp_path / name).exists()
        }
        return code, reports, capsys.readouterr().err

    return linted


def is_shown(name: str, report: str, line: int, words: str) -> bool:
    """Whether a report says something of a line."""
    if name == "json":
        said = json.loads(report)["declared"]
        return any(one["line"] == line and one["by"] in words and one["says"] in words for one in said)
    if name == "sarif":
        (run,) = json.loads(report)["runs"]
        said = run["invocations"][0]["toolExecutionNotifications"]
        return any(words in one["message"]["text"] and line == _line_of(one) for one in said)
    plain = html.unescape(re.sub("<[^>]*>", "", report.replace("<li>", "\n")) if name == "html" else report)
    place = rf",line={line}," if name == "github" else rf"\.(yaml|py):{line}:"
    return any(words in row and re.search(place, row) for row in plain.splitlines())


def _line_of(notification: dict[str, Any]) -> int:
    (location,) = notification["locations"]
    line: int = location["physicalLocation"]["region"]["startLine"]
    return line
