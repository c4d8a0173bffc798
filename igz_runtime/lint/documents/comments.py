"""Comments for igz-runtime in YAML, each with the field or document that it belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from igz_runtime.lint.comments import MARK
from igz_runtime.text.place import Comment, Position


def yaml_comments(text: str) -> list[Comment]:
    """The comments of a YAML text that begin with `igz-runtime:`, each with the lines that it covers.

    Args:
        text: the text of a file, with one document or several.
    """
    return list(_comments(_LINE_END.split(text))) if MARK in text else []


_LINE_END: Final = re.compile(r"\r\n|\r|\n")


_OURS: Final = re.compile(rf"#\s*{MARK}(.*)")


_BORDER: Final = re.compile(r"(?:---|\.\.\.)(?:\s|$)")


_INSIDE: Final = 10**6


_NONE: Final = -1


class _Line(NamedTuple):
    """A line of YAML.

    Attributes:
        indent: where its content begins, from 0; `_INSIDE` of a scalar that began above; `_NONE`: no content.
        comment: where a comment begins, or `_NONE`.
        item: whether the content is an item of a list, or the end of a bracket.
    """

    indent: int
    comment: int = _NONE
    item: bool = False

    @property
    def has_field(self) -> bool:
        return _NONE < self.indent < _INSIDE


def _comments(texts: Sequence[str]) -> Iterator[Comment]:
    lines = list(_scanned(texts))
    blocks = _Blocks(lines, [number for number, text in enumerate(texts) if _BORDER.match(text)])
    for number, (text, line) in enumerate(zip(texts, lines, strict=True)):
        ours = _OURS.search(text, line.comment) if line.comment != _NONE else None
        if ours:
            first, last = blocks.covered(number)
            yield Comment(Position(number + 1, ours.start() + 1), ours[1].strip(), first + 1, last + 1)


class _Blocks:
    """Documents and fields of a text, with the lines where they end; one pass, however many comments there are."""

    # By indentation alone, and not from the parser's nodes: libyaml drops comments, its marks end a block only after
    # the comments and blank lines behind it, and composing every commented file would cost what lint saves. A stack of
    # open fields closes each at its last line with content: a comment between two fields belongs to the one below.

    def __init__(self, lines: Sequence[_Line], borders: Sequence[int]) -> None:
        self._borders = borders
        self._fields = [number for number, line in enumerate(lines) if line.has_field]
        self._ends = list(range(len(lines)))
        self._close(lines)

    def covered(self, number: int) -> tuple[int, int]:
        """The first and the last line, from 0, of what a comment belongs to."""
        above = bisect_right(self._borders, number)
        opened = self._borders[above - 1] if above else 0
        first = self._field_from(opened)
        below = bisect_right(self._borders, max(number, first))
        closed = self._borders[below] if below < len(self._borders) else len(self._ends)
        if number < first:
            return opened, closed - 1
        field = self._field_from(number)
        return number, self._ends[field] if field < closed else number

    def _field_from(self, number: int) -> int:
        """The next line with a field; the number of lines where there is none."""
        place = bisect_left(self._fields, number)
        return self._fields[place] if place < len(self._fields) else len(self._ends)

    def _close(self, lines: Sequence[_Line]) -> None:
        borders, within, last = set(self._borders), list[int](), 0
        for number, line in enumerate(lines):
            while within and (number in borders or _closes(lines[within[-1]], line)):
                self._ends[within.pop()] = last
            if line.has_field:
                within.append(number)
            last = last if line.indent == _NONE else number
        for field in within:
            self._ends[field] = last


def _closes(field: _Line, line: _Line) -> bool:
    """Whether a line is no longer in a field: neither indented deeper, nor of its list at the same indent."""
    if line.indent == _NONE:
        return False
    return line.indent < field.indent or (line.indent == field.indent and (field.item or not line.item))


def _scanned(texts: Sequence[str]) -> Iterator[_Line]:
    """The lines of a YAML text; a `#` inside of a scalar is not a comment."""
    block: int | None = None
    quote = ""
    for text in texts:
        stripped = text.lstrip(" \t")
        indent = len(text) - len(stripped)
        if block is not None and (not stripped or indent > block):
            yield _Line(_INSIDE if stripped else _NONE)
            continue
        block, inside = None, bool(quote)
        comment, quote = _comment_in(text, quote)
        if inside:
            yield _Line(_INSIDE, comment)
        elif not stripped or comment == indent or _BORDER.match(text) or text.startswith("%"):
            yield _Line(_NONE, comment)
        else:
            yield _Line(indent, comment, stripped[0] in "]}" or stripped.startswith("- ") or stripped == "-")
        if not quote:
            block = _block_in(text if comment == _NONE else text[:comment])


_TOKEN: Final = re.compile(r"""(?:^|(?<=[\s\[{,:]))["'#]""")


_IN_QUOTES: Final = {"'": re.compile("''|'"), '"': re.compile(r'\\.|"')}


_NEAR: Final = 80


def _comment_in(text: str, quote: str) -> tuple[int, str]:
    """Where a comment begins in a line, and the quote that is open at its end.

    Args:
        text: the line.
        quote: the quote that is open at its beginning.
    """
    place = 0
    while True:
        if quote:
            end = next((found.end() for found in _IN_QUOTES[quote].finditer(text, place) if found[0] == quote), None)
            if end is None:
                return _NONE, quote
            place, quote = end, ""
        token = _TOKEN.search(text, place)
        if token is None:
            return _NONE, ""
        place = token.end()
        if token[0] != "#":
            quote = token[0] if _begins_scalar(text[max(0, token.start() - _NEAR) : token.start()]) else ""
        elif token.start() == 0 or text[token.start() - 1] in " \t":
            return token.start(), ""


def _begins_scalar(before: str) -> bool:
    """Whether a quote opens a scalar, by what stands before it; else it is a character of a plain one."""
    words = before.rsplit(None, 1)
    return not words or words[-1][-1] in "-:,[{?" or words[-1][0] in "!&"


_BLOCK: Final = re.compile(r"(?:^|[-:?]|(?<!\S)[!&]\S+)\s+[|>][-+1-9]{0,2}\s*$")


_DASHES: Final = re.compile(r" *(?:- +)*")


def _block_in(text: str) -> int | None:
    """The indent below which a block scalar that begins in a line ends; None where none begins."""
    if not _BLOCK.search(text):
        return None
    if text.startswith("---"):
        return -1
    dashes = _DASHES.match(text)[0]  # type: ignore[index]  # nothing is matched too
    return dashes.rindex("-") if text[len(dashes)] in "|>" and "-" in dashes else len(dashes)
