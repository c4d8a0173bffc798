"""What a file may cost. A hostile one costs no more than a long one, and more than this is not a function."""

from __future__ import annotations

from typing import Final

from igz_runtime.text.place import Position, Remark

LARGEST: Final = 16 * 2**20
"""Bytes of a file."""

MOST_LINES: Final = 100_000
"""Lines of a YAML text."""

MOST_VALUES: Final = 100_000
"""Values of a YAML text, with every alias written out."""

MOST_COMMAS: Final = 1_000_000
"""Values of a JSON text: notebooks hold what they have shown."""

DEEPEST: Final = 100
"""Values inside of each other."""

TOO_DEEP: Final = "is nested deeper than a function can be"

MOST_FUNCTIONS: Final = 1_000
"""Functions of one file."""

TOO_MANY_FUNCTIONS: Final = f"holds more than {MOST_FUNCTIONS:,} functions; those from here on are not judged"

MOST_COMMENTS: Final = 1_000
"""Comments of one file that are meant for igz-runtime."""


class Unreadable(Exception):
    """A text that is not YAML or JSON, or that costs more than a function may.

    Attributes:
        remark: what is wrong, and where.
        syntax: whether it is not YAML or JSON, rather than too much of it.
    """

    def __init__(self, text: str, line: int = 1, column: int = 1, *, syntax: bool = False) -> None:
        super().__init__(text)
        self.remark = Remark(Position(line, column), text)
        self.syntax = syntax
