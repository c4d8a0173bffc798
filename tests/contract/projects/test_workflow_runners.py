"""The pods that run a project's workflows: `check` of the project says what they do not get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime import check
from tests.contract.projects.folder import load, write

pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return load(write(tmp_path, workflow="def main():\n    pass\n"))


def runners(project: Any) -> list[str]:
    return [each.function for each in check(project) if (each.rule, each.kind) == ("IGZ406", "workflow")]


def test_of_workflows_that_run_where_they_are_called_nothing_is_said(project: Any) -> None:
    assert runners(project) == []


@pytest.mark.parametrize("options", [{"engine": "remote"}, {"engine": "kfp", "schedule": "0 1 * * *"}])
def test_of_one_with_a_runner_it_is_said(project: Any, options: dict[str, Any]) -> None:
    project.set_workflow("nightly", "workflow.py", handler="main", **options)

    assert runners(project) == ["nightly"]


def test_unless_it_selects_its_nodes(project: Any) -> None:
    project.set_workflow("nightly", "workflow.py", handler="main", engine="remote")
    project.spec._workflows["nightly"].workflow_runner_node_selector = {"pool": "workers"}

    assert runners(project) == []


def test_the_configuration_may_ignore_it(project: Any, tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text(f"rules: {{ignore: [IGZ406]}}\n{config.read_text()}")
    project.set_workflow("nightly", "workflow.py", handler="main", engine="remote")

    assert runners(project) == []
