"""The same tricks on MLRun's own objects: `check` shows what a function says of itself, and the platform decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlrun
import pytest

from igz_runtime import Waiver, Workload, check, profiles
from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX, WORKLOAD
from igz_runtime.rules.findings import Findings
from tests.attacks.declarations.author import forged

pytestmark = pytest.mark.every_environment

Trick = Callable[[Any], Any]


def label(fn: Any) -> None:
    fn.metadata.labels[WORKLOAD] = "stateless"


def annotation(fn: Any) -> None:
    fn.metadata.annotations[f"{ANNOTATION_PREFIX}IGZ101"] = "nobody minds"


def record(fn: Any) -> None:
    fn.metadata.annotations[ANNOTATION] = forged({"stateful": False})


def waiving_record(fn: Any) -> None:
    fn.metadata.annotations[ANNOTATION] = forged({}, {"IGZ101": {"reason": "nobody minds"}})


def profile(fn: Any) -> None:
    profiles.spot_stateless(cpu=1, memory="1Gi", workload="stateless").apply(fn)


def waiving_profile(fn: Any) -> None:
    profiles.spot_stateless(cpu=1, memory="1Gi", waive={"IGZ101": Waiver("nobody minds")}).apply(fn)


TRICKS = {
    label: "its label igz-runtime/workload says stateless",
    annotation: "its annotation igz-runtime/waive-IGZ101 waives IGZ101: nobody minds",
    record: "its record of profile 'spot_stateless' says stateless",
    waiving_record: "its record of profile 'spot_stateless' waives IGZ101: nobody minds",
    profile: "its record of profile 'spot_stateless' says stateless",
    waiving_profile: "its annotation igz-runtime/waive-IGZ101 waives IGZ101: nobody minds",
}


def trainer() -> Any:
    fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun", handler="train")
    fn.spec.node_selector = {"app.iguazio.com/lifecycle": "preemptible"}
    fn.spec.preemption_mode = "allow"
    return fn


def standing(findings: Findings) -> set[str]:
    return {each.rule for each in findings if not each.waived}


@pytest.mark.parametrize(("trick", "says"), TRICKS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_a_function_says_of_itself_is_shown(trick: Trick, says: str) -> None:
    fn = trainer()
    assert "IGZ101" in standing(check(fn))
    trick(fn)
    found = check(fn)

    assert "IGZ101" not in standing(found)
    assert [str(each) for each in found.declared if str(each).startswith(says)]
    assert says in " ".join(str(found).split())
    assert says.replace("'", "&#x27;") in found._repr_html_() or says in found._repr_html_()


@pytest.mark.parametrize("trick", TRICKS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("given", ["option", "above"])
def test_the_platform_lets_none_of_it_count(
    trick: Trick, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fn = trainer()
    trick(fn)
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("{waivable: [], declarable: []}")
    team = tmp_path / "team"
    team.mkdir()
    (tmp_path / ".git").mkdir()
    (team / "igz-runtime.yaml").write_text("{waivable: [{reason: we may}], declarable: [{reason: we may}]}")
    monkeypatch.chdir(team)
    monkeypatch.delenv("IGZ_RUNTIME_CONFIG")
    found = check(fn, config=config) if given == "option" else check(fn)

    assert "IGZ101" in standing(found)
    assert any("the platform does not allow" in each.refused for each in found.declared) or "the platform" in str(found)


def test_what_whoever_asks_declares_is_within_what_the_platform_allows(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("declarable: [{declarations: [restartable], reason: code is what tells}]")
    declared = Workload(stateful=False, restartable=True)
    free, limited = check(trainer(), workload=declared), check(trainer(), workload=declared, config=config)

    assert standing(free).isdisjoint({"IGZ101", "IGZ103"})
    assert "IGZ101" in standing(limited)
    assert "IGZ103" not in standing(limited)
    assert [(each.says, bool(each.refused)) for each in limited.declared] == [
        ("stateless", True),
        ("restartable", False),
    ]


def test_a_profile_is_refused_where_its_declaration_does_not_count(tmp_path: Path) -> None:
    config = tmp_path / "igz-runtime.yaml"
    config.write_text("declarable: []")
    fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun", handler="train")
    spot = profiles.spot_stateless(cpu=1, memory="1Gi", workload=Workload(stateful=False, restartable=True))

    assert not spot.plan(fn).refused
    refused = spot.plan(fn, config=config)
    assert refused.refused
    assert {"IGZ101", "IGZ103"} <= standing(refused.findings)
    assert not spot.plan(fn).refused, "what is remembered of one platform counts on no other"


def test_a_plan_shows_what_stands_on_the_function_by_hand() -> None:
    fn = trainer()
    label(fn)
    plan = profiles.spot_stateless(cpu=1, memory="1Gi").plan(fn)

    assert not plan.refused
    assert "its label igz-runtime/workload says stateless" in " ".join(str(plan).split())
    assert "its label igz-runtime/workload says stateless" in plan._repr_html_()


def test_a_project_has_what_its_functions_say_of_themselves(tmp_path: Path) -> None:
    project = mlrun.new_project("fraud", context=str(tmp_path), save=False)
    fn = trainer()
    label(fn)
    project.set_function(fn, name="trainer")
    found = check(project)

    assert [each.says for each in found.declared] == ["stateless"]
    assert json.dumps([each.to_dict() for each in found.declared])
