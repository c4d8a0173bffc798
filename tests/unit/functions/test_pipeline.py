"""Compiled workflows as values: their steps, which function each is of, and what a retry of it restarts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from igz_runtime import check
from igz_runtime.cluster import Cluster, Preemptible
from igz_runtime.config.file import NO_FILE
from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from igz_runtime.functions.pipeline import FunctionUri, steps_in
from igz_runtime.functions.workflow_file import workflow_in
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.planning.judge_workflow import judged_workflow
from tests.workflows import KFP_2, template, workflow

FIXED = Cluster(mlrun=Preemptible(node_selector={"app.iguazio.com/lifecycle": "preemptible"}))


@pytest.mark.parametrize("kind", ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"])
def test_the_steps_of_every_kind_of_workflow(kind: str) -> None:
    document = workflow(template(), kind=kind)

    (step,) = steps_in(document)

    assert step.name == "etl"
    found: Any = document
    for part in step.path:
        found = found[part]
    assert found is step.template


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("churn/etl@abc", ("churn", "etl", "", "abc")),
        ("churn/etl:v2", ("churn", "etl", "v2", "")),
        ("churn/etl:v2@abc", ("churn", "etl", "v2", "abc")),
        ("db://churn/etl", ("churn", "etl", "", "")),
        ("etl", ("", "etl", "", "")),
    ],
)
def test_which_function_a_step_is_of(text: str, uri: tuple[str, ...]) -> None:
    assert FunctionUri.of(text) == (text, *uri)


@pytest.mark.parametrize(
    ("strategy", "run", "pod"),
    [
        (None, False, False),
        ({"limit": 3}, True, False),
        ({"limit": "3", "retryPolicy": "OnFailure"}, True, False),
        ({"limit": 3, "retryPolicy": "Always"}, True, True),
        ({"limit": 3, "retryPolicy": "OnError"}, False, True),
        ({"limit": 3, "retryPolicy": "OnTransientError"}, False, False),
        ({"limit": 0, "retryPolicy": "Always"}, False, False),
        ({"limit": "0"}, False, False),
        ({}, True, False),
    ],
)
def test_what_a_retry_of_the_step_restarts(strategy: Any, *, run: bool, pod: bool) -> None:
    (step,) = steps_in(workflow(template(retryStrategy=strategy)))

    assert (step.restarts_its_run, step.workload.restartable) == (run, pod)


@pytest.mark.parametrize("kind", ["build", "deploy"])
def test_a_step_that_builds_or_deploys_restarts_no_run(kind: str) -> None:
    one = template(retryStrategy={"limit": 3, "retryPolicy": "Always"})
    one["metadata"]["annotations"]["mlrun/pipeline-step-type"] = kind

    (step,) = steps_in(workflow(one))

    assert not step.restarts_its_run
    assert step.workload.restartable


class TestCheck:
    """`igz_runtime.check` of a workflow: every step's pod, and every function that a command holds."""

    def found(self, given: Any) -> set[tuple[str, str, str]]:
        return {(each.rule, each.kind, each.function) for each in check(given, FIXED)}

    def test_a_mapping(self) -> None:
        tolerant = template("clean", tolerations=[{"operator": "Exists"}])

        assert ("IGZ103", "step", "clean") in self.found(workflow(tolerant))
        assert ("IGZ103", "job", "etl") in self.found(workflow(tolerant))

    @pytest.mark.parametrize("name", ["churn.yaml", "churn.yml", "churn.json"])
    def test_a_file(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.write_text(yaml.safe_dump(workflow(template(tolerations=[{"operator": "Exists"}]))))

        assert ("IGZ103", "step", "etl") in self.found(path)
        assert self.found(str(path)) == self.found(path)

    def test_the_default_policy_restarts_the_run_and_not_the_steps_pod(self) -> None:
        retried = template("clean", tolerations=[{"operator": "Exists"}], retryStrategy={"limit": 3})

        found = self.found(workflow(retried))

        assert ("IGZ103", "step", "clean") in found
        assert ("IGZ103", "job", "etl") not in found

    def test_steps_of_one_function_say_the_same_of_it_once(self) -> None:
        found = check(workflow(template("one"), template("two")), FIXED)

        assert [each.function for each in found if (each.rule, each.kind) == ("IGZ103", "job")] == ["etl"]

    def test_a_function_is_judged_as_by_itself(self, tmp_path: Path) -> None:
        config = tmp_path / "igz-runtime.yaml"
        config.write_text("functions: {etl: {profile: production_job, cpu: 1, memory: 1Gi}}\n")

        found = check(workflow(template("etl")), FIXED, config=config)

        assert [each.kind for each in found if each.rule == "IGZ908"] == ["job"]

    def test_what_is_not_looked_at_is_said(self) -> None:
        one = template(podSpecPatch="{}")
        one["container"]["command"][-1] = "{'kind': 'job', "

        assert check(workflow(one), FIXED).unread == (
            "step 'etl': podSpecPatch is not followed",
            "step 'etl': the function in its command cannot be read",
        )

    def test_a_function_that_runs_in_the_steps_own_pod_has_no_other(self) -> None:
        one = template()
        one["container"]["command"][-1] = "{'kind': 'local', 'metadata': {'name': 'here'}, 'spec': {}}"

        assert {kind for _, kind, _ in self.found(workflow(one))} == {"step"}

    def test_the_caller_may_have_the_functions_that_steps_name(self) -> None:
        one = template(retryStrategy={"limit": 3})
        one["container"]["command"] = ["python", "-m", "mlrun", "run", "-f", "db://churn/etl@abc"]
        stored = {"churn/etl@abc": {"kind": "spark", "metadata": {"name": "etl"}, "spec": {}}}

        found = judged_workflow(workflow(one), grounds_for(None, FIXED, NO_FILE), stored.get)

        assert ("IGZ209", "spark") in {(each.rule, each.kind) for each in found}

    def test_a_field_of_the_wrong_type(self) -> None:
        broken = r"step 'etl': nodeSelector: a mapping is required"
        with pytest.raises(BrokenFunction, match=broken) as error:
            check(workflow(template(nodeSelector=5)), FIXED)
        assert error.value.field[:3] == ("spec", "templates", 1)

    def test_a_workload_is_one_functions(self) -> None:
        with pytest.raises(InvalidValue, match="workload: is declared of one function"):
            check(workflow(template()), FIXED, workload="stateless")

    def test_a_project_and_a_file_are_where_a_waiver_counts(self, tmp_path: Path) -> None:
        config = tmp_path / "igz-runtime.yaml"
        config.write_text("waivers: [{rule: IGZ103, project: churn, reason: the caller submits it again}]\n")

        found = check(workflow(template(tolerations=[{"operator": "Exists"}])), FIXED, config=config)

        assert {each.waived is not None for each in found if (each.rule, each.kind) == ("IGZ103", "step")} == {True}


class TestWhatIsNone:
    def test_a_workflow_that_kfp_did_not_compile(self) -> None:
        assert workflow_in({**workflow(template()), "metadata": {}}) is None

    def test_a_file_of_a_function(self, tmp_path: Path) -> None:
        path = tmp_path / "function.yaml"
        path.write_text("kind: job\nmetadata: {name: etl}\nspec: {}\n")

        assert workflow_in(path) is None
        assert workflow_in(tmp_path / "missing.yaml") is None

    def test_a_pipeline_of_kfp_2(self, tmp_path: Path) -> None:
        path = tmp_path / "churn.yaml"
        path.write_text(KFP_2)

        with pytest.raises(UnsupportedFunction, match=r"churn\.yaml: a pipeline of KFP 2, which is not supported"):
            check(path, FIXED)
        with pytest.raises(UnsupportedFunction, match=r"^a pipeline of KFP 2"):
            check(next(yaml.safe_load_all(KFP_2)), FIXED)

    def test_more_than_a_workflow(self, tmp_path: Path) -> None:
        path = tmp_path / "churn.yaml"
        path.write_text(yaml.safe_dump_all([workflow(template()), workflow(template())]))

        with pytest.raises(UnsupportedFunction, match="holds 2 documents; one workflow is required"):
            check(path, FIXED)

    def test_no_yaml(self, tmp_path: Path) -> None:
        path = tmp_path / "churn.yaml"
        path.write_text("apiVersion: argoproj.io/v1alpha1\nkind: [\n")

        with pytest.raises(BrokenFunction, match=r"churn\.yaml:3:1: is not YAML"):
            check(path, FIXED)
