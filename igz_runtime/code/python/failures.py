"""What a failure of our own costs: one expression or statement, which is said, and never the rest of the file."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.expressions import attribute
from igz_runtime.code.python.values import UNKNOWN, Frame, Value, place_of
from igz_runtime.messages import where_raised

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def expression_failed(of: Evaluator, node: ast.expr, frame: Frame, error: Exception) -> Any:
    """Say that an expression failed; what it gives is not known, nor what it has done by half."""
    say_failure(of, place_of(of.statement if isinstance(error, RecursionError) else node), error)
    if isinstance(node, ast.Call):
        _lose(of, node, _handed(node), frame)
    return UNKNOWN


def statement_failed(of: Evaluator, node: ast.stmt, frame: Frame, error: Exception) -> None:
    """Say that a statement failed: the names that it sets, and what it names, are not known after it."""
    say_failure(of, place_of(node), error)
    named = [each for each in ast.walk(node) if isinstance(each, (ast.Name, ast.Attribute))]
    _lose(of, node, ((each, True) for each in named), frame)
    names = [each.id for each in named if isinstance(each, ast.Name) and _is_set(each)]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        names.append(node.name)
    for name in names:
        of.state.set(frame.names, name, UNKNOWN)


def say_failure(of: Evaluator, place: Place, error: Exception) -> None:
    """Note a failure down: what is nested too deep is a limit, and everything else a defect of ours."""
    if isinstance(error, RecursionError):
        of.host.note(place, "is nested deeper than lint follows code")
        return
    if os.environ.get("IGZ_RUNTIME_TRACEBACK"):
        raise error
    said = f"igz-runtime itself failed here ({where_raised(error)}), and does not know what this does; report this"
    of.host.fail(place, said)


def _lose(of: Evaluator, node: ast.expr | ast.stmt, parts: Iterable[tuple[ast.expr, bool]], frame: Frame) -> None:
    begins = place_of(node)
    for part, whole in parts:
        value = _looked_up(of, part, frame)
        if isinstance(value, Value):
            value.lose(begins, whole=whole)
    of.host.lose_made(begins, (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset))


def _handed(node: ast.Call) -> Iterator[tuple[ast.expr, bool]]:
    """What a call can change, and whether a field is changed as well as what it is a part of.

    A method changes what it is called on. An argument `fn.spec.image` is only read, and `fn` or `fn.spec` is not.
    """
    if isinstance(node.func, ast.Attribute):
        yield node.func.value, True
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        items = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
        yield from ((item, False) for item in items)


def _looked_up(of: Evaluator, node: ast.expr, frame: Frame) -> Any:
    """What a name or an attribute stands for, without evaluating: that is what has failed."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    holder = frame.holder(node.id) if isinstance(node, ast.Name) else None
    value = of.state.resolve(holder.names[node.id]) if holder and isinstance(node, ast.Name) else UNKNOWN
    for name in reversed(names):
        value = of.state.resolve(attribute(of, value, name))
    return value


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, (ast.Store, ast.Del))
