"""A file of code as names: what it imports, defines and assigns, by where the names are known."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from igz_runtime.code.cells.source import Source

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False)
class Scope:
    """The names of a module, a function or the body of a class.

    Attributes:
        module: the file.
        body: its statements.
        outer: where names that it does not have are looked up; None: nowhere else in the file.
    """

    module: Module
    body: list[ast.stmt]
    outer: Scope | None = None

    @cached_property
    def nodes(self) -> list[tuple[ast.AST, bool]]:
        """The nodes that run as part of it, in their order, each with whether a loop repeats it."""
        found: list[tuple[ast.AST, bool]] = []
        waiting: list[tuple[ast.AST, bool]] = [(each, False) for each in reversed(self.body)]
        while waiting:
            node, looped = waiting.pop()
            found.append((node, looped))
            if isinstance(node, _DEFINITIONS):
                inner: list[ast.AST] = [*node.decorator_list]
            else:
                inner = [*ast.iter_child_nodes(node)]
            looped = looped or isinstance(node, _LOOPS)
            waiting += [(each, looped) for each in reversed(inner)]
        return found

    @cached_property
    def names(self) -> dict[str, list[Binding]]:
        """What gives a value to each of its names: an expression, a definition, or the path of an import."""
        found: dict[str, list[Binding]] = {}
        for node, _ in self.nodes:
            for name, value in self._bound(node):
                found.setdefault(name, []).append(value)
        return found

    def _bound(self, node: ast.AST) -> Iterator[tuple[str, Binding]]:
        match node:
            case ast.ClassDef(name=name):
                yield name, Class(node, self)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, Function(node, self)
            case ast.Import():
                yield from self._imported(node)
            case ast.ImportFrom():
                yield from self._imported_from(node)
            case ast.Assign(targets=targets, value=value):
                yield from (pair for target in targets for pair in _assigned(target, value))
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.NamedExpr(target=target, value=value)
                | ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
                | ast.withitem(context_expr=value, optional_vars=ast.expr() as target)
            ):
                yield from _assigned(target, value)

    def _imported(self, node: ast.Import) -> Iterator[tuple[str, Binding]]:
        for each in node.names:
            name = each.asname or each.name.partition(".")[0]
            yield name, each.name if each.asname else name

    def _imported_from(self, node: ast.ImportFrom) -> Iterator[tuple[str, Binding]]:
        base = "." * node.level + (node.module or "")
        for each in node.names:
            if each.name == "*":
                self.module.starred.append(base)
            else:
                yield each.asname or each.name, f"{base}{'' if base.endswith('.') else '.'}{each.name}"

    def find(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that has a name, from this one outwards, and what gives it a value."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names or (isinstance(scope, Body) and name in scope.function.parameters):
                return scope, scope.names.get(name, [])
            scope = scope.outer
        return None


class Part(Scope):
    """A part of a module that runs by itself; its names are the module's."""

    names: dict[str, list[Binding]] = {}  # noqa: RUF012


@dataclass(eq=False)
class Body(Scope):
    """The names of a function."""

    function: Function = field(kw_only=True)


@dataclass(eq=False)
class Function:
    """A function of the file.

    Attributes:
        node: its definition.
        within: where it is defined.
        owner: the class of which it is a method.
    """

    node: FunctionNode
    within: Scope
    owner: Class | None = None

    @cached_property
    def body(self) -> Body:
        """Its names. The body of a class is not looked into by its methods."""
        outer = self.within.outer if self.owner else self.within
        return Body(self.within.module, self.node.body, outer, function=self)

    @cached_property
    def parameters(self) -> dict[str, ast.arg]:
        """Its parameters by name, in their order."""
        given = self.node.args
        every = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
        return {each.arg: each for each in every}

    @cached_property
    def receiver(self) -> str:
        """The name under which a method knows its object; empty where it has none."""
        decorators = {each.id for each in self.node.decorator_list if isinstance(each, ast.Name)}
        return "" if self.owner is None or "staticmethod" in decorators else next(iter(self.parameters), "")


@dataclass(eq=False)
class Class:
    """A class of the file.

    Attributes:
        node: its definition.
        within: where it is defined.
    """

    node: ast.ClassDef
    within: Scope

    @cached_property
    def body(self) -> Scope:
        """The names of its body."""
        return Scope(self.within.module, self.node.body, self.within)

    @cached_property
    def methods(self) -> dict[str, Function]:
        """Its methods by name."""
        functions = (each for held in self.body.names.values() for each in held if isinstance(each, Function))
        return {each.node.name: Function(each.node, each.within, self) for each in functions}

    @cached_property
    def attributes(self) -> dict[str, list[tuple[Body, ast.expr]]]:
        """What its methods give to the attributes of their object, each with the method's names."""
        found: dict[str, list[tuple[Body, ast.expr]]] = {}
        for method in self.methods.values():
            for node, _ in method.body.nodes:
                for target, value in _attributes(node):
                    if isinstance(target.value, ast.Name) and target.value.id == method.receiver:
                        found.setdefault(target.attr, []).append((method.body, value))
        return found


Binding = ast.expr | Function | Class | str


class Module(Scope):
    """A file of code.

    Args:
        source: its text, parsed.
        name: what messages call it.

    Attributes:
        imports: the modules that it imports, wherever in it.
        packages: the packages of those.
        defined: the names of its functions and classes, and of what it imports from other modules.
        method_names: the names of the methods of all its classes.
    """

    def __init__(self, source: Source, name: str) -> None:
        super().__init__(self, [statement for parsed in source.parsed for statement in parsed.body])
        self.source = source
        self.name = name
        self.starred: list[str] = []
        self.imports: dict[str, None] = {}
        self.defined: set[str] = set()
        self.method_names: set[str] = set()
        for node in (node for statement in self.body for node in ast.walk(statement)):
            self._note(node)
        self.packages = {name.partition(".")[0] for name in self.imports}

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            self.imports.update(dict.fromkeys(each.name for each in node.names))
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            # `from . import steps` imports a module, `from .steps import go` imports from one.
            names = [f"{base}{each.name}" for each in node.names] if base.endswith(".") else [base]
            self.imports.update(dict.fromkeys(names))
            self.defined.update(each.asname or each.name for each in node.names)
        elif isinstance(node, _DEFINITIONS):
            self.defined.add(node.name)
            if isinstance(node, ast.ClassDef):
                self.method_names.update(each.name for each in node.body if isinstance(each, FunctionNode))

    def line(self, node: ast.expr) -> int:
        """The line of a node; in a notebook, within its cell."""
        return self.source.position((node.lineno, 0)).line

    @cached_property
    def definitions(self) -> list[Function | Class]:
        """Its functions and classes, those of its top level."""
        return [each for held in self.names.values() for each in held if isinstance(each, (Function, Class))]


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Binding]]:
    match target, value:
        case ast.Name(id=name), _:
            yield name, value
        case ast.Starred(value=inner), _:
            yield from _assigned(inner, value)
        case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values))) if (
            len(targets) == len(values)
        ):
            for each, part in zip(targets, values, strict=True):
                yield from _assigned(each, part)
        case ((ast.Tuple(elts=targets) | ast.List(elts=targets)), _):
            for each in targets:
                yield from _assigned(each, value)


def _attributes(node: ast.AST) -> Iterator[tuple[ast.Attribute, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
                yield from ((each, value) for each in parts if isinstance(each, ast.Attribute))
        case ast.AnnAssign(target=ast.Attribute() as target, value=ast.expr() as value):
            yield target, value


def said(node: ast.expr) -> str:
    """How the code calls something, as a dotted name."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=attr):
                parts.append(attr)
                node = inner
            case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Await(value=inner):
                node = inner
            case ast.Name(id=name):
                return ".".join([name, *reversed(parts)])
            case _:
                return ".".join(reversed(parts))
