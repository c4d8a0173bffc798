"""The example project: its own tests, its profiles when MLRun loads it, and the pods of its workflow's steps."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlrun
import pytest
from ruamel.yaml import YAML

from igz_runtime import check, profiles
from igz_runtime.cli import main

EXAMPLE = Path(__file__).parents[2] / "examples" / "churn-project"
PROFILES = {
    "prepare": "production_job",
    "train": "production_job",
    "score-daily": "spot_stateless",
    "model-server": "production_service",
    "portal": "production_service",
}

pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, alone on its machine."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(EXAMPLE, tmp_path / "churn", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "churn")
    return tmp_path / "churn"


@pytest.fixture
def loaded(copied: Path) -> Any:
    return mlrun.load_project(str(copied), save=False)


def test_its_own_tests_pass_where_someone_copies_it(copied: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    told = subprocess.run(command, cwd=copied, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "10 passed" in told.stdout


@pytest.mark.once
def test_its_own_tests_fail_where_a_promise_is_broken(copied: Path) -> None:
    file = copied / "igz-runtime.yaml"
    file.write_text(
        file.read_text().replace("    profile: production_job\n    cpu: 4", "    profile: development_job\n    cpu: 4")
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_functions.py"]
    told = subprocess.run(command, cwd=copied, capture_output=True, text=True, check=False)

    assert told.returncode == 1
    assert "IGZ403" in told.stdout


def test_every_function_is_profiled_when_mlrun_loads_it(loaded: Any) -> None:
    applied = {name: profiles.applied_to(loaded.get_function(name)) for name in loaded.get_function_names()}

    assert {name: each and each.profile for name, each in applied.items()} == PROFILES


def test_in_development_it_is_other_profiles(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")

    project = mlrun.load_project(str(copied), save=False)

    applied = profiles.applied_to(project.get_function("train"))
    assert applied is not None
    assert (applied.profile, applied.parameters["cpu"]) == ("development_job", "1")


def test_the_pod_of_every_step_has_class_and_resources_and_stays_on_demand(
    loaded: Any, copied: Path, mlconf: Any
) -> None:
    pytest.importorskip("kfp")
    mlconf.set("dbpath", "offline")

    loaded.save_workflow("main", "churn.yaml", artifact_path="v3io:///projects/churn")

    templates = YAML(typ="safe", pure=True).load(copied / "churn.yaml")["spec"]["templates"]
    steps = {each["name"]: each for each in templates if "container" in each}
    sizes = {"cpu": "200m", "memory": "512Mi"}
    assert {name: step["priorityClassName"] for name, step in steps.items()} == {
        "prepare": "igz-workload-high",
        "tune": "igz-workload-high",
        "score-daily": "igz-workload-medium",
        "deploy-model-server": "igz-workload-high",
    }
    assert [name for name, step in steps.items() if "PriorityClassName" in step] == []
    assert {str(step["container"]["resources"]) for step in steps.values()} == {
        str({"requests": sizes, "limits": sizes})
    }
    assert all("NotIn" in str(step["affinity"]) for step in steps.values())
    assert check(str(copied / "churn.yaml")).refusing == ()


@pytest.mark.once
@pytest.mark.parametrize("command", ["lint", "check"])
def test_ci_passes(command: str, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(copied)]) == 0
    said = capsys.readouterr().out
    assert " error " not in said
    assert "IGZ908" not in said


@pytest.mark.once
def test_ci_refuses_training_on_spot(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = copied / "igz-runtime.yaml"
    text = file.read_text()
    file.write_text(text.replace("    profile: production_job\n    cpu: 4", "    profile: spot_stateless\n    cpu: 4"))

    assert main(["check", "."]) == 1
    assert "IGZ101 error" in capsys.readouterr().out


@pytest.mark.once
def test_init_would_find_the_same_functions(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copied / "igz-runtime.yaml").unlink()

    assert main(["init"]) == 0
    assert "names igz_runtime.projects" in capsys.readouterr().out
    assert {name: profiles.assigned(name).name for name in PROFILES} == {
        **PROFILES,
        "score-daily": "production_job",  # until somebody answers
    }


@pytest.mark.once
def test_it_is_a_project_that_ci_checks(copied: Path) -> None:
    job = YAML(typ="safe", pure=True).load(copied / ".github" / "workflows" / "check.yaml")["jobs"]["check"]
    steps = [step["run"] for step in job["steps"] if "run" in step]

    assert steps[1:] == ["igz-runtime lint . --format github", "igz-runtime check .", "python -m pytest"]
