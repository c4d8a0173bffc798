"""What may end before its end and go on elsewhere: `try`, `with`; and branches that do nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from igz_runtime.code.python.binding import assign
from igz_runtime.code.python.classes import Instance
from igz_runtime.code.python.endings import Raised
from igz_runtime.code.python.values import UNKNOWN, Frame, Given, Value, place_of, written_name

if TYPE_CHECKING:
    from igz_runtime.code.python.statements import Runner

_LOGGERS: Final = frozenset({"print", "logging", "logger", "log", "LOG", "LOGGER", "warnings", "display"})
_EXITS: Final = frozenset({"exit", "quit", "sys.exit", "os._exit", "os.abort"})


def attempt(of: Runner, node: ast.Try | ast.TryStar, frame: Frame) -> None:
    """Go through `try`, and through each of its handlers on a way of its own."""
    expected = _names_refusal(of, *(handler.type for handler in node.handlers))
    handlers = [each.body for each in node.handlers if not does_nothing(each.body, of.host.words)]
    try:
        if handlers and not expected and not all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in node.body):
            for handler in handlers:
                where = f"try {node.lineno} {handler[0].lineno}"
                if of.state.decide((frame.call, where)) is False:
                    _begin(of, node.body, f"{where} begins", frame)
                    of.run(handler, frame)
                    return
        try:
            with _expecting(of, refusal=expected):
                if handlers or not _goes_on(node.handlers):
                    of.run(node.body, frame)
                else:
                    _begin(of, node.body, f"try {node.lineno}", frame, ends=True)
        except Raised:
            of.run(handlers[0] if handlers else [], frame)
        of.run(node.orelse, frame)
    finally:
        of.run(node.finalbody, frame)


def _begin(of: Runner, body: Sequence[ast.stmt], where: str, frame: Frame, *, ends: bool = False) -> None:
    """Go through statements of which any may raise; `ends`: unless one does, all of them.

    Where one has done something that matters, it matters whether the next was reached.
    """
    if not ends and (len(body) == 1 or of.state.decide((frame.call, where)) is not False):
        return
    for statement in body:
        acts = of.host.acts
        of.run([statement], frame)
        if of.host.acts > acts and statement is not body[-1]:
            turned = of.state.decide((frame.call, f"{where}: {statement.lineno}"))
            if turned is False if ends else turned is not False:
                return


def _uses(statement: ast.stmt, words: frozenset[str]) -> bool:
    return any(isinstance(each, ast.Attribute) and f".{each.attr}" in words for each in ast.walk(statement))


def _goes_on(handlers: list[ast.ExceptHandler]) -> bool:
    """Whether the code goes on after an exception, as if nothing had happened."""
    return any(not isinstance(each.body[-1], ast.Raise) and not _ends(each.body[-1]) for each in handlers)


def _ends(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and ends_program(statement.value)


def enter_contexts(of: Runner, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    """Go through `with`: its contexts may swallow what is raised."""
    contexts = []
    for item in node.items:
        value = of.value(item.context_expr, frame)
        contexts.append(value)
        if isinstance(value, Instance):
            value = value.special(of, "__enter__")
        elif isinstance(value, list):
            value = value[0] if value else UNKNOWN  # what a generator has given
        if item.optional_vars is not None:
            given = Given(value if isinstance(value, Value) else UNKNOWN, place_of(item.context_expr))
            assign(of, item.optional_vars, given, frame)
    swallows = any(written_name(each.context_expr).endswith("suppress") for each in node.items)
    try:
        with _expecting(of, refusal=_names_refusal(of, *(item.context_expr for item in node.items))):
            _begin(of, node.body, f"with {node.lineno}", frame, ends=True) if swallows else of.run(node.body, frame)
    except Raised:
        pass
    for context in contexts:
        if isinstance(context, Instance):
            context.special(of, "__exit__", None, None, None)


def _names_refusal(of: Runner, *clauses: ast.expr | None) -> bool:
    """Whether `except` clauses, or `pytest.raises(…)`, name what refuses a call."""
    parts = [part for clause in clauses if clause for part in ast.walk(clause)]
    return any({getattr(part, "id", ""), getattr(part, "attr", "")} & of.host.refusals for part in parts)


@contextmanager
def _expecting(of: Runner, *, refusal: bool) -> Iterator[None]:
    of.expected += refusal
    try:
        yield
    finally:
        of.expected -= refusal


def does_nothing(body: Sequence[ast.stmt], words: frozenset[str]) -> bool:
    """Whether statements only print, raise or end the program, or do nothing at all."""
    return all(isinstance(each, ast.Pass) or (_is_inert(each) and not _uses(each, words)) for each in body)


def _is_inert(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return True
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call):
        return written_name(value.func).partition(".")[0] in _LOGGERS or ends_program(value)
    return isinstance(value, ast.Constant)


def ends_program(node: ast.expr) -> bool:
    """Whether a call ends the program."""
    return isinstance(node, ast.Call) and written_name(node.func) in _EXITS
