"""Values that are worked out once for each object."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

T = TypeVar("T")


class cached_property(functools.cached_property[T]):  # noqa: N801  (used as a decorator, as the one of functools)
    """`functools.cached_property` without its lock, which takes as long as a small rule. Python 3.12 has it without."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """The value; it then stands in the object itself, and nobody comes here again."""
        if instance is None:
            return self
        value = instance.__dict__[self.attrname] = self.func(instance)
        return value
