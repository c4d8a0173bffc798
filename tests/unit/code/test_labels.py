"""The functions labelled by reading: well-formed, each named once, enough of both kinds, and the two sets apart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "data" / "training"
WHERE = ("repository", "commit", "path", "handler")


def labels(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    return loaded


LABELS, HELD_OUT = labels("labels.yaml"), labels("held_out.yaml")
both = pytest.mark.parametrize("labelled", [LABELS, HELD_OUT], ids=["labels", "held_out"])


def malformed(label: dict[str, Any]) -> bool:
    expected = {*WHERE, "trains"} | ({"writes", "reads"} if label.get("trains") is True else set())
    texts = [label.get(key) for key in ("repository", "commit", "path")]
    return (
        label.keys() - {"borderline", "why"} != expected
        or not all(isinstance(each, str) for each in [*texts, label["handler"] or "", label.get("why", "")])
        or not re.fullmatch(r"[\w.-]+/[\w.-]+ [0-9a-f]{40} .+", " ".join(map(str, texts)))
        or not all(isinstance(label[key], bool) for key in expected - {*WHERE})
        or ("borderline" in label and (label["borderline"] is not True or not label.get("why")))
    )


@both
def test_every_label_says_where_and_what(labelled: list[dict[str, Any]]) -> None:
    assert [each for each in labelled if malformed(each)] == []


@both
def test_each_function_is_labelled_once_in_order(labelled: list[dict[str, Any]]) -> None:
    order = [(each["repository"], each["path"], each["handler"] or "", each["commit"]) for each in labelled]
    assert order == sorted(set(order))


def test_there_are_enough_of_both_kinds() -> None:
    training = sum(each["trains"] for each in LABELS)
    assert training >= 60
    assert len(LABELS) - training >= 60


def test_no_repository_is_in_both_sets() -> None:
    assert {each["repository"] for each in LABELS} & {each["repository"] for each in HELD_OUT} == set()
