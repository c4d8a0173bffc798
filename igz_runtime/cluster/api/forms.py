"""What is taken for an answer: the form of an object of the Kubernetes API, as far as it is read.

A form is a mapping with the form of the value under each key that is read (`*`: under every key), a list with the form
of its items, or what looks at one value. Null is absent, as in Kubernetes, but for what is `needed`. What no form names
is not read. An object of another form is not read in part: nobody knows what it would say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import wraps
from math import isfinite
from typing import Any, Final, NamedTuple, TypeVar

from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.codec import type_in_words
from igz_runtime.k8s.moments import SUCH_AS, is_moment
from igz_runtime.k8s.quantity import quantity
from igz_runtime.messages import is_writable, printable, shortened

Form = Any
Look = Callable[[Any], Any]
"""Looks at one value, and gives it back; raises `Wrong`."""
T = TypeVar("T")


class Wrong(Exception):
    """A value of another form.

    Attributes:
        says: what is wrong with it, without the value, which may be a secret.
        path: where it stands, the innermost part first.
    """

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says
        self.path: list[str | int] = []


class _Needed(NamedTuple):
    form: Form


def needed(form: Form) -> _Needed:
    """The form of a value that every such object has, and that is not empty."""
    return _Needed(form)


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def taking(form: Form, read: Callable[..., T]) -> Callable[..., T]:
    """A reader of objects of this form, which come first among its arguments.

    Raises:
        BrokenFunction: an object of another form; names the field.
    """
    look = _look(form)

    @wraps(read)
    def reading(raw: Any, *arguments: Any) -> T:
        try:
            look(raw)
        except Wrong as wrong:
            path = tuple(reversed(wrong.path))
            raise BrokenFunction(f"{_spelled(path)}{wrong.says}", path) from None
        return read(raw, *arguments)

    return reading


def takes(form: Form) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """The same, over the definition of a reader."""
    return lambda read: taking(form, read)


def _spelled(path: tuple[str | int, ...]) -> str:
    """A place as messages write it: keys are the server's, and may hold anything."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{printable(shortened(part, 80))}" for part in path)
    return f"{''.join(parts).lstrip('.')}: " if path else ""


def _look(form: Form) -> Look:
    if isinstance(form, Mapping):
        return _looking_in_mapping(form)
    if isinstance(form, list):
        return _looking_in_list(_look(form[0]))
    look: Look = form
    return look


def _looking_in_mapping(form: Mapping[str, Form]) -> Look:
    every = _look(form["*"]) if "*" in form else None
    looks = [(key, _look(each)) for key, each in form.items() if key != "*" and not isinstance(each, _Needed)]
    needs = [(key, _look(each.form)) for key, each in form.items() if isinstance(each, _Needed)]

    def look(held: Any) -> Any:
        if type(held) is not dict:
            raise Wrong(f"a mapping is required, found {type_in_words(held)}")
        key = ""
        try:
            for key, one in needs:
                one(_something(held.get(key)))
            for key, one in looks:
                value = held.get(key)
                if value is not None:
                    one(value)
            if every is not None:
                for key, value in held.items():
                    text(key)
                    every(value)
        except Wrong as wrong:
            wrong.path.append(key)
            raise
        return held

    return look


def _something(held: Any) -> Any:
    if held in _EMPTY:
        raise Wrong("is missing")
    return held


def _looking_in_list(one: Look) -> Look:
    def look(held: Any) -> Any:
        if type(held) is not list:
            raise Wrong(f"a list is required, found {type_in_words(held)}")
        seen = 0
        try:
            for value in held:
                one(value)
                seen += 1
        except Wrong as wrong:
            wrong.path.append(seen)
            raise
        return held

    return look


def anything(held: Any) -> Any:
    """Whatever stands there: only whether something does is read."""
    return held


def text(held: Any) -> Any:
    """Text. JSON can spell halves of characters, which no file and no terminal takes."""
    if type(held) is str and is_writable(held):
        return held
    raise Wrong(f"text is required, found {'half of a character' if type(held) is str else type_in_words(held)}")


def name(held: Any) -> Any:
    """A name as Kubernetes gives to objects."""
    if type(held) is not str or not _NAME(held):
        raise Wrong("is not a name as Kubernetes gives to objects")
    return held


_NAME: Final = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?").fullmatch


def moment(held: Any) -> Any:
    """A moment as Kubernetes writes it."""
    if not is_moment(held):
        raise Wrong(f"is not a moment such as {SUCH_AS}")
    return held


def boolean(held: Any) -> Any:
    """True or false."""
    if type(held) is not bool:
        raise Wrong(f"true or false is required, found {type_in_words(held)}")
    return held


def number(held: Any) -> Any:
    """A whole number."""
    if type(held) is not int:
        raise Wrong(f"a whole number is required, found {type_in_words(held)}")
    if not -_MOST <= held <= _MOST:
        raise Wrong("a number that is too large")
    return held


_MOST: Final = 2**63 - 1


def count(held: Any) -> Any:
    """How many of something there are."""
    if number(held) < 0:
        raise Wrong("a number of things is required, found one below zero")
    return held


def amount(held: Any) -> Any:
    """A quantity as the API server writes it."""
    found = quantity(text(held)).number
    if found is None or found < 0:
        raise Wrong("is not a Kubernetes quantity")
    return held


def amount_or_number(held: Any) -> Any:
    """A quantity as people write it into a custom resource, which keeps a bare number."""
    is_number = type(held) in (int, float) and isfinite(held)
    if is_number and not 0 <= held <= _MOST:
        raise Wrong("is not a Kubernetes quantity")
    return held if is_number else amount(held)


def one_of(*values: str) -> Look:
    """One of some words."""

    def look(held: Any) -> Any:
        if type(held) is not str or held not in values:
            raise Wrong(f"one of {', '.join(values)} is required")
        return held

    return look
