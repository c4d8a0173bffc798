"""What lint says of code that it does not follow, and does not say of code that it does."""

from __future__ import annotations

import json

import pytest

from igz_runtime.lint.code import read_python
from igz_runtime.lint.judging import lint_text
from igz_runtime.text.limits import MOST_FUNCTIONS

HEAD = 'import mlrun\nfn = mlrun.new_function("trainer", kind="job", image="i", handler="train")\n'
UNSAFE = 'fn.with_preemption_mode("allow")\n'


def said(text: str) -> list[tuple[int, str]]:
    return [(note.position.line, note.text) for note in read_python(HEAD + text).notes]


def test_of_too_many_functions_the_first_are_judged_and_the_rest_is_a_finding() -> None:
    others = "".join(f'f{i} = mlrun.new_function("f{i}", kind="job", image="i")\n' for i in range(MOST_FUNCTIONS + 500))

    report = lint_text("factory.py", HEAD + UNSAFE + others)

    found = [(each.finding.rule, each.position.line) for each in report.findings if each.finding.severity == "error"]
    assert found == [("IGZ101", 3), ("IGZ901", MOST_FUNCTIONS + 3)]
    assert report.functions == MOST_FUNCTIONS


@pytest.mark.parametrize(
    "text",
    [
        "GPU = False\nif GPU:\n    fn.with_limits(gpus=1)\n",
        "where = fn.spec.node_selector\nwhere['a'] = 'b'\ndel where['a']\n",
        "choose = fn.with_preemption_mode\nchoose('prevent')\n",
        "print(fn, str(fn), isinstance(fn, str))\n",
        "limits = {}\nlimits['cpu'] = '1'\nfn.with_limits(**limits)\n",
        "def configure(each):\n    each.with_limits(cpu='1')\n",
        "from functools import partial\npartial(fn.with_limits, cpu='1')()\n",
        "class Base:\n    def go(self):\n        fn.with_limits(cpu='1')\nclass Below(Base):\n    pass\nBelow().go()\n",
        "try:\n    fn.set_label('a', 'x')\n    fn.set_label('b', 'x')\nexcept ValueError:\n    print(1)\n",
    ],
)
def test_nothing_is_said_of_what_is_followed(text: str) -> None:
    assert said(text) == []


def test_an_assignment_under_another_name_ends_where_the_field_gets_another_value() -> None:
    text = "old = fn.spec.node_selector\nfn.spec.node_selector = {'a': 'b'}\nread = old.get('a')\n"

    (written,) = read_python(HEAD + text).functions
    assert written.document["spec"]["node_selector"] == {"a": "b"}
    assert written.unknown == set()


def test_a_setter_that_is_not_reached_is_said() -> None:
    assert said("import sys\nsys.exit(0)\nfn.with_limits(cpu='1')\n") == [
        (5, "with_limits: lint does not follow how the code gets here")
    ]


def test_what_is_handed_over_in_a_list_or_an_object_is_said() -> None:
    for handed in ("{'a': [fn]}", "fn.with_limits", "Holder(fn)"):
        text = f"class Holder:\n    def __init__(self, each):\n        self.each = each\nours({handed})\n"
        assert [note for _, note in said(text)] == ["handed to ours(), which is not followed"], handed


def test_magics_that_run_the_rest_are_followed_and_others_are_said() -> None:
    cells = [
        HEAD,
        '%matplotlib inline\n%time fn.with_preemption_mode("allow")',
        "%ours fn",
        "%nuclio cmd pip install x",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": each, "outputs": []} for each in cells], "metadata": {}}

    report = lint_text("n.ipynb", json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}))

    assert ("IGZ101", "cell 2:2:31") in [(one.finding.rule, str(one.position)) for one in report.findings]
    assert [(str(note.position), note.text) for note in report.notes] == [
        ("cell 3:1:1", "%ours: what it does is not followed")
    ]
