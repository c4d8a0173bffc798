"""A project's default node selector, which MLRun's server merges beneath each function's own, is part of the pod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mlrun
import pytest
from mlrun.projects.pipelines import pipeline_context
from mlrun.runtimes.utils import resolve_node_selectors

from igz_runtime import Cluster, check, profiles
from igz_runtime.errors import BrokenFunction
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.settings import Settings
from igz_runtime.rules import Findings
from tests.conftest import Mlconf
from tests.contract.mlrun_api import encoded

SPOT = {"app.iguazio.com/lifecycle": "preemptible"}
KNOWN = Cluster.from_dict({"mlrun": {}, "default_node_selector": {"a": "cluster", "b": "cluster", "c": "cluster"}})
JOB = profiles.development_job(cpu=1, memory="1Gi")


@pytest.fixture
def project() -> Iterator[Any]:
    """MLRun's current project, which no server knows."""
    before, active = pipeline_context.project, mlrun.mlconf.active_project
    yield mlrun.new_project("sales", save=False)
    pipeline_context.project, mlrun.mlconf.active_project = before, active


def job(project: str = "sales", **selector: str) -> Any:
    fn = mlrun.new_function("etl", kind="job", image="mlrun/mlrun", project=project)
    fn.spec.node_selector = selector
    fn.spec.preemption_mode = "none"
    return fn


def test_it_counts_over_the_clusters_and_beneath_the_functions(project: Any, mlconf: Mlconf) -> None:
    project.default_function_node_selector = {"b": "project", "c": "project"}
    fn = job(c="own")
    mlconf.set("default_function_node_selector", encoded(dict(KNOWN.default_node_selector)))
    merged = resolve_node_selectors(project.default_function_node_selector, fn.spec.node_selector)
    plan = JOB.plan(fn, KNOWN)

    assert dict(plan.roles[0].effective.node_selector) == merged == {"a": "cluster", "b": "project", "c": "own"}
    plan.apply()
    assert fn.spec.node_selector == {"c": "own"}


def test_rules_judge_by_it(project: Any) -> None:
    fn = job()
    fn.spec.build.origin_filename = ""
    assert [f.rule for f in check(fn, KNOWN, workload="stateful") if f.refuses] == []

    project.default_function_node_selector = SPOT
    assert "IGZ101" in [f.rule for f in check(fn, KNOWN, workload="stateful") if f.refuses]
    assert profiles.production_job(cpu=1, memory="1Gi").plan(fn, KNOWN).roles[0].after.node_selector != SPOT


def test_functions_that_ask_for_the_same_in_other_projects_are_not_the_same(project: Any) -> None:
    plans = []
    for selector in ({"x": "1"}, {"x": "2"}, {}):
        project.default_function_node_selector = selector
        plans.append(JOB.plan(job(), KNOWN))

    assert [plan.roles[0].effective.node_selector.get("x") for plan in plans] == ["1", "2", None]


def said(findings: Findings) -> list[str]:
    return [text for text in findings.unread if "default node selector" in text]


@pytest.mark.usefixtures("project")
def test_of_another_project_it_is_not_checked() -> None:
    text = "the default node selector of project 'other': it is not MLRun's current project"

    assert said(check(job("other"), KNOWN)) == said(JOB.plan(job("other"), KNOWN).findings) == [text]
    assert said(check(job("sales"), KNOWN)) == said(check(job(""), KNOWN)) == []
    assert said(check(job("other"), Cluster.iguazio())) == []
    assert text in str(check(job("other"), KNOWN))


def test_what_is_not_a_selector_is_one_clear_error(project: Any) -> None:
    project.spec._default_function_node_selector = ["pool"]

    with pytest.raises(BrokenFunction, match=r"project 'sales': spec\.default_function_node_selector: .*mapping"):
        check(job())


def test_lint_takes_it_from_the_project_that_holds_the_function(project: Any) -> None:
    project.set_function(job(), name="trainer")
    project.spec._default_function_node_selector = {"pool": "nowhere"}
    groups = [{"name": "jobs", "labels": {"pool": "jobs"}, "lifecycle": "on-demand"}]
    settings = Settings(cluster=Cluster.from_dict({"mlrun": {}, "node_groups": groups}))
    found = {each.finding.rule for each in lint_text("project.yaml", project.to_yaml(), settings).findings}
    project.spec._default_function_node_selector = None
    without = {each.finding.rule for each in lint_text("project.yaml", project.to_yaml(), settings).findings}

    assert found - without == {"IGZ405"}
