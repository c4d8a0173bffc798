"""A project's folder, and a call of `igz-runtime check` on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from igz_runtime.cli import main

CONFIG = """\
functions:
  prepare-*: {profile: production_job, cpu: 2, memory: 8Gi}
  train: {profile: spot_stateless, cpu: 4, memory: 16Gi}
  score: {profile: production_job, cpu: 1, memory: 2Gi}
"""
PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {name: prepare-data, url: src/prepare.py, kind: job, image: mlrun/mlrun, handler: prepare}
  - {name: train, url: src/train.py, kind: job, image: mlrun/mlrun, handler: fit}
  - {name: score, url: functions/score.yaml}
  - {name: report, kind: job, image: mlrun/mlrun, handler: report.main}
  - {name: describe, url: "hub://describe"}
  - {name: notify, kind: local, handler: notify.main}
"""
TRAIN = """\
import torch

def fit(context):
    for batch in range(3):
        loss = model(batch)
        loss.backward()
        optimizer.step()
"""
SCORE = "kind: job\nmetadata: {name: other}\nspec: {image: mlrun/mlrun, default_handler: score}\n"
SETUP = """\
from igz_runtime import projects

def setup(project):
    return projects.setup(project)
"""


class Found(NamedTuple):
    """A finding as JSON has it, as far as these tests look at it."""

    rule: str
    severity: str
    function: str | None
    file: str
    line: int
    message: str


class Checked:
    """A call, its exit code, what it found and what it could not check."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main(["check", *arguments, "--format", "json"])
        self.out, self.err = capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        report: dict[str, Any] = json.loads(self.out) if self.out else {"findings": [], "notes": []}
        self.found = [
            Found(*(each[name] for name in ("rule", "severity", "function", "file", "line", "message")))
            for each in report["findings"]
        ]
        self.notes = [each["text"] for each in report["notes"]]

    def of(self, rule: str) -> list[tuple[str | None, str, str]]:
        """The function, the severity and the place of what a rule found."""
        return [(each.function, each.severity, f"{each.file}:{each.line}") for each in self.found if each.rule == rule]

    def said(self, rule: str) -> str:
        """The one message of a rule."""
        (message,) = [each.message for each in self.found if each.rule == rule]
        return message


def laid_out(folder: Path) -> None:
    """A project that is set up, whose functions are all in order but for one without a profile."""
    files = {
        ".git/HEAD": "",
        "igz-runtime.yaml": CONFIG.replace("spot_stateless", "production_job"),
        "project.yaml": PROJECT,
        "project_setup.py": SETUP,
        "src/prepare.py": "def prepare(context):\n    return 1\n",
        "src/train.py": TRAIN,
        "functions/score.yaml": SCORE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
