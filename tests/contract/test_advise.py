"""Advice on real functions: what it reads off them, and that its profile is applied to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlrun
import nuclio
import pytest

from igz_runtime import advise, profiles
from igz_runtime.errors import UnsupportedFunction

CODE = "def train(context, model, data):\n    model.fit(data)\n"


@pytest.fixture
def trainer(tmp_path: Path) -> Any:
    (tmp_path / "churn.py").write_text(CODE)
    return mlrun.code_to_function("churn", kind="job", image="i", handler="train", filename=str(tmp_path / "churn.py"))


def test_the_code_that_a_function_holds_answers(trainer: Any) -> None:
    advice = advise(trainer)

    assert advice.answers[1].reason == "its code trains: model.fit at churn.py:2"
    assert advice.profile.name == "production_job"


def test_its_profile_is_applied_to_the_function(trainer: Any) -> None:
    trainer.with_limits(cpu="2", mem="4Gi", gpus=1)

    trainer.apply(advise(trainer).profile)

    applied = profiles.applied_to(trainer)
    assert applied is not None
    assert applied.parameters == {
        "cpu": "2",
        "memory": "4Gi",
        "gpus": 1,
        "priority": "high",
        "workload": {"stateful": True},
    }
    assert advise(trainer).answers[1].by == "declaration"


def test_a_service_and_a_function_of_nuclios_own() -> None:
    serving = mlrun.new_function("model", kind="serving", image="i")
    spec = nuclio.ConfigSpec()

    assert advise(serving, mission_critical=True).profile.name == "production_service"
    assert advise(spec).kind == "nuclio"


def test_nothing_of_the_function_is_changed(trainer: Any) -> None:
    before = trainer.to_dict()

    advise(trainer, cpu=4, memory="8Gi", mission_critical=True)

    assert trainer.to_dict() == before


def test_a_file_of_a_function(trainer: Any, tmp_path: Path) -> None:
    trainer.export(str(tmp_path / "function.yaml"))

    assert advise(tmp_path / "function.yaml").answers[1].by == "evidence"


def test_of_a_project_it_says_what_to_ask(tmp_path: Path) -> None:
    project = mlrun.new_project("churn", context=str(tmp_path), save=False)

    with pytest.raises(UnsupportedFunction, match=r"project 'churn': advice is on one function"):
        advise(project)
