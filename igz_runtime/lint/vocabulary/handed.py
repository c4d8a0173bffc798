"""The functions that are in what code hands over: code that is not followed may do anything to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from igz_runtime.code.python.calls import Method, Partial
from igz_runtime.code.python.classes import Instance
from igz_runtime.code.python.ways import values as ways_of
from igz_runtime.lint.vocabulary import profiles
from igz_runtime.lint.vocabulary.field import Field
from igz_runtime.lint.vocabulary.made import Made

_DEEPEST: Final = 4


def functions_in(values: Iterable[Any], depth: int = 0) -> Iterator[Made]:
    """The functions that are among values, in lists and objects of them, or what fields, methods and plans are of."""
    for value in values:
        made = value.made if isinstance(value, (Field, profiles.Ours)) else value
        if isinstance(made, Made):
            yield made
        elif depth < _DEEPEST:
            yield from functions_in(_parts(value), depth + 1)


def _parts(value: Any) -> Iterable[Any]:
    match value:
        case list() | tuple():
            return value
        case dict():
            return value.values()
        case Instance():
            return [each for held in value.attributes.values() for each in ways_of(held)]
        case Method():
            return [value.receiver.value]
        case Partial():
            return [value.callee, *(given.value for given in value.arguments)]
    return ()
