"""Branches are joined: what they set differently is judged each way, and what they set together stays together."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from igz_runtime.code.python.endings import Left
from igz_runtime.code.python.ways import ABSENT, State, Ways, values
from igz_runtime.lint.code import read_python

JOB = 'import mlrun\nfn = mlrun.new_function("a", kind="job", image="i")\n'


def specs(text: str) -> list[dict[str, Any]]:
    content = read_python(JOB + text + "\n")
    assert [*content.notes, *content.faults, *content.broken] == []
    assert not any(each.unknown for each in content.functions)
    return [{k: v for k, v in each.document["spec"].items() if k != "image"} for each in content.functions]


JOINED: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "names that are set together": (
        (
            'if spot:\n  mode, pool = "allow", {"a": "spot"}\nelse:\n  mode, pool = "prevent", {"a": "safe"}\n'
            "fn.with_preemption_mode(mode)\nfn.with_node_selection(node_selector=pool)"
        ),
        [
            {"preemption_mode": "allow", "node_selector": {"a": "spot"}},
            {"preemption_mode": "prevent", "node_selector": {"a": "safe"}},
        ],
    ),
    "a list that one way adds to": (
        't = []\nif spot:\n  t.append({"key": "spot"})\nfn.with_node_selection(tolerations=t)',
        [{"tolerations": [{"key": "spot"}]}, {"tolerations": []}],
    ),
    "a mapping under two names": (
        't = {}\nu = t\nif x:\n  t["a"] = "b"\nelse:\n  t["a"] = "c"\nu["d"] = "e"\nfn.spec.node_selector = t',
        [{"node_selector": {"a": "b", "d": "e"}}, {"node_selector": {"a": "c", "d": "e"}}],
    ),
    "a list in a mapping": (
        't = {"l": [1]}\nif x:\n  t["l"].append(2)\nfn.spec.tolerations = t["l"]',
        [{"tolerations": [1, 2]}, {"tolerations": [1]}],
    ),
    "the same on both ways": (
        'if x:\n  m = "allow"\nelse:\n  m = "allow"\nfn.with_preemption_mode(m)',
        [{"preemption_mode": "allow"}],
    ),
    "set anew after a branch": (
        'if x:\n  m = "allow"\nelse:\n  m = "none"\nm = "prevent"\nfn.with_preemption_mode(m)',
        [{"preemption_mode": "prevent"}],
    ),
    "what a function returns": (
        "def f(x):\n  if x:\n    return 1\n  elif y:\n    return 2\n  return 3\nfn.with_limits(cpu=f(z))",
        [{"resources": {"limits": {"cpu": each}}} for each in (1, 2, 3)],
    ),
    "a loop that one way leaves": (
        (
            'for m in ("allow", "prevent"):\n  if m == "prevent" and x:\n    break\n  fn.with_preemption_mode(m)\n'
            'else:\n  fn.with_priority_class("p")'
        ),
        [{"preemption_mode": "allow"}, {"preemption_mode": "prevent", "priority_class_name": "p"}],
    ),
    "a name that a round of a loop leaves to the next": (
        'm = "prevent"\nfor x in xs:\n  fn.with_preemption_mode(m)\n  m = "allow"',
        [{"preemption_mode": "prevent"}, {"preemption_mode": "allow"}],
    ),
    "a field that a round of a loop leaves to the next": (
        (
            'fn.spec.priority_class_name = "low"\nwhile waits(x):\n  fn.spec.node_name = fn.spec.priority_class_name\n'
            '  fn.spec.priority_class_name = "high"'
        ),
        [{"priority_class_name": "high", "node_name": each} for each in ("low", "high")],
    ),
    "a list that a round of a loop adds to": (
        't = []\nfor x in xs:\n  fn.with_node_selection(tolerations=t)\n  t.append({"key": "spot"})',
        [{"tolerations": []}, {"tolerations": [{"key": "spot"}]}],
    ),
    "a test that turns out otherwise in another round": (
        'm = "prevent"\nfor x in xs:\n  if x:\n    fn.with_preemption_mode(m)\n  else:\n    m = "allow"',
        [{"preemption_mode": "prevent"}, {"preemption_mode": "allow"}, {}],
    ),
    "a test that turns out the same in each round": (
        'm = "low"\nfor x in xs:\n  if spot:\n    fn.with_priority_class(m)\n    m = "high"\n  else:\n    m = "none"',
        [{"priority_class_name": "low"}, {"priority_class_name": "high"}, {}],
    ),
    "a loop that changes nothing which was there before it": (
        'for x in xs:\n  m = "allow"\n  m = "prevent"\n  fn.with_preemption_mode(m)',
        [{"preemption_mode": "prevent"}],
    ),
    "an attribute of an object": (
        (
            'class A:\n  def __init__(self):\n    self.m = "allow"\n    if x:\n      self.m = "prevent"\n'
            "  def go(self):\n    fn.with_preemption_mode(self.m)\nA().go()"
        ),
        [{"preemption_mode": "prevent"}, {"preemption_mode": "allow"}],
    ),
    "a function that is defined twice": (
        'if x:\n  def m(): return "allow"\nelse:\n  def m(): return "prevent"\nfn.with_preemption_mode(m())',
        [{"preemption_mode": "allow"}, {"preemption_mode": "prevent"}],
    ),
    "a test in a function, by each call": (
        (
            'def f(fn):\n  if x:\n    return "allow"\n  return "prevent"\n'
            "fn.with_preemption_mode(f(fn))\nfn.with_preemption_mode(f(fn))"
        ),
        [{"preemption_mode": "allow"}, {"preemption_mode": "prevent"}],
    ),
    "twenty tests, of which nothing depends on most": (
        "".join(f"if a{i}:\n  b{i} = {i}\n" for i in range(20)) + "if a7:\n  fn.spec.node_name = 'n'",
        [{"node_name": "n"}, {}],
    ),
}


@pytest.mark.parametrize(("text", "expected"), JOINED.values(), ids=JOINED)
def test_each_way_is_judged_and_no_other(text: str, expected: list[dict[str, Any]]) -> None:
    found = specs(text)

    assert sorted(map(str, found)) == sorted(map(str, expected))


def test_a_function_that_only_one_way_makes_has_what_that_way_sets() -> None:
    content = read_python(JOB + 'if x:\n  fn = mlrun.new_function("b", kind="nuclio")\nfn.with_limits(cpu=1)\n')

    found = {(each.document["metadata"]["name"], "resources" in each.document["spec"]) for each in content.functions}
    assert found == {("a", True), ("a", False), ("b", True)}


def test_an_unsafe_value_behind_many_tests_is_found() -> None:
    tests = "".join(f"if a{i}:\n  fn.set_label('k{i}', 'v')\n  fn.with_limits(cpu={i + 1})\n" for i in range(30))

    content = read_python(JOB + tests + 'if spot:\n  fn.with_preemption_mode("allow")\n')

    assert "allow" in {each.document["spec"].get("preemption_mode") for each in content.functions}


class TestState:
    def test_what_is_changed_is_taken_back_for_the_other_way(self) -> None:
        names: dict[str, Any] = {"a": 1}
        state, held = State(), [1]

        def action() -> None:
            if state.decide(((), "t")):
                state.set(names, "a", 2)
                state.set(names, "b", 3)
                state.change(held)
                held.append(2)

        state.explore(action)

        assert names["a"] == Ways(((), "t"), 2, 1)
        assert names["b"] == Ways(((), "t"), 3, ABSENT)

        def look() -> list[int]:
            (found,) = state.resolve([held])
            return list(found)

        seen = [(way.path, way.value) for way in state.each_way(look)]
        assert seen == [({((), "t"): True}, [1, 2]), ({((), "t"): False}, [1])]

    def test_ways_that_end_differently_are_told_apart_by_whoever_goes_on(self) -> None:
        state, seen = State(), []

        def inner() -> None:
            if state.decide(((), "leave")):
                raise Left

        def outer() -> None:
            state.explore(inner)
            seen.append("went on")

        ways = state.each_way(outer)

        assert [way.left is not None for way in ways] == [True, False]
        assert seen == ["went on"]

    def test_no_more_than_a_few_values_are_kept_and_the_rest_is_unknown(self) -> None:
        state, names = State(), {"a": -1}

        def count(number: int) -> None:
            if state.decide(((), str(number))):
                state.set(names, "a", number)

        for number in range(20):
            state.explore(partial(count, number))

        kept = list(values(names["a"]))
        assert kept[:-1] == [19, 18, 17, 16, 15, 14, 13]
        assert str(kept[-1]) == "UNKNOWN"

    def test_where_nobody_knows_which_way_is_taken_what_is_made_is_there_and_what_is_changed_is_unknown(self) -> None:
        state, names, held = State(), {"a": 1}, [1]

        def change() -> None:
            state.set(names, "a", 2)
            state.set(names, "made", "here")
            state.change(held)
            held.append(2)

        state.blur([change, lambda: None])

        assert [*map(str, (names["a"], names["made"], state.resolve(held)))] == ["UNKNOWN", "here", "UNKNOWN"]


def test_a_file_of_very_many_ways_costs_little_and_loses_no_function() -> None:
    tests = "".join(f"    if a{i}(b{i}) or c{i}:\n        x{i} = f{i + 1}(x) if d{i} else None\n" for i in range(6))
    calls = "".join(f"def f{n}(x):\n{tests}    return x\n" for n in range(9))

    content = read_python(f"{calls}{JOB}f0(1)\nfn.with_preemption_mode('allow')\n")

    assert [each.document["spec"]["preemption_mode"] for each in content.functions] == ["allow"]


def test_a_function_that_is_made_behind_many_tests_is_not_lost() -> None:
    tests = "".join(f"{'    ' * i}if not a{i}:\n{'    ' * i}    x = {i}\n{'    ' * i}else:\n" for i in range(12))
    made = "    " * 12 + 'mlrun.new_function("deep", kind="job").with_preemption_mode("allow")\n'

    content = read_python(JOB + tests + made)

    assert ("deep", "allow") in {
        (each.document["metadata"]["name"], each.document["spec"].get("preemption_mode")) for each in content.functions
    }
