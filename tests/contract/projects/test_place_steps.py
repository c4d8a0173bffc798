"""`projects.place_steps` on a workflow that is compiled already, with the functions of real MLRun projects."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import mlrun
import pytest
import yaml

from igz_runtime import check, profiles, projects
from igz_runtime.cluster import Cluster, Preemptible
from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from tests.contract.projects.folder import load, write
from tests.contract.projects.recorder import Recorder
from tests.workflows import KFP_2, template, workflow

CLUSTER = Cluster(mlrun=Preemptible(node_selector={"app.iguazio.com/lifecycle": "preemptible"}))
SIZED = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "4", "memory": "16Gi"}}


def step(name: str = "fit", function: str = "churn/train@abc", **fields: Any) -> dict[str, Any]:
    made = template(name, **fields)
    made["metadata"]["annotations"]["mlrun/function-uri"] = function
    made["container"]["command"] = ["python", "-m", "mlrun", "run", "--kfp", "-f", f"db://{function}"]
    return made


@pytest.fixture
def project(tmp_path: Path) -> Any:
    """A project whose function has its profile by a call, and not by `setup`."""
    project = load(write(tmp_path))
    profiles.production_job(cpu=4, memory="16Gi", cluster=CLUSTER)(project.get_function("train"))
    return project


def placed(document: dict[str, Any], *args: Any, **options: Any) -> dict[str, Any]:
    projects.place_steps(document, *args, **{"cluster": CLUSTER, **options})
    made: dict[str, Any] = document["spec"]["templates"][1]
    return made


class TestWhichFunction:
    @pytest.mark.parametrize("uri", ["churn/train@abc", "churn/train:v2", "churn/train", "db://churn/train@abc"])
    def test_the_projects_by_the_annotation(self, project: Any, uri: str) -> None:
        made = placed(workflow(step("anything", uri, PriorityClassName="wrong")), project)

        assert made["priorityClassName"] == "igz-workload-high"
        assert "PriorityClassName" not in made
        assert made["container"]["resources"] == SIZED
        assert "NotIn" in str(made["affinity"])

    def test_the_project_of_that_name_in_this_process(self, project: Any) -> None:
        assert mlrun.get_current_project().metadata.name == project.metadata.name

        assert placed(workflow(step()))["container"]["resources"] == SIZED

    def test_the_one_that_the_command_holds(self) -> None:
        one = step()
        held = {"kind": "job", "metadata": {"name": "train"}, "spec": {"priority_class_name": "its-own"}}
        one["container"]["command"] += ["--runtime", str(held)]

        assert placed(workflow(one))["priorityClassName"] == "its-own"

    def test_the_version_that_mlrun_stored(self, recorder: Recorder, project: Any) -> None:
        other = mlrun.new_function("other", kind="job", image="mlrun/mlrun", project="churn")
        profiles.production_job(cpu=4, memory="16Gi", cluster=CLUSTER)(other)
        hash_key = other.save(versioned=True).rpartition("@")[2]
        assert recorder.version("churn", "other", hash_key=hash_key)

        assert placed(workflow(step("fit", f"churn/other@{hash_key}")), project)["container"]["resources"] == SIZED

    def test_one_that_is_not_known_is_said_and_its_step_stays_on_demand(self, project: Any) -> None:
        one = step("fit", "churn/nobody@abc", PriorityClassName="its-own")

        with pytest.warns(UserWarning, match="step 'fit': its function 'churn/nobody@abc' is not known here"):
            made = placed(workflow(one), project)

        assert made["priorityClassName"] == "its-own"
        assert "NotIn" in str(made["affinity"])
        assert "resources" not in made["container"]

    def test_one_that_runs_in_the_steps_own_pod(self, project: Any) -> None:
        made = placed(workflow(step("fit", "churn/try-out")), project)

        assert "NotIn" in str(made["affinity"])
        assert "resources" not in made["container"]

    def test_a_step_that_is_none_of_mlruns_is_left_alone(self, project: Any) -> None:
        other = {"name": "shell", "container": {"image": "alpine"}, "PriorityClassName": "ours"}
        before = copy.deepcopy(other)

        projects.place_steps(workflow(other, step()), project, cluster=CLUSTER)

        assert other == before


class TestWhatItIsGiven:
    @pytest.mark.parametrize("name", ["churn.yaml", "churn.json"])
    def test_a_file_is_rewritten_and_what_does_not_change_stays(self, project: Any, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        text = json.dumps(workflow(step()), indent=2) if name == "churn.json" else yaml.safe_dump(workflow(step()))
        path.write_text(text if name == "churn.json" else f"# kept\n{text}")
        before = path.read_text()

        projects.place_steps(path, project, cluster=CLUSTER)

        after = path.read_text()
        assert yaml.safe_load(after)["spec"]["templates"][1] == placed(workflow(step()), project)
        assert after.startswith(before[:8])
        assert len(after.splitlines()) > len(before.splitlines())

    def test_placed_again_it_is_the_same(self, project: Any, tmp_path: Path) -> None:
        path = tmp_path / "churn.yaml"
        path.write_text(yaml.safe_dump(workflow(step())))
        projects.place_steps(str(path), project, cluster=CLUSTER)
        once = path.read_bytes()

        projects.place_steps(str(path), project, cluster=CLUSTER)

        assert path.read_bytes() == once

    def test_every_step_or_none(self, project: Any) -> None:
        document = workflow(step(), step("broken", nodeSelector=5))
        before = copy.deepcopy(document)

        with pytest.raises(BrokenFunction, match="step 'broken': nodeSelector: a mapping is required"):
            projects.place_steps(document, project, cluster=CLUSTER)
        assert document == before

    def test_no_workflow(self, tmp_path: Path) -> None:
        function = tmp_path / "function.yaml"
        function.write_text("kind: job\nspec: {}\n")

        for given in (function, {"kind": "job", "spec": {}}):
            with pytest.raises(UnsupportedFunction, match=r"a workflow that KFP 1\.8 compiled is required"):
                projects.place_steps(given)
        with pytest.raises(BrokenFunction, match=r"missing\.yaml: cannot be read: No such file"):
            projects.place_steps(tmp_path / "missing.yaml")

    def test_a_pipeline_of_kfp_2(self, tmp_path: Path) -> None:
        path = tmp_path / "churn.yaml"
        path.write_text(KFP_2)

        with pytest.raises(UnsupportedFunction, match="a pipeline of KFP 2, which is not supported"):
            projects.place_steps(path)

    def test_where_mlrun_compiles_with_kfp_2(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        metadata = tmp_path / "mlrun_pipelines_kfp_v2-0.5.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: mlrun-pipelines-kfp-v2\nVersion: 0.5\n")
        monkeypatch.syspath_prepend(str(tmp_path))

        with pytest.raises(UnsupportedFunction, match="kfp-v2 is installed, and makes a pipeline of KFP 2"):
            projects.place_steps(workflow(step()))


class TestWhatIsSaidOfSteps:
    def test_by_the_projects_configuration(self, project: Any, tmp_path: Path) -> None:
        config = tmp_path / "other.yaml"
        config.write_text("steps: {fi*: {cpu: 100m, memory: 512Mi, priority: low}}\n")

        made = placed(workflow(step()), project, config=config)

        assert made["container"]["resources"]["limits"] == {"cpu": "100m", "memory": "512Mi"}
        assert made["priorityClassName"] == "igz-workload-low"

    def test_an_environment(self, project: Any, tmp_path: Path) -> None:
        config = tmp_path / "other.yaml"
        config.write_text("environments: {staging: {steps: {fit: {cpu: 100m}}}}\n")

        made = placed(workflow(step()), project, config=config, environment="staging")

        assert made["container"]["resources"]["limits"] == {"cpu": "100m", "memory": "16Gi"}
        with pytest.raises(InvalidValue, match="there is no environment 'stagin'"):
            placed(workflow(step()), project, config=config, environment="stagin")


def test_check_judges_the_functions_of_the_projects_in_this_process(project: Any) -> None:
    once, again = step("once"), step("again", retryStrategy={"limit": 3})
    project.get_function("train").with_preemption_mode("allow")

    found = [each for each in check(workflow(once), CLUSTER) if each.function == "train"]
    retried = [each for each in check(workflow(again), CLUSTER) if each.function == "train"]

    assert {each.rule for each in found} - {each.rule for each in retried} == {"IGZ103"}
    assert "IGZ907" in {each.rule for each in retried}


def test_what_is_placed_is_judged_as_kept_on_demand(project: Any) -> None:
    document = workflow(step(tolerations=[{"operator": "Exists"}]))
    assert "IGZ103" in {each.rule for each in check(document, CLUSTER)}

    projects.place_steps(document, project, cluster=CLUSTER)

    assert "IGZ103" not in {each.rule for each in check(document, CLUSTER)}
