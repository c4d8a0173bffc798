"""A place in a text, and what is said of it."""

from __future__ import annotations

from typing import Final, NamedTuple

Path = tuple[str | int, ...]
"""Where a field stands in a document: keys and list indices from the top, such as `("spec", "tolerations", 0)`."""


class Position(NamedTuple):
    """A place in a file; false where it is the file as a whole.

    Attributes:
        line: counted from 1; in a notebook, within the cell; 0 for the file as a whole.
        column: counted from 1, in characters.
        cell: in a notebook, the number of the cell among all cells, from 1; else 0.
        file_line: in a notebook, the line of the file; else 0.
    """

    line: int = 1
    column: int = 1
    cell: int = 0
    file_line: int = 0

    @property
    def in_file(self) -> int:
        """The line of the file, which is what a tool that knows no cells needs."""
        return self.file_line or self.line

    def __bool__(self) -> bool:
        return self.line > 0

    def __str__(self) -> str:
        place = f"{self.line}:{self.column}"
        return f"cell {self.cell}:{place}" if self.cell else place


WHOLE: Final = Position(0, 0)
"""The file as a whole."""


class Remark(NamedTuple):
    """Something said of a place of one file: what was not followed, or what is broken.

    Attributes:
        position: the place.
        text: what is said of it.
        defect: whether the fault is lint's own.
    """

    position: Position
    text: str
    defect: bool = False

    def in_file(self, name: object) -> str:
        """What is said, with the place as editors and terminals understand it."""
        return f"{name}:{self.position}: {self.text}"


class Comment(NamedTuple):
    """A comment that begins with `igz-runtime:`.

    Attributes:
        position: where it begins.
        text: what follows the colon, stripped.
        first: the first line (of the cell) of the statement or field that it stands beside, or above.
        last: the last one.
    """

    position: Position
    text: str
    first: int
    last: int

    def covers(self, position: Position) -> bool:
        """Whether a place belongs to the statement or field of the comment."""
        return position.cell == self.position.cell and self.first <= position.line <= self.last
