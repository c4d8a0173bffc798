"""What is said of rules at admission, and how their expressions are shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.rules import rules
from igz_runtime.rules.at_admission import admission_table, said_at_admission, why_not_asked
from igz_runtime.rules.both_languages import in_both_languages
from igz_runtime.rules.cel.form import PODS_AND_FUNCTIONS, Cel, NotAtAdmission, Says, literal, quoted
from igz_runtime.rules.cel.layout import laid_out
from igz_runtime.rules.cel.variables import PARTS, VARIABLES

SPOT = rules()["IGZ101"]
ERROR, WARNING = Says("[]"), Says("[]", severity="warning")


@pytest.mark.parametrize(
    ("cel", "said", "in_table"),
    [
        (Cel((ERROR,)), "It warns, and refuses once it is enforced (`--enforce IGZ101`).", "yes"),
        (Cel((ERROR, WARNING)), "what it finds as an error is refused.", "its errors"),
        (Cel((WARNING,)), "unless `rules.severities` in igz-runtime.yaml says so.", "as `rules.severities` has it"),
        (Cel((ERROR,), warns=True), "It only warns: a refusal would stop", "no, it only warns"),
        (NotAtAdmission("no pod shows it"), "Not asked at admission: no pod shows it.", "no"),
        (None, "Not asked at admission: its distribution says nothing of it.", "no"),
    ],
)
def test_whether_a_rule_can_refuse(cel: Any, said: str, in_table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = replace(SPOT, cel=cel)
    monkeypatch.setattr("igz_runtime.rules.at_admission.rules", lambda: {rule.id: rule})

    assert said in said_at_admission(rule)
    assert admission_table().splitlines()[-1].endswith(f" | {in_table} |")
    assert bool(why_not_asked(rule)) is not isinstance(cel, Cel)
    assert bool(in_both_languages(rule)) is isinstance(cel, Cel)


def test_a_page_shows_what_is_special_in_each_thing_that_is_found() -> None:
    cel = Cel((ERROR, WARNING, Says("[]", "wait"), Says("[]", "hurry", "info"), Says("[]", on=PODS_AND_FUNCTIONS)))
    page = in_both_languages(replace(SPOT, cel=cel))

    assert [line for line in page.splitlines() if line.endswith(":") and line[:2] in ("As", "Wi", "Of")] == [
        "As warning:",
        "With the fix “wait”:",
        "As info, with the fix “hurry”:",
        "Of pods, functions of Nuclio:",
    ]


TEXT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


def found_by_rules() -> list[str]:
    return [each.found for rule in rules().values() if isinstance(rule.cel, Cel) for each in rule.cel.says]


@pytest.mark.parametrize("width", [40, 100])
def test_an_expression_says_the_same_over_several_lines(width: int) -> None:
    for expression in (*VARIABLES.values(), *found_by_rules()):
        shown = laid_out(expression, width)
        assert "".join(shown.split()) == "".join(expression.split())
        assert TEXT.findall(shown) == TEXT.findall(expression)


def test_lines_are_short_where_they_can_be_parted() -> None:
    lines = [line for each in found_by_rules() for line in laid_out(each).splitlines()]
    assert max(len(line.lstrip()) for line in lines if "'" not in line and '"' not in line) <= 100


@given(st.text())
def test_a_quoted_text_is_the_same_text(text: str) -> None:
    assert json.loads(quoted(text)) == text
    assert literal(text) == quoted(text)


def test_no_two_parts_of_the_variables_name_the_same() -> None:
    names = Counter(name for part in PARTS for name in part)

    assert [name for name, count in names.items() if count > 1] == []
