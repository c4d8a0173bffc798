"""A failure of our own costs one expression, and is said; no expression of a file makes one, or costs much."""

from __future__ import annotations

import ast
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.cli import main
from igz_runtime.lint.code import read_python
from igz_runtime.lint.judging import lint_text

HEAD = 'import mlrun\nfn = mlrun.new_function("trainer", kind="job", image="i")\nfn.with_limits(mem="4gi", cpu="1")\n'
UNSAFE = 'fn.with_preemption_mode("allow")\n'


def defects(text: str) -> list[tuple[int, str]]:
    return [(note.position.line, note.text) for note in read_python(text).notes if note.defect]


def rules_in(text: str) -> set[str]:
    return {each.finding.rule for each in lint_text("factory.py", text).findings}


RECEIVERS = ("'a b'", "'{n} {}'", "b'a'", "7", "True", "1.5", "[1, 'a']", "{'a': 1}", "(1, 'a')", "{1, 'a'}", "None")
ARGUMENTS = (
    *("", "1", "'a'", "None", "-1", "10**9", "1000000000", "'x' * 10**6", "[]", "[[1]]", "{}", "{'a': 1}", "'a', 'b'"),
    *("1, 2, 3, 4, 5", "fn", "mlrun", "*[1, 2]", "*x", "**{'a': 1}", "**x", "name='x'", "n=1", "self=1", "compute=1"),
    *("value=1, name=2", "sep='a'", "'a', key=1", "'', 'y' * 99", "lambda: 1", "UNKNOWN", "...", "b'a'", "b'a', 1j"),
)
BUILT_IN = ("dict", "list", "tuple", "sorted", "reversed", "range", "str", "int", "float", "bool", "len", "max", "min")
CALLS = [
    *(
        f"({receiver}).{name}({arguments})"
        for receiver in RECEIVERS
        for name in dir(type(ast.literal_eval(receiver)))
        for arguments in ARGUMENTS
        if not name.startswith("_") or name in ("__getitem__", "__class__", "__init__")
    ),
    *(f"{name}({arguments})" for name in (*BUILT_IN, "abs", "round") for arguments in ARGUMENTS),
]


def test_no_method_of_pythons_own_types_makes_lint_fail_whatever_it_is_called_with() -> None:
    for begin in range(0, len(CALLS), 1_000):
        content = read_python(HEAD + "\n".join(CALLS[begin : begin + 1_000]) + "\n" + UNSAFE)

        assert [note for note in content.notes if note.defect or "more than lint follows" in note.text] == []
        assert content.functions[-1].document["spec"]["preemption_mode"] == "allow"


_values = st.recursive(
    st.sampled_from(
        ["x", "fn", "'{n}'", "'%s %d'", "0", "-1", "2.5", "10**9", "999999999", "None", "True", "b''", "''"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(inner, inner), max_size=2).map(lambda p: f"{{{', '.join(f'{k}: {v}' for k, v in p)}}}"),
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "|", "<<", "in", "<", "is"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner).map(lambda p: f"{p[0]}[{p[1]}]"),
        inner.map(lambda value: f"f'{{{value.replace(chr(39), chr(34))}!r:>9}}'"),
        st.tuples(
            inner,
            st.sampled_from(["format", "join", "update", "get", "pop", "append", "items", "replace", "round", "spec"]),
            st.lists(inner, max_size=2),
            st.dictionaries(st.sampled_from(["n", "name", "key", "default", "self"]), inner, max_size=2),
        ).map(lambda c: f"({c[0]}).{c[1]}({', '.join([*c[2], *(f'{k}={v}' for k, v in c[3].items())])})"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_values, min_size=1, max_size=5))
def test_no_expression_makes_lint_fail(values: list[str]) -> None:
    text = HEAD + "".join(f"x = {value}\nfn.spec.node_selector = x\nx += {value}\n" for value in values)
    try:
        ast.parse(text)
    except SyntaxError:
        return

    assert defects(text) == []


DOUBLED = "x = [1]\ny = [1]\n" + "x = [x, x]\ny = [y, y]\n" * 40
LARGE = {
    "a text repeated": "'x' * 10**9",
    "a width of a template": "'{:999999999}'.format(1)",
    "a width in other digits": "'{:\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19}'.format(1)",
    "the same of an f-string": "f'{1:\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19}'",
    "a width of an old template": "'%999999999d' % 1",
    "a width that is an argument": "'{:{w}}'.format(1, w=10**9)",
    "padding": "'a'.ljust(10**9), 'a'.rjust(10**9), 'a'.center(10**9), 'a'.zfill(10**9), 'a'.expandtabs(10**9)",
    "padding, as a literal": "'a'.ljust(1000000000), '\\t'.expandtabs(1000000000)",
    "replaced by a long text": "'abc'.replace('', 'x' * 10**6)",
    "a power": "10**10**10, 1 << 10**10",
    "rounded to places before the point": "round(5, -1000000000)",
    "bytes": "bytes(10**10), bytearray(1000000000), b'a' * 10**9",
    "a list of the same list": DOUBLED + "','.join([x]), str(x), sorted([x, y]), x == y, x in y, '%s' % x, max(x, y)",
    "the same as an argument of a profile": "from igz_runtime import profiles\n"
    + DOUBLED
    + "profiles.production_job(sizes=x)",
    "a circle": "from igz_runtime import profiles\nx = {}\nx['a'] = x\nprofiles.production_job(sizes=x), str(x)",
    "many stars": "x = list(range(1000))\ny = [" + "*x, " * 30_000 + "]\nf(" + "*x, " * 30_000 + ")",
    "many pieces": "x = 'x' * 9999\ny = f'" + "{x}" * 20_000 + "'",
    "many fields": "x = 'x' * 9999\n'" + "{0}" * 3_000 + "'.format(x), '" + "{0:999}" * 1_000 + "'.format(1)",
}
LOOPS = "".join(" " * i + f"for a{i} in (1, 2, 3, 4, 5, 6, 7, 8):\n" for i in range(15)) + " " * 15
REPEATED = {
    "long texts": "x = 'x' * 9999\nx = [x] * 1\nfor i in (1, 2, 3, 4, 5, 6, 7, 8):\n    x = x + x\n" + LOOPS + "str(x)",
    "replacing": "x = 'x ' * 4999\n" + LOOPS + "x.replace(' ', 'y' * 99)",
    "comparing": "x = ['x'] * 1\ny = ['x']\nfor i in (1, 2, 3, 4, 5, 6, 7, 8):\n    x = x + x\n    y = y + y\n"
    + LOOPS
    + "x == y",
    "reading a field": "fn.spec.tolerations = list(range(900))\n" + LOOPS + "x = fn.spec.tolerations",
    "joining": "x = ['x', 'x', 'x', 'x', 'x', 'x', 'x', 'x']\n" + LOOPS + "('x' * 9999).join(x)",
}


@pytest.mark.parametrize("text", [*LARGE.values(), *REPEATED.values()], ids=[*LARGE, *REPEATED])
def test_what_a_short_expression_asks_for_costs_little_time_and_memory(text: str) -> None:
    begun = time.process_time()
    content = read_python(HEAD + text + "\n" + UNSAFE)
    taken = time.process_time() - begun

    assert taken < 10
    assert not any(note.defect for note in content.notes)


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_it_costs_little_memory(text: str) -> None:
    code = HEAD + text + "\n" + UNSAFE
    ast.parse(code)
    tracemalloc.start()
    try:
        read_python(code)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 150 * 2**20


class TestAFailureOfOurOwn:
    """Made to happen: the defects that are known are fixed."""

    @pytest.fixture
    def failing(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
        def fail(error: Exception) -> None:
            def evaluate(*_: Any) -> Any:
                raise error

            monkeypatch.setattr("igz_runtime.code.python.constants.binary", evaluate)

        return fail

    @pytest.mark.parametrize("error", [AttributeError, TypeError, KeyError, RuntimeError, AssertionError, MemoryError])
    def test_it_costs_one_expression_and_is_said(self, failing: Any, error: type[Exception]) -> None:
        failing(error("hunter2"))
        text = HEAD + 'name = "a" + "b"\nfn.with_requests(cpu=1 + 1)\n' + UNSAFE

        content = read_python(text)

        lines, said = zip(*defects(text), strict=True)
        assert lines == (4, 5)
        where = f"({error.__name__} in tests.unit.lint.test_code_failures:"
        assert all(each.startswith(f"igz-runtime itself failed here {where}") for each in said)
        assert "hunter2" not in str(content.notes)
        (written,) = content.functions
        assert written.document["spec"]["preemption_mode"] == "allow"
        assert written.unknown == {("spec", "resources", "requests", "cpu")}
        assert {"IGZ101", "IGZ205"} <= rules_in(text)

    def test_people_and_programs_see_it(
        self, failing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        failing(KeyError("hunter2"))
        monkeypatch.chdir(tmp_path)
        notes = "".join(f"fn.with_requests(cpu=X{n})\n" for n in range(20))
        (tmp_path / "factory.py").write_text(HEAD + UNSAFE + notes + "x = 1 + 1\n")

        assert main(["lint", "factory.py", "--output", "json=r.json", "--output", "r.sarif", "--format", "text"]) == 1

        said = " ".join(capsys.readouterr().out.split())
        assert "25:5 not checked: igz-runtime itself failed here (KeyError in " in said
        noted = [note for note in json.loads((tmp_path / "r.json").read_text())["notes"] if note["defect"]]
        assert [(note["file"], note["line"], note["column"]) for note in noted] == [("factory.py", 25, 5)]
        invocation = json.loads((tmp_path / "r.sarif").read_text())["runs"][0]["invocations"][0]
        levels = [each["level"] for each in invocation["toolExecutionNotifications"]]
        assert levels.count("error") == 1

    def test_a_setter_that_fails_by_half_leaves_its_function_unknown_and_no_other(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(made: Any, _name: str, _arguments: Any) -> None:
            made.document["spec"]["node_selector"] = {"half": "written"}
            raise KeyError

        other = 'other = mlrun.new_function("tuner", kind="job", image="i")\nother.spec.preemption_mode = "allow"\n'
        code = other + HEAD.replace('fn.with_limits(mem="4gi", cpu="1")\n', "") + "fn.with_limits(cpu=fn.kind)\n"
        code = "import mlrun\n" + code
        monkeypatch.setattr("igz_runtime.lint.vocabulary.function.call_setter", fail)

        by_name = {each.document["metadata"]["name"]: each for each in read_python(code).functions}

        assert {("spec", "node_selector"), ("spec", "resources", "limits")} < by_name["trainer"].unknown
        assert "node_selector" not in by_name["trainer"].document["spec"]
        assert by_name["tuner"].unknown == set()
        assert "IGZ103" in rules_in(code)

    def test_an_assignment_that_fails_costs_its_statement(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: Any) -> None:
            raise IndexError

        monkeypatch.setattr("igz_runtime.lint.vocabulary.field.assign_field", fail)
        text = HEAD + 'mode = "none"\nfn.spec.node_selector = mode = {"a": "b"}\nother = fn.copy()\n'

        assert [line for line, _ in defects(text)] == [5]
        assert all(("spec", "node_selector") in each.unknown for each in read_python(text).functions)

    def test_what_reading_an_argument_fails_of_does_not_cost_the_function_that_is_only_read(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any) -> None:
            raise TypeError

        monkeypatch.setattr("igz_runtime.code.python.constants.method", fail)
        text = HEAD + '"{name}".format(name=fn.spec.image, kind=fn.kind)\n' + UNSAFE

        assert [line for line, _ in defects(text)] == [4]
        assert read_python(text).functions[0].unknown == set()

    def test_a_traceback_is_shown_where_it_is_asked_for(self, failing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        failing(KeyError("a"))
        monkeypatch.setenv("IGZ_RUNTIME_TRACEBACK", "1")

        with pytest.raises(KeyError):
            read_python(HEAD + "x = 1 + 1\n")


def test_a_template_with_named_fields_is_filled() -> None:
    amounts = 'cpu="{n}m".format(n=500), mem="{compute}".format(compute="1Gi")'
    text = f'{HEAD}"{{name}}".format(name="x")\nfn.with_requests({amounts})\n'

    (written,) = read_python(text).functions
    assert written.document["spec"]["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    assert "IGZ901" not in rules_in(text)


def test_what_is_nested_too_deep_costs_its_expression_and_not_the_function_around_it() -> None:
    deep = "x = " + " + ".join(["a"] * 900)
    text = HEAD + f"def main():\n    {deep}\n    fn.with_preemption_mode('allow')\nmain()\n"

    content = read_python(text)

    assert [(note.position.line, note.text) for note in content.notes] == [
        (5, "is nested deeper than lint follows code")
    ]
    assert content.functions[-1].document["spec"]["preemption_mode"] == "allow"
