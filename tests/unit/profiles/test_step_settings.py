"""`steps` of igz-runtime.yaml: what the pods of pipeline steps get, by the names of steps, in each environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.config.file import read_file
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.lint.settings import load_settings
from igz_runtime.planning.step_pods import UNSAID, StepSettings
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.profiles.step_settings import Steps, steps_in

CONFIG = """\
defaults: {cpu: 8, priority: high}
steps:
  "*-train": {cpu: 100m, memory: 512Mi}
  big-train: {cpu: 1}
  deploy-*: {priority: low, node_group: workers}
environments:
  development:
    steps:
      "*-train": {cpu: 50m}
      notebook: {memory: 1Gi}
  staging: {defaults: {cpu: 2}}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "igz-runtime.yaml"
    path.write_text(text)
    return path


def steps(folder: Path, text: str = CONFIG) -> Steps:
    return whole_file(written(folder, text)).meaning(steps_in)


@pytest.mark.parametrize(
    ("name", "environment", "said"),
    [
        ("fit-train", "", {"cpu": "100m", "memory": "512Mi"}),
        ("big-train", "", {"cpu": "1"}),
        ("deploy-scorer", "", {"priority": "low", "node_group": "workers"}),
        ("other", "", {}),
        ("fit-train", "development", {"cpu": "50m", "memory": "512Mi"}),
        ("notebook", "development", {"memory": "1Gi"}),
        ("notebook", "", {}),
        ("fit-train", "staging", {"cpu": "100m", "memory": "512Mi"}),
        ("fit-train", "production", {"cpu": "100m", "memory": "512Mi"}),
    ],
)
def test_which_entry_counts(tmp_path: Path, name: str, environment: str, said: dict[str, str]) -> None:
    assert steps(tmp_path).settings_for(name, environment) == StepSettings.of(said)


def test_without_any(tmp_path: Path) -> None:
    assert steps(tmp_path, "defaults: {cpu: 1}\n").settings_for("fit") == UNSAID


def test_patterns_that_contradict_each_other(tmp_path: Path) -> None:
    said = steps(tmp_path, "steps: {a*: {cpu: 1}, '*b': {cpu: 2}, '*c': {cpu: 1}}\n")

    with pytest.raises(InvalidValue, match=r"step 'ab' matches 'a\*' and '\*b' under steps, which do not say the same"):
        said.settings_for("ab")
    assert said.settings_for("ac") == StepSettings.of({"cpu": 1})


FAULTS = {
    "no mapping": ("steps: {fit: 5}\n", "1:9: steps.fit: a mapping of arguments is required, found 5"),
    "no mapping at all": ("steps: [fit]\n", "1:1: steps: a mapping is required, found list"),
    "no such argument": (
        "steps:\n  fit: {cpus: 1}\n",
        "2:9: steps.fit: a step has no argument 'cpus'; did you mean 'cpu'?",
    ),
    "an argument of functions": (
        "steps:\n  fit:\n    gpus: 1\n",
        "3:5: steps.fit: a step has no argument 'gpus'; it has cpu, memory, priority, node_group",
    ),
    "an invalid amount": (
        "steps:\n  fit: {cpu: 1, memory: 4gib}\n",
        "2:17: steps.fit: memory: '4gib' is not a Kubernetes quantity; did you mean '4Gi'?",
    ),
    "of an environment": (
        "environments:\n  staging:\n    steps: {fit: {cpu: 0}}\n",
        "3:19: environments.staging.steps.fit: cpu: '0' must be greater than zero",
    ),
    "an environment's section": (
        "environments: {staging: {steps: 5}}\n",
        "1:26: environments.staging.steps: a mapping is required, found int",
    ),
}


@pytest.mark.parametrize(("text", "fault"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("reads", [whole_file, load_settings], ids=["planning", "lint"])
def test_faults_have_their_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads: object, text: str, fault: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, text)

    with pytest.raises(ConfigurationError) as error:
        reads(path)  # type: ignore[operator]

    assert str(error.value) == f"igz-runtime.yaml:{fault}"


def test_each_fault_is_said_once_whatever_the_environments(tmp_path: Path) -> None:
    path = written(tmp_path, "steps: {fit: {cpu: no}}\nenvironments: {a: {}, b: {steps: {fit: {cpu: 1}}}}\n")
    fields = []

    steps_in(read_file(path), lambda field, _text: fields.append(field))

    assert fields == [("steps", "fit", "cpu")]
