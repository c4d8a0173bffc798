"""Profiles by the names of functions, as igz-runtime.yaml assigns them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import check, profiles
from igz_runtime.cli import main
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.lint.code import read_python
from igz_runtime.lint.settings import load_settings

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
profiles:
  nightly: {extends: spot_stateless, cpu: 1, memory: 2Gi}
defaults: {priority: low, memory: 4Gi}
functions:
  etl: {profile: nightly}
  train-*: {profile: production_job, cpu: 4, memory: 16Gi, workload: stateful}
  train-small: {profile: production_job, cpu: 1, priority: high}
environments:
  development:
    defaults: {profile: development_job, cpu: 1}
    functions:
      train-*: {profile: development_job, cpu: 2}
      notebook: {}
  staging: {defaults: {priority: medium}}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(CONFIG)
    return file


def given(name: str, **options: Any) -> str:
    return repr(profiles.assigned(name, **options))


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("train-churn", "production_job(cpu='4', memory='16Gi', priority='low', workload={'stateful': True})"),
        ("train_churn", "production_job(cpu='4', memory='16Gi', priority='low', workload={'stateful': True})"),
        ("train-small", "production_job(cpu='1', memory='4Gi', priority='high')"),
    ],
)
def test_the_entry_of_the_name_counts_else_the_pattern_and_defaults_beneath(name: str, profile: str) -> None:
    assert given(name) == profile


@pytest.mark.usefixtures("config")
def test_a_profile_of_the_organisation_can_be_assigned() -> None:
    etl = profiles.assigned("etl")

    assert (etl.name, str(etl.cpu), str(etl.memory), etl.priority) == ("nightly", "1", "4Gi", "low")
    assert etl == profiles.named("nightly", memory="4Gi", priority="low")


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("environment", "name", "profile"),
    [
        (
            "development",
            "train-churn",
            "development_job(cpu='2', memory='16Gi', priority='low', workload={'stateful': True})",
        ),
        ("development", "notebook", "development_job(cpu='1', memory='4Gi', priority='low')"),
        (
            "staging",
            "train-churn",
            "production_job(cpu='4', memory='16Gi', priority='medium', workload={'stateful': True})",
        ),
        ("production", "train-small", "production_job(cpu='1', memory='4Gi', priority='high')"),
    ],
)
def test_an_environment_overrides_what_it_names(
    environment: str, name: str, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert given(name, environment=environment) == profile
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", environment)
    assert given(name) == given(name, environment=environment)


def test_the_environment_of_the_cluster_counts_last(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text(CONFIG + "cluster: {environment: development}\n")
    assert given("notebook").startswith("development_job(")

    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "staging")
    with pytest.raises(InvalidValue, match="no profile is assigned to function 'notebook'"):
        profiles.assigned("notebook")
    assert given("notebook", environment="development").startswith("development_job(")


@pytest.mark.usefixtures("config")
def test_an_environment_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidValue, match="environment: there is no environment 'stagin'; did you mean 'staging'"):
        profiles.assigned("etl", environment="stagin")

    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "prodution")
    with pytest.raises(InvalidValue, match="IGZ_RUNTIME_ENVIRONMENT: there is no environment 'prodution'"):
        profiles.assigned("etl")


def test_patterns_that_say_different_things_are_refused_and_alike_ones_are_not(config: Path) -> None:
    text = "functions:\n  train-*: {profile: production_job, cpu: 4}\n  '*-churn': {profile: production_job, cpu: %s}\n"
    config.write_text(text % 2)
    message = "igz-runtime.yaml:2:3: function 'train-churn' matches 'train-*' and '*-churn', which assign different"
    with pytest.raises(InvalidValue, match=re.escape(message)):
        profiles.assigned("train-churn")
    assert given("train-fraud").startswith("production_job(cpu='4'")

    config.write_text(text % 4)
    assert given("train-churn").startswith("production_job(cpu='4'")


WRONG = {
    "functions:\n  etl: {profile: production_jop}\n": "2:9: functions.etl: there is no profile 'production_jop'; did",
    "functions:\n  etl: {cpu: 1}\n": "2:3: functions.etl: 'profile' is required: the name of a profile, here or in",
    "functions:\n  etl:\n    profile: production_job\n    cpus: 4\n": "4:5: functions.etl: production_job has no arg",
    "functions:\n  etl:\n    profile: production_job\n    cpu: four\n": "4:5: functions.etl: production_job: cpu: 'fo",
    "functions: {etl: production_job}\n": "1:13: functions.etl: a mapping of arguments is required, fo",
    "defaults: {cpu: four}\nfunctions:\n  etl: {profile: production_job}\n": "1:12: functions.etl: production_job: c",
    "environments:\n  dev:\n    functions: {etl: {profile: x}}\n": "3:23: environments.dev.functions.etl: there is no",
    "environments: {dev: {functoins: {}}}\n": "1:22: there is no setting 'environments.dev.functoins'; did you mean",
    "functions: []\n": "1:1: functions: a mapping is required, found list",
    "environments: {dev: []}\n": "1:16: environments.dev: a mapping is required, found list",
}


@pytest.mark.parametrize("text", WRONG)
def test_every_fault_is_said_with_its_place_wherever_the_file_counts(config: Path, text: str) -> None:
    config.write_text(text)
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}

    for ask in (lambda: profiles.assigned("etl"), lambda: check(fn), lambda: profiles.production_job(cpu=1).plan(fn)):
        with pytest.raises(ConfigurationError) as raised:
            ask()
        assert str(raised.value).startswith(f"igz-runtime.yaml:{WRONG[text]}"), raised.value
    assert fn["spec"] == {}


CODE = """\
import mlrun
from igz_runtime import profiles

fn = mlrun.new_function("train-churn", kind="job", image="mlrun/mlrun")
fn.apply(profiles.assigned("train-churn", config="igz-runtime.yaml"))
"""


def test_lint_follows_it_in_code(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (content,) = read_python(CODE, load_settings(config).profiles).functions
    assert content.document["spec"]["resources"]["limits"] == {"cpu": "4", "memory": "16Gi"}

    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")
    (content,) = read_python(CODE, load_settings(config).profiles).functions
    assert content.document["spec"]["resources"]["limits"] == {"cpu": "2", "memory": "16Gi"}


@pytest.mark.usefixtures("config")
def test_an_environment_that_does_not_exist_ends_lint_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "prodution")

    assert main(["lint", "."]) == 2
    told = capsys.readouterr().err
    assert "IGZ_RUNTIME_ENVIRONMENT: there is no environment 'prodution'; did you mean 'production'?" in told


@pytest.mark.usefixtures("config")
def test_a_function_without_a_profile_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(InvalidValue, match="yaml: no profile is assigned to function 'other'"):
        profiles.assigned("other")
    with pytest.raises(InvalidValue, match="no profile is assigned to function 'elt'; did you mean 'etl'"):
        profiles.assigned("elt")


def test_an_environment_is_not_asked_for_where_nothing_is_assigned(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "blue")
    config.write_text("rules: {ignore: [IGZ103]}\n")

    assert main(["lint", "."]) == 0


def test_without_a_configuration_nothing_is_assigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    for options in ({}, {"config": "none"}):
        with pytest.raises(InvalidValue, match="yaml was found: no profile is assigned to function 'etl'"):
            profiles.assigned("etl", **options)
