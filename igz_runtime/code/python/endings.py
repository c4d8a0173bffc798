"""What ends before its end: a body, a function, a way, the reading of a file; and what a failure of our own ends.

That costs one expression or statement, which is said, and never the rest of the file.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Frame, place_of
from igz_runtime.messages import where_raised

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


class Stopped(Exception):
    """What is gone through ends here, as it should: no failure of ours."""


class Exhausted(Stopped):
    """A file asks for more work than any file that people write."""


class Left(Stopped):
    """The rest of a body is not gone through; a function returns a value."""

    def __init__(self, value: Any = None) -> None:
        super().__init__()
        self.value = value


class Raised(Left):
    """The code raises. What it does otherwise counts: a way that raises is passed over where another does not."""


class Returned(Left):
    """A function returns."""


class Broken(Left):
    """`break`."""


class Continued(Left):
    """`continue`."""


def expression_failed(of: Evaluator, node: ast.expr, frame: Frame, error: Exception) -> Any:
    """Say that an expression failed; what it gives is not known, nor what it has done by half."""
    say_failure(of, place_of(of.statement if isinstance(error, RecursionError) else node), error)
    if isinstance(node, ast.Call):
        # A method changes what it is called on. An argument `fn.spec.image` is only read, and `fn` is not.
        root = node.func
        while isinstance(root, ast.Attribute):
            root = root.value
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        _lose(of, node, [root, *(item for each in arguments for item in getattr(each, "elts", [each]))], frame)
    return UNKNOWN


def statement_failed(of: Evaluator, node: ast.stmt, frame: Frame, error: Exception) -> None:
    """Say that a statement failed: the names that it sets, and what it names, are not known after it."""
    say_failure(of, place_of(node), error)
    named = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    _lose(of, node, named, frame)
    for name in (*(each.id for each in named if not isinstance(each.ctx, ast.Load)), getattr(node, "name", "")):
        of.state.set(frame.names, name, UNKNOWN)


def say_failure(of: Evaluator, place: Place, error: Exception) -> None:
    """Note a failure down: what is nested too deep is a limit, and everything else a defect of ours."""
    if os.environ.get("IGZ_RUNTIME_TRACEBACK") and not isinstance(error, RecursionError):
        raise error
    said = f"igz-runtime itself failed here ({where_raised(error)}), and does not know what this does; report this"
    deep = isinstance(error, RecursionError)
    of.host.note(place, "is nested deeper than lint follows code" if deep else said, defect=not deep)


def _lose(of: Evaluator, node: ast.expr | ast.stmt, parts: Iterable[ast.expr], frame: Frame) -> None:
    """Know no longer what names stand for, nor what the code made meanwhile."""
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    values = [of.state.resolve(holder.names[name]) for name in names for holder in [frame.holder(name)] if holder]
    of.host.lose(values, place_of(node), (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset))
