"""Calls by another way: methods that code keeps for later, and Python's own functions that call, read or set by a name.

What they do is what the call, the attribute or the item that is written out does. What is not followed is handed over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python import constants
from igz_runtime.code.python.classes import Attributes, Instance, LocalClass
from igz_runtime.code.python.texts import executed, module, run_cell, run_magic, text_of
from igz_runtime.code.python.values import UNKNOWN, Arguments, Frame, Given, Value

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator

_MOST_ITEMS: Final = 50


@dataclass(frozen=True, eq=False, slots=True)
class Method(Value):
    """A method, and what it is of."""

    receiver: Given
    name: str

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Call it."""
        return of.method(self.receiver, self.name, arguments)


@dataclass(frozen=True, eq=False, slots=True)
class Partial(Value):
    """Something to be called, and its first arguments."""

    callee: Any
    arguments: Arguments

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Call it with these and others."""
        held = self.arguments
        return of.call(
            self.callee,
            replace(
                arguments,
                positional=(*held.positional, *arguments.positional),
                named={**held.named, **arguments.named},
                more=held.more or arguments.more,
            ),
        )


@dataclass(frozen=True, eq=False, slots=True)
class Getter(Value):
    """`operator.methodcaller`, `attrgetter` or `itemgetter`: what is done to the value that it is called with."""

    do: Callable[..., Any]
    arguments: Arguments

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Do it."""
        return self.do(of, replace(self.arguments, positional=(*arguments.positional[:1], *self.arguments.positional)))


@dataclass(frozen=True, eq=False, slots=True)
class Names(Value):
    """The names of a module, or of a call, as a mapping."""

    frame: Frame

    def item(self, of: Evaluator, key: Any) -> Any:
        """What a name stands for."""
        return of.state.resolve(self.frame.names.get(key, UNKNOWN))

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Set a name."""
        if isinstance(key, str):
            of.state.set(self.frame.names, key, given.value)


def _called(of: Evaluator, arguments: Arguments) -> Any:
    """`operator.methodcaller(name, …)(value)`."""
    name = text_of(arguments, 1)
    return of.method(arguments.positional[0], name, _without(arguments, 2)) if name else _not_followed(of, arguments)


def _got(of: Evaluator, arguments: Arguments) -> Any:
    """`getattr(value, name)`, `operator.attrgetter(name)(value)`."""
    name = text_of(arguments, 1)
    if not name:
        return _not_followed(of, arguments)
    receiver = arguments.positional[0]
    for part in name.split("."):
        receiver = receiver._replace(value=of.attribute(receiver, part), node=None)
    return receiver.value


def _set(of: Evaluator, arguments: Arguments) -> Any:
    """`setattr(value, name, given)`."""
    name, of_value = text_of(arguments, 1), arguments.positional[0].value if arguments.positional else UNKNOWN
    if not name or not isinstance(of_value, Value) or len(arguments.positional) < 3:  # noqa: PLR2004
        return _not_followed(of, arguments)
    of_value.assign(of, name, arguments.positional[2])
    return None


def _deleted(of: Evaluator, arguments: Arguments) -> Any:
    """`delattr(value, name)`."""
    return _set(of, replace(arguments, positional=(*arguments.positional[:2], Given(None, arguments.place))))


def _item(of: Evaluator, arguments: Arguments) -> Any:
    """`operator.getitem(value, key)`, `operator.itemgetter(key)(value)`."""
    if len(arguments.positional) != 2:  # noqa: PLR2004
        return _not_followed(of, arguments)
    value, key = (given.value for given in arguments.positional)
    return of.item(value, key)


def _item_set(of: Evaluator, arguments: Arguments) -> Any:
    """`operator.setitem(value, key, given)`, `value.__setitem__(key, given)`."""
    if len(arguments.positional) != 3:  # noqa: PLR2004
        return _not_followed(of, arguments)
    holder, key, given = arguments.positional
    of.assign_item(holder.value, key.value, given)
    return None


def _item_deleted(of: Evaluator, arguments: Arguments) -> Any:
    """`operator.delitem(value, key)`."""
    if len(arguments.positional) != 2:  # noqa: PLR2004
        return _not_followed(of, arguments)
    holder, key = arguments.positional
    of.delete_item(holder.value, key.value, arguments.place)
    return None


def _vars(of: Evaluator, arguments: Arguments) -> Any:
    """`vars(value)`."""
    value = arguments.positional[0].value if arguments.positional else UNKNOWN
    return Attributes(value) if isinstance(value, Instance) else _not_followed(of, arguments)


def _mapped(of: Evaluator, arguments: Arguments) -> Any:
    """`map(callee, items)`; of `filter`, all items."""
    callee, *given = (each.value for each in arguments.positional)
    if not given or not all(isinstance(each, (list, tuple)) and len(each) <= _MOST_ITEMS for each in given):
        return _not_followed(of, arguments)
    rounds = [*zip(*given, strict=False)]
    calls = [
        Arguments(arguments.place, arguments.callee, tuple(Given(each, arguments.place) for each in one))
        for one in rounds
    ]
    results = [of.call(callee, each) for each in calls]
    return [one[0] for one in rounds] if arguments.callee == "filter" else results


def _zipped(of: Evaluator, arguments: Arguments) -> Any:
    given = [each.value for each in arguments.positional]
    if not all(isinstance(each, (list, tuple)) for each in given):
        return _not_followed(of, arguments)
    return constants.bounded([*zip(*given, strict=False)])


def _numbered(of: Evaluator, arguments: Arguments) -> Any:
    given = [each.value for each in arguments.positional]
    begin = given[1] if len(given) > 1 else arguments.named["start"].value if "start" in arguments.named else 0
    if not given or not isinstance(given[0], (list, tuple)) or not isinstance(begin, int):
        return _not_followed(of, arguments)
    return [*enumerate(given[0], begin)]


def _first(of: Evaluator, arguments: Arguments) -> Any:
    """`next(items)`."""
    value = arguments.positional[0].value if arguments.positional else UNKNOWN
    return value[0] if isinstance(value, (list, tuple)) and value else _not_followed(of, arguments)


def _same(_of: Evaluator, arguments: Arguments) -> Any:
    """What gives its argument, as far as it counts: `iter(items)`, `asyncio.run(coroutine)`."""
    return arguments.positional[0].value if arguments.positional else UNKNOWN


def _type(of: Evaluator, arguments: Arguments) -> Any:
    if len(arguments.positional) != 1:
        return _not_followed(of, arguments)
    value = arguments.positional[0].value
    return value.of_class if isinstance(value, Instance) else of.host.type_of(value)


def _namespace(_of: Evaluator, arguments: Arguments) -> Any:
    """`types.SimpleNamespace(…)`."""
    return LocalClass().call(_of, arguments)


def _partial(of: Evaluator, arguments: Arguments) -> Any:
    if not arguments.positional:
        return _not_followed(of, arguments)
    return Partial(arguments.positional[0].value, _without(arguments, 1))


def _getter(do: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _of, arguments: Getter(do, arguments)


def _looked_at(of: Evaluator, arguments: Arguments) -> Any:
    """What only looks at its arguments, unless it is told how."""
    return _not_followed(of, arguments) if arguments.named else UNKNOWN


def _not_followed(of: Evaluator, arguments: Arguments) -> Any:
    of.host.hand_over(arguments)
    return UNKNOWN


def _without(arguments: Arguments, first: int) -> Arguments:
    return replace(arguments, positional=arguments.positional[first:])


Do = Callable[..., Any]
BUILT_IN: Final[dict[str, Do]] = {
    "getattr": _got,
    "setattr": _set,
    "delattr": _deleted,
    "vars": _vars,
    "map": _mapped,
    "filter": _mapped,
    "zip": _zipped,
    "enumerate": _numbered,
    "next": _first,
    "iter": _same,
    "type": _type,
    "exec": executed,
    "eval": executed,
    "__import__": module,
    **dict.fromkeys(
        ("any", "all", "isinstance", "issubclass", "hasattr", "callable", "id", "repr", "hash"), _looked_at
    ),
}
"""Python's own functions by their names; what gives constants of constants alone is `constants.built_in`."""

LIBRARY: Final[dict[str, Do]] = {
    "functools.partial": _partial,
    "operator.methodcaller": _getter(_called),
    "operator.attrgetter": _getter(_got),
    "operator.itemgetter": _getter(_item),
    "operator.getitem": _item,
    "operator.setitem": _item_set,
    "operator.delitem": _item_deleted,
    "asyncio.run": _same,
    "importlib.import_module": module,
    "types.SimpleNamespace": _namespace,
    "argparse.Namespace": _namespace,
}
"""Functions of Python's library, by the modules that they are in."""

SPECIAL: Final[dict[str, Do]] = {
    "__getattribute__": _got,
    "__setattr__": _set,
    "__delattr__": _deleted,
    "__getitem__": _item,
    "__setitem__": _item_set,
    "__delitem__": _item_deleted,
}
"""Methods that Python calls by itself, as functions of what they are called on."""

OF_IPYTHON: Final[dict[str, Do]] = {
    "run_cell": run_cell,
    "run_line_magic": run_magic,
    "run_cell_magic": run_magic,
}
"""Methods of IPython's shell that run a text."""

CLASSES: Final = frozenset({"object", "dict", "list", "type"})
"""Classes of Python's own, whose methods can be called with the object."""
