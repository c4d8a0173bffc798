"""The text of a file of code, parsed, and where a place of its syntax tree is in the file."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Final, NamedTuple

from igz_runtime.text.place import Position, Remark

_LARGEST: Final = 2 * 2**20
_LONGEST_SAID: Final = 120


class Cell(NamedTuple):
    """A piece of code that is parsed by itself. A notebook's has a number, and its lines have others in the file."""

    text: str
    number: int = 0
    file_lines: tuple[int, ...] = ()


class Parsed(NamedTuple):
    """A cell and its statements, whose lines are counted through all cells, beginning after `before`."""

    cell: Cell
    before: int
    body: list[ast.stmt]


class Source:
    """The code of a file, in its cells, in the order in which they share their names."""

    def __init__(self, cells: list[Cell]) -> None:
        self.parsed: list[Parsed] = []
        self.broken: list[Remark] = []
        self._lines: list[tuple[str, Cell, int]] = []
        for cell in cells:
            self._add(cell)

    def position(self, place: Place) -> Position:
        """Where a place of the syntax tree is in the file."""
        text, cell, line = self._lines[place[0] - 1]
        return _in_cell(cell, line, _characters(text, place[1]) + 1)

    def _add(self, cell: Cell) -> None:
        before = len(self._lines)
        # Only what Python itself takes for the end of a line: a form feed ends none.
        lines = cell.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._lines += [(text, cell, number) for number, text in enumerate(lines, start=1)]
        tree = parsed(cell)
        if isinstance(tree, Remark):
            self.broken.append(tree)
            return
        if before:
            ast.increment_lineno(tree, before)
        self.parsed.append(Parsed(cell, before, tree.body))


def parsed(cell: Cell) -> ast.Module | Remark:
    """The syntax tree of a cell, or what is wrong with it."""
    if len(cell.text) > _LARGEST:
        return Remark(_in_cell(cell, 1, 1), f"is larger than {_LARGEST // 2**20} MiB, which no code for lint is")
    try:
        with warnings.catch_warnings():
            # An invalid escape does not concern lint.
            warnings.simplefilter("ignore")
            return ast.parse(cell.text)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        return Remark(_in_cell(cell, line, column), f"is not Python: {_said(error)}")
    except (RecursionError, MemoryError):
        return Remark(_in_cell(cell, 1, 1), "is nested deeper than can be read")
    except ValueError:
        return Remark(_in_cell(cell, 1, 1), "is not Python: it holds a character that code cannot hold")


def _in_cell(cell: Cell, line: int, column: int) -> Position:
    if not cell.number:
        return Position(line, column)
    file_lines = cell.file_lines or (1,)
    return Position(line, column, cell.number, file_lines[min(line, len(file_lines)) - 1])


def _characters(line: str, column: int) -> int:
    """How many characters a number of UTF-8 bytes at the beginning of a line are."""
    if line.isascii():
        return column
    return len(line.encode(errors="surrogatepass")[:column].decode(errors="replace"))


def _said(error: SyntaxError) -> str:
    """Python's message, without what it quotes of the file."""
    said = re.sub(r"'[^']{4,}'", "'…'", error.msg or "invalid syntax")
    return said.partition(": value has")[0][:_LONGEST_SAID]


Place = tuple[int, int]
"""A line, counted from 1 through all cells, and a column in bytes, counted from 0: as Python's syntax tree has them."""
