"""What code sets a field of a function to: a value, of which parts may be unknown, and where its parts were set.

Among the values are the objects of Kubernetes' client, such as `V1Toleration(...)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.constants import is_constant, is_small
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Unknown, Value, place_of, written_name
from igz_runtime.text.place import Path

SOME: Final = Unknown()
"""An amount that is given, though nobody knows how much."""
SOME_WRITTEN: Final = "{{inputs.unknown}}"
"""Stands for it in a document: rules take it for a pipeline's parameter."""
_MOST_PARTS: Final = 4_000
_MOST_PLACES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """A field's value, and the places of its parts, by their paths below the field.

    A list is known as a whole or not at all, because what is left out of it would shift the rest.
    """

    value: Any = None
    places: Mapping[Path, Place] = field(default_factory=dict)

    def get(self, below: Path) -> Any:
        """The value of a part; None where it has none."""
        value = self.value
        for part in below:
            if isinstance(value, dict):
                value = value.get(part)
            elif _is_in(value, part):
                value = value[part]
            else:
                return UNKNOWN if isinstance(value, Unknown) else None
        return _copied(value)

    def put(self, below: Path, given: Given, value: Any) -> Held:
        """With a part set to a value; None takes it away."""
        places = {path: place for path, place in self.places.items() if path[: len(below)] != below}
        if len(places) < _MOST_PLACES:
            places[below] = given.place
            if given.node is not None:
                places.update(((*below, *path), place) for path, place in places_in(given.node))
        return Held(_replaced(self.value, below, value), places)

    def changed_to(self, value: Any, place: Place) -> Held:
        """With a value that something else has worked out: what differs was set at one place."""
        places = dict(self.places)

        def changed(old: Any, new: Any, below: Path) -> Any:
            both = isinstance(old, dict) and isinstance(new, dict)
            if not both:
                if new == old or (isinstance(old, Unknown) and (new in (None, SOME_WRITTEN) or new is UNKNOWN)):
                    return old
                for path in [each for each in places if each[: len(below)] == below]:
                    del places[path]
                places[below] = place
            if not isinstance(new, dict):
                return new
            old = old if both else {}
            parts = {key: changed(old.get(key), new.get(key), (*below, key)) for key in {**old, **new}}
            return {key: part for key, part in parts.items() if part is not None}

        return Held(changed(self.value, value, ()), places)


def plain(value: Any, *, whole: bool = False) -> Any:
    """A value as a document can hold it; `whole`: unknown where a part is, because a part says nothing alone."""
    found = _plain(value) if is_small(value, _MOST_PARTS) else UNKNOWN
    return UNKNOWN if whole and not is_known(found) else found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if UNKNOWN in value:
            return UNKNOWN
        return {key: _plain(each) for key, each in value.items() if isinstance(key, (str, int))}
    if isinstance(value, (list, tuple)):
        items = [*map(_plain, value)]
        return items if is_known(items) else UNKNOWN
    return value if value is SOME or is_constant(value) else UNKNOWN


def unknown_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of what is not known of a value."""
    if isinstance(value, Unknown):
        yield path
    elif isinstance(value, (dict, list)):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from unknown_in(each, (*path, key))


def is_known(value: Any) -> bool:
    """Whether all of a value is known."""
    return next(unknown_in(value), None) is None


def shown(value: Any) -> Any:
    """A value as a document shows it, without what is not known of it; UNKNOWN where nothing is left."""
    if not isinstance(value, dict):
        return SOME_WRITTEN if value is SOME else _copied(value)
    parts = {key: shown(each) for key, each in value.items()}
    known = {key: each for key, each in parts.items() if each is not UNKNOWN}
    return known if known or not parts else UNKNOWN


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [*map(_copied, value)] if isinstance(value, list) else value


def _replaced(holder: Any, below: Path, value: Any) -> Any:
    """A value with another in its place; what has no such place is not known after that."""
    if not below:
        return value
    part, rest = below[0], below[1:]
    if isinstance(holder, list):
        item = _replaced(holder[part], rest, value) if _is_in(holder, part) else UNKNOWN  # type: ignore[index]
        known = item is not None and is_known(item)
        return [*holder[: int(part)], item, *holder[int(part) :][1:]] if known else UNKNOWN
    if not isinstance(holder, (dict, type(None))):
        return UNKNOWN
    entries = {**(holder or {}), part: _replaced((holder or {}).get(part), rest, value)}
    if entries[part] is None or (rest and entries[part] == {}):
        del entries[part]
    return entries


def _is_in(holder: Any, part: Any) -> bool:
    return isinstance(holder, list) and isinstance(part, int) and -len(holder) <= part < len(holder)


class Mapped(dict[str, Any], Value):
    """An object of Kubernetes' client, as the mapping that Kubernetes reads."""

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set a field, as Kubernetes spells it."""
        self[camel(name)] = given.value


def mapped(arguments: Arguments) -> Mapped | Any:
    """The mapping of a `V1…` object; unknown where its fields are not given by name."""
    if arguments.more or arguments.positional:
        return UNKNOWN
    return Mapped({camel(k): each.value for k, each in arguments.named.items() if each.value is not None})


def camel(name: str) -> str:
    """A field of the client as Kubernetes spells it.

    >>> camel("required_during_scheduling_ignored_during_execution")
    'requiredDuringSchedulingIgnoredDuringExecution'
    """
    first, *rest = name.lstrip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def places_in(node: ast.expr, above: Path = ()) -> Iterator[tuple[Path, Place]]:
    """The paths of the parts of a literal, each with the place where it is written."""
    parts: list[tuple[Any, ast.expr | ast.keyword, ast.expr]] = []
    match node:
        case ast.Dict(keys, values):
            entries = [
                (each, value) for each, value in zip(keys, values, strict=True) if isinstance(each, ast.Constant)
            ]
            parts = [(each.value, each, value) for each, value in entries if isinstance(each.value, (str, int))]
        case ast.List(items) | ast.Tuple(items):
            parts = [(index, value, value) for index, value in enumerate(items)]
        case ast.Call(callee, _, keywords):
            spelled = camel if written_name(callee).rpartition(".")[2].startswith("V1") else str
            parts = [(spelled(each.arg), each, each.value) for each in keywords if each.arg]
    for part, stands, value in parts:
        yield (*above, part), place_of(stands)
        yield from places_in(value, (*above, part))
