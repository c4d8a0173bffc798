"""What the cells of a notebook tell a shell, and the files that they write themselves to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from igz_runtime.code.cells.source import Cell, parsed
from igz_runtime.text.place import Remark


class ShellText(NamedTuple):
    """Text of a cell for a shell.

    Attributes:
        text: the commands.
        line: the line of the cell on which they begin, from 1.
        column: the column at which their first line begins, from 1.
    """

    text: str
    line: int
    column: int


def shell_texts(cell: Cell) -> Iterator[ShellText]:
    """What a cell tells a shell: `!command`, `%conda install …`, all of a cell that begins with `%%bash`."""
    if _CELL_MAGIC.match(cell.text):
        found = _SHELL_CELL.match(cell.text)
        if found:
            yield _behind(found, cell)
            return
        if not _PYTHON_CELL.match(cell.text):
            return
    elif not _MARKS.search(cell.text) or not isinstance(parsed(cell), Remark):
        return  # a line that only looks like a command is in a text
    lines = cell.text.split("\n")
    number = 0
    while number < len(lines):
        began, line = number, lines[number].lstrip()
        found = _SHELL_LINE.match(line)
        while found and lines[number].rstrip().endswith("\\") and number + 1 < len(lines):
            number += 1
        number += 1
        if found:
            place = len(lines[began]) - len(line) + (found.start("magic") if found["magic"] else found.end())
            yield ShellText("\n".join((lines[began][place:], *lines[began + 1 : number])), began + 1, place + 1)


def written_file(cell: Cell) -> tuple[str, ShellText] | None:
    """The path that a cell writes itself to, and what; None where it does not begin with `%%writefile`."""
    found = _FILE_CELL.match(cell.text)
    return (found["path"].strip("'\""), _behind(found, cell)) if found else None


def _behind(found: re.Match[str], cell: Cell) -> ShellText:
    return ShellText(cell.text[found.end() :], cell.text.count("\n", 0, found.end()) + 1, 1)


_MARKS: Final = re.compile("[!%]")
_CELL_MAGIC: Final = re.compile(r"\s*%%")
_SHELL_CELL: Final = re.compile(r"\s*%%(?:(?:bash|sh|sx|system|script\s+(?:/\S+/)?(?:ba)?sh)\b|!)[^\n]*(?:\n|$)")
_PYTHON_CELL: Final = re.compile(r"\s*%%(?:time|timeit|capture)\b")
_FILE_CELL: Final = re.compile(r"\s*%%(?:writefile|file)\s+(?:-a\s+)?(?P<path>\S+)[^\n]*(?:\n|$)")
_SHELL_LINE: Final = re.compile(
    r"(?:[\w, ]+=\s*)?(?:!{1,2}\s*|%(?:sx|system)\s+|%(?P<magic>conda|mamba|micromamba)\s)", re.ASCII
)
