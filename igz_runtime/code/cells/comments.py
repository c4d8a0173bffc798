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
_BODIES: Final = (ast.stmt, ast.excepthandler, ast.match_case)
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
