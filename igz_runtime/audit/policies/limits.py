"""Whether facts keep to their own bounds: an API server refuses others, and would say less of where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from igz_runtime.audit.policies.facts import About, Amount, Facts, Text, spelled
from igz_runtime.errors import ConfigurationError
from igz_runtime.messages import shown
from igz_runtime.waiver import WORD


def require_bounds(facts: Facts) -> None:
    """Require that an API server takes the facts.

    Raises:
        ConfigurationError: what is too large or malformed, each with its place.
    """
    found = list(_faults(facts, Facts, ""))
    if found:
        raise ConfigurationError([f"the facts of the cluster: {each}" for each in found])


def _faults(value: Any, hint: Any, place: str) -> Iterator[str]:
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        bounds = () if value is None else hint.__metadata__
        yield from (f"{place}: {fault}" for each in bounds for fault in _fault(value, each))
    if origin in (Annotated, Union, UnionType):
        yield from _faults(value, parts[0], place)
    elif value is not None:
        yield from (fault for part in _parts(value, parts, place) for fault in _faults(*part))


def _parts(value: Any, hints: tuple[Any, ...], place: str) -> Iterator[tuple[Any, Any, str]]:
    """What a value holds, the type of each, and where it is."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield key, hints[0], f"{place}: key {shown(key)}"
            yield item, hints[1], f"{place}.{key}"
    elif hasattr(value, "_fields"):
        of = get_type_hints(type(value), include_extras=True)
        for name, item in zip(value._fields, value, strict=True):
            yield item, of[name], f"{place}.{spelled(name)}".lstrip(".")
    elif isinstance(value, tuple):
        yield from ((item, hints[0], f"{place}[{number}]") for number, item in enumerate(value))


def _fault(value: Any, bound: Any) -> Iterator[str]:
    """What is wrong with a value by one of its bounds."""
    if isinstance(bound, About) and bound.most:
        size = value if isinstance(value, int) else len(value)
        if size > bound.most:
            yield f"{size}; at most {bound.most} {'is' if isinstance(value, int) else 'are'} taken"
    # What a reason is, the waiver itself has seen to, in the words of Python.
    elif isinstance(bound, Text) and (len(value) > bound.longest or not _fits(value, bound.pattern)):
        yield f"{shown(value)} is not taken; at most {bound.longest} characters{_like(bound.pattern)} are"
    elif isinstance(bound, Amount) and not re.fullmatch(bound.pattern, value):
        yield f"{shown(value)} is not a quantity"


def _fits(value: str, pattern: str) -> bool:
    return pattern in ("", WORD) or bool(re.fullmatch(pattern, value))


def _like(pattern: str) -> str:
    return f" like {pattern}" if pattern and pattern != WORD else ""
