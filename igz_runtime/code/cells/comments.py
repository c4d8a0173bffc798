"""Comments for igz-runtime in code, and the statements that they belong to."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from typing import Final, NamedTuple

from igz_runtime.code.cells.source import Parsed, Source
from igz_runtime.text.place import Comment

_MARK: Final = "igz-runtime:"
_COMMENT: Final = re.compile(r"#\s*igz-runtime:\s*(.*)", re.DOTALL)


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
    waiting: list[ast.AST] = list(parsed.body)
    while waiting:
        node = waiting.pop()
        inner: list[ast.AST] = []
        if isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case)):
            inner = [each for each in ast.iter_child_nodes(node) if isinstance(each, _BODIES)]
            waiting += inner
        if isinstance(node, ast.stmt):
            first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
            last = node.end_lineno or node.lineno
            head = written = last
            if inner:
                head = max(min(map(_first_line, inner)) - 1, node.lineno)
                written = max([node.lineno, *_ends(node)])
            yield _Span(*(line - parsed.before for line in (first, last, head, min(written, head))))


_BODIES: Final = (ast.stmt, ast.excepthandler, ast.match_case)


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else getattr(node, "lineno", 1)


def _ends(node: ast.stmt) -> Iterator[int]:
    """The last lines of the expressions of a statement's head."""
    for part in ast.iter_child_nodes(node):
        if not isinstance(part, _BODIES):
            yield from (getattr(each, "end_lineno", None) or 0 for each in ast.walk(part))


def _span(spans: list[_Span], line: int, *, alone: bool) -> tuple[int, int]:
    """The lines of the statement that a comment stands beside, inside of, or above."""
    around = [each for each in spans if each.first <= line <= (each.written if alone else each.head)]
    inside = [each for each in around if not alone or each.first < line]
    found = inside[-1] if inside else next((each for each in spans if each.first > line), None)
    return (found.first, found.last) if found else (line, line)
