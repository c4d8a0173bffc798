"""Whatever makes a project's functions anew, they have their profiles: a row for each call."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mlrun
import pytest

from igz_runtime import profiles, projects
from tests.contract.projects.folder import GIVEN, SETUP, load, profile_of, profiles_of, write
from tests.contract.projects.recorder import Recorder

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("nearest_configuration", "elsewhere")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process does not stand in the project's folder."""
    monkeypatch.chdir("/")


class Call(NamedTuple):
    """A call after setup.

    Attributes:
        name: the call.
        made: calls it on a project, and gives the project that one has then.
        lost: whether profiles that were applied to the objects alone are lost by it.
    """

    name: str
    made: Callable[[Any], Any]
    lost: bool = True


def after(*steps: Callable[[Any], object]) -> Callable[[Any], Any]:
    def made(project: Any) -> Any:
        for step in steps:
            step(project)
        return project

    return made


def synced(project: Any) -> Any:
    return after(lambda p: p.sync_functions())(project)


def run(project: Any) -> Any:
    project.run(workflow_handler=dict, sync=True, engine="local")
    return project


CALLS = (
    Call("get_function", after(lambda p: p.get_function("train")), lost=False),
    Call("get_function(enrich=True)", after(lambda p: p.get_function("train", enrich=True)), lost=False),
    Call("get_function(sync=True)", after(lambda p: p.get_function("train", sync=True))),
    Call("get_function_objects", after(lambda p: p.get_function_objects())),
    Call("get_function_objects().values", after(lambda p: p.get_function_objects().values())),
    Call("sync_functions", synced),
    Call("sync_functions of one", after(lambda p: p.sync_functions(["train"]))),
    Call("sync_functions(always=False)", after(lambda p: p.sync_functions(always=False)), lost=False),
    Call("run(sync=True)", run),
    Call("reload", after(lambda p: p.reload(), lambda p: p.sync_functions(always=False))),
    Call("reload(sync=True)", lambda p: p.reload(sync=True)),
    Call("copy", lambda p: p.copy(), lost=False),
    Call("copy, sync_functions", lambda p: synced(p.copy())),
    Call("pickle, sync_functions", lambda p: synced(pickle.loads(pickle.dumps(p)))),  # noqa: S301  (our own bytes)
)
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)


@each_call
def test_functions_keep_their_profiles(call: Call, tmp_path: Path) -> None:
    project = projects.setup(load(write(tmp_path)))

    assert profiles_of(call.made(project)) == GIVEN


@each_call
def test_what_is_applied_to_the_objects_alone_does_not(call: Call, tmp_path: Path) -> None:
    project = load(write(tmp_path))
    project.get_function("train").apply(profiles.production_job(cpu=4, memory="16Gi"))

    assert profile_of(call.made(project).get_function("train")) == ("" if call.lost else "production_job")


@pytest.mark.usefixtures("recorder")
def test_save_workflow(tmp_path: Path) -> None:
    """What it stores for a step is what the step submits."""
    pytest.importorskip("kfp")
    folder = write(
        tmp_path, workflow="import mlrun\n\n\ndef pipeline():\n    mlrun.run_function('train', handler='handler')\n"
    )
    kept, bare = projects.setup(load(folder)), load(folder)
    bare.get_function("train").apply(profiles.production_job(cpu=4, memory="16Gi"))
    for project, profile in ((kept, "production_job"), (bare, "")):
        project.set_workflow("steps", "workflow.py", engine="kfp")
        project.save_workflow("steps", str(folder / "steps.yaml"))
        assert profile_of(project.get_function("train")) == profile


@pytest.mark.parametrize("source", ["object", "file"])
def test_a_function_that_is_set_afterwards(source: str, tmp_path: Path) -> None:
    project = projects.setup(load(write(tmp_path)))
    made = mlrun.new_function("score_weekly", kind="job", image="mlrun/mlrun")
    given = {"func": made} if source == "object" else {"func": "train.py", "image": "mlrun/mlrun"}
    fn = project.set_function(**given, name="score_weekly", handler=None)

    assert profile_of(fn) == "spot_stateless"
    assert project.get_function("score-weekly") is fn


def test_a_function_of_the_database(recorder: Recorder, tmp_path: Path) -> None:
    project = projects.setup(load(write(tmp_path)))
    mlrun.new_function("score-weekly", kind="job", image="mlrun/mlrun", project="churn").save()

    assert profile_of(project.get_function("score-weekly")) == "spot_stateless"
    assert profile_of(project.get_function("score-weekly", ignore_cache=True)) == "spot_stateless"
    assert recorder.functions["churn", "score-weekly"][-1].function["metadata"].get("annotations") in (None, {})


def test_a_tagged_function_has_two_keys_and_one_profile(tmp_path: Path) -> None:
    project = projects.setup(load(write(tmp_path)))
    project.set_function("train.py", name="train", tag="v2", kind="job", image="mlrun/mlrun")
    project.sync_functions()

    assert profiles_of(project) == {**GIVEN, "train:v2": "production_job"}


def test_a_monitoring_function_that_is_set_afterwards(tmp_path: Path) -> None:
    config = "functions: {watch: {profile: production_service, cpu: 1, memory: 2Gi}}\n"
    with pytest.warns(UserWarning, match="no function of the project is called 'watch'"):
        project = projects.setup(load(write(tmp_path, config=config, watch=WATCH)))
    code = str(tmp_path / "watch.py")
    fn = project.set_model_monitoring_function("watch", code, application_class="Watch", image="mlrun/mlrun")

    assert profile_of(fn) == profile_of(project.get_function("watch")) == "production_service"


WATCH = """\
from mlrun.model_monitoring.applications import ModelMonitoringApplicationBase


class Watch(ModelMonitoringApplicationBase):
    def do_tracking(self, monitoring_context):
        return None
"""


def test_load_project_that_syncs_after_setup(tmp_path: Path) -> None:
    project = load(write(tmp_path, setup=SETUP), sync_functions=True)

    assert profiles_of(project) == GIVEN
    assert mlrun.get_current_project() is project


def test_new_project_and_get_current_project(tmp_path: Path) -> None:
    project = mlrun.new_project("churn", str(write(tmp_path, setup=NEW)), save=False)

    assert profile_of(project.get_function("train")) == "production_job"
    assert mlrun.get_current_project() is project


NEW = """\
from igz_runtime import projects


def setup(project):
    project.set_function("train.py", "train", kind="job", image="mlrun/mlrun")
    project.set_function("train.py", "score-daily", kind="job", image="mlrun/mlrun")
    return projects.setup(project)
"""


def test_a_pickled_project_in_another_process(tmp_path: Path) -> None:
    project = projects.setup(load(write(tmp_path)))
    (tmp_path / "project.pickle").write_bytes(pickle.dumps(project))
    program = (
        "import pickle, sys; project = pickle.load(open(sys.argv[1], 'rb')); project.sync_functions(); "
        "from tests.contract.projects.folder import profiles_of; print(profiles_of(project))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "project.pickle")]
    ran = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)

    # Before it, MLRun may warn on standard output that it knows no server.
    assert ran.stdout.splitlines()[-1] == str(GIVEN)
