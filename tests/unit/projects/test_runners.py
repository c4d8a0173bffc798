"""IGZ406 for the pods that run a project's workflows."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.projects.runners import runner_findings


@pytest.mark.parametrize("workflow", [{"engine": "remote"}, {"engine": "remote:kfp"}, {"schedule": "0 1 * * *"}])
def test_a_workflow_that_a_runner_runs(workflow: dict[str, Any]) -> None:
    [found] = runner_findings([{"name": "main", **workflow}])

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
    assert list(runner_findings([{"name": "main", **workflow}])) == []
