"""Statements that nothing of a function's settings can depend on."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

_LOGGERS: Final = frozenset({"print", "logging", "logger", "log", "LOG", "LOGGER", "warnings", "display"})
_EXITS: Final = frozenset({"exit", "quit", "abort", "_exit"})


def does_nothing(body: Sequence[ast.stmt]) -> bool:
    """Whether statements only print, or do nothing at all."""
    return all(_is_inert(statement) for statement in body)


def is_dead_end(body: Sequence[ast.stmt]) -> bool:
    """Whether statements end the program or raise, and do nothing before."""
    if not body:
        return False
    *before, last = body
    ends = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and _name(last.value.func) in _EXITS
    )
    return ends and does_nothing(before)


def only_imports(body: Sequence[ast.stmt]) -> bool:
    """Whether statements do nothing but import."""
    return all(isinstance(statement, (ast.Import, ast.ImportFrom)) for statement in body)


def names_any(node: ast.expr | None, names: frozenset[str]) -> bool:
    """Whether an `except` clause, or `pytest.raises(…)`, names one of several exceptions."""
    return node is not None and any(
        (isinstance(part, ast.Name) and part.id in names) or (isinstance(part, ast.Attribute) and part.attr in names)
        for part in ast.walk(node)
    )


def _is_inert(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _root(value.func) in _LOGGERS)


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
