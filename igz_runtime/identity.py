"""What is kept beside an object for as long as there is one: known by identity, and never what keeps it alive."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from weakref import ref

T = TypeVar("T")


class Beside(Generic[T]):
    """Values beside objects, which may be equal to others, or have no hash."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[ref[Any], T]] = {}

    def __len__(self) -> int:
        """How many objects have one."""
        return len(self._held)

    def get(self, of: object) -> T | None:
        """What is kept beside an object; None: nothing."""
        held = self._held.get(id(of))
        return None if held is None or held[0]() is not of else held[1]

    def keep(self, of: object, value: T) -> T:
        """Keep a value beside an object, and return it.

        Raises:
            TypeError: objects of its type cannot be told of when they go.
        """
        number = id(of)

        def gone(was: ref[Any]) -> None:
            # Another object may have the number by now.
            if self._held.get(number, (None,))[0] is was:
                del self._held[number]

        self._held[number] = ref(of, gone), value
        return value

    def clear(self) -> None:
        """Keep nothing any more."""
        self._held.clear()
