"""The pods that run a project's workflows: `check` of the project says what they do not get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime import check, projects
from tests.contract.projects.folder import load, write
from tests.contract.projects.recorder import Recorder

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


CLUSTER = "cluster: {mlrun: {node_selector: {app.iguazio.com/lifecycle: preemptible}}}\n"
ON_DEMAND = {"app.iguazio.com/lifecycle": "non-preemptible"}


def sent(recorder: Recorder) -> list[dict[str, str] | None]:
    """The node selectors of the runners that were asked for."""
    submitted = recorder.to("POST projects/churn/workflows/.*/submit")
    return [request.body["spec"].get("workflow_runner_node_selector") for request in submitted]


@pytest.mark.parametrize("options", [{"engine": "remote"}, {"engine": "remote:local"}, {"schedule": "0 1 * * *"}])
def test_a_project_that_was_set_up_keeps_them_on_demand(
    options: dict[str, Any], recorder: Recorder, tmp_path: Path
) -> None:
    project = projects.setup(described(tmp_path, CLUSTER))
    project.set_workflow("nightly", "workflow.py", handler="main", engine="kfp")

    project.run("nightly", dirty=True, **options)
    project.run("nightly", dirty=True, workflow_runner_node_selector={"pool": "runners"}, **options)
    project.spec._workflows["nightly"].workflow_runner_node_selector = {"pool": "own"}
    project.run("nightly", dirty=True, **options)

    assert sent(recorder) == [ON_DEMAND, {"pool": "runners"}, {"pool": "own"}]


@pytest.mark.parametrize(
    "cluster",
    [
        "",
        "cluster: {mlrun: {node_selector: {acme/spot: 'yes'}}}\n",
        "cluster: {mlrun: {tolerations: [{key: spot, operator: Exists}]}}\n",
    ],
    ids=["nothing is known", "no label says on demand", "spot nodes have a taint"],
)
def test_where_no_label_does_it_or_none_is_needed_none_is_set(cluster: str, recorder: Recorder, tmp_path: Path) -> None:
    project = projects.setup(described(tmp_path, cluster))
    project.run("main", engine="remote", dirty=True)

    assert sent(recorder) == [None]


def test_of_such_a_runner_nothing_is_said(tmp_path: Path) -> None:
    project = projects.setup(described(tmp_path, CLUSTER))
    project.set_workflow("nightly", "workflow.py", handler="main", engine="remote")

    assert runners(project) == []


def described(folder: Path, cluster: str) -> Any:
    """The project, on a cluster of that description."""
    project = load(write(folder, workflow="def main():\n    pass\n"))
    config = folder / "igz-runtime.yaml"
    config.write_text(f"{cluster}{config.read_text()}")
    project.spec.source = "git://github.com/example/churn.git#main"
    return project


def test_the_configuration_may_ignore_it(project: Any, tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text(f"rules: {{ignore: [IGZ406]}}\n{config.read_text()}")
    project.set_workflow("nightly", "workflow.py", handler="main", engine="remote")

    assert runners(project) == []
