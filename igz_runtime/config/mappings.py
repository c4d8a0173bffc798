"""What stands in the place of a mapping: pydantic 1.10 makes a mapping of what is empty, and of a list of pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from igz_runtime.text.place import Path

Found = tuple[Path, Any]
Find = Callable[[Any, Path], Iterator[Found]]


def no_mappings(value: object, model: type[BaseModel]) -> Iterator[Found]:
    """Where something else stands in the place of a mapping, and what.

    Args:
        value: what a model is to be made of.
        model: the model.
    """
    find = _find(model)
    return iter(()) if find is None else find(value, ())


@cache
def _find(wanted: Any) -> Find | None:
    """What finds faults in a value of a type; None where it holds no mapping."""
    of, inner = get_origin(wanted), get_args(wanted)
    if of in (Union, UnionType):
        return next(filter(None, map(_find, inner)), None)
    if of is list:
        each = _find(inner[0])
        return each and _in_items(each)
    if of is dict:
        of_values = _find(inner[1])
        return _in_mapping(lambda value: dict.fromkeys(value, of_values) if of_values else {})
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        known = {name: find for name, hint in get_type_hints(wanted).items() if (find := _find(hint))}
        return _in_mapping(lambda _: known)
    return None


def _in_items(each: Find) -> Find:
    def find(value: Any, place: Path) -> Iterator[Found]:
        for number, item in enumerate(value if isinstance(value, list) else ()):
            yield from each(item, (*place, number))

    return find


def _in_mapping(known: Callable[[Mapping[str, Any]], Mapping[str, Find]]) -> Find:
    def find(value: Any, place: Path) -> Iterator[Found]:
        if isinstance(value, Mapping):
            for key, each in known(value).items():
                if key in value:
                    yield from each(value[key], (*place, key))
        elif value is not None:
            yield place, value

    return find
