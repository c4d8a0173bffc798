"""What the tests of the guard share: what a server must not receive, and functions that rules refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import mlrun

from igz_runtime import profiles
from igz_runtime.functions.annotations import WORKLOAD
from tests.contract.projects.recorder import Recorder

SPOT: Final = {"app.iguazio.com/lifecycle": "preemptible"}
MAKES_PODS: Final = (
    "POST (submit_job|build/function|start/function)"
    "|POST projects/[^/]+/(nuclio/[^/]+/deploy|pipelines|workflows/[^/]+/submit)"
)
JOBS: Final = ["POST submit_job"]
RUNS: Final = "(POST|PATCH) projects/[^/]+/runs/.*"
CODE: Final = "def handler(context):\n    pass\n"
WORKFLOW: Final = """\
import mlrun

def pipeline():
    mlrun.get_current_project().run_function("train", handler="handler")
"""


def project_in(folder: Path) -> Any:
    """A project with a training job, and a workflow that runs it."""
    (folder / "train.py").write_text(CODE)
    (folder / "workflow.py").write_text(WORKFLOW)
    project = mlrun.new_project("churn", context=str(folder), user_project=False)
    project.set_function("train.py", "train", kind="job", image="mlrun/mlrun", handler="handler")
    for engine in ("kfp", "local"):
        project.set_workflow(engine, "workflow.py", engine=engine)
    return project


def profiled(fn: Any) -> Any:
    """A function with a profile that keeps its promise."""
    return fn.apply(profile_of(fn))


def profile_of(fn: Any) -> Any:
    """A profile for a function of its kind."""
    service = fn.kind in ("nuclio", "remote", "serving", "application")
    return (profiles.production_service if service else profiles.production_job)(cpu=1, memory="2Gi")


def unsafe(fn: Any) -> Any:
    """A function of stateful work that may land on spot nodes: IGZ101."""
    fn.set_label(WORKLOAD, "stateful")
    if fn.kind == "spark":
        fn.with_driver_preemption_mode("allow")
        fn.with_executor_preemption_mode("allow")
    else:
        fn.with_preemption_mode("allow")
    return fn


def pods(recorder: Recorder) -> list[str]:
    """The requests that the server received from which pods follow."""
    return [str(request) for request in recorder.to(MAKES_PODS)]


def served(_: Any) -> Any:
    """A serving function."""
    fn = mlrun.new_function("scorer", kind="serving", image="mlrun/mlrun", project="churn")
    fn.set_topology("flow", engine="sync").to(name="first", handler="json.dumps")
    return fn


def job(name: str = "job", project: str = "churn") -> Any:
    """A job without any settings."""
    return mlrun.new_function(name, kind="job", image="mlrun/mlrun", project=project)
