"""Statements: goes through the code of a file, into the functions that it defines and calls."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.attempts import attempt, does_nothing, ends_program, enter_contexts
from igz_runtime.code.python.binding import assign, delete, import_from, import_modules, parameters, set_unknown
from igz_runtime.code.python.calls import Method, Partial
from igz_runtime.code.python.classes import Above, FunctionNode, Instance, LocalClass, LocalFunction
from igz_runtime.code.python.endings import Broken, Continued, Left, Raised, Returned, Stopped, statement_failed
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.rounds import loop
from igz_runtime.code.python.values import UNKNOWN, Arguments, Frame, Given, Host, place_of, written_name
from igz_runtime.code.python.ways import values

_DEEPEST: Final = 4
_DEEPEST_AGAIN: Final = 8
_LITTLE: Final = 4


class Runner(Evaluator):
    """Goes through statements.

    Attributes:
        defined: the functions of the file, as they were defined last, by identity of their nodes.
        entered: those whose bodies were gone through.
        worth: those whose ways are worth more than a few, and of which it is said where they are not gone through, by
            identity of their nodes.
    """

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.defined: dict[int, LocalFunction] = {}
        self.entered: set[int] = set()
        self.worth: set[int] = set()
        self._calls: tuple[tuple[Place, FunctionNode], ...] = ()
        self._handed: set[FunctionNode] = set()
        self._outside = False
        self._frame = Frame((), None)

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
        outside, self._outside = self._outside, False
        around = {node for _, node in self._calls}
        again = function.node in around
        deep = len(self._calls) >= _DEEPEST_AGAIN or (not again and len(around) >= _DEEPEST)
        if deep or (again and outside):
            self._refuse(function, arguments)
            return UNKNOWN
        self.entered.add(id(function.node))
        before = self.statement, self._frame, self._calls
        calls, share = self._calls, self.state.share
        if id(function.node) not in self.worth:
            self.state.share = max(share // _LITTLE, 1)
        self._calls = (*calls, (arguments.place, function.node))
        frame = Frame(self._calls, function.frame)
        frame.names.update(parameters(self, function, arguments))
        if outside:
            frame.given.update(name for name, value in frame.names.items() if value is UNKNOWN)
        if function.of_class is not None and function.receiver is not None:
            frame.names["super"] = Above(function.receiver, function.of_class)
        try:
            return self.state.explore(partial(self._returned, function.body, frame))
        finally:
            (self.statement, self._frame, self._calls), self.state.share = before, share

    def _refuse(self, function: LocalFunction, arguments: Arguments) -> None:
        """Leave a body out that too many others are around."""
        self.host.hand_over(arguments)
        node, caller = id(function.node), id(self._calls[-1][1]) if self._calls else 0
        if node in self.worth and (node in self.entered or caller in self.worth):
            self.host.note(place_of(function.node), f"{function.name}(): its calls are nested deeper than lint follows")

    def call_handed(self, arguments: Arguments) -> None:
        """Go through the functions of the file that code which is not followed has, and may call."""
        for given in arguments:
            function = given.value
            if isinstance(function, LocalFunction) and function.node not in self._handed:
                self._handed.add(function.node)
                entered = set(self.entered)
                self.begin(function)
                self.entered = entered

    def begin(self, function: LocalFunction) -> None:
        """Go through a function that nothing in the file calls; its parameters are what they are by default."""
        self._outside = True
        with suppress(Left):
            self.enter(function, Arguments(place_of(function.node), function.name))

    def execute(self, tree: ast.Module) -> Any:
        """Go through code that stands in a text, in the names of where it is called; what its last expression gives."""
        value: Any = None
        for statement in tree.body:
            if isinstance(statement, ast.Expr):
                value = self.value(statement.value, self._frame)
            else:
                self.run([statement], self._frame)
        return value

    def _returned(self, body: Sequence[ast.stmt], frame: Frame) -> Any:
        doubt, value = self.state.doubt, None
        try:
            self.run(body, frame)
        except Returned as returned:
            value = returned.value
        except (Broken, Continued):
            return UNKNOWN
        if "yield" in frame.names:
            return self.given_so_far(frame)
        return UNKNOWN if self.state.doubt > doubt else value

    def _run(self, statement: ast.stmt, frame: Frame) -> None:
        self.state.spend(1)
        self.statement, self._frame = statement, frame
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
                self.value(getattr(node, "msg", None), frame)
                if ends_program(value):
                    raise Raised
            case ast.Assign([ast.Name() as target], ast.Call() as value):
                # What a function returns on several ways is not asked for before it is used.
                assign(self, target, Given(self.each_value(value, frame), place_of(value)), frame)
            case ast.Assign(targets, value):
                given = Given(self.settled(value, frame), place_of(value), value)
                for each in targets:
                    assign(self, each, given, frame)
            case ast.AnnAssign(target, annotation, value):
                self.value(annotation, frame)
                if value is not None:
                    self._follow(ast.Assign([target], value), frame)
            case ast.AugAssign(target, op, value):
                held, more = self.settled(target, frame), self.settled(value, frame)
                if not self._changed_in_place(op, held, Given(more, place_of(value), value, frame)):
                    assign(self, target, Given(constants.binary(op, held, more), place_of(value)), frame)
            case ast.Delete(targets):
                for each in targets:
                    delete(self, each, frame)
            case ast.If():
                self._if(node, frame)
            case ast.For() | ast.AsyncFor() | ast.While():
                loop(self, node, frame)
            case ast.Try() | ast.TryStar():
                attempt(self, node, frame)
            case ast.With() | ast.AsyncWith():
                enter_contexts(self, node, frame)
            case ast.Match():
                self._match(node, frame)
            case ast.Return(value):
                raise Returned(self.each_value(value, frame) if value else None)
            case ast.Raise(exception):
                self.value(exception, frame)
                raise Raised
            case ast.Break():
                raise Broken
            case ast.Continue():
                raise Continued
            case ast.Global(names) | ast.Nonlocal(names):
                frame.shared.update(names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define_by_statement(node, frame)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Import():
                import_modules(self, node, frame)
            case ast.ImportFrom():
                import_from(self, node, frame)

    def _leave_out(self, body: Sequence[ast.stmt]) -> None:
        """Count what is known never to run as gone through."""
        self.reached.update(id(each) for one in body for each in ast.walk(one) if isinstance(each, ast.Attribute))

    def _changed_in_place(self, op: ast.operator, held: Any, given: Given) -> bool:
        """Whether `+=` of a list, or `|=` of a mapping, has changed it where it is, under each of its names."""
        method = {ast.Add: "extend", ast.BitOr: "update"}.get(type(op), "")
        kinds = (list, tuple) if method == "extend" else dict
        if (
            not isinstance(held, dict if method == "update" else list)
            or not method
            or not isinstance(given.value, kinds)
        ):
            return False
        self.method(Given(held, given.place), method, Arguments(given.place, method, (given,)))
        return True

    def define(self, node: FunctionNode, frame: Frame) -> LocalFunction:
        """A function that the file defines."""
        function = self.defined[id(node)] = LocalFunction(node, frame)
        return function

    def _define_by_statement(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
        """A function under its name, or what its decorators of the file make of it."""
        arguments = node.args
        parts = [*arguments.defaults, *arguments.kw_defaults, node.returns]
        parts += [each.annotation for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        for part in parts:
            self.value(part, frame)
        value: Any = self.define(node, frame)
        name = node.name
        for each in reversed(node.decorator_list):
            decorator = self.value(each, frame)
            if isinstance(each, ast.Attribute) and each.attr == "setter":
                name = f"{node.name}.setter"
            elif isinstance(decorator, (LocalFunction, Instance, Method, Partial)):
                given = Given(value, place_of(each))
                made = self.call(decorator, Arguments(place_of(each), written_name(each), (given,)))
                value = value if made in (UNKNOWN, None) else made
        self.state.set(frame.names, name, value)

    def _if(self, node: ast.If, frame: Frame) -> None:
        if does_nothing(node.body, self.host.words) and not node.orelse:
            # A check that ends the program says nothing of what the program does otherwise.
            if constants.truth(self.settled(node.test, frame)) is True:
                self.run(node.body, frame)
            return
        asked = self.state.asked
        turned = self.decide(node.test, frame)
        if turned is not None and self.state.asked == asked:
            self._leave_out(node.orelse if turned else node.body)
        if turned is None:
            self.state.blur([partial(self.run, body, frame) for body in (node.body, node.orelse)])
        else:
            self.run(node.body if turned else node.orelse, frame)

    def _match(self, node: ast.Match, frame: Frame) -> None:
        self.value(node.subject, frame)
        for case in node.cases:
            turned = self.state.decide((frame.call, f"{ast.unparse(node.subject)} is {ast.unparse(case.pattern)}"))
            set_unknown(self, case.pattern, frame)
            if turned is not False and case.guard is not None:
                turned = self.decide(case.guard, frame)
            if turned is not False:
                self.run(case.body, frame)
                return

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        for part in (*node.decorator_list, *(each.value for each in node.keywords)):
            self.value(part, frame)
        bases = tuple(self.value(each, frame) for each in node.bases)
        inner = Frame((frame.call, place_of(node)), frame)
        self.run(node.body, inner)
        annotated = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
        fields = tuple(each.id for each in annotated if isinstance(each, ast.Name))
        cls = LocalClass(inner.names, bases, fields)
        for value in [each for held in inner.names.values() for each in values(held)]:
            if isinstance(value, LocalFunction) and value.frame is inner:
                value.frame, value.of_class = frame, cls  # methods do not see the names of their class
        self.state.set(frame.names, node.name, cls)
        begin = cls.find(self, "__init_subclass__", above=True)
        if isinstance(begin, LocalFunction):
            replace(begin, receiver=cls).call(self, Arguments(place_of(node), node.name))
