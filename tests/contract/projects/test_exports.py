"""What leaves a project that was set up: nothing of a profile goes with it, and its workflows say that setup is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import projects
from igz_runtime.projects.mlrun_project import RUNS_SETUP
from tests.contract.projects.folder import SETUP, load, profile_of, write
from tests.contract.projects.recorder import Recorder

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
functions:
  train: {profile: production_job, cpu: 4, memory: 16Gi}
  held: {profile: opportunistic_job, cpu: 1, memory: 2Gi, workload: stateless, running_limit: 2h}
  served: {profile: production_service, cpu: 1, memory: 2Gi, replicas: 3}
"""


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """A project with functions that it knows as objects, and as their documents in project.yaml."""
    project = load(write(tmp_path, config=CONFIG, workflow="def main():\n    pass\n"))
    project.set_function(mlrun.new_function("held", kind="job", image="mlrun/mlrun", handler="handler"))
    project.set_function(mlrun.new_function("served", kind="serving", image="mlrun/mlrun"))
    return project


def test_of_a_function_object_what_the_profile_wrote_is_not_exported(project: Any) -> None:
    """MLRun exports no record, but thresholds and replicas: no later profile could take them back."""
    before = project.to_yaml()
    projects.setup(project)
    assert project.get_function("held").spec.state_thresholds["executing"] == "2h"
    assert project.get_function("served").spec.min_replicas == 3

    assert project.to_yaml().replace("run_setup: true", "run_setup: false") == before
    project.export()
    again = load(Path(project.spec.context))
    (Path(project.spec.context) / "igz-runtime.yaml").write_text(CONFIG.replace("opportunistic", "production"))
    projects.setup(again)
    assert again.get_function("held").spec.state_thresholds["pending_not_scheduled"] == "-1"


def test_what_a_person_sets_on_it_afterwards_is(project: Any) -> None:
    fn = projects.setup(project).get_function("held")
    fn.set_env("EPOCHS", "3")
    fn.spec.state_thresholds = {**fn.spec.state_thresholds, "pending_not_scheduled": "3h"}

    [exported] = [each["spec"]["spec"] for each in project.to_dict()["spec"]["functions"] if each["name"] == "held"]
    assert exported["state_thresholds"]["pending_not_scheduled"] == "3h"
    assert exported["state_thresholds"]["executing"] == "24h"
    assert exported["env"] == [{"name": "EPOCHS", "value": "3"}]


def test_a_record_that_was_changed_by_hand_keeps_no_project_from_being_exported(project: Any) -> None:
    fn = projects.setup(project).get_function("held")
    fn.metadata.annotations["igz-runtime/applied"] = "{}"

    assert "held" in project.to_yaml()


@pytest.mark.filterwarnings("ignore:.*no function of the project is called")
def test_saved_to_a_server_and_loaded_from_it(recorder: Recorder, tmp_path: Path) -> None:
    write(tmp_path, config=CONFIG, setup=SETUP)
    project = mlrun.load_project(str(tmp_path), name="churn", parameters={"environment": "production"})
    project.set_function(mlrun.new_function("held", kind="job", image="mlrun/mlrun", handler="handler"))
    project.set_function(mlrun.new_function("served", kind="serving", image="mlrun/mlrun"))
    project.save()
    project.sync_functions()
    assert {profile_of(project.get_function(name)) for name in ("train", "held", "served")} == {
        *("production_job", "opportunistic_job", "production_service")
    }
    [stored] = [each for each in recorder.projects["churn"]["spec"]["functions"] if each["name"] == "held"]
    assert stored["spec"]["spec"]["state_thresholds"]["executing"] == "24h"

    loaded = mlrun.load_project(str(tmp_path), url="db://churn", save=False)
    assert profile_of(loaded.get_function("held")) == "opportunistic_job"
    assert loaded.get_param("environment") == "production"


def test_functions_that_a_sync_saves_are_saved_with_their_profiles(recorder: Recorder, tmp_path: Path) -> None:
    config = "functions: {train: {profile: production_job, cpu: 4, memory: 16Gi}}"
    mlrun.load_project(str(write(tmp_path, config=config, setup=SETUP)), sync_functions=True)

    saved = {
        request.body["metadata"]["name"]: request.body for request in recorder.to("POST projects/churn/functions/.*")
    }
    assert profile_of(saved["train"]) == "production_job"
    assert list(saved) == ["train", "score-daily", "report", "try-out"]


needs_run_setup = pytest.mark.skipif(not RUNS_SETUP, reason="before MLRun 1.12 every runner runs project_setup.py")


@needs_run_setup
def test_workflows_run_the_setup_in_their_runner_unless_they_say_otherwise(project: Any) -> None:
    projects.setup(project)
    project.set_workflow("later", "workflow.py")
    project.set_workflow("other", "workflow.py", run_setup=False)

    exported = {each["name"]: each["run_setup"] for each in project.to_dict()["spec"]["workflows"]}
    assert exported == {"main": True, "later": True, "other": False}


@needs_run_setup
def test_so_it_is_after_a_reload(project: Any) -> None:
    project.export()
    projects.setup(project)
    project.reload()
    project.set_function(mlrun.new_function("held", kind="job", image="mlrun/mlrun", handler="handler"))

    exported = project.to_dict()["spec"]
    assert [each["run_setup"] for each in exported["workflows"]] == [True]
    [held] = [each["spec"]["spec"] for each in exported["functions"] if each["name"] == "held"]
    assert held["state_thresholds"]["executing"] == "24h"
