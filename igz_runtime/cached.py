"""Values that are worked out once: for each object, for each text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

LONGEST: Final = 256
"""Characters of a text by which a value is remembered: names and amounts are shorter, and a document may hold any."""


class cached_property(functools.cached_property[T]):  # noqa: N801  (used as a decorator, as the one of functools)
    """`functools.cached_property` without its lock, which takes as long as a small rule. Python 3.12 has it without."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """The value; it then stands in the object itself, and nobody comes here again."""
        if instance is None:
            return self
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value


def by_short_text(most: int) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Remember what a function of a text returns, for so many texts; for a long one it is worked out each time."""

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        kept = functools.lru_cache(maxsize=most)(function)

        @functools.wraps(function)
        def remembered(text: str, *more: Any, **named: Any) -> T:
            return (kept if len(text) <= LONGEST else function)(text, *more, **named)

        return remembered

    return decorate
