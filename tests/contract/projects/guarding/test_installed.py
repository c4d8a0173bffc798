"""The guard of a whole process: it stands before MLRun is imported, and nothing that it refuses goes by unseen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mlrun.db.httpdb import HTTPRunDB

from igz_runtime import UnsafeCombination, projects
from igz_runtime.errors import InvalidValue
from tests.contract.projects.guarding.functions import RUNS, job, pods, profiled, unsafe
from tests.contract.projects.recorder import Recorder

ROOT = Path(__file__).parents[4]
pytestmark = pytest.mark.usefixtures("project")

ORIGINAL = HTTPRunDB.__dict__["api_call"]
SITECUSTOMIZE = "from igz_runtime.projects import install_guard\n\ninstall_guard({arguments})\n"
PROGRAM = """\
import sys
assert "mlrun" not in sys.modules and "igz_runtime.rules" not in sys.modules
import mlrun
from igz_runtime import UnsafeCombination

project = mlrun.load_project({folder!r}, name="churn", save=False)
fn = project.get_function("train")
fn.set_label("igz-runtime/workload", "stateful")
fn.with_preemption_mode("allow")


def told(call):
    try:
        call()
    except UnsafeCombination as error:
        print("told:", str(error).partition(chr(10))[0])


def workflow():
    print("state:", project.run("local", local=False, dirty=True)._state)

"""
REFUSED = "run job 'train' of project 'churn': refused by the guard, and not sent: 1 finding"


def python(folder: Path, code: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
    """A process of Python with a sitecustomize that installs the guard."""
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE.format(arguments=arguments))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    program = PROGRAM.format(folder=str(folder)) + code
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, cwd=folder
    )


def test_a_process_with_the_guard_in_its_sitecustomize(recorder: Recorder, project: Any, tmp_path: Path) -> None:
    """A refusal is raised where it arises; one that MLRun swallows, at the next request, and when the process ends."""
    project.export()
    ran = python(
        tmp_path,
        'told(lambda: fn.run(handler="handler"))\n'
        'workflow()\ntold(lambda: mlrun.get_run_db().list_runs(project="churn"))\n'
        "workflow()\n",
    )
    lines = [line for line in ran.stdout.splitlines() if line.startswith(("told:", "state:"))]
    assert lines == [f"told: {REFUSED}", "state: Failed", f"told: {REFUSED}", "state: Failed"], ran.stderr
    assert f"igz_runtime: before that, this was refused, and nobody saw it:\n{REFUSED}" in ran.stderr
    assert ran.returncode == 1
    assert pods(recorder) == []
    assert not recorder.to(RUNS)


@pytest.mark.once
def test_a_process_that_is_only_warned_ends_well(recorder: Recorder, project: Any, tmp_path: Path) -> None:
    project.export()
    ran = python(tmp_path, 'fn.run(handler="handler", watch=False)\n', "warn=True")
    assert "run job 'train' of project 'churn': a guard would refuse it; it was sent" in ran.stderr
    assert ran.returncode == 0
    assert pods(recorder) == ["POST submit_job"]


def test_it_is_installed_once_and_taken_off(project: Any) -> None:
    guard = projects.install_guard()
    try:
        assert projects.install_guard() is guard
        with pytest.raises(InvalidValue, match="already"):
            projects.install_guard(strict=True)
        with pytest.raises(UnsafeCombination):
            unsafe(project.get_function("train")).run(handler="handler")
    finally:
        guard.remove()
    assert [each.name for each in guard.refused] == ["train"]
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL
    guard.remove()
    again = projects.install_guard(strict=True)
    again.remove()
    assert again is not guard


def test_taking_it_off_raises_what_nobody_saw(project: Any) -> None:
    guard = projects.install_guard()
    unsafe(project.get_function("train"))
    project.run("local", local=False, dirty=True)
    with pytest.raises(UnsafeCombination, match="run job 'train'"):
        guard.remove()
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL


def test_a_block_beside_it_is_stricter(project: Any) -> None:
    installed = projects.install_guard()
    try:
        fn = job("other")
        with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908"):
            fn.run()
        profiled(fn).run(watch=False)
    finally:
        installed.remove()
    assert [each.name for each in installed.seen] == ["other"]
