"""IGZ406 for the pods that run a project's workflows."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.config.file import NO_FILE
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.projects.runners import runner_findings, runner_selector


@pytest.mark.parametrize("workflow", [{"engine": "remote"}, {"engine": "remote:kfp"}, {"schedule": "0 1 * * *"}])
def test_a_workflow_that_a_runner_runs(workflow: dict[str, Any]) -> None:
    [found] = runner_findings([{"name": "main", **workflow}], {})

    assert (found.rule, found.severity, found.kind, found.function) == ("IGZ406", "info", "workflow", "main")
    assert "workflow_runner_node_selector" in found.fix


@pytest.mark.parametrize(
    "workflow",
    [
        {},
        {"engine": "local"},
        {"engine": "kfp", "schedule": None},
        {"engine": "remote", "workflow_runner_node_selector": {"pool": "workers"}},
    ],
)
def test_one_that_runs_where_it_is_called_or_selects_its_nodes(workflow: dict[str, Any]) -> None:
    assert list(runner_findings([{"name": "main", **workflow}], {})) == []


ON_DEMAND = {"app.iguazio.com/lifecycle": "non-preemptible"}
IGUAZIO = {"mlrun": {"node_selector": {"app.iguazio.com/lifecycle": "preemptible"}}}
JOBS = {"name": "jobs", "lifecycle": "on-demand"}
SPOT = {"name": "spot", "lifecycle": "spot", "labels": {"app.iguazio.com/lifecycle": "preemptible"}}


@pytest.mark.parametrize(
    ("facts", "project", "selector"),
    [
        (IGUAZIO, {}, ON_DEMAND),
        (IGUAZIO, ON_DEMAND, {}),
        ({**IGUAZIO, "node_groups": [{**JOBS, "labels": ON_DEMAND}, SPOT]}, {}, ON_DEMAND),
        ({**IGUAZIO, "node_groups": [{**JOBS, "labels": ON_DEMAND}]}, {}, {}),
        ({**IGUAZIO, "node_groups": [{**JOBS, "labels": {"pool": "jobs"}}, SPOT]}, {}, {}),
        ({"mlrun": {"node_selector": {"acme/spot": "yes"}}}, {}, {}),
        ({"mlrun": {}}, {}, {}),
    ],
)
def test_a_runner_selects_on_demand_nodes_by_a_label_that_nodes_have(
    facts: dict[str, Any], project: dict[str, str], selector: dict[str, str]
) -> None:
    grounds = grounds_for(None, Cluster.from_dict(facts), NO_FILE)._replace(selector=project)

    assert runner_selector(grounds) == selector


def test_on_a_cluster_of_which_nothing_is_known_it_selects_none() -> None:
    assert Cluster.current("none").assumed
    assert runner_selector(grounds_for(None, Cluster.current("none"), NO_FILE)) == {}
