"""Statements: goes through the code of a file, into the functions that it defines and calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.binding import import_from, import_modules, parameters, set_unknown
from igz_runtime.code.python.evaluator import Evaluator, Turn
from igz_runtime.code.python.failures import statement_failed
from igz_runtime.code.python.inert import does_nothing, ends_program, names_any
from igz_runtime.code.python.leaving import Broken, Continued, Left, Raised, Returned, Stopped
from igz_runtime.code.python.values import (
    UNKNOWN,
    Arguments,
    Frame,
    FunctionNode,
    Given,
    Host,
    LocalClass,
    LocalFunction,
    Value,
    place_of,
)
from igz_runtime.code.python.values_by_way import values

_DEEPEST: Final = 4
_LITTLE: Final = 4


class Runner(Evaluator):
    """Goes through statements.

    Args:
        host: supplies what is not Python's own.

    Attributes:
        defined: the functions of the file, as they were defined last, by identity of their nodes.
        entered: those whose bodies were gone through.
        worth: those whose ways are worth more than a few, by identity of their nodes.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.defined: dict[int, LocalFunction] = {}
        self.entered: set[int] = set()
        self.worth: set[int] = set()
        self._calls: tuple[tuple[Place, FunctionNode], ...] = ()

    def run_module(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Go through the statements of a module; one that cannot be followed does not stop the others."""
        frame.names.setdefault("__name__", "__main__")
        with suppress(Raised):
            for statement in body:
                with suppress(Returned, Broken, Continued):
                    self.run([statement], frame)

    def run(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        """Go through statements. What is not known when one begins to differ is joined when it ends."""
        for statement in body:
            run = _RUN.get(type(statement))
            if run is not None:
                self.state.explore(partial(self._run, run, statement, frame))

    def _run(self, run: Callable[[Any, Any, Frame], None], statement: ast.stmt, frame: Frame) -> None:
        self.state.spend(1)
        self.statement = statement
        try:
            run(self, statement, frame)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
            statement_failed(self, statement, frame, error)

    def enter(self, function: LocalFunction, arguments: Arguments) -> Any:
        """Go through the body of a function of the file; what it returns."""
        if len(self._calls) >= _DEEPEST or any(function.node is each for _, each in self._calls):
            self.host.hand_over(arguments)
            return UNKNOWN
        self.entered.add(id(function.node))
        statement, calls, share = self.statement, self._calls, self.state.share
        if id(function.node) not in self.worth:
            self.state.share = max(share // _LITTLE, 1)
        self._calls = (*calls, (arguments.place, function.node))
        frame = Frame(self._calls, function.frame)
        frame.names.update(parameters(self, function, arguments))
        try:
            value = self.state.explore(partial(self._returned, function.node.body, frame))
        finally:
            self._calls, self.statement, self.state.share = calls, statement, share
        if not any(isinstance(each, (LocalFunction, LocalClass)) for each in frame.names.values()):
            self.state.forget(frame.names)
        return value

    def _returned(self, body: Sequence[ast.stmt], frame: Frame) -> Any:
        doubt, value = self.state.doubt, None
        try:
            self.run(body, frame)
        except Returned as returned:
            value = returned.value
        except (Broken, Continued):
            return UNKNOWN
        return UNKNOWN if self.state.doubt > doubt else value

    def begin(self, function: LocalFunction) -> None:
        """Go through a function that nothing in the file calls; its parameters are what they are by default."""
        with suppress(Left):
            self.enter(function, Arguments(place_of(function.node), function.node.name))


def _if(runner: Runner, node: ast.If, frame: Frame) -> None:
    if does_nothing(node.body) and not node.orelse:
        # A check that ends the program says nothing of what the program does otherwise.
        if constants.truth(runner.settled(node.test, frame)) is True:
            runner.run(node.body, frame)
        return
    turned = runner.decide(node.test, frame)
    if turned is None:
        runner.state.blur([partial(runner.run, body, frame) for body in (node.body, node.orelse)])
    else:
        runner.run(node.body if turned else node.orelse, frame)


def _for(runner: Runner, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
    items, target = runner.each_item(node.iter, frame), Given(UNKNOWN, place_of(node.target))

    def take(item: Any = UNKNOWN) -> None:
        runner.assign(node.target, target._replace(value=item), frame)
        runner.state.explore(partial(_round, runner, node.body, frame))

    try:
        if items is None:
            _unknown_rounds(runner, node, frame, take)
        for item in items or ():
            take(item)
    except Broken:
        return
    runner.run(node.orelse, frame)


def _while(runner: Runner, node: ast.While, frame: Frame) -> None:
    def take() -> None:
        runner.settled(node.test, frame)
        runner.state.explore(partial(_round, runner, node.body, frame))

    if constants.truth(runner.settled(node.test, frame)) is not False:
        with suppress(Broken):
            _unknown_rounds(runner, node, frame, take)


def _unknown_rounds(runner: Runner, node: ast.stmt, frame: Frame, take: Callable[[], None]) -> None:
    """One round of a loop, and another where that changes what was there before it, which the other may read.

    Loops inside of another round have one: rounds must not multiply.
    """

    def take_another() -> None:
        again = f" in another round of {node.lineno}"
        if runner.state.decide((frame.call, again)):
            named = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
            runner.turn = Turn(again, frozenset(each.id for each in named if not isinstance(each.ctx, ast.Load)), frame)
            try:
                take()
            finally:
                runner.turn = None

    mark = runner.state.mark()
    take()
    if not runner.turn and runner.state.differs_since(mark):
        runner.state.explore(take_another)


def _round(runner: Runner, body: Sequence[ast.stmt], frame: Frame) -> None:
    with suppress(Continued):
        runner.run(body, frame)


def _try(runner: Runner, node: ast.Try, frame: Frame) -> None:
    expected = any(names_any(handler.type, runner.host.refusals) for handler in node.handlers)
    handlers = [each.body for each in node.handlers if not does_nothing(each.body)]
    succeeds: bool | None = True
    if handlers and not expected and not all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in node.body):
        succeeds = runner.state.decide((frame.call, f"try {node.lineno}"))
    try:
        if succeeds is False:
            runner.run(handlers[0], frame)
            return
        runner.expected += expected
        try:
            runner.run(node.body, frame)
        except Raised:
            runner.run(handlers[0] if handlers else [], frame)
        finally:
            runner.expected -= expected
        runner.run(node.orelse, frame)
    finally:
        runner.run(node.finalbody, frame)


def _with(runner: Runner, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
    expected = any(names_any(item.context_expr, runner.host.refusals) for item in node.items)
    for item in node.items:
        value = runner.value(item.context_expr, frame)
        if item.optional_vars is not None:
            given = Given(value if isinstance(value, Value) else UNKNOWN, place_of(item.context_expr))
            runner.assign(item.optional_vars, given, frame)
    runner.expected += expected
    try:
        runner.run(node.body, frame)
    finally:
        runner.expected -= expected


def _match(runner: Runner, node: ast.Match, frame: Frame) -> None:
    runner.value(node.subject, frame)
    for case in node.cases:
        turned = runner.state.decide((frame.call, f"{ast.unparse(node.subject)} is {ast.unparse(case.pattern)}"))
        set_unknown(runner, case.pattern, frame)
        if turned is not False:
            runner.run(case.body, frame)
            return


def _assign(runner: Runner, node: ast.Assign | ast.AnnAssign, frame: Frame) -> None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is None:
        return
    if isinstance(targets[0], ast.Name) and isinstance(node.value, ast.Call) and len(targets) == 1:
        # What a function returns on several ways is not asked for before it is used.
        runner.assign(targets[0], Given(runner.each_value(node.value, frame), place_of(node.value)), frame)
        return
    given = Given(runner.settled(node.value, frame), place_of(node.value), node.value)
    for target in targets:
        runner.assign(target, given, frame)


def _augmented(runner: Runner, node: ast.AugAssign, frame: Frame) -> None:
    value = constants.binary(node.op, runner.settled(node.target, frame), runner.settled(node.value, frame))
    runner.assign(node.target, Given(value, place_of(node.value)), frame)


def _expression(runner: Runner, node: ast.Expr | ast.Assert, frame: Frame) -> None:
    value = node.value if isinstance(node, ast.Expr) else node.test
    runner.each_value(value, frame)
    if ends_program(value):
        raise Raised


def _return(runner: Runner, node: ast.Return, frame: Frame) -> None:
    raise Returned(runner.each_value(node.value, frame) if node.value else None)


def _leave(_runner: Runner, node: ast.stmt, _frame: Frame) -> None:
    raise {ast.Raise: Raised, ast.Break: Broken, ast.Continue: Continued}[type(node)]


def _shared(_runner: Runner, node: ast.Global | ast.Nonlocal, frame: Frame) -> None:
    frame.shared.update(node.names)


def _function(runner: Runner, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
    function = runner.defined[id(node)] = LocalFunction(node, frame)
    runner.state.set(frame.names, node.name, function)


def _class(runner: Runner, node: ast.ClassDef, frame: Frame) -> None:
    inner = Frame((frame.call, place_of(node)), frame)
    runner.run(node.body, inner)
    cls = LocalClass(inner.names)
    for value in [each for held in inner.names.values() for each in values(held)]:
        if isinstance(value, LocalFunction) and value.frame is inner:
            value.frame, value.receiver = frame, cls  # methods do not see the names of their class
    runner.state.set(frame.names, node.name, cls)


_RUN: Final[dict[type[ast.stmt], Callable[[Any, Any, Frame], None]]] = {
    ast.If: _if,
    **dict.fromkeys((ast.For, ast.AsyncFor), _for),
    ast.While: _while,
    **dict.fromkeys((ast.Try, ast.TryStar), _try),
    **dict.fromkeys((ast.With, ast.AsyncWith), _with),
    ast.Match: _match,
    **dict.fromkeys((ast.Assign, ast.AnnAssign), _assign),
    ast.AugAssign: _augmented,
    **dict.fromkeys((ast.Expr, ast.Assert), _expression),
    ast.Return: _return,
    **dict.fromkeys((ast.Raise, ast.Break, ast.Continue), _leave),
    **dict.fromkeys((ast.Global, ast.Nonlocal), _shared),
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), _function),
    ast.ClassDef: _class,
    ast.Import: import_modules,
    ast.ImportFrom: import_from,
}
