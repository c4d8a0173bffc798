"""Where the parts of a JSON text stand: the standard library parses, and keeps no places."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in the stubs
from typing import Any, Final, NamedTuple

from igz_runtime.text.place import Position


class Entry(NamedTuple):
    """An entry of an object or list: where it stands (its key, in an object), and where its value begins."""

    stands: int
    value_at: int


class JsonText:
    """A text that is known to be JSON. Each object and list that a place is asked in is looked through once.

    Args:
        text: the text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._looked_through: dict[int, Mapping[str | int, Entry]] = {}

    @cached_property
    def top(self) -> int:
        """Where the outermost value begins."""
        return _skip(self._text, 0)

    def entries(self, value_at: int) -> Mapping[str | int, Entry]:
        """The entries of the object or list that begins at a place, by key or index; none of another value."""
        found = self._looked_through.get(value_at)
        if found is None:
            found = self._looked_through[value_at] = self._entries(value_at)
        return found

    def value(self, value_at: int) -> tuple[Any, int]:
        """The value that begins at a place, and where it ends."""
        value, end = _scan(self._text, value_at)
        return value, end

    def position(self, place: int) -> Position:
        """Line and column of a place."""
        line = self.line(place)
        return Position(line, place - (self._line_ends[line - 2] if line > 1 else 0) + 1)

    def line(self, place: int) -> int:
        """The line of a place, from 1."""
        return bisect_right(self._line_ends, place) + 1

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.end() for match in re.finditer("\n", self._text)]

    def _entries(self, place: int) -> dict[str | int, Entry]:
        text, found = self._text, dict[str | int, Entry]()
        if text[place] not in "[{":
            return found
        of_object, place = text[place] == "{", _skip(text, place + 1)
        while text[place] not in "]}":
            key: str | int = len(found)
            stands = value_at = place
            if of_object:
                key, end = scanstring(text, place + 1)
                value_at = _skip(text, _skip(text, end) + 1)
            found[key] = Entry(stands, value_at)
            place = _skip(text, _scan(text, value_at)[1])
            if text[place] == ",":
                place = _skip(text, place + 1)
        return found


_WHITE: Final = re.compile(r"[ \t\r\n]*")
_scan: Final = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # says where a value ends


def _skip(text: str, place: int) -> int:
    return _WHITE.match(text, place).end()  # type: ignore[union-attr]  # nothing is matched too
