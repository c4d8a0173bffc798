"""The first igz-runtime.yaml of a project: whatever its functions are called, each gets what was advised for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import advise, profiles
from igz_runtime.functions.model import normal_name
from igz_runtime.projects.advising import Advice
from igz_runtime.projects.scaffold import configuration_text, grouped
from tests.examples import examples

SPOT: dict[str, Any] = {"mission_critical": False, "stateful": False, "recovers": True}


def advice(name: str, kind: str = "job", **answers: Any) -> Advice:
    return advise({"kind": kind, "metadata": {"name": name}, "spec": {}}, cpu=1, memory="1Gi", **answers)


def patterns(*advices: Advice) -> list[str]:
    return [group.pattern for group in grouped(advices)]


def test_names_that_begin_alike_and_get_the_same_share_a_pattern() -> None:
    assert patterns(advice("train-a"), advice("etl"), advice("train-b")) == ["train-*", "etl"]


def test_names_that_begin_alike_and_get_different_profiles_share_none() -> None:
    assert patterns(advice("etl-a"), advice("etl-b", stateful=True)) == ["etl-a", "etl-b"]


def test_one_function_is_no_group() -> None:
    assert patterns(advice("train-a"), advice("train")) == ["train-a", "train"]


def test_no_pattern_puts_functions_that_come_later_on_spot_nodes() -> None:
    assert patterns(advice("score-a", **SPOT), advice("score-b", **SPOT)) == ["score-a", "score-b"]


NAMES = st.lists(
    st.text("ab-_:# .é", min_size=1, max_size=5).filter(str.strip), min_size=1, max_size=6, unique_by=normal_name
)


@given(
    names=NAMES,
    kinds=st.lists(st.sampled_from(["job", "serving"]), min_size=6, max_size=6),
    said=st.sampled_from([{}, SPOT]),
)
@settings(max_examples=examples(150))
def test_each_function_is_assigned_what_was_advised(
    names: list[str], kinds: list[str], said: dict[str, Any], tmp_path: Path
) -> None:
    advices = [advice(name, kind, **said) for name, kind in zip(names, kinds, strict=False)]
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(configuration_text(advices, ["project.yaml:1: a\nb"]), encoding="utf-8")

    for each in advices:
        assert profiles.assigned(each.function, config=file) == each.profile
