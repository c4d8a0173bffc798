"""A project as a folder: its configuration, project.yaml, setup script and code, and MLRun's project of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun

from igz_runtime import profiles

CONFIG = """\
defaults: {cpu: 2, memory: 4Gi}
functions:
  train: {profile: production_job, cpu: 4, memory: 16Gi, workload: stateful}
  score-*: {profile: spot_stateless, workload: stateless}
"""
SETUP = """\
from igz_runtime import projects


def setup(project):
    return projects.setup(project)
"""
CODE = "def handler(context):\n    print(context)\n"
PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {url: train.py, name: train, kind: job, image: mlrun/mlrun, handler: handler}
  - {url: train.py, name: score-daily, kind: job, image: mlrun/mlrun, handler: handler}
  - {url: train.py, name: report, kind: job, image: mlrun/mlrun, handler: handler}
  - {url: train.py, name: try-out, kind: local, handler: handler}
  workflows:
  - {path: workflow.py, name: main, engine: local, handler: main}
"""
WORKFLOW = """\
import mlrun


def main():
    project = mlrun.get_current_project()
    SEEN.append(project)
"""


def write(folder: Path, **files: str) -> Path:
    """Write a project; a file is replaced by the argument that is called as its name without its ending."""
    names = {"config": "igz-runtime.yaml", "project": "project.yaml", "train": "train.py", "setup": "project_setup.py"}
    texts = {"config": CONFIG, "project": PROJECT, "train": CODE, **files}
    for name, text in texts.items():
        (folder / names.get(name, f"{name}.py")).write_text(text)
    return folder


def load(folder: Path, **options: Any) -> Any:
    """MLRun's project of a folder, which no server knows of."""
    return mlrun.load_project(str(folder), save=False, **options)


def profile_of(fn: Any) -> str:
    """The profile that stands on a function; empty where there is none."""
    applied = profiles.applied_to(fn)
    return applied.profile if applied else ""


def profiles_of(project: Any) -> dict[str, str]:
    """What stands on each function that runs pods, as MLRun would submit it now; nothing is made or loaded."""
    objects = project.spec._function_objects
    return {name: profile_of(fn) for name, fn in objects.items() if fn.kind != "local"}


GIVEN = {"train": "production_job", "score-daily": "spot_stateless", "report": ""}
