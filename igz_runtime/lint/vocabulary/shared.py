"""Lists and mappings that a field of a function shares with the code: changed under one name, they are under each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Given
from igz_runtime.text.place import Path

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.made import Made

_DEEPEST: Final = 3
_MOST: Final = 2_000


class Shared:
    """Which fields hold which of the code's lists and mappings."""

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, dict[tuple[int, Path], Made]]] = {}

    def link(self, value: Any, made: Made, path: Path, depth: int = 0) -> None:
        """Let a field share a list or a mapping, and those in it."""
        if not isinstance(value, (dict, list)) or depth > _DEEPEST or len(self._held) > _MOST:
            return
        self._held.setdefault(id(value), (value, {}))[1][id(made), path] = made
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            self.link(each, made, (*path, key), depth + 1)

    def changed(self, value: Any, before: Any, place: Place) -> None:
        """The code has changed a list or a mapping: so has each field that still shares it."""
        for (_, path), made in self._held.get(id(value), (None, {}))[1].items():
            now, name = made.get(path), spelled(path)
            made.touched = True
            if now == before or (not now and not before):
                made.change(path, value, place, name)
            elif now != value:
                made.put(path, Given(UNKNOWN, place))
                made.note(place, f"{name}: is changed under another name, which is not followed")


def spelled(path: Path) -> str:
    """A field as code writes it."""
    return "".join(f".{each}" if str(each).isidentifier() else f"[{each!r}]" for each in path)[1:]
