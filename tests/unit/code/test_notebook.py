"""Notebooks: cells that share their names, IPython's commands, and places in the cell and in the file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from igz_runtime.lint.code import read_notebook
from igz_runtime.text.place import Position

MAKE = 'fn = mlrun.new_function("a", kind="job", image="i")\n'


def notebook(*cells: str | list[str], indent: int | None = 1) -> str:
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": ["# mlrun\n", "text"]}]
    made += [{"cell_type": "code", "metadata": {}, "outputs": [{"text": ["x"]}], "source": each} for each in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=indent)


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def test_cells_share_their_names() -> None:
    content = read_notebook(notebook(["import mlrun"], lines(MAKE), ["fn.with_limits(cpu=1)"]))

    assert [each.document["spec"] for each in content.functions] == [
        {"image": "i", "resources": {"limits": {"cpu": 1}}}
    ]


def test_places_are_in_the_cell_and_in_the_file() -> None:
    text = notebook(["import mlrun\n", "\n", *lines(MAKE)], ["# é\n", "é = 1; fn.with_limits(cpu=1)"])

    (written,) = read_notebook(text).functions

    in_file = text.splitlines()
    head, limit = written.at(()), written.at(("spec", "resources", "limits", "cpu"))
    assert head == Position(3, 6, 2, 1 + next(i for i, line in enumerate(in_file) if "new_function" in line))
    assert limit == Position(2, 23, 3, 1 + next(i for i, line in enumerate(in_file) if "with_limits" in line))
    assert str(head) == "cell 2:3:6"


SOURCES = {
    "one text": "import mlrun\n" + MAKE,
    "lines": lines("import mlrun\n" + MAKE),
    "pieces of lines": ["import ml", "run\nfn = mlrun.new_", 'function("a", kind="job", image="i")'],
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("indent", [None, 1, 4])
def test_a_cell_may_be_written_in_any_way(source: str | list[str], indent: int | None) -> None:
    text = notebook(source, indent=indent)

    (written,) = read_notebook(text).functions

    place = written.at(())
    assert place[:3] == (2, 6, 2)
    assert "fn = mlrun.new_" in text.splitlines()[place.file_line - 1]


COMMANDS = {
    "a line": "%matplotlib inline\n",
    "a shell's": "!pip install mlrun\n",
    "one that goes on": "!pip install \\\n    mlrun\n",
    "a cell's that is Python": "%%time\n",
    "an assigned one": "files = !ls\n",
    "in a block": "if True:\n    !ls\n",
    "a question": "mlrun?\n",
    "nuclio's": '%nuclio config spec.minReplicas = 1\n%nuclio cmd -c pip install "x"\n',
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_commands_are_passed_over_and_lines_stay(command: str) -> None:
    content = read_notebook(notebook(["import mlrun"], lines(command + MAKE)))

    assert content.broken == []
    assert content.functions[0].at(()).line == command.count("\n") + 1


@pytest.mark.parametrize("head", ["%%bash", "%%writefile train.py", "%%html", "%%sql"])
def test_a_cell_that_is_no_python_is_passed_over(head: str) -> None:
    content = read_notebook(notebook(["import mlrun\n", MAKE], [f"{head}\n", "mlrun ( is < not : Python"]))

    assert content.broken == []
    assert len(content.functions) == 1


def test_a_remainder_is_no_command() -> None:
    content = read_notebook(notebook(["import mlrun\n", MAKE, "fn.with_limits(cpu='%d'\n", "  % 4)"]))

    assert content.functions[0].document["spec"]["resources"] == {"limits": {"cpu": "4"}}


def test_a_broken_cell_is_said_and_the_others_are_read() -> None:
    content = read_notebook(notebook(["import mlrun\n", MAKE], ["x = (\n"], ["fn.with_limits(cpu=1)"]))

    (remark,) = content.broken
    assert remark.position[:3] == (1, 5, 3)
    assert remark.text == "is not Python: '(' was never closed"
    assert content.functions[0].document["spec"]["resources"] == {"limits": {"cpu": 1}}


def test_comments_are_within_their_cells() -> None:
    cell = ["# igz-runtime: waive IGZ101 checkpoints\n", "fn.with_limits(\n", "    cpu=1\n", ")"]

    (comment,) = read_notebook(notebook(["import mlrun\n", MAKE], cell)).comments

    assert (comment.position[:3], comment.text) == ((1, 1, 3), "waive IGZ101 checkpoints")
    assert (comment.first, comment.last) == (2, 4)
    assert comment.covers(Position(3, 5, 3))
    assert not comment.covers(Position(3, 5, 2))


def test_notebooks_of_before_2015_are_read() -> None:
    cells = [{"cell_type": "code", "input": lines("import mlrun\n" + MAKE)}]

    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}, indent=1)

    (written,) = read_notebook(text).functions
    assert "new_function" in text.splitlines()[written.at(()).file_line - 1]


BROKEN = {
    '{"cells": [mlrun': (1, 12, "is not JSON"),
    '{"mlrun": 1}': (1, 1, "is not a notebook"),
    '["mlrun"]': (1, 1, "is not a notebook"),
    '{"cells": {"mlrun": 1}}': (1, 1, "is not a notebook"),
    '{"mlrun": ' + "[" * 100_000: (1, 1, "is nested deeper"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.items(), ids=range(len(BROKEN)))
def test_what_is_no_notebook_is_said(text: str, said: tuple[int, int, str]) -> None:
    (remark,) = read_notebook(text).broken

    assert (remark.position.line, remark.position.column) == said[:2]
    assert remark.text.startswith(said[2])


@pytest.mark.parametrize(
    "cell",
    [None, 1, "x", {}, {"cell_type": "code"}, {"cell_type": "code", "source": 1}, {"cell_type": "code", "source": [1]}],
)
def test_a_cell_of_the_wrong_type_is_passed_over(cell: Any) -> None:
    made = [{"cell_type": "code", "source": "import mlrun\n" + MAKE}]

    content = read_notebook(json.dumps({"cells": [cell, *made], "nbformat": 4}))

    assert content.functions[0].at(()).cell == 2
