"""What an expression of a file may stand for while the file is read: constants, what is imported, and what it makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.code.cells.source import Place

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.made import Made
    from igz_runtime.profiles.profile import Profile


class Unknown:
    """A value that only running the code would tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Imported:
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


@dataclass(slots=True)
class Frame:
    """The names of a module, or of one call of a function.

    Attributes:
        number: which call it is, in the order of the calls.
        outer: the frame around it; None for the module's.
        names: what each name stands for.
        shared: names that the code declares as those of a frame further out.
        stars: modules whose names were all imported.
    """

    number: int
    outer: Frame | None = None
    names: dict[str, Any] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    stars: list[str] = field(default_factory=list)

    def holder(self, name: str) -> Frame | None:
        """The nearest frame that has a name."""
        frame: Frame | None = self
        while frame is not None and name not in frame.names:
            frame = frame.outer
        return frame


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(eq=False, slots=True)
class LocalFunction:
    """A function that the file defines, and the class or object whose method it is."""

    node: FunctionNode
    frame: Frame
    receiver: Any = None


@dataclass(eq=False, slots=True)
class LocalClass:
    """A class that the file defines."""

    node: ast.ClassDef
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class that the file defines."""

    of: LocalClass
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class Ref:
    """A field of a function, such as `fn.spec.node_selector`."""

    made: Made
    path: tuple[str | int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Project:
    """A project of MLRun's."""


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A run of a function, or a step of a pipeline that runs it."""

    made: Made


@dataclass(eq=False, slots=True)
class Task:
    """A task of MLRun's: what a run of a function is asked to do.

    Attributes:
        handler: the handler that it names; empty where that is none, or not known.
        restartable: whether a run of it is started again.
    """

    handler: str = ""
    restartable: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class UnknownProfile:
    """A profile whose arguments are not known.

    Attributes:
        name: the profile's name.
        raises: whether making it raises, so that it is never applied.
    """

    name: str
    raises: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Planned:
    """A plan that code may apply later."""

    profile: Profile | UnknownProfile
    made: Made


@dataclass(frozen=True, eq=False, slots=True)
class SomeCluster:
    """A cluster that the code names; lint judges on its own."""


@dataclass(frozen=True, eq=False, slots=True)
class Modifier:
    """What `fn.apply` takes besides profiles: one of MLRun's own, and the volumes that it mounts."""

    volumes: tuple[dict[str, Any], ...] = ()


class Given(NamedTuple):
    """An argument: its value, where it is written, and the expression, whose parts have places of their own."""

    value: Any
    place: Place
    node: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call.

    Attributes:
        place: where the call begins.
        callee: what is called, as it is written.
        positional: those without a name.
        named: those with one.
        more: whether there are others, from `*args` or `**kwargs` that are not known.
    """

    place: Place
    callee: str
    positional: tuple[Given, ...] = ()
    named: dict[str, Given] = field(default_factory=dict)
    more: bool = False

    def bound(self, *names: str) -> dict[str, Given]:
        """The arguments by the names of the parameters, in their order; what is imported is not known as a value."""
        given = {**dict(zip(names, self.positional, strict=False)), **self.named}
        return {k: g._replace(value=UNKNOWN) if isinstance(g.value, Imported) else g for k, g in given.items()}

    def __iter__(self) -> Iterator[Given]:
        yield from self.positional
        yield from self.named.values()


def place_of(node: ast.expr | ast.stmt | ast.keyword) -> Place:
    """Where a part of the code begins."""
    return node.lineno, node.col_offset
