"""What an expression may stand for while code is read, and the protocol by which the language handles it.

Text, numbers, lists and mappings are Python's own; everything else is a `Value`. The language knows its own few (names
that are imported, functions and classes of the file), and a `Host` supplies the others: whatever is not Python's own.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from igz_runtime.code.cells.source import Place

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


class Unknown:
    """A value that only running the code would tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Value:
    """An object that code handles. What a kind of objects does not say of itself is not known."""

    __slots__ = ()
    methods: ClassVar[frozenset[str]] = frozenset()
    """Names that stand for its methods, where code keeps one for later."""

    def attribute(self, _of: Evaluator, _name: str) -> Any:
        """What `value.name` stands for."""
        return UNKNOWN

    def item(self, _of: Evaluator, _key: Any) -> Any:
        """What `value[key]` stands for."""
        return UNKNOWN

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """What `value(…)` gives, and what it does."""
        of.host.hand_over(arguments)
        return UNKNOWN

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """What `value.name(…)` gives, and what it does."""
        held = self.attribute(of, name)
        return held.call(of, arguments) if isinstance(held, Value) else Value.call(self, of, arguments)

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """`value.name = …`."""

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """`value[key] = …`; a key that is not known is unknown."""

    def delete_item(self, of: Evaluator, key: Any, place: Place) -> None:
        """`del value[key]`."""

    def settled(self, _of: Evaluator) -> Any:
        """What it stands for where what it holds now is asked for."""
        return self


@dataclass(frozen=True, slots=True)
class Imported(Value):
    """A module, or a name of one, by its dotted path."""

    name: str

    @property
    def last(self) -> str:
        """The name without the modules that it stands in."""
        return self.name.rpartition(".")[2]

    @property
    def package(self) -> str:
        """The outermost module."""
        return self.name.partition(".")[0]

    def attribute(self, of: Evaluator, name: str) -> Any:
        """A name of the module, or of the class."""
        return of.host.member(self, name)

    def item(self, _of: Evaluator, key: Any) -> Any:
        """A module among the modules."""
        return Imported(key) if self.name == "sys.modules" and isinstance(key, str) else UNKNOWN

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Whatever the library does, or the host says."""
        return of.call_imported(self, arguments)


@dataclass(slots=True)
class Frame:
    """The names of a module, or of one call of a function, which the calls that lead to it tell from others.

    `shared` are names that the code declares as those of a frame further out; `given` are the parameters that code
    elsewhere gives a value to.
    """

    call: Hashable
    outer: Frame | None = None
    names: dict[str, Any] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def holder(self, name: str) -> Frame | None:
        """The nearest frame that has a name."""
        frame: Frame | None = self
        while frame is not None and name not in frame.names:
            frame = frame.outer
        return frame


class Given(NamedTuple):
    """An argument: its value, where it is written, and the expression, whose parts have places of their own.

    `frame` is where the expression's names are; None where it cannot be assigned to.
    """

    value: Any
    place: Place
    node: ast.expr | None = None
    frame: Frame | None = None


class Bound(dict[str, Given]):
    """Arguments by their names. What is not given is unknown where the call stands, if it is asked for."""

    def __init__(self, place: Place, given: dict[str, Given]) -> None:
        super().__init__(given)
        self._place = place

    def __missing__(self, _name: str) -> Given:
        return Given(UNKNOWN, self._place)

    def value(self, name: str, default: Any = None) -> Any:
        """The value of an argument, or its default."""
        return self[name].value if name in self else default


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, which begins at a place; of what, as it is written.

    `more`: whether there are others, from `*args` or `**kwargs` that are not known.
    """

    place: Place
    callee: str
    positional: tuple[Given, ...] = ()
    named: dict[str, Given] = field(default_factory=dict)
    more: bool = False

    def bound(self, *names: str, as_it_is: bool = False) -> Bound:
        """The arguments by the names of the parameters, in their order.

        What is imported is not known as a value, except `as_it_is`.
        """
        given = {**dict(zip(names, self.positional, strict=False)), **self.named}
        if not as_it_is:
            given = {k: g._replace(value=UNKNOWN) if isinstance(g.value, Imported) else g for k, g in given.items()}
        return Bound(self.place, given)

    def __iter__(self) -> Iterator[Given]:
        yield from self.positional
        yield from self.named.values()


class Host:
    """Knows nothing but Python. Vocabularies of libraries refine it."""

    refusals: frozenset[str] = frozenset()
    """Names of exceptions that code expects where it knows that a call may be refused."""
    distinct: frozenset[str] = frozenset()
    """Names of methods that tell by themselves what they are called on."""
    acts = 0
    """How often code has done something to what the host knows."""
    words: frozenset[str] = frozenset()
    """Attributes, with a point before them, that code uses on what the host knows."""

    def exports(self, _module: str) -> Iterable[str]:
        """The names that `from module import *` gives."""
        return ()

    def member(self, value: Imported, name: str) -> Any:
        """What a name of something imported stands for."""
        return Imported(f"{value.name}.{name}")

    def call(self, _of: Evaluator, _callee: Imported, arguments: Arguments) -> Any:
        """A call of something imported."""
        self.hand_over(arguments)
        return UNKNOWN

    def call_unknown(self, _of: Evaluator, _receiver: Given, _name: str, arguments: Arguments) -> Any:
        """A call of a method of something that is not known."""
        self.hand_over(arguments)
        return UNKNOWN

    def presumed(self, _owner: Given, _field: str) -> Any:
        """What an owner that is not known is, where a field of its `spec` is set."""
        return UNKNOWN

    def type_of(self, _value: Any) -> Any:
        """The class of a value."""
        return UNKNOWN

    def below(self, _base: Any, _place: Place) -> None:
        """An object is made of a class that the file defines below another."""

    def changed(self, _container: list[Any] | dict[Any, Any], _before: Any, _place: Place) -> None:
        """Code has changed a list or a mapping in place."""

    def hand_over(self, arguments: Arguments) -> None:
        """Code that is not followed has these arguments, and may change them."""

    def lose(self, values: Iterable[Any], begins: Place, ends: Place) -> None:
        """Know no longer what some values hold, nor those that were made in a part of the code."""

    def note(self, place: Place, text: str, *, defect: bool = False) -> None:
        """Say what could not be followed, or what failed of our own."""


def place_of(node: ast.expr | ast.stmt | ast.keyword) -> Place:
    """Where a part of the code begins."""
    return node.lineno, node.col_offset


def written_name(node: ast.expr) -> str:
    """A name, and the attributes of it, as they are written; `…` for anything else that stands before a point."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id if isinstance(node, ast.Name) else "…", *reversed(names)])
