"""The pods of a pipeline's steps: compiled by KFP 1.8 for real, and placed as their functions are."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mlrun
import pytest
import yaml

from igz_runtime import check, profiles, projects
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.functions.pipeline import steps_in
from igz_runtime.projects.compiling import compiling
from tests.conftest import Mlconf
from tests.contract.projects.folder import load, write
from tests.contract.projects.recorder import Recorder, steps_of

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="needs mlrun[kfp18]"),
    pytest.mark.usefixtures("nearest_configuration"),
]

SPOT = {"app.iguazio.com/lifecycle": "preemptible"}
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


@pytest.fixture
def folder(tmp_path: Path, mlconf: Mlconf) -> Iterator[Path]:
    """A project whose workflow is compiled without a server."""
    mlconf.set("dbpath", "offline")
    mlconf.set("httpdb.nop_db.verbose", False)  # noqa: FBT003
    yield write(tmp_path, config=CONFIG, project=PROJECT, workflow=WORKFLOW, code=CODE)
    mlrun.projects.pipelines.pipeline_context.clear(with_project=True)


def compiled(project: Any, folder: Path) -> dict[str, Any]:
    target = folder / "compiled.yaml"
    project.save_workflow("main", str(target), artifact_path="v3io:///projects/churn")
    return yaml.safe_load(target.read_text())  # type: ignore[no-any-return]


def templates(workflow: Mapping[str, Any]) -> Steps:
    return {step.name: step.template for step in steps_in(workflow)}


def begins(folder: Path, *lines: str) -> None:
    """Write the workflow with these lines at the beginning of its function."""
    first = "".join(f"    {line}\n" for line in lines)
    (folder / "workflow.py").write_text(WORKFLOW.replace("def pipeline():\n", f"def pipeline():\n{first}"))


@pytest.fixture
def steps(folder: Path) -> Steps:
    return templates(compiled(projects.setup(load(folder)), folder))


def on_demand(template: Mapping[str, Any]) -> bool:
    return "'NotIn', 'values': ['preemptible']" in str(template.get("affinity"))


def sizes(template: Mapping[str, Any]) -> Any:
    resources = template["container"]["resources"]
    assert resources["requests"] == {k: v for k, v in resources["limits"].items() if "/" not in k}
    return resources["requests"]["cpu"], resources["requests"]["memory"]


EVERY = ("deploy-report", "train-model", "fit-again", "score", "features", "deploy-serve")


class TestOfASetupProject:
    def test_every_step_has_its_functions_class_and_none_has_mlruns_key(self, steps: Steps) -> None:
        assert {name: template.get("priorityClassName") for name, template in steps.items()} == {
            "deploy-report": "igz-workload-medium",
            "train-model": "igz-workload-high",
            "fit-again": "igz-workload-low",
            "score": "igz-workload-low",
            "features": "igz-workload-high",
            "deploy-serve": "igz-workload-high",
        }
        assert not any("PriorityClassName" in template for template in steps.values())

    def test_every_step_has_its_functions_cpu_and_memory(self, steps: Steps) -> None:
        assert {name: sizes(template) for name, template in steps.items()} == {
            "deploy-report": ("1", "1Gi"),
            "train-model": ("100m", "512Mi"),
            "fit-again": ("4", "16Gi"),
            "score": ("2", "4Gi"),
            "features": ("1", "2Gi"),
            "deploy-serve": ("1", "2Gi"),
        }

    def test_every_step_stays_on_demand_also_where_its_run_may_be_on_spot(self, steps: Steps) -> None:
        assert {name for name, template in steps.items() if on_demand(template)} == set(EVERY)

    def test_no_rule_refuses_what_was_compiled(self, folder: Path) -> None:
        workflow = compiled(projects.setup(load(folder)), folder)

        found = check(workflow, config=folder / "igz-runtime.yaml")

        assert [f"{each.function}: {each}" for each in found if each.rule == "IGZ103" and each.kind == "step"] == []
        assert not found.refusing

    def test_without_setup_it_is_as_mlrun_makes_it(self, folder: Path) -> None:
        steps = templates(compiled(load(folder), folder))

        assert not any("priorityClassName" in template or on_demand(template) for template in steps.values())

    def test_the_environment_overrides_what_it_names(self, folder: Path) -> None:
        steps = templates(compiled(projects.setup(load(folder), environment="development"), folder))

        assert sizes(steps["train-model"]) == ("50m", "512Mi")

    def test_what_is_run_is_placed_too(self, folder: Path, steps: Steps, recorder: Recorder) -> None:
        project = projects.setup(load(folder))

        project.run("main", engine="kfp", artifact_path="v3io:///projects/churn")

        [pipeline] = recorder.to("POST projects/churn/pipelines")
        sent = {step["name"]: step for step in steps_of(pipeline.body)}
        placed = ("priorityClassName", "affinity", "nodeSelector", "tolerations")
        assert [[sent[name].get(field) for field in placed] for name in EVERY] == [
            [steps[name].get(field) for field in placed] for name in EVERY
        ]
        assert {name: sizes(sent[name]) for name in EVERY} == {name: sizes(steps[name]) for name in EVERY}

    def test_set_up_by_the_workflows_own_function_it_places_them_too(self, folder: Path, steps: Steps) -> None:
        """The runner's way in: MLRun compiles before the project is one that places steps by itself."""
        begins(folder, SET_UP)

        assert templates(compiled(load(folder), folder)) == steps

    def test_a_compilation_that_fails_leaves_nothing_to_the_next(self, folder: Path) -> None:
        begins(folder, SET_UP, "raise KeyError")
        with pytest.raises(KeyError):
            compiled(load(folder), folder)

        begins(folder)
        assert "priorityClassName" not in str(compiled(load(folder), folder))

    def test_other_projects_of_the_process_are_left_alone(self, folder: Path) -> None:
        projects.setup(load(folder))

        assert "priorityClassName" not in str(compiled(load(folder), folder))


def test_the_command_of_a_step_submits_the_profiled_function(folder: Path, recorder: Recorder) -> None:
    """What a step's pod executes, executed: in a process of its own, and against a server that records."""
    projects.setup(load(folder)).run("main", engine="kfp", artifact_path=str(folder))
    [pipeline] = recorder.to("POST projects/churn/pipelines")
    sent = {step["name"]: step for step in steps_of(pipeline.body)}
    container = sent["train-model"]["container"]
    recorder.sent.clear()

    command = [sys.executable, *container["command"][1:]]
    subprocess.run(
        command, check=True, capture_output=True, cwd=folder, env=in_the_pod(container, recorder), timeout=60
    )

    [submitted] = recorder.submitted()
    assert profiles.applied_to(submitted.function).profile == "production_job"  # type: ignore[union-attr]
    assert submitted.function["spec"]["priority_class_name"] == "igz-workload-high"
    assert submitted.function["spec"]["resources"]["requests"] == {"cpu": "4", "memory": "16Gi"}


def in_the_pod(container: Mapping[str, Any], recorder: Recorder) -> dict[str, str]:
    """The environment of a step's pod: what its container says, and how it reaches the server."""
    stated = {each["name"]: each["value"] for each in container.get("env", ()) if "value" in each}
    return {**os.environ, **stated, "MLRUN_DBPATH": recorder.url, "NO_PROXY": "127.0.0.1"}


class TestSavingWithoutAnEngine:
    """MLRun runs the functions of such a workflow, and compiles nothing."""

    def test_it_is_refused(self, folder: Path) -> None:
        project = projects.setup(load(folder))

        with pytest.raises(InvalidValue, match=r"workflow 'without' is set without engine='kfp', so save"):
            project.save_workflow("without", str(folder / "compiled.yaml"))
        assert not (folder / "compiled.yaml").exists()

    def test_a_workflow_that_does_not_exist_is_mlruns_to_say(self, folder: Path) -> None:
        with pytest.raises(ValueError, match="workflow missing not found"):
            projects.setup(load(folder)).save_workflow("missing", "compiled.yaml")


class TestTheCompiler:
    """KFP's compiler is wrapped as long as somebody compiles, and is then as MLRun left it."""

    def test_it_is_as_it_was(self, folder: Path) -> None:
        from kfp.compiler import Compiler

        before = dict(vars(Compiler))
        project = projects.setup(load(folder))

        compiled(project, folder)
        with pytest.raises(InvalidValue):
            project.save_workflow("without", "compiled.yaml")

        assert dict(vars(Compiler)) == before

    def test_one_thread_sees_nothing_of_what_another_compiles(self, tmp_path: Path) -> None:
        from kfp.compiler import Compiler

        seen: dict[str, list[str]] = {"first": [], "second": []}
        both_look = threading.Barrier(2, timeout=20)

        def compile_as(name: str) -> None:
            with compiling(lambda workflow: seen[name].append(workflow["metadata"]["generateName"])):
                both_look.wait()
                with a_compiler:
                    Compiler().compile(pipeline_of(name), str(tmp_path / f"{name}.yaml"))
                both_look.wait()

        # KFP's compiler itself keeps the pipeline that it compiles in a variable of the class.
        a_compiler = threading.Lock()
        threads = [threading.Thread(target=compile_as, args=(name,)) for name in seen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert seen == {"first": ["first-"], "second": ["second-"]}

    def test_where_mlrun_compiles_with_kfp_2_nothing_is_compiled(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        project = projects.setup(load(folder))
        metadata = tmp_path / "mlrun_pipelines_kfp_v2-0.5.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text("Metadata-Version: 2.1\nName: mlrun-pipelines-kfp-v2\nVersion: 0.5\n")
        monkeypatch.syspath_prepend(str(tmp_path))

        with pytest.raises(UnsupportedFunction, match="mlrun-pipelines-kfp-v2 is installed"):
            compiled(project, folder)


def pipeline_of(name: str) -> Any:
    """A pipeline of KFP's own."""
    from kfp import dsl

    def pipeline() -> None:
        dsl.ContainerOp("shell", "alpine", ["true"])

    return dsl.pipeline(name=name)(pipeline)
