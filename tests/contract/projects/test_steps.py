"""The pods of a pipeline's steps: compiled by KFP 1.8 for real, and placed as their functions are."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from mlrun.projects.pipelines import pipeline_context

from igz_runtime import check, profiles, projects
from igz_runtime.errors import InvalidValue
from tests.conftest import Mlconf
from tests.contract.projects.folder import load
from tests.contract.projects.pipeline import CONFIG, SET_UP, Steps, begins, compiled, templates, without_a_server
from tests.contract.projects.recorder import Recorder, steps_of

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("kfp") is None, reason="needs mlrun[kfp18]"),
    pytest.mark.usefixtures("nearest_configuration"),
]


@pytest.fixture
def folder(tmp_path: Path, mlconf: Mlconf) -> Iterator[Path]:
    yield from without_a_server(tmp_path, mlconf)


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

    def test_what_cannot_be_placed_is_refused_and_mlrun_is_left_outside_of_the_workflow(self, folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text(CONFIG.replace("fit-again: {", "'*-again': {cpu: 1}\n  'fit-*': {"))
        project = projects.setup(load(folder))

        with pytest.raises(InvalidValue, match=r"step 'fit-again' matches '\*-again' and 'fit-\*' under steps"):
            compiled(project, folder)

        assert pipeline_context.workflow is None
        assert not (folder / "compiled.yaml").exists()

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
