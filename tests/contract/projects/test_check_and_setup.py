"""What `igz-runtime check` says of a project's files is what `projects.setup` does with the project."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import UnsafeCombination, check, projects
from igz_runtime.cli import main
from igz_runtime.errors import IgzRuntimeError

pytestmark = pytest.mark.usefixtures("nearest_configuration")

PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {name: prepare, url: work.py, kind: job, image: mlrun/mlrun, handler: prepare}
  - {name: train, url: train.py, kind: job, image: mlrun/mlrun, handler: fit}
  - {name: score, url: score.yaml}
  - {name: sparkle, kind: spark, image: mlrun/mlrun, handler: work.prepare}
"""
TRAIN = """\
import torch

def fit(context):
    for batch in range(3):
        loss = model(batch)
        loss.backward()
        optimizer.step()
"""
SCORE = "kind: remote\nmetadata: {name: score}\nspec: {image: mlrun/mlrun, function_handler: 'score:handler'}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    files = {
        ".git/HEAD": "",
        "project.yaml": PROJECT,
        "work.py": "def prepare(context):\n    return 1\n",
        "train.py": TRAIN,
        "score.yaml": SCORE,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def assign(folder: Path, **profiles: str) -> None:
    entries = "".join(f"  '{name}': {{profile: {profile}}}\n" for name, profile in profiles.items())
    (folder / "igz-runtime.yaml").write_text(f"functions:\n{entries}")


def loaded(folder: Path) -> Any:
    return mlrun.load_project(str(folder), name="churn", save=False)


def checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    main(["check", str(folder), "--format", "json"])
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    return findings


SIZES = "cpu: 2, memory: 4Gi"
ACCEPTED = {
    "prepare": f"production_job, {SIZES}",
    "train": f"production_job, {SIZES}",
    "score": f"production_service, {SIZES}, replicas: 2",
    "sparkle": f"production_job, {SIZES}",
}


def test_what_is_accepted_is_judged_alike_before_and_after(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assign(folder, **ACCEPTED)
    before = checked(folder, capsys)
    project = projects.setup(loaded(folder))
    after = check(project)

    assert [each.rule for each in after if each.rule in ("IGZ907", "IGZ908", "IGZ909", "IGZ910")] == []
    of_functions = Counter((one["rule"], one["function"], one["role"]) for one in before if one["function"] != "churn")
    assert of_functions == Counter((each.rule, each.function, each.role) for each in after)


@pytest.mark.parametrize(
    "change",
    [
        {"train": f"spot_stateless, {SIZES}"},
        {"sparkle": f"spot_stateless, {SIZES}"},
        {"train": f"spot_stateless, {SIZES}", "sparkle": f"spot_stateless, {SIZES}"},
        {"score": f"production_service, {SIZES}, replicas: 2, priority: igz-system-critical"},
    ],
    ids=" and ".join,
)
def test_what_setting_up_refuses_is_found_by_the_same_rules(
    folder: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str]
) -> None:
    assign(folder, **{**ACCEPTED, **change})
    found = {(one["rule"], one["function"]) for one in checked(folder, capsys) if one["severity"] == "error"}
    with pytest.raises(UnsafeCombination) as refused:
        projects.setup(loaded(folder))

    assert found == {(each.rule, each.function) for each in refused.value.findings if each.refuses}


@pytest.mark.parametrize(
    "change",
    [
        {"train": "production_job"},
        {"train": f"production_service, {SIZES}, replicas: 2"},
        {"tr*": f"production_job, {SIZES}", "*ain": "production_job, cpu: 1, memory: 1Gi"},
    ],
    ids=lambda change: " and ".join(change.values()),
)
def test_where_setting_up_raises_the_sentence_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str]
) -> None:
    assign(folder, **{**{name: each for name, each in ACCEPTED.items() if name != "train"}, **change})
    (said,) = [one["message"] for one in checked(folder, capsys) if one["rule"] == "IGZ905"]
    with pytest.raises(IgzRuntimeError) as raised:
        projects.setup(loaded(folder))

    assert said.rpartition("): ")[2] in str(raised.value)
