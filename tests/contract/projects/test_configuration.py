"""A project goes by the igz-runtime.yaml beside its project.yaml, wherever the process stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime.errors import InvalidValue
from igz_runtime.projects.configuration import assigner_for, configuration_of, note, noted

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
functions: {train: {profile: production_job, cpu: 4, memory: 16Gi}}
environments:
  staging: {defaults: {cpu: 2}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which the process does not stand in."""
    monkeypatch.chdir("/")
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    (tmp_path / "igz-runtime.yaml").write_text(CONFIG)
    return tmp_path


def project_in(folder: Path, **parameters: Any) -> Any:
    project = mlrun.projects.MlrunProject(
        metadata=mlrun.projects.project.ProjectMetadata("churn"),
        spec=mlrun.projects.project.ProjectSpec(params=parameters),
    )
    project.spec.context = str(folder)
    return project


def test_the_file_beside_or_above_project_yaml(folder: Path) -> None:
    below = folder / "projects" / "churn"
    below.mkdir(parents=True)
    assert configuration_of(project_in(folder)).path == configuration_of(project_in(below)).path
    (below / "igz-runtime.yaml").write_text("{}")
    assert configuration_of(project_in(below)).path == below / "igz-runtime.yaml"


def test_in_the_subpath_of_a_repository(folder: Path) -> None:
    below = folder / "churn"
    below.mkdir()
    (below / "igz-runtime.yaml").write_text("{}")
    project = project_in(folder)
    project.spec.subpath = "churn"
    assert configuration_of(project).path == below / "igz-runtime.yaml"


def test_another_one_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder / "other.yaml"
    other.write_text("{}")
    assert configuration_of(project_in(folder), "none").path is None
    assert configuration_of(project_in(folder), other).path == other
    monkeypatch.setenv("IGZ_RUNTIME_CONFIG", str(other))
    assert configuration_of(project_in(folder)).path == other


def test_the_environment_is_that_of_the_argument_the_variable_the_project(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = project_in(folder, environment="staging")
    file = configuration_of(project)
    assert assigner_for(project_in(folder), file).environment == ""
    assert assigner_for(project, file).environment == "staging"
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")
    assert assigner_for(project, file).environment == "development"
    assert assigner_for(project, file, "production").environment == "production"


def test_a_parameter_that_names_no_environment(folder: Path) -> None:
    project = project_in(folder, environment="stagin")
    with pytest.raises(InvalidValue, match=r"parameter 'environment' of the project: there is no environment 'stagin'"):
        assigner_for(project, configuration_of(project))


def test_a_project_is_remembered_while_it_is_in_use(folder: Path) -> None:
    project = project_in(folder)
    note(project)
    assert noted("churn") is project
    assert noted("other") is None
    del project
    assert noted("churn") is None
