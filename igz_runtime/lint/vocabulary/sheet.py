"""What code sets on a function: a part of its document, where each field was set, and what of it is not known."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Given
from igz_runtime.lint.vocabulary.written_in import parts
from igz_runtime.text.place import Path

_MOST_VALUES: Final = 2_000
_MOST_PLACES: Final = 1_000


class Sheet:
    """A part of a function's document.

    Args:
        document: the part, as MLRun would export it.

    Attributes:
        unknown: paths of the document whose values are not known.
        places: where its fields were set.
    """

    def __init__(self, document: dict[str, Any] | None = None) -> None:
        self.document: dict[str, Any] = document or {}
        self.unknown: set[Path] = set()
        self.places: dict[Path, Place] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sheet) and (self.document, self.unknown, self.places) == (
            other.document,
            other.unknown,
            other.places,
        )

    __hash__ = None  # type: ignore[assignment]

    def copied(self) -> Sheet:
        """One of its own."""
        other = Sheet(copy.deepcopy(self.document))
        other.unknown, other.places = set(self.unknown), dict(self.places)
        return other

    def add(self, other: Sheet) -> None:
        """Take over another part of the document."""
        for section, held in other.document.items():
            if isinstance(held, dict):
                self.document.setdefault(section, {}).update(held)
            else:
                self.document[section] = held
        self.unknown |= other.unknown
        self.places.update(other.places)

    def get(self, path: Path) -> Any:
        """The value of a field; None where it has none."""
        if any(path[: len(each)] == each for each in self.unknown):
            return UNKNOWN
        value: Any = self.document
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
                value = value[part]
            else:
                return None
        return copy.deepcopy(value) if isinstance(value, (dict, list)) else value

    def put(self, path: Path, given: Given) -> bool:
        """Set a field; with None it goes.

        Returns:
            Whether all of the value is known.
        """
        value, missing = _plain(given.value, whole="affinity" in str(path[-1]))
        self._forget(path)
        if len(self.places) < _MOST_PLACES:
            self.places[path] = given.place
        if given.node is not None and len(self.places) < _MOST_PLACES:
            self.places.update((path + below, place) for below, place in parts(given.node))
        if value is UNKNOWN or not self._hold(path, value):
            self.unknown.add(path)
            return False
        self.unknown.update(path + below for below in missing)
        return not missing

    def change_to(self, document: dict[str, Any], place: Place) -> None:
        """Take over what something else has worked out; what differs was set at one place."""
        for path in list(_differences(self.document, document, ())):
            self._forget(path, also_values=False)
            self.places[path] = place
        self.document = document

    def _hold(self, path: Path, value: Any) -> bool:
        holder: Any = self.document
        for part, after in pairwise(path):
            held = holder.get(part) if isinstance(holder, dict) else holder[part] if _indexes(holder, part) else None
            if held is None and isinstance(holder, dict) and not isinstance(after, int):
                held = holder[part] = {}
            holder = held
        last = path[-1]
        if isinstance(holder, dict) and value is None:
            holder.pop(last, None)
        elif isinstance(holder, dict) or _indexes(holder, last):
            holder[last] = value
        else:
            return False
        return True

    def _forget(self, path: Path, *, also_values: bool = True) -> None:
        """Forget a field and everything below it: its value, where it was set, and that it was not known."""
        length = len(path)
        self.unknown = {each for each in self.unknown if each[:length] != path}
        for each in [each for each in self.places if each[:length] == path]:
            del self.places[each]
        if also_values:
            self._remove(path)

    def _remove(self, path: Path) -> None:
        holder: Any = self.document
        for part in path[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
            if not holder and len(path) > 2:  # noqa: PLR2004  (metadata and spec stay)
                self._remove(path[:-1])


def _indexes(holder: Any, part: Any) -> bool:
    return isinstance(holder, list) and isinstance(part, int) and -len(holder) <= part < len(holder)


def _plain(value: Any, *, whole: bool) -> tuple[Any, list[Path]]:
    """A value as a document holds it, and the paths below it that are not known.

    A list is known as a whole or not at all, because what is left out of it would shift the rest; so is a value of
    which a part says nothing alone (`whole`).
    """
    missing: list[Path] = []
    count = 0

    def copied(value: Any, path: Path) -> Any:
        nonlocal count
        count += 1
        if count > _MOST_VALUES:
            return UNKNOWN
        if isinstance(value, dict):
            items = {key: copied(each, (*path, key)) for key, each in value.items() if isinstance(key, (str, int))}
            missing.extend((*path, key) for key, each in items.items() if each is UNKNOWN)
            return {key: each for key, each in items.items() if each is not UNKNOWN}
        if isinstance(value, (list, tuple)):
            before = len(missing)
            found = [copied(each, (*path, i)) for i, each in enumerate(value)]
            if UNKNOWN in found or len(missing) > before:
                del missing[before:]
                return UNKNOWN
            return found
        return value if isinstance(value, (str, int, float, bool, type(None))) else UNKNOWN

    try:
        plain = copied(value, ())
    except RecursionError:
        return UNKNOWN, []
    return (UNKNOWN, []) if count > _MOST_VALUES or (whole and missing) else (plain, missing)


def _differences(one: Any, other: Any, path: Path) -> Iterator[Path]:
    """The paths at which two documents differ, as deep as both are mappings."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if key not in one or key not in other:
                yield from _leaves(other.get(key, one.get(key)), (*path, key))
            else:
                yield from _differences(one[key], other[key], (*path, key))
    elif one != other:
        yield path


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
