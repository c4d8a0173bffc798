"""Functions and classes that a file defines, and the objects of these classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Frame, Given, Value, written_name

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_PROPERTIES: Final = frozenset({"property", "cached_property"})
_MOST_INSTANCES: Final = 4


@dataclass(eq=False, slots=True)
class LocalFunction(Value):
    """A function that the file defines, the class in which it stands, and what it is a method of."""

    node: FunctionNode
    frame: Frame
    receiver: Any = None
    of_class: LocalClass | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the file calls it."""
        return getattr(self.node, "name", "lambda")

    @property
    def body(self) -> list[ast.stmt]:
        """Its statements."""
        if isinstance(self.node, ast.Lambda):
            return [ast.copy_location(ast.Return(self.node.body), self.node.body)]
        return self.node.body

    def attribute(self, of: Evaluator, name: str) -> Any:
        """What the code has set on it."""
        return of.state.resolve(self.attributes.get(name, UNKNOWN))

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """Set an attribute."""
        of.state.set(self.attributes, name, given.value)

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Go through its body."""
        return of.enter(self, arguments)

    def is_decorated(self, *names: str) -> bool:
        """Whether it has a decorator of one of several names."""
        decorators = getattr(self.node, "decorator_list", [])
        return any(written_name(each).rpartition(".")[2] in names for each in decorators)

    def bound(self, of: Evaluator, receiver: Any, cls: Any) -> Any:
        """What it is as an attribute of an object: the method, or what a property gives."""
        if self.is_decorated("staticmethod"):
            return self
        method = replace(self, receiver=cls if self.is_decorated("classmethod") else receiver)
        return method.call(of, Arguments((0, 0), "")) if self.is_decorated(*_PROPERTIES) else method


@dataclass(eq=False, slots=True)
class LocalClass(Value):
    """A class that the file defines.

    Attributes:
        attributes: what its body sets.
        bases: the classes that it is below.
        fields: the names that its body annotates, which a data class takes as arguments.
        instances: the first few objects that the code makes of it.
    """

    attributes: dict[str, Any] = field(default_factory=dict)
    bases: tuple[Any, ...] = ()
    fields: tuple[str, ...] = ()
    instances: list[Instance] = field(default_factory=list)

    def above(self) -> Iterator[Any]:
        """The classes that it is below, the nearest first."""
        for base in self.bases:
            yield base
            if isinstance(base, LocalClass):
                yield from base.above()

    def find(self, of: Evaluator, name: str, *, above: bool = False) -> Any:
        """What its body sets, or that of the nearest class above; `above`: only of those."""
        for cls in self.above() if above else (self, *self.above()):
            if isinstance(cls, LocalClass) and name in cls.attributes:
                return of.state.resolve(cls.attributes[name])
        return UNKNOWN

    def attribute(self, of: Evaluator, name: str) -> Any:
        """What its body sets, or that of a class above."""
        held = self.find(of, name)
        is_of_class = isinstance(held, LocalFunction) and held.is_decorated("classmethod")
        return held.bound(of, self, self) if is_of_class else held

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """Set an attribute."""
        of.state.set(self.attributes, name, given.value)

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """A new object, once what makes it has been gone through."""
        made = self.find(of, "__new__")
        made = replace(made, receiver=self).call(of, arguments) if isinstance(made, LocalFunction) else None
        instance = made if isinstance(made, Instance) else self.new()
        begin = instance.attribute(of, "__init__")
        if isinstance(begin, LocalFunction):
            begin.call(of, arguments)
        else:
            self._filled(of, instance, arguments)
        for base in self.above():
            of.host.below(base, arguments.place)
        return instance

    def new(self) -> Instance:
        """An object of which nothing is set."""
        instance = Instance(of_class=self)
        if len(self.instances) < _MOST_INSTANCES:
            self.instances.append(instance)
        return instance

    def _filled(self, of: Evaluator, instance: Instance, arguments: Arguments) -> None:
        """Set what an initialiser that is not written does."""
        names = [name for cls in (*reversed([*self.above()]), self) for name in getattr(cls, "fields", ())]
        for name, given in arguments.bound(*names, as_it_is=True).items():
            instance.assign(of, name, given)
        if len(arguments.positional) > len(names):
            of.host.hand_over(arguments)
        begin = instance.attribute(of, "__post_init__")
        if isinstance(begin, LocalFunction):
            begin.call(of, Arguments(arguments.place, ""))


@dataclass(eq=False, slots=True)
class Instance(Value):
    """An object of a class that the file defines; `outside`: one that stands for those that are made elsewhere."""

    of_class: LocalClass
    attributes: dict[str, Any] = field(default_factory=dict)
    outside: bool = False

    def attribute(self, of: Evaluator, name: str) -> Any:
        """Its own, or its class's; of a function, the method."""
        if name in self.attributes:
            return of.state.resolve(self.attributes[name])
        if name == "__dict__":
            return Attributes(self)
        held = self.of_class.find(of, name)
        if isinstance(held, LocalFunction):
            return held.bound(of, self, self.of_class)
        other = self.of_class.find(of, "__getattr__") if held is UNKNOWN and not name.startswith("__") else UNKNOWN
        return self.special(of, "__getattr__", name) if isinstance(other, LocalFunction) else held

    def special(self, of: Evaluator, name: str, *values: Any) -> Any:
        """What a method gives that Python calls by itself; unknown where the class has none."""
        method = self.of_class.find(of, name)
        if not isinstance(method, LocalFunction):
            return UNKNOWN
        place = (method.node.lineno, method.node.col_offset)
        return replace(method, receiver=self).call(
            of, Arguments(place, name, tuple(Given(each, place) for each in values))
        )

    def item(self, of: Evaluator, key: Any) -> Any:
        """What its `__getitem__` gives."""
        return self.special(of, "__getitem__", key)

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """Set an attribute, or do what the property's setter does."""
        setter = self.of_class.find(of, f"{name}.setter")
        if isinstance(setter, LocalFunction):
            replace(setter, receiver=self).call(of, Arguments(given.place, name, (given,)))
        else:
            of.state.set(self.attributes, name, given.value)

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Do what its `__setitem__` does."""
        self.special(of, "__setitem__", key, given.value)

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """What its `__call__` gives."""
        return self.method(of, "__call__", arguments)


@dataclass(frozen=True, eq=False, slots=True)
class Attributes(Value):
    """The attributes of an object as a mapping."""

    owner: Value

    def item(self, of: Evaluator, key: Any) -> Any:
        """An attribute."""
        return self.owner.attribute(of, key) if isinstance(key, str) else UNKNOWN

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Set an attribute."""
        if isinstance(key, str):
            self.owner.assign(of, key, given)
        else:
            of.host.hand_over(Arguments(given.place, "__dict__", (Given(self.owner, given.place), given)))

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Set several attributes; nothing else is followed."""
        if name == "update" and not arguments.positional and not arguments.more:
            for key, given in arguments.named.items():
                self.owner.assign(of, key, given)
        else:
            of.host.hand_over(
                replace(arguments, positional=(Given(self.owner, arguments.place), *arguments.positional))
            )
        return UNKNOWN


@dataclass(frozen=True, eq=False, slots=True)
class Above(Value):
    """`super()`: an object, as the classes above that of a method know it."""

    receiver: Any
    cls: LocalClass

    def call(self, _of: Evaluator, _arguments: Arguments) -> Any:
        """The same."""
        return self

    def attribute(self, of: Evaluator, name: str) -> Any:
        """What a class above sets; of a function, the method."""
        held = self.cls.find(of, name, above=True)
        return held.bound(of, self.receiver, self.cls) if isinstance(held, LocalFunction) else held

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Do what the method above does."""
        if name == "__new__" and isinstance(self.receiver, LocalClass):
            return self.receiver.new()
        held = self.attribute(of, name)
        if isinstance(held, Value):
            return held.call(of, arguments)
        return of.host.call_unknown(of, Given(self.receiver, arguments.place), name, arguments)
