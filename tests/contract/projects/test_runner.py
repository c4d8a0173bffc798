"""MLRun's own workflow runner on a project: which functions have their profiles there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.runtimes.utils import global_context

from igz_runtime.projects.mlrun_project import RUNS_SETUP
from tests.contract.projects.folder import SETUP, profile_of, write
from tests.contract.projects.recorder import Recorder

pytestmark = pytest.mark.usefixtures("nearest_configuration")

WORKFLOW = """\
import mlrun


def main():
    mlrun.get_current_project().run_function("train", handler="handler", watch=False)
"""
SETS_UP = """\
import mlrun

from igz_runtime import projects


def main():
    project = projects.setup(mlrun.get_current_project())
    project.run_function("train", handler="handler", watch=False)
"""


@pytest.fixture
def saved(recorder: Recorder, tmp_path: Path) -> Path:
    """A project whose workflow runs in a runner: its source, and what the server holds of it."""
    folder = write(tmp_path, setup=SETUP, workflow=WORKFLOW)
    project = mlrun.load_project(str(folder))
    project.save()
    recorder.sent.clear()
    return folder


def submitted(recorder: Recorder, folder: Path, engine: str = "local", **options: Any) -> list[str]:
    """The profile of each function that a runner submits, or stores for the steps of a pipeline."""
    global_context.set(None)
    context = mlrun.get_or_create_ctx("runner", project="churn")
    mlrun.projects.load_and_run_workflow(
        context, project_name="churn", project_context=str(folder), engine=engine, workflow_name="main", **options
    )
    stored = [request.body for request in recorder.to("POST projects/churn/functions/train")]
    return [profile_of(each) for each in stored if engine == "kfp"] or [
        profile_of(each.function) for each in recorder.submitted()
    ]


def test_setup_in_project_setup_py(recorder: Recorder, saved: Path) -> None:
    """The workflow that the server holds says so itself: MLRun puts it into the runner's arguments."""
    [workflow] = recorder.projects["churn"]["spec"]["workflows"]
    options = {"run_setup": workflow["run_setup"]} if RUNS_SETUP else {}

    assert submitted(recorder, saved, **options) == ["production_job"]


@pytest.mark.parametrize("engine", ["local", "kfp"])
def test_setup_in_the_workflows_function(engine: str, recorder: Recorder, saved: Path) -> None:
    if engine == "kfp":
        pytest.importorskip("kfp")
    (saved / "workflow.py").write_text(SETS_UP)
    (saved / "project_setup.py").unlink()

    assert submitted(recorder, saved, engine) == ["production_job"]


@pytest.mark.skipif(not RUNS_SETUP, reason="before MLRun 1.12 every runner runs project_setup.py")
def test_without_either(recorder: Recorder, saved: Path) -> None:
    assert submitted(recorder, saved, run_setup=False) == [""]


@pytest.mark.skipif(not RUNS_SETUP, reason="before MLRun 1.12 every runner runs project_setup.py")
@pytest.mark.parametrize("given", ["a name", "a path", "a schedule"])
def test_what_is_submitted_says_that_the_runner_runs_setup(given: str, recorder: Recorder, saved: Path) -> None:
    project = mlrun.load_project(str(saved))
    project.spec.source = "git://github.com/example/churn.git#main"
    arguments: dict[str, dict[str, Any]] = {
        "a name": {"name": "main"},
        "a path": {"workflow_path": "workflow.py"},
        "a schedule": {"name": "main", "schedule": "0 1 * * *"},
    }
    project.run(**arguments[given], engine="remote", dirty=True)

    [request] = recorder.to("POST projects/churn/workflows/.*/submit")
    assert request.body["spec"]["run_setup"] is True
