"""Statements: goes through the code of a file, into the functions that it defines and calls."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.binding import assign, import_from, import_modules, parameters, set_unknown
from igz_runtime.code.python.endings import Broken, Continued, Left, Raised, Returned, Stopped, statement_failed
from igz_runtime.code.python.evaluator import Evaluator, Turn
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
    written_name,
)
from igz_runtime.code.python.ways import values

_DEEPEST: Final = 4
_LITTLE: Final = 4
_LOGGERS: Final = frozenset({"print", "logging", "logger", "log", "LOG", "LOGGER", "warnings", "display"})
_EXITS: Final = frozenset({"exit", "quit", "sys.exit", "os._exit", "os.abort"})
Loop = ast.For | ast.AsyncFor | ast.While


class Runner(Evaluator):
    """Goes through statements.

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
            if not isinstance(statement, ast.Pass):
                self.state.explore(partial(self._run, statement, frame))

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
            return self.state.explore(partial(self._returned, function.node.body, frame))
        finally:
            self._calls, self.statement, self.state.share = calls, statement, share

    def begin(self, function: LocalFunction) -> None:
        """Go through a function that nothing in the file calls; its parameters are what they are by default."""
        with suppress(Left):
            self.enter(function, Arguments(place_of(function.node), function.node.name))

    def _returned(self, body: Sequence[ast.stmt], frame: Frame) -> Any:
        doubt, value = self.state.doubt, None
        try:
            self.run(body, frame)
        except Returned as returned:
            value = returned.value
        except (Broken, Continued):
            return UNKNOWN
        return UNKNOWN if self.state.doubt > doubt else value

    def _run(self, statement: ast.stmt, frame: Frame) -> None:
        self.state.spend(1)
        self.statement = statement
        try:
            self._follow(statement, frame)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
            statement_failed(self, statement, frame, error)

    def _follow(self, node: ast.stmt, frame: Frame) -> None:  # noqa: C901, PLR0912  (one case for each kind)
        match node:
            case ast.Expr(value) | ast.Assert(value):
                self.each_value(value, frame)
                if _ends_program(value):
                    raise Raised
            case ast.Assign([ast.Name() as target], ast.Call() as value):
                # What a function returns on several ways is not asked for before it is used.
                assign(self, target, Given(self.each_value(value, frame), place_of(value)), frame)
            case ast.Assign(targets, value):
                given = Given(self.settled(value, frame), place_of(value), value)
                for each in targets:
                    assign(self, each, given, frame)
            case ast.AnnAssign(target, _, ast.expr() as value):
                self._follow(ast.Assign([target], value), frame)
            case ast.AugAssign(target, op, value):
                result = constants.binary(op, self.settled(target, frame), self.settled(value, frame))
                assign(self, target, Given(result, place_of(value)), frame)
            case ast.If():
                self._if(node, frame)
            case ast.For() | ast.AsyncFor() | ast.While():
                self._loop(node, frame)
            case ast.Try() | ast.TryStar():
                self._try(node, frame)
            case ast.With() | ast.AsyncWith():
                self._with(node, frame)
            case ast.Match():
                self._match(node, frame)
            case ast.Return(value):
                raise Returned(self.each_value(value, frame) if value else None)
            case ast.Raise():
                raise Raised
            case ast.Break():
                raise Broken
            case ast.Continue():
                raise Continued
            case ast.Global(names) | ast.Nonlocal(names):
                frame.shared.update(names)
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name):
                function = self.defined[id(node)] = LocalFunction(node, frame)
                self.state.set(frame.names, name, function)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Import():
                import_modules(self, node, frame)
            case ast.ImportFrom():
                import_from(self, node, frame)

    def _if(self, node: ast.If, frame: Frame) -> None:
        if _does_nothing(node.body) and not node.orelse:
            # A check that ends the program says nothing of what the program does otherwise.
            if constants.truth(self.settled(node.test, frame)) is True:
                self.run(node.body, frame)
            return
        turned = self.decide(node.test, frame)
        if turned is None:
            self.state.blur([partial(self.run, body, frame) for body in (node.body, node.orelse)])
        else:
            self.run(node.body if turned else node.orelse, frame)

    def _loop(self, node: Loop, frame: Frame) -> None:
        def take(item: Any = UNKNOWN) -> None:
            if isinstance(node, ast.While):
                self.settled(node.test, frame)
            else:
                assign(self, node.target, Given(item, place_of(node.target)), frame)
            self.state.explore(partial(self._round, node.body, frame))

        if not isinstance(node, ast.While):
            items = self.each_item(node.iter, frame)
        else:
            items = [] if constants.truth(self.settled(node.test, frame)) is False else None
        try:
            if items is None:
                self._unknown_rounds(node, frame, take)
            for item in items or ():
                take(item)
        except Broken:
            return
        self.run(node.orelse, frame)

    def _round(self, body: Sequence[ast.stmt], frame: Frame) -> None:
        with suppress(Continued):
            self.run(body, frame)

    def _unknown_rounds(self, node: Loop, frame: Frame, take: Callable[[], None]) -> None:
        """One round of a loop, and another where that changes what was there before it, which the other may read.

        Loops inside of another round have one: rounds must not multiply.
        """

        def take_another() -> None:
            again = f" in another round of {node.lineno}"
            if self.state.decide((frame.call, again)):
                named = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
                names = frozenset(each.id for each in named if not isinstance(each.ctx, ast.Load))
                self.turn = Turn(again, names, frame)
                try:
                    take()
                finally:
                    self.turn = None

        mark = self.state.mark()
        take()
        if not self.turn and self.state.differs_since(mark):
            self.state.explore(take_another)

    def _try(self, node: ast.Try | ast.TryStar, frame: Frame) -> None:
        expected = self._names_refusal(*(handler.type for handler in node.handlers))
        handlers = [each.body for each in node.handlers if not _does_nothing(each.body)]
        succeeds: bool | None = True
        if handlers and not expected and not all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in node.body):
            succeeds = self.state.decide((frame.call, f"try {node.lineno}"))
        try:
            if succeeds is False:
                self.run(handlers[0], frame)
                return
            try:
                with self._expecting(refusal=expected):
                    self.run(node.body, frame)
            except Raised:
                self.run(handlers[0] if handlers else [], frame)
            self.run(node.orelse, frame)
        finally:
            self.run(node.finalbody, frame)

    def _with(self, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
        for item in node.items:
            value = self.value(item.context_expr, frame)
            if item.optional_vars is not None:
                given = Given(value if isinstance(value, Value) else UNKNOWN, place_of(item.context_expr))
                assign(self, item.optional_vars, given, frame)
        with self._expecting(refusal=self._names_refusal(*(item.context_expr for item in node.items))):
            self.run(node.body, frame)

    def _names_refusal(self, *clauses: ast.expr | None) -> bool:
        """Whether `except` clauses, or `pytest.raises(…)`, name what refuses a call."""
        parts = [part for clause in clauses if clause for part in ast.walk(clause)]
        return any({getattr(part, "id", ""), getattr(part, "attr", "")} & self.host.refusals for part in parts)

    @contextmanager
    def _expecting(self, *, refusal: bool) -> Iterator[None]:
        self.expected += refusal
        try:
            yield
        finally:
            self.expected -= refusal

    def _match(self, node: ast.Match, frame: Frame) -> None:
        self.value(node.subject, frame)
        for case in node.cases:
            turned = self.state.decide((frame.call, f"{ast.unparse(node.subject)} is {ast.unparse(case.pattern)}"))
            set_unknown(self, case.pattern, frame)
            if turned is not False:
                self.run(case.body, frame)
                return

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        inner = Frame((frame.call, place_of(node)), frame)
        self.run(node.body, inner)
        cls = LocalClass(inner.names)
        for value in [each for held in inner.names.values() for each in values(held)]:
            if isinstance(value, LocalFunction) and value.frame is inner:
                value.frame, value.receiver = frame, cls  # methods do not see the names of their class
        self.state.set(frame.names, node.name, cls)


def _does_nothing(body: Sequence[ast.stmt]) -> bool:
    """Whether statements only print, raise or end the program, or do nothing at all."""
    return all(isinstance(each, (ast.Pass, ast.Raise)) or _is_inert(each) for each in body)


def _is_inert(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(value, ast.Call):
        return written_name(value.func).partition(".")[0] in _LOGGERS or _ends_program(value)
    return isinstance(value, ast.Constant)


def _ends_program(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and written_name(node.func) in _EXITS
