"""A project whose workflow has every kind of step, and compiling it by KFP for real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from mlrun.projects.pipelines import pipeline_context

from igz_runtime.functions.pipeline import steps_in
from tests.conftest import Mlconf
from tests.contract.projects.folder import write

CONFIG = """\
functions:
  train: {profile: production_job, cpu: 4, memory: 16Gi, workload: stateful}
  score: {profile: spot_stateless, cpu: 2, memory: 4Gi, priority: low, workload: {stateful: false, restartable: true}}
  serve: {profile: production_service, cpu: 1, memory: 2Gi}
  features: {profile: production_job, cpu: 1, memory: 2Gi, waive: {IGZ211: {reason: tried again by hand}}}
  report: {profile: production_job, cpu: 1, memory: 1Gi, priority: medium}
steps:
  train-*: {cpu: 100m, memory: 512Mi}
  fit-again: {priority: low}
environments:
  development: {steps: {train-*: {cpu: 50m}}}
cluster:
  mlrun: {node_selector: {app.iguazio.com/lifecycle: preemptible}}
"""
PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {url: code.py, name: train, kind: job, image: mlrun/mlrun}
  - {url: code.py, name: score, kind: job, image: mlrun/mlrun}
  - {url: code.py, name: serve, kind: nuclio, image: mlrun/mlrun}
  - {url: code.py, name: features, kind: spark, image: mlrun/mlrun}
  - {url: code.py, name: report, kind: job, image: mlrun/mlrun, with_requirements: [pandas]}
  workflows:
  - {path: workflow.py, name: main, engine: kfp}
  - {path: workflow.py, name: without}
"""
WORKFLOW = """\
import mlrun
from kfp import dsl


@dsl.pipeline(name="churn")
def pipeline():
    mlrun.build_function("report")
    mlrun.run_function("train", name="train-model")
    mlrun.run_function("train", name="fit-again")
    mlrun.run_function("score").set_retry(3)
    mlrun.run_function("features")
    mlrun.deploy_function("serve")
"""
SET_UP = "__import__('igz_runtime.projects').projects.setup(mlrun.get_current_project())"
CODE = "def handler(context):\n    print(context)\n"

Steps = Mapping[str, Mapping[str, Any]]


def without_a_server(folder: Path, mlconf: Mlconf) -> Iterator[Path]:
    """The project's folder, for as long as its workflow is compiled without a server."""
    mlconf.set("dbpath", "offline")
    mlconf.set("httpdb.nop_db.verbose", False)  # noqa: FBT003
    yield write(folder, config=CONFIG, project=PROJECT, workflow=WORKFLOW, code=CODE)
    pipeline_context.clear(with_project=True)


def begins(folder: Path, *lines: str) -> None:
    """Write the workflow with these lines at the beginning of its function."""
    first = "".join(f"    {line}\n" for line in lines)
    (folder / "workflow.py").write_text(WORKFLOW.replace("def pipeline():\n", f"def pipeline():\n{first}"))


def compiled(project: Any, folder: Path) -> dict[str, Any]:
    """The workflow as KFP compiles it."""
    target = folder / "compiled.yaml"
    project.save_workflow("main", str(target), artifact_path="v3io:///projects/churn")
    return yaml.safe_load(target.read_text())  # type: ignore[no-any-return]


def templates(workflow: Mapping[str, Any]) -> Steps:
    """The templates of its steps, by name."""
    return {step.name: step.template for step in steps_in(workflow)}
