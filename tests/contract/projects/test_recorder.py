"""The recording server takes what MLRun's client sends on each route, and gives back what it was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import profiles
from tests.contract.projects.recorder import Recorder

JOB = profiles.production_job(cpu=1, memory="2Gi")
CODE = "def handler(context):\n    pass\n"
WORKFLOW = """\
import mlrun

def pipeline():
    mlrun.get_current_project().run_function("train", handler="handler")
"""


@pytest.fixture
def project(recorder: Recorder, tmp_path: Path) -> Any:
    (tmp_path / "train.py").write_text(CODE)
    (tmp_path / "workflow.py").write_text(WORKFLOW)
    project = mlrun.new_project("churn", context=str(tmp_path), user_project=False)
    project.set_function("train.py", "train", kind="job", image="mlrun/mlrun", handler="handler")
    project.set_workflow("main", "workflow.py", engine="kfp")
    recorder.sent.clear()
    return project


def test_a_run(recorder: Recorder, project: Any) -> None:
    fn = project.get_function("train").apply(JOB)
    run = fn.run(handler="handler", params={"epochs": 2}, watch=False)
    assert list(map(str, recorder.sent)) == ["POST projects/churn/functions/train", "POST submit_job"]
    [submitted] = recorder.submitted()
    assert submitted.task["spec"]["parameters"] == {"epochs": 2}
    assert profiles.applied_to(submitted.function).profile == "production_job"  # type: ignore[union-attr]
    assert run.state() == "completed"


def test_a_run_that_is_watched(project: Any) -> None:
    assert project.get_function("train").run(handler="handler").state() == "completed"


def test_a_schedule(recorder: Recorder, project: Any) -> None:
    project.get_function("train").run(handler="handler", schedule="0 1 * * *")
    assert [submitted.schedule for submitted in recorder.submitted()] == ["0 1 * * *"]


def test_a_deploy_of_a_service_and_of_a_graphs_children(recorder: Recorder, project: Any) -> None:
    fn = mlrun.new_function("scorer", kind="serving", image="mlrun/mlrun", project="churn")
    graph = fn.set_topology("flow", engine="async")
    graph.to(name="first", handler="json.dumps").to(">>", "stream", path="topic", kafka_brokers="broker:9092").to(
        name="second", handler="json.dumps", function="child"
    )
    fn.add_child_function("child", str(Path(project.spec.context) / "train.py"), "mlrun/mlrun")
    project.set_function(fn)
    project.deploy_function(fn)
    assert len(recorder.to("POST projects/churn/nuclio/.*/deploy")) == 2


def test_a_build(recorder: Recorder, project: Any) -> None:
    project.build_function("train", base_image="mlrun/mlrun", requirements=["pandas"])
    assert len(recorder.to("POST build/function")) == 1


def test_a_remote_workflow(recorder: Recorder, project: Any) -> None:
    project.spec.source = "git://github.com/example/churn.git#main"
    project.run("main", engine="remote", dirty=True)
    assert len(recorder.to("POST projects/churn/workflows/.*/submit")) == 1


def test_a_workflow_that_runs_here(recorder: Recorder, project: Any) -> None:
    run = project.run("main", engine="local", local=False, dirty=True)
    assert run.exc is None
    assert [submitted.function["metadata"]["name"] for submitted in recorder.submitted()] == ["train"]


def test_a_workflow_of_kfp(recorder: Recorder, project: Any) -> None:
    pytest.importorskip("kfp", reason="pipelines compile where mlrun[kfp18] is installed")
    project.run("main", engine="kfp", dirty=True)
    assert len(recorder.to("POST projects/churn/pipelines")) == 1


def test_a_project_is_given_back_as_it_was_stored(recorder: Recorder, project: Any, tmp_path: Path) -> None:
    project.save()
    assert recorder.projects["churn"]["spec"]["functions"]
    loaded = mlrun.get_or_create_project("churn", context=str(tmp_path), user_project=False)
    assert [each["name"] for each in loaded.spec.functions] == ["train"]


def test_a_function_is_given_back_by_tag_and_by_hash(recorder: Recorder, project: Any) -> None:
    fn = project.get_function("train")
    fn.metadata.tag = "v1"
    first = fn.save(versioned=True)
    fn.spec.image = "mlrun/other"
    second = fn.save(versioned=True)
    assert first != second
    assert [mlrun.import_function(uri).spec.image for uri in (first, second)] == [
        "mlrun/mlrun",
        "mlrun/other",
    ]
    assert recorder.version("churn", "train", "v1")["spec"]["image"] == "mlrun/other"


def test_dask(recorder: Recorder, project: Any) -> None:
    fn = mlrun.new_function("cluster", kind="dask", image="mlrun/mlrun", project="churn")
    fn._start(watch=False)
    assert [request.body for request in recorder.to("POST start/function")] == [{"functionUrl": "churn/cluster"}]
    assert project
