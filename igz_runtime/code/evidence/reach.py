"""What runs once a function's handler is called: the calls in everything that it can reach."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from igz_runtime.code.evidence.modules import Body, Class, Function, Module, Part, Scope
from igz_runtime.code.evidence.names import TRAINING_HOOK, decides_what_runs, is_known
from igz_runtime.code.evidence.values import NOTHING, Bound, Instance, Resolver, TooMuch, Value, Values

_MOST_ROUNDS: Final = 6
_MOST_REASONS: Final = 5
TOO_MUCH: Final = "it holds more than is followed"


class Reached(NamedTuple):
    """A call that runs.

    Attributes:
        node: the call.
        callee: what is called.
        scope: the names where it stands.
        looped: whether a loop repeats it.
    """

    node: ast.Call
    callee: Values
    scope: Scope
    looped: bool


class Reach:
    """Everything that runs from some entries on.

    Args:
        resolver: resolves expressions.
        modules: the files that were read.

    Attributes:
        unread: why not everything that runs is known.
    """

    def __init__(self, resolver: Resolver, modules: Iterable[Module]) -> None:
        self.unread: dict[str, None] = {}
        self._resolver = resolver
        self._bodies: dict[Scope, bool] = {}
        self._made: dict[Class, None] = {}
        self._news = 0
        self._defined = {name for module in modules for name in module.defined}
        self._method_names = {name for module in modules for name in module.method_names}

    def enter(self, scope: Scope, *, looped: bool = False) -> None:
        """Run the body of a module or a function."""
        held = self._bodies.get(scope)
        if held is None or (looped and not held):
            self._bodies[scope] = looped
            self._news += 1

    def enter_all(self, module: Module) -> None:
        """Run whatever a file defines."""
        for each in module.definitions:
            if isinstance(each, Function):
                self.enter(each.body)
            else:
                self.make(each)
                for method in each.methods.values():
                    self.enter(method.body)

    @property
    def functions(self) -> int:
        """How many functions run, beside the modules themselves."""
        return sum(isinstance(each, Body) for each in self._bodies)

    def calls(self) -> Iterator[Reached]:
        """Every call that runs, once all of it is known; of code that holds too much, what could be followed."""
        try:
            self.follow()
        except TooMuch:
            self.unread[TOO_MUCH] = None
            self._resolver.renew()
        try:
            yield from self._each_call()
        except TooMuch:
            self.unread[TOO_MUCH] = None

    def follow(self) -> None:
        """Run what is entered, and what that calls, until nothing new is.

        Raises:
            TooMuch: there is more than is followed.
        """
        for _ in range(_MOST_ROUNDS):
            before = self._news
            done: set[Scope] = set()
            while waiting := [each for each in self._bodies if each not in done]:
                for scope in waiting:
                    done.add(scope)
                    self._run(scope)
            if self._news == before:
                break

    def _each_call(self) -> Iterator[Reached]:
        for scope, outer in self._bodies.items():
            for node, looped in scope.nodes:
                if isinstance(node, ast.Call):
                    callee = self._resolver.values(node.func, scope)
                    self._note_unread(callee, node, scope)
                    yield Reached(node, callee, scope, looped or outer)

    def _run(self, scope: Scope) -> None:
        """Run a body once. What it names, it hands on to be called, but at the top of a file that is imported."""
        for node, repeated in scope.nodes:
            self._resolver.spend()
            looped = repeated or self._bodies[scope]
            if isinstance(node, ast.Call):
                for value in self._resolver.values(node.func, scope):
                    self._call(value, node, scope, looped=looped)
            elif not isinstance(scope, Part) and self._may_name_a_function(node):
                for value in self._resolver.values(node, scope):  # type: ignore[arg-type]
                    if not isinstance(value, (str, Instance)):
                        self._call(value, None, scope, looped=looped)

    def _may_name_a_function(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            return isinstance(node.ctx, ast.Load) and node.attr in self._method_names
        return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in self._defined

    def _call(self, value: Value, node: ast.Call | None, scope: Scope, *, looped: bool) -> None:
        match value:
            case Function():
                self._enter(value, node, scope, looped=looped)
            case Bound():
                self._enter(value.function, node, scope, looped=looped)
            case Class():
                self.make(value)
                self._enter_each(self._resolver.methods(value, "__init__"), node, scope, looped=looped)
            case Instance():
                self._enter_each(self._resolver.methods(value.of, "__call__"), node, scope, looped=looped)
            case "?globals" | "?locals":
                self.enter_all(scope.module)
            case str() if value.startswith("?"):
                name = value.rpartition(".")[2]
                made = [*self._made] if name in self._method_names else []
                methods = [method for each in made for method in self._resolver.methods(each, name)]
                self._enter_each(methods, node, scope, looped=looped)

    def make(self, of: Class) -> None:
        """Make an object of a class. What it derives from calls its methods, but those for training only to train."""
        if of in self._made:
            return
        self._made[of] = None
        self._news += 1
        derived = bool(self._resolver.bases(of))
        for each in self._resolver.lineage(of):
            for name, method in each.methods.items():
                called = re.fullmatch(r"__\w+__", name) or (derived and not TRAINING_HOOK.match(name))
                if called and name not in ("__init__", "__call__"):
                    self.enter(method.body)

    def _enter_each(self, functions: list[Function], node: ast.Call | None, scope: Scope, *, looped: bool) -> None:
        for each in functions:
            self._enter(each, node, scope, looped=looped)

    def _enter(self, function: Function, node: ast.Call | None, scope: Scope, *, looped: bool) -> None:
        self.enter(function.body, looped=looped)
        for name, given in _arguments(function, node) if node else ():
            values = self._resolver.values(given, scope)
            if values and self._resolver.give(function, name, values):
                self._news += 1

    def _note_unread(self, callee: Values, node: ast.Call, scope: Scope) -> None:
        if len(self.unread) >= _MOST_REASONS:
            return
        passed_on = (value for each in node.args for value in self._passed_on(each, scope))
        for value in sorted(each for each in (*callee, *passed_on) if isinstance(each, str)):
            name = value.removeprefix("?")
            if decides_what_runs(name):
                self.unread[f"{name}(…) at line {scope.module.line(node)} decides what runs"] = None
            elif _is_unread(value, scope.module):
                self.unread[f"{name.partition('.')[0].removesuffix('()') or name} was not read"] = None

    def _passed_on(self, node: ast.expr, scope: Scope) -> Values:
        """A name of another module that a call is given, and may call."""
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return NOTHING
        held = self._resolver.values(node, scope)
        return frozenset(each for each in held if isinstance(each, str) and not each.startswith("?"))


def _is_unread(value: str, module: Module) -> bool:
    if value.startswith("?"):
        return bool(module.starred) and "." not in value and not hasattr(builtins, value[1:].removesuffix("()"))
    return not is_known(value)


def _arguments(function: Function, node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of a call by the parameters that they are for."""
    names = [*function.parameters]
    if function.receiver:
        names = names[1:]
    for name, given in zip(names, node.args, strict=False):
        if not isinstance(given, ast.Starred):
            yield name, given
    for keyword in node.keywords:
        if keyword.arg in function.parameters:
            yield str(keyword.arg), keyword.value
