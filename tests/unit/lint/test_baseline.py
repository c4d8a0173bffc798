"""The baseline: known findings stay known when lines move, as often as they were counted, and no longer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime import Waiver
from igz_runtime.errors import ConfigurationError, WriteFailed
from igz_runtime.lint.baseline import apply_baseline, fingerprint, load_baseline, write_baseline
from igz_runtime.lint.results import Located, Report
from igz_runtime.rules import Finding
from igz_runtime.text.place import Position

FINDING = Finding("IGZ101", "error", "stateful", "why", "fix", "trainer", "job", "main", field=("tolerations", 0))


def located(file: str = "jobs/train.yaml", line: int = 1, **changes: Any) -> Located:
    return Located(replace(FINDING, **changes), file, Position(line))


def known(report: Report) -> list[bool]:
    return [one.known for one in report.findings]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "baseline.json"


def test_a_finding_is_the_same_wherever_its_line_goes() -> None:
    assert (
        fingerprint(located(line=1)) == fingerprint(located(line=99)) == fingerprint(located(field=("tolerations", 3)))
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "IGZ102"},
        {"message": "other"},
        {"function": "other"},
        {"role": "executor"},
        {"field": ("affinity",)},
        {"file": "jobs/other.yaml"},
    ],
    ids=str,
)
def test_what_makes_another_finding(changes: dict[str, Any]) -> None:
    assert fingerprint(located(**changes)) != fingerprint(located())


def test_what_was_written_is_known_and_what_is_new_is_not(path: Path) -> None:
    write_baseline(path, Report((located(), located(message="again"))))
    report = apply_baseline(
        Report((located(line=7), located(message="new"), located(message="again")), files=3), load_baseline(path)
    )

    assert known(report) == [True, False, True]
    assert report.files == 3
    assert [one.finding.message for one in report.at_least("error")] == ["new"]


def test_it_is_known_as_often_as_it_was_counted(path: Path) -> None:
    assert write_baseline(path, Report((located(line=1), located(line=2)))) == 2
    report = Report((located(line=1), located(line=2), located(line=3)))

    assert known(apply_baseline(report, load_baseline(path))) == [True, True, False]


def test_a_waived_finding_is_neither_written_nor_known(path: Path) -> None:
    waived = located(waived=Waiver("resubmitted"))

    assert write_baseline(path, Report((waived,))) == 0
    write_baseline(path, Report((located(),)))
    assert known(apply_baseline(Report((waived, located())), load_baseline(path))) == [False, True]


def test_files_are_named_from_the_baselines_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_baseline(path, Report((located(),)))
    (path.parent / "jobs").mkdir()
    monkeypatch.chdir(path.parent / "jobs")
    files = ("train.yaml", "../jobs/train.yaml", str(path.parent / "jobs/train.yaml"))

    for file in files:
        assert known(apply_baseline(Report((located(file),)), load_baseline(Path("../baseline.json")))) == [True]


def test_it_has_a_sorted_line_for_each_finding_and_merges(path: Path) -> None:
    findings = (located("b.yaml"), located("a.yaml", line=9), located("a.yaml", rule="IGZ102"), located("ä.yaml"))
    write_baseline(path, Report(findings))
    lines = path.read_text(encoding="utf-8").splitlines()

    assert [(each["file"], each["rule"]) for each in (json.loads(line.rstrip(",")) for line in lines[1:-1])] == [
        ("a.yaml", "IGZ101"),
        ("a.yaml", "IGZ102"),
        ("b.yaml", "IGZ101"),
        ("ä.yaml", "IGZ101"),
    ]
    assert (lines[0], lines[-1]) == ('{"format": 1, "findings": [', "]}")
    write_baseline(path, Report(tuple(reversed(findings))))
    assert path.read_text(encoding="utf-8").splitlines() == lines
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_one(path: Path) -> None:
    write_baseline(path, Report())

    assert path.read_text() == '{"format": 1, "findings": []}\n'
    assert known(apply_baseline(Report((located(),)), load_baseline(path))) == [False]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1:1: is not JSON: "),
        ('{"format": 1,\n "findings": [}', ":2:15: is not JSON: "),
        ("[]", ":1:1: is not a baseline; write it again with --write-baseline"),
        ('{"format": 1}', ":1:1: is not a baseline"),
        ('{"findings": [],\n"format": 2}', ":2:1: format 2, and 1 is required; write it again"),
        ('{"findings": []}', "format None, and 1 is required"),
        ('{"format": 1, "findings": [\n{"id": "a"},\n{"id": 7}\n]}', ":3:1: an entry needs 'id', a text, and 'count'"),
        ('{"format": 1, "findings": [\n{"id": "a", "count": 0}\n]}', ":2:1: an entry needs"),
        ('{"format": 1, "findings": [\n{"id": "a", "count": true}\n]}', ":2:1: an entry needs"),
        ('{"format": 1, "findings": [\n"a"\n]}', ":2:1: an entry needs"),
    ],
)
def test_one_that_cannot_be_read_says_where(text: str, said: str, path: Path) -> None:
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_baseline(path)

    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)


def test_a_file_that_is_not_there_or_cannot_be_written(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"baseline\.json: cannot be read \(No such file or directory\)"):
        load_baseline(path)
    with pytest.raises(WriteFailed, match="cannot be written: No such file or directory"):
        write_baseline(path / "none" / "baseline.json", Report())


@given(messages=st.lists(st.text(st.characters())))
def test_everything_that_was_written_is_known(messages: list[str], path: Path) -> None:
    report = Report(tuple(located(message=message) for message in messages))
    write_baseline(path, report)

    assert all(known(apply_baseline(report, load_baseline(path))))
