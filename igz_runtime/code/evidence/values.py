"""What an expression may be: a name of another module, what calling it gives, a function, class or object of the file.

A name of another module is text, such as `sklearn.svm.SVC`; `sklearn.svm.SVC()` is what calling it gives. What is not
known begins with a question mark and says how the code calls it: `?model`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from igz_runtime.code.evidence.modules import Binding, Body, Class, Function, Module, Scope, said
from igz_runtime.code.evidence.names import MADE_OF_PARTS, decides_what_runs, prepares

_DEEPEST: Final = 40
_MOST_STEPS: Final = 150_000
_MOST_VALUES: Final = 8
_LONGEST: Final = 200
_SAME: Final = frozenset(
    {
        *("copy.deepcopy", "copy.copy", "sklearn.base.clone", "functools.partial", "functools.wraps"),
        *("?next", "?iter", "?list", "?tuple", "?set", "?dict", "?zip", "?enumerate", "?sorted", "?reversed", "?map"),
        *("tqdm.tqdm", "tqdm.auto.tqdm", "tqdm.notebook.tqdm", "tqdm.trange"),
        *("torch.nn.DataParallel", "torch.nn.parallel.DistributedDataParallel", "torch.compile", "ray.put"),
    }
)
"""Calls that give back what they are given, or something that behaves like it."""
_PARTS: Final = frozenset(
    {"items", "values", "get", "pop", "copy", "to", "cuda", "cpu", "train", "eval", "float", "half"}
)
"""Methods that give the object itself, or one of its parts."""


class TooMuch(Exception):
    """The code holds more than is followed."""


class Instance(NamedTuple):
    """An object of a class of the file."""

    of: Class


class Bound(NamedTuple):
    """A method of an object."""

    function: Function
    receiver: Instance


Value = str | Function | Class | Instance | Bound
Values = frozenset[Value]
NOTHING: Final[Values] = frozenset()


class Resolver:
    """Resolves expressions of the files that were read.

    Args:
        modules: the files, by the names that code imports them by.
    """

    def __init__(self, modules: dict[str, Module]) -> None:
        self._modules = modules
        self._given: dict[tuple[Function, str], Values] = {}
        self._memo: dict[tuple[int, Scope], Values] = {}
        self._active: set[tuple[int, Scope]] = set()
        self._deep = 0
        self._steps = 0

    def give(self, function: Function, name: str, values: Values) -> bool:
        """Note down what a parameter is given by a call; whether that is news."""
        held = self._given.get((function, name), NOTHING)
        if values <= held or len(held) >= _MOST_VALUES:
            return False
        self._given[function, name] = held | values
        self._memo.clear()
        return True

    def spend(self) -> None:
        """Count a step.

        Raises:
            TooMuch: there were too many.
        """
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TooMuch

    def renew(self) -> None:
        """Begin to count steps anew."""
        self._steps = 0

    def values(self, node: ast.expr | None, scope: Scope) -> Values:
        """What an expression may be; nothing where it is a plain value, or not known at all."""
        if node is None:
            return NOTHING
        key = (id(node), scope)
        if key in self._memo:
            return self._memo[key]
        if key in self._active or self._deep >= _DEEPEST:
            return NOTHING
        self.spend()
        self._active.add(key)
        self._deep += 1
        try:
            found = frozenset(self._values(node, scope))
        finally:
            self._active.discard(key)
            self._deep -= 1
        if len(found) > _MOST_VALUES:
            found = frozenset(sorted(found, key=str)[:_MOST_VALUES])
        self._memo[key] = found
        return found

    def _values(self, node: ast.expr, scope: Scope) -> Iterable[Value]:
        match node:
            case ast.Name(id=name):
                return self._named(name, scope)
            case ast.Attribute(value=value, attr=attr):
                held = self.values(value, scope) or (f"?{said(value)}",)
                return [found for each in held for found in self.attribute(each, attr)]
            case ast.Call():
                return self._of_call(node, scope)
            case (
                ast.Await(value=value)
                | ast.Starred(value=value)
                | ast.NamedExpr(value=value)
                | ast.Subscript(value=value)
                | ast.ListComp(elt=value)
                | ast.SetComp(elt=value)
                | ast.GeneratorExp(elt=value)
                | ast.DictComp(value=value)
                | ast.Lambda(body=value)
            ):
                return self.values(value, scope)
            case ast.IfExp(body=body, orelse=orelse):
                return self.values(body, scope) | self.values(orelse, scope)
            # A collection is what is in it.
            case ast.BoolOp(values=parts) | ast.Dict(values=parts):
                return [found for each in parts for found in self.values(each, scope)]
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return [found for each in parts for found in self.values(each, scope)]
        return NOTHING

    def _of_call(self, node: ast.Call, scope: Scope) -> list[Value]:
        given = [*node.args, *(each.value for each in node.keywords)]
        callee = self.values(node.func, scope)
        return [found for each in callee for found in self._called(each, node, given, scope)]

    def _named(self, name: str, scope: Scope) -> Iterator[Value]:
        found = scope.find(name)
        if found is None:
            yield from self._starred(name, scope.module) or (f"?{name}",)
            return
        where, bindings = found
        known = False
        for value in self._parameter(name, where) if isinstance(where, Body) else ():
            known = True
            yield value
        for binding in bindings:
            for value in self.bound(binding, where):
                known = True
                yield value
        if not known and not all(isinstance(each, ast.Constant) for each in bindings or ("",)):
            yield f"?{name}"

    def _starred(self, name: str, module: Module) -> list[Value]:
        held = [self._modules[each] for each in module.starred if each in self._modules]
        return [value for each in held for found in each.names.get(name, ()) for value in self.bound(found, each)]

    def bound(self, binding: Binding, scope: Scope) -> Iterable[Value]:
        """What a name is, by one of the things that give it a value."""
        if isinstance(binding, ast.expr):
            return self.values(binding, scope)
        return self._from(binding) if isinstance(binding, str) else (binding,)

    def _from(self, path: str) -> Iterable[Value]:
        """A name of another module, in that module where it was read."""
        holder, _, name = path.rpartition(".")
        module = self._modules.get(holder or path)
        if module is None or not holder or name not in module.names:
            return (path,)
        return [value for each in module.names[name] if each != path for value in self.bound(each, module)]

    def _parameter(self, name: str, scope: Body) -> Iterator[Value]:
        function = scope.function
        if name not in function.parameters:
            return
        if name == function.receiver and function.owner:
            yield Instance(function.owner)
            return
        yield from self._given.get((function, name), NOTHING)
        annotation = function.parameters[name].annotation
        for value in self.values(annotation, function.within) if annotation else ():
            if isinstance(value, Class):
                yield Instance(value)
            elif isinstance(value, str) and not value.startswith(("?", "typing.")):
                yield f"{value}()"

    def attribute(self, value: Value, name: str) -> Iterable[Value]:
        """What `value.name` may be."""
        if isinstance(value, str):
            longer = f"{value}.{name}"
            if len(longer) > _LONGEST:
                return ()
            return (longer,) if value.startswith("?") else self._from(longer)
        if isinstance(value, Instance):
            return self._of_instance(value, name)
        if isinstance(value, Class):
            methods = self.methods(value, name)
            inner = (found for each in value.body.names.get(name, ()) for found in self.bound(each, value.body))
            return [*methods, *([] if methods else inner)]
        return NOTHING

    def _of_instance(self, value: Instance, name: str) -> Iterator[Value]:
        methods = self.methods(value.of, name)
        for method in methods:
            if any(isinstance(each, ast.Name) and each.id == "property" for each in method.node.decorator_list):
                yield from self.returned(method)
            yield Bound(method, value)
        held = [pair for cls in self.lineage(value.of) for pair in cls.attributes.get(name, ())]
        for body, node in held:
            yield from self.values(node, body) or (f"?{name}",)
        if not methods and not held:
            yield from [f"{base}().{name}" for base in self.bases(value.of)] or [f"?{name}"]

    def methods(self, of: Class, name: str) -> list[Function]:
        """The method of that name that an object of a class has."""
        return [each.methods[name] for each in self.lineage(of) if name in each.methods][:1]

    def lineage(self, of: Class) -> list[Class]:
        """A class and those of the file that it derives from."""
        found = [of]
        for each in found:
            bases = (value for base in each.node.bases for value in self.values(base, each.within))
            found += [base for base in bases if isinstance(base, Class) and base not in found]
        return found

    def bases(self, of: Class) -> list[str]:
        """The classes of other modules that a class derives from."""
        return [
            value
            for each in self.lineage(of)
            for base in each.node.bases
            for value in self.values(base, each.within)
            if isinstance(value, str) and value not in _PLAIN_BASES
        ]

    def _called(self, value: Value, node: ast.Call, given: list[ast.expr], scope: Scope) -> Iterable[Value]:
        if isinstance(value, (Function, Bound)):
            return self.returned(value.function if isinstance(value, Bound) else value)
        if isinstance(value, Class):
            return (Instance(value),)
        if isinstance(value, Instance):
            return [found for method in self.methods(value.of, "__call__") for found in self.returned(method)]
        if value == "?super" and isinstance(scope, Body) and scope.function.owner:
            return self._above(scope.function.owner)
        if value in _SAME or value in MADE_OF_PARTS:
            return self._of_parts(value, [found for each in given for found in self.values(each, scope)])
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PARTS:
            return self.values(node.func.value, scope)
        if value == "?getattr" and len(given) > 1 and isinstance(given[1], ast.Constant):
            return [
                found for each in self.values(given[0], scope) for found in self.attribute(each, str(given[1].value))
            ]
        return () if decides_what_runs(value.removeprefix("?")) or len(value) > _LONGEST else (f"{value}()",)

    def _above(self, of: Class) -> Iterator[Value]:
        for base in of.node.bases:
            for value in self.values(base, of.within):
                yield Instance(value) if isinstance(value, Class) else f"{value}()"

    @staticmethod
    def _of_parts(value: str, parts: list[Value]) -> list[Value]:
        """A pipeline is what is in it, where that prepares data and nothing else."""
        if value in MADE_OF_PARTS and not (parts and all(isinstance(each, str) and prepares(each) for each in parts)):
            return [f"{value}()"]
        return parts

    def returned(self, function: Function) -> list[Value]:
        """What calling a function of the file may give."""
        results = (node for node, _ in function.body.nodes if isinstance(node, (ast.Return, ast.Yield)))
        return [value for each in results for value in self.values(each.value, function.body)]


_PLAIN_BASES: Final = frozenset(
    {"?object", "abc.ABC", "typing.Generic", "typing.NamedTuple", "typing.Protocol", "enum.Enum"}
)
