"""Statements that nothing of a function's settings can depend on, and those that end the program."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Final

_LOGGERS: Final = frozenset({"print", "logging", "logger", "log", "LOG", "LOGGER", "warnings", "display"})
_EXITS: Final = frozenset({"exit", "quit", "sys.exit", "os._exit", "os.abort"})


def does_nothing(body: Sequence[ast.stmt]) -> bool:
    """Whether statements only print or raise, or do nothing at all."""
    return all(isinstance(each, (ast.Pass, ast.Raise)) or _is_inert(each) for each in body)


def ends_program(node: ast.expr) -> bool:
    """Whether an expression is a call that ends the program."""
    return isinstance(node, ast.Call) and written_name(node.func) in _EXITS


def names_any(node: ast.expr | None, names: frozenset[str]) -> bool:
    """Whether an `except` clause, or `pytest.raises(…)`, names one of several exceptions."""
    parts = ast.walk(node) if node is not None else ()
    return any({getattr(part, "id", ""), getattr(part, "attr", "")} & names for part in parts)


def written_name(node: ast.expr) -> str:
    """A name, and the attributes of it, as they are written; `…` for anything else that stands before a point."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "…", *reversed(names)])


def _is_inert(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call):
        return written_name(value.func).partition(".")[0] in _LOGGERS or ends_program(value)
    return isinstance(value, ast.Constant)
