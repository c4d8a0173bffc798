"""The text of a file of code, parsed: its comments for igz-runtime, and where a place of its syntax tree is."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from typing import Final, NamedTuple

from igz_runtime.text.limits import LARGEST_CODE
from igz_runtime.text.place import Comment, Position, Remark

_TOO_LARGE: Final = f"is larger than {LARGEST_CODE // 2**20} MiB, which no code for lint is"
_LONGEST_SAID: Final = 120
_MARK: Final = "igz-runtime:"
_BODIES: Final = (ast.stmt, ast.excepthandler, ast.match_case)
_COMMENT: Final = re.compile(r"#\s*igz-runtime:\s*(.*)", re.DOTALL)


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
        self._size = 0
        for cell in cells:
            self._add(cell)

    def position(self, place: Place) -> Position:
        """Where a place of the syntax tree is in the file."""
        text, cell, line = self._lines[place[0] - 1]
        return in_cell(cell, line, _characters(text, place[1]) + 1)

    def _add(self, cell: Cell) -> None:
        self._size += len(cell.text)
        if self._size > LARGEST_CODE:
            self.broken.append(Remark(in_cell(cell, 1, 1), _TOO_LARGE))
            return
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
    if len(cell.text) > LARGEST_CODE:
        return Remark(in_cell(cell, 1, 1), _TOO_LARGE)
    try:
        with warnings.catch_warnings():
            # An invalid escape does not concern lint.
            warnings.simplefilter("ignore")
            return ast.parse(cell.text)
    except SyntaxError as error:
        line, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
        return Remark(in_cell(cell, line, column), f"is not Python: {_said(error)}")
    except (RecursionError, MemoryError):
        return Remark(in_cell(cell, 1, 1), "is nested deeper than can be read")
    except ValueError:
        return Remark(in_cell(cell, 1, 1), "is not Python: it holds a character that code cannot hold")


def in_cell(cell: Cell, line: int, column: int) -> Position:
    """Where a line and a column of a cell are in the file."""
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


def comments_of(source: Source) -> Iterator[Comment]:
    """The comments that begin with `igz-runtime:`, each with the lines of its statement."""
    for parsed in source.parsed:
        if _MARK in parsed.cell.text:
            spans = sorted(_spans(parsed))
            for line, column, text, alone in _written(parsed.cell.text):
                first, last = _span(spans, line, alone=alone)
                # A token's column is in characters, and a place's in bytes.
                position = source.position((line + parsed.before, 0))._replace(column=column + 1)
                yield Comment(position, text, first, last)


def _written(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Line, column and text of each such comment, and whether it has a line to itself."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            found = _COMMENT.match(token.string) if token.type == tokenize.COMMENT else None
            if found:
                line, column = token.start
                yield line, column, found[1].strip(), not token.line[:column].strip()
    except (tokenize.TokenError, SyntaxError):
        return


class _Span(NamedTuple):
    """The lines of a statement, counted within the cell, from its decorators on."""

    first: int
    last: int
    head: int
    """The last line before its body."""
    written: int
    """The last line of its head that holds an expression."""


def _spans(parsed: Parsed) -> Iterator[_Span]:
    for node in (node for each in parsed.body for node in ast.walk(each) if isinstance(node, ast.stmt)):
        parts = [*ast.iter_child_nodes(node)]
        bodies = [each for each in parts if isinstance(each, _BODIES)]
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        last = head = written = node.end_lineno or node.lineno
        if bodies:
            begins = [each.pattern.lineno if isinstance(each, ast.match_case) else each.lineno for each in bodies]
            expressions = [inner for each in parts if not isinstance(each, _BODIES) for inner in ast.walk(each)]
            head = max(min(begins) - 1, node.lineno)
            written = max([node.lineno, *(getattr(each, "end_lineno", None) or 0 for each in expressions)])
        yield _Span(*(line - parsed.before for line in (first, last, head, min(written, head))))


def _span(spans: list[_Span], line: int, *, alone: bool) -> tuple[int, int]:
    """The lines of the statement that a comment stands beside, inside of, or above."""
    around = [each for each in spans if each.first <= line <= (each.written if alone else each.head)]
    inside = [each for each in around if not alone or each.first < line]
    found = inside[-1] if inside else next((each for each in spans if each.first > line), None)
    return (found.first, found.last) if found else (line, line)


Place = tuple[int, int]
"""A line, counted from 1 through all cells, and a column in bytes, counted from 0: as Python's syntax tree has them."""
