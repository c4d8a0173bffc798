"""The guard of a whole process: it stands before MLRun is imported, and nothing that it refuses goes by unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.db.httpdb import HTTPRunDB

from igz_runtime import UnsafeCombination, projects
from igz_runtime.errors import InvalidValue
from tests.conftest import Mlconf
from tests.contract.projects.guarded import RUNS, configured, pods, profiled, project_in, unsafe
from tests.contract.projects.recorder import Recorder

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("project")

ORIGINAL = HTTPRunDB.__dict__["api_call"]
SITECUSTOMIZE = "from igz_runtime.projects import install_guard\n\ninstall_guard({arguments})\n"
UNSAFE = """\
import sys
assert "mlrun" not in sys.modules and "igz_runtime.rules" not in sys.modules
import mlrun
project = mlrun.load_project({folder!r}, name="churn", save=False)
fn = project.get_function("train")
fn.set_label("igz-runtime/workload", "stateful")
fn.with_preemption_mode("allow")
"""
IN_A_WORKFLOW = 'project.run("local", local=False, dirty=True)\n'


@pytest.fixture
def project(recorder: Recorder, mlconf: Mlconf, tmp_path: Path) -> Any:
    configured(mlconf)
    made = project_in(tmp_path)
    made.export()
    recorder.sent.clear()
    return made


def python(folder: Path, code: str, arguments: str = "") -> subprocess.CompletedProcess[str]:
    """A process of Python with a sitecustomize that installs the guard."""
    import os

    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE.format(arguments=arguments))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    program = UNSAFE.format(folder=str(folder)) + code
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False, cwd=folder
    )


def test_sitecustomize(recorder: Recorder, tmp_path: Path) -> None:
    ran = python(tmp_path, 'fn.run(handler="handler")\n')
    assert ran.returncode == 1
    assert "UnsafeCombination: run job 'train' of project 'churn': refused by the guard, and not sent" in ran.stderr
    assert pods(recorder) == []
    assert not recorder.to(RUNS)


def test_what_mlrun_swallows_fails_the_process_when_it_ends(recorder: Recorder, tmp_path: Path) -> None:
    ran = python(tmp_path, f'{IN_A_WORKFLOW}print("reached the end")\n')
    assert "reached the end" in ran.stdout
    assert ran.returncode == 1
    assert "igz_runtime: before that, this was refused, and nobody saw it:\nrun job 'train'" in ran.stderr
    assert pods(recorder) == []


@pytest.mark.once
def test_what_mlrun_swallows_is_raised_at_the_next_request(tmp_path: Path) -> None:
    ran = python(tmp_path, f'{IN_A_WORKFLOW}mlrun.get_run_db().list_runs(project="churn")\nprint("not reached")\n')
    assert ran.returncode == 1
    assert "not reached" not in ran.stdout
    assert "UnsafeCombination: run job 'train'" in ran.stderr


@pytest.mark.once
def test_a_process_that_does_nothing_wrong_ends_well(tmp_path: Path) -> None:
    ran = python(tmp_path, "")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.once
def test_a_process_that_is_only_warned(recorder: Recorder, tmp_path: Path) -> None:
    ran = python(tmp_path, 'fn.run(handler="handler", watch=False)\n', "warn=True")
    assert ran.returncode == 0
    assert "run job 'train' of project 'churn': a guard would refuse it; it was sent" in ran.stderr
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
        fn = mlrun.new_function("other", kind="job", image="mlrun/mlrun", project="churn")
        with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908"):
            fn.run()
        profiled(fn).run(watch=False)
    finally:
        installed.remove()
    assert [each.name for each in installed.seen] == ["other"]
