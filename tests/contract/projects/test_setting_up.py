"""`projects.setup`: every function is accepted, or none has changed; what a person did stays."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import UnsafeCombination, projects
from igz_runtime.code.cells import source
from igz_runtime.errors import ConfigurationError, InvalidValue, UnsupportedFunction, WriteFailed
from igz_runtime.projects.configuration import noted
from tests.contract.projects.folder import CONFIG, load, profile_of, profiles_of, write

pytestmark = pytest.mark.usefixtures("nearest_configuration", "elsewhere")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named as seen from the folder above the project's."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "churn").mkdir()
    return write(tmp_path / "churn")


def configured(folder: Path, config: str) -> None:
    (folder / "igz-runtime.yaml").write_text(config)


def states(project: Any) -> dict[str, Any]:
    """What stands on each function object: nothing is made anew."""
    project.sync_functions(always=False)
    return {name: fn.to_dict() for name, fn in project.spec._function_objects.items()}


def test_it_is_the_same_object_and_is_exported_as_before(folder: Path) -> None:
    project = load(folder)
    before = copy.deepcopy(project.to_dict())
    for workflow in before["spec"]["workflows"]:
        workflow.update({"run_setup": True} if "run_setup" in workflow else {})

    assert projects.setup(project) is project
    assert project.to_dict() == before
    assert mlrun.get_current_project() is project
    assert isinstance(project, mlrun.projects.MlrunProject)
    assert noted("churn") is project


REFUSED = """\
functions:
  train: {profile: production_job, cpu: 1, memory: 1Gi}
  '*': {profile: spot_stateless, cpu: 1, memory: 1Gi, workload: stateful}
"""


def test_a_refusal_names_every_function_and_changes_none(folder: Path) -> None:
    configured(folder, REFUSED)
    project = load(folder)
    before = states(project)

    with pytest.raises(UnsafeCombination) as refused:
        projects.setup(project)
    assert {each.function for each in refused.value.findings.refusing} == {"score-daily", "report"}
    assert "project 'churn': no function was changed" in str(refused.value)
    assert "churn/igz-runtime.yaml:3:3: spot_stateless refused on job 'report': 1 finding" in str(refused.value)
    assert states(project) == before
    assert type(project) is mlrun.projects.MlrunProject


@pytest.mark.parametrize(
    ("entries", "error", "texts"),
    [
        (["train: {profile: production_jobs}"], ConfigurationError, ["2:11: .*'production_jobs'"]),
        (["train: {profile: production_job, cpus: 4}"], ConfigurationError, ["2:36: .*'cpus'"]),
        (
            ["tr*: {profile: production_job}", "'*n': {profile: spot_stateless}"],
            InvalidValue,
            ["2:3: .*'tr\\*' and '\\*n'"],
        ),
        (["train: {profile: production_job, memory: none}"], ConfigurationError, ["2:36: .*'none'"]),
        (["'*': {profile: production_service}"], UnsupportedFunction, ["2:3: .*'train'", "2:3: .*'report'"]),
    ],
)
def test_what_cannot_be_planned_names_its_place_and_changes_nothing(
    entries: list[str], error: type[Exception], texts: list[str], folder: Path
) -> None:
    configured(folder, "\n  ".join(["functions:", *entries]) + "\ndefaults: {cpu: 1, memory: 1Gi}\n")
    project = load(folder)
    before = states(project)

    with pytest.raises(error) as raised:
        projects.setup(project)
    for text in texts:
        assert re.search(f"(?m)^churn/igz-runtime.yaml:{text}", str(raised.value))
    assert states(project) == before


def test_errors_of_several_kinds_come_together(folder: Path) -> None:
    service = "train: {profile: production_service, cpu: 1, memory: 1Gi}"
    configured(folder, f"functions:\n  {service}\n  report: {{profile: production_job, cpu: 1}}\n")

    with pytest.raises(ConfigurationError) as raised:
        projects.setup(load(folder))
    assert re.search(r"3:3: job 'report': .*\(main: memory\)", str(raised.value))
    assert "2:3: production_service is for Nuclio" in str(raised.value)


def test_where_one_cannot_be_written_none_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = load(folder)
    before = states(project)

    def refuses(*_: object, **__: object) -> None:
        raise ValueError("no")

    monkeypatch.setattr(project.get_function("score-daily"), "with_requests", refuses)
    with pytest.raises(WriteFailed, match="score-daily"):
        projects.setup(project)
    monkeypatch.undo()
    assert states(project) == before


def test_an_entry_that_matches_no_function_is_a_warning(folder: Path) -> None:
    configured(folder, f"{CONFIG}  trian: {{profile: production_job}}\n  tune-*: {{profile: production_job}}\n")

    with pytest.warns(UserWarning, match="no function of the project") as warned:
        projects.setup(load(folder))
    assert [str(each.message) for each in warned] == [
        "churn/igz-runtime.yaml:5:3: no function of the project is called 'trian'; did you mean 'train'?",
        "churn/igz-runtime.yaml:6:3: no function of the project is called 'tune-*'",
    ]
    assert {each.filename for each in warned} == {__file__}


def test_a_configuration_that_assigns_nothing_is_a_warning(folder: Path) -> None:
    configured(folder, "profiles: {nightly: {extends: production_job}}")

    with pytest.warns(UserWarning, match=r"^churn/igz-runtime.yaml: assigns no profile to a function"):
        projects.setup(load(folder))


def test_an_entry_of_an_environment_is_named_where_it_stands(folder: Path) -> None:
    configured(folder, f"{CONFIG}environments:\n  staging:\n    functions:\n      tune: {{profile: production_job}}\n")

    projects.setup(load(folder))
    with pytest.warns(UserWarning, match=r"^churn/igz-runtime.yaml:8:7: no function of the project is called 'tune'"):
        projects.setup(load(folder), environment="staging")


def test_an_entry_means_a_function_with_a_tag(folder: Path) -> None:
    configured(folder, f"{CONFIG}  tune: {{profile: production_job}}\n")
    project = load(folder)
    project.set_function("train.py", "tune:v2", kind="job", image="mlrun/mlrun")

    assert profile_of(projects.setup(project).get_function("tune:v2")) == "production_job"


def test_kinds_that_run_no_pod_are_left_alone(folder: Path) -> None:
    configured(folder, "functions: {'*': {profile: production_job, cpu: 1, memory: 1Gi}}")
    project = projects.setup(load(folder))

    assert set(profiles_of(project).values()) == {"production_job"}
    assert project.get_function("try-out").metadata.annotations in (None, {})


def test_of_a_kind_that_is_not_known_nothing_is_accepted(folder: Path) -> None:
    project = load(folder)
    fn = mlrun.new_function("train", kind="job", image="mlrun/mlrun")
    fn.kind, fn.__class__ = "ray", type("RayRuntime", (type(fn),), {"kind": "ray"})
    project.spec.set_function("train", fn, fn)

    with pytest.raises(UnsupportedFunction, match=r"igz-runtime.yaml:3:3: .*'train' is of kind 'ray'"):
        projects.setup(project)


def test_without_a_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = load(folder)
    (folder / "igz-runtime.yaml").unlink()
    # Above that, nothing is searched.
    (folder / ".git").mkdir()
    with pytest.raises(ConfigurationError, match=f"project 'churn': .*there is none in {folder}, nor above"):
        projects.setup(project)

    assert set(profiles_of(projects.setup(project, config="none")).values()) == {""}
    monkeypatch.setenv("IGZ_RUNTIME_CONFIG", "none")
    assert set(profiles_of(projects.setup(project)).values()) == {""}


def test_code_is_parsed_once_whichever_handlers_functions_call(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"handler_{number}" for number in range(5)]
    (folder / "train.py").write_text("".join(f"def {name}(context):\n    print(context)\n\n\n" for name in names))
    configured(folder, "functions: {handler-*: {profile: spot_stateless, cpu: 1, memory: 2Gi}}")
    project = load(folder)
    for name in names:
        project.set_function("train.py", name, kind="job", image="mlrun/mlrun", handler=name)
    parsed, read = source.parsed, []

    def counted(cell: source.Cell) -> Any:
        read.append(cell.text)
        return parsed(cell)

    monkeypatch.setattr(source, "parsed", counted)
    projects.setup(project)
    assert len(read) == 1


class Other(mlrun.projects.MlrunProject):  # type: ignore[misc]
    pass


@pytest.mark.parametrize("other", [None, {}, Other()], ids=lambda other: type(other).__name__)
def test_of_what_is_no_project(other: Any) -> None:
    with pytest.raises(InvalidValue, match="an MLRun project is required, found .*" + type(other).__name__):
        projects.setup(other)


def test_a_function_that_cannot_be_read_is_given_its_profile_when_it_can(folder: Path) -> None:
    code = folder / "train.py"
    kept = code.read_text()
    code.unlink()
    project = projects.setup(load(folder))
    code.write_text(kept)

    assert profile_of(project.get_function("train")) == "production_job"
