"""What a person does to a function of a project that was set up, and what a second setup makes of it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import UnsafeCombination, Waiver, profiles, projects
from tests.contract.projects.folder import CONFIG, GIVEN, load, profile_of, profiles_of, write

pytestmark = pytest.mark.usefixtures("nearest_configuration")

SPOT = profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless")


@pytest.fixture
def project(tmp_path: Path) -> Any:
    return projects.setup(load(write(tmp_path)))


def configured(project: Any, config: str) -> Any:
    """The project, set up again by another configuration."""
    (Path(project.spec.context) / "igz-runtime.yaml").write_text(config)
    return projects.setup(project)


def memory_of(project: Any, name: str = "train") -> str:
    return str(project.get_function(name).spec.resources["limits"]["memory"])


def test_set_up_again_nothing_changes(project: Any) -> None:
    before = {name: fn.to_dict() for name, fn in project.spec._function_objects.items()}
    projects.setup(project)

    assert {name: fn.to_dict() for name, fn in project.spec._function_objects.items()} == before


def test_what_is_changed_by_hand_stays_until_the_function_is_made_anew(project: Any) -> None:
    project.get_function("train").with_limits(mem="8Gi")
    project.get_function("train", enrich=True)
    assert memory_of(projects.setup(project)) == "8Gi"
    assert memory_of(configured(project, f"{CONFIG}  report: {{profile: production_job}}\n")) == "8Gi"

    project.sync_functions()
    assert memory_of(project) == "16Gi"


def test_the_profile_is_assigned_otherwise(project: Any) -> None:
    fn = project.get_function("train")
    configured(project, CONFIG.replace("memory: 16Gi", "memory: 32Gi"))

    assert project.get_function("train") is fn
    assert memory_of(project) == "32Gi"
    assert memory_of(configured(project, CONFIG)) == "16Gi"


@pytest.mark.filterwarnings("ignore:.*no function of the project is called")
def test_another_profile_is_assigned_and_the_first_is_taken_back(project: Any) -> None:
    bare = load(Path(project.spec.context)).get_function("train")
    configured(project, CONFIG.replace("production_job, cpu: 4", "development_job, waiting_limit: 1h"))
    configured(project, CONFIG.replace("train:", "trained:").replace("score-*", "'*'"))
    SPOT.replace(cpu=2, memory="4Gi").apply(bare)

    assert project.get_function("train").to_dict() == bare.to_dict()


@pytest.mark.filterwarnings("ignore:.*no function of the project is called")
def test_what_is_no_longer_assigned_is_taken_off(project: Any) -> None:
    without = CONFIG.replace("train:", "trained:")
    bare = load(Path(project.spec.context))
    project.get_function("score-daily").apply(SPOT)
    configured(project, without.replace("score-*", "scored"))

    assert project.get_function("train").to_dict() == bare.get_function("train").to_dict()
    assert profile_of(project.get_function("score-daily")) == "spot_stateless"


def test_a_profile_that_is_applied_afterwards_stays_until_the_function_is_made_anew(project: Any) -> None:
    project.get_function("report").apply(SPOT)
    project.get_function("train").apply(SPOT.replace(waive={"IGZ101": Waiver("a test")}))
    for again in (project, project.copy()):
        assert profile_of(again.get_function("train", enrich=True)) == "spot_stateless"
    assert profile_of(project.get_function("report")) == "spot_stateless"

    project.sync_functions()
    assert profiles_of(project) == GIVEN


@pytest.mark.parametrize("when", ["before setup", "before setup again", "before it is set"])
def test_a_profile_that_was_applied_before_gives_way_and_that_is_said(when: str, tmp_path: Path) -> None:
    project = load(write(tmp_path))
    if when != "before setup":
        projects.setup(project)
    fn = project.get_function("train").apply(SPOT.replace(waive={"IGZ101": Waiver("a test")}))

    said = r"igz-runtime.yaml:3:3: function 'train' gets production_job\(.*\), and loses spot_stateless"
    with pytest.warns(UserWarning, match=said):
        project.set_function(fn) if when == "before it is set" else projects.setup(project)
    assert profile_of(project.get_function("train")) == "production_job"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        projects.setup(project)


def test_one_that_nobody_assigns_another_to_stays(tmp_path: Path) -> None:
    project = load(write(tmp_path))
    project.get_function("report").apply(SPOT)

    assert profiles_of(projects.setup(project)) == {**GIVEN, "report": "spot_stateless"}


def test_a_function_that_is_refused_afterwards_is_not_set(project: Any) -> None:
    fn = mlrun.new_function("score-training", kind="mpijob", image="mlrun/mlrun")
    before = fn.to_dict()

    with pytest.raises(UnsafeCombination, match="spot_stateless refused on mpijob 'score-training'"):
        project.set_function(fn)
    assert fn.to_dict()["spec"] == before["spec"]
    assert profiles_of(project) == GIVEN
    assert "score-training" not in project.get_function_names()


def test_a_function_of_which_only_the_record_is_left_gets_its_profile(project: Any) -> None:
    """MLRun stores a function that ran locally with its annotations, and without the rest."""
    fn = project.get_function("train").copy()
    stripped = mlrun.new_function("train", kind="job", image="mlrun/mlrun")
    stripped.metadata.annotations, stripped.metadata.labels = fn.metadata.annotations, fn.metadata.labels

    project.set_function(stripped)
    assert memory_of(project) == "16Gi"
