"""The functions labelled by reading: well-formed, each named once, and enough of both kinds to measure with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "data" / "training" / "labels.yaml"
LABELS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
WHERE = ("repository", "commit", "path", "handler")


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


def test_every_label_says_where_and_what() -> None:
    assert [each for each in LABELS if malformed(each)] == []


def test_each_function_is_labelled_once_in_order() -> None:
    order = [(each["repository"], each["path"], each["handler"] or "", each["commit"]) for each in LABELS]
    assert order == sorted(set(order))


def test_there_are_enough_of_both_kinds() -> None:
    training = sum(each["trains"] for each in LABELS)
    assert training >= 60
    assert len(LABELS) - training >= 60
