"""A change as edits of the text: what a key or value is replaced by, and where a new entry goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from igz_runtime.text.place import Path
from igz_runtime.text.spans import Place, Span, Spans


class Edit(NamedTuple):
    """Text that replaces what stands at a place; an empty place is where text is put in."""

    at: Span
    text: str


def edits_for(text: str, spans: Spans, root: Path, change: Change) -> tuple[Edit, ...]:
    """What a change does to a text; nothing where the text spells the entry in a way that is not changed.

    Args:
        text: the text.
        spans: its entries' places.
        root: the root of the function's document.
        change: the change.
    """
    if change.like:
        added = _Addition(text, spans, (*root, *change.path), (*root, *change.like)).edit()
        return (added,) if added else ()
    place = spans.find((*root, *change.path))
    if place is None:
        return ()
    edits = []
    if change.key is not None:
        edits.append(_scalar(text, place.key, change.key))
    if change.value is not None:
        edits.append(_scalar(text, place.value, change.value))
    if change.quoted:
        edits.append(_scalar(text, place.value, f'"{as_written(text, place.value)}"', bare=True))
    return tuple(edit for edit in edits if edit) if all(edits) else ()


def as_written(text: str, span: Span) -> str:
    """A bare value as the text spells it, without what names or types it."""
    return _parts(text, span)[1]


def _scalar(text: str, span: Span, new: str, *, bare: bool = False) -> Edit | None:
    """The edit of a key or value, in the quotes that it has; with `bare` only where it has none."""
    properties, held = _parts(text, span)
    quote = held[:1] if held[:1] in ("'", '"') else ""
    if not held or held[0] in "|>*[{" or (not quote and "\n" in held) or (bare and quote):
        return None
    return Edit(Span(span.start + len(properties), span.end), f"{quote}{new}{quote}")


def _parts(text: str, span: Span) -> tuple[str, str]:
    """Anchor and tag of a value, and the value."""
    properties, held = _PROPERTIES.match(text[span.start : span.end]).groups()  # type: ignore[union-attr]
    return properties, held


_PROPERTIES: Final = re.compile(r"((?:[&!]\S*\s+)*)(.*)", re.DOTALL)


class _Addition:
    """A new entry of a mapping, written like one that stands in the mapping beside it.

    Args:
        text: the text.
        spans: its entries' places.
        path: where the entry goes.
        like: the entry that it is written like.
    """

    def __init__(self, text: str, spans: Spans, path: Path, like: Path) -> None:
        self._text = text
        self._spans = spans
        self._holder = path[:-1]
        self._beside = like[:-1]
        self._source = spans.find(like)

    def edit(self) -> Edit | None:
        """What puts the entry in; None where the text gives no place for it."""
        holder, beside, source = self._spans.find(self._holder), self._spans.find(self._beside), self._source
        if source is None or beside is None or not self._is_plain(source):
            return None
        entry = self._text[source.key.start : source.value.end]
        if holder is None:
            return self._after(self._beside, self._wrapped(beside, source, entry))
        if holder.last is None:
            empty = self._text[holder.value.start : holder.value.end]
            return Edit(holder.value, f"{{{entry}}}") if re.fullmatch(r"\{\s*\}", empty) else None
        return self._after((*self._holder, holder.last), entry)

    def _is_plain(self, source: Place) -> bool:
        """Whether an entry can stand a second time: in one line, and without an anchor."""
        key, value = (self._text[span.start : span.end] for span in (source.key, source.value))
        return "\n" not in self._text[source.key.start : source.value.end] and key[:1] not in "&!" and value[:1] != "&"

    def _wrapped(self, beside: Place, source: Place, entry: str) -> str:
        """The mapping that the entry goes into, as the mapping beside it is written."""
        old, new = str(self._beside[-1]), str(self._holder[-1])
        key = self._text[beside.key.start : beside.key.end].replace(old, new)
        if not beside.flow:
            return f"{key}:{self._line_end}{' ' * self._column(source.key)}{entry}"
        last = self._spans.find((*self._beside, beside.last)) if beside.last is not None else None
        opening = _blank(self._text[beside.value.start + 1 : source.key.start])
        closing = _blank(self._text[last.value.end : beside.value.end - 1]) if last else ""
        colon = self._text[beside.key.end : beside.value.start]
        return f"{key}{colon}{{{opening}{entry}{closing}}}"

    def _after(self, path: Path, new: str) -> Edit | None:
        """The edit that puts an entry behind another one of the same mapping."""
        neighbour, around = self._spans.find(path), self._spans.find(path[:-1])
        if neighbour is None or around is None:
            return None
        end = self._end(path)
        if around.flow:
            before = self._text[: neighbour.key.start]
            white = before[len(before.rstrip()) :]
            spaced = " " if self._text[neighbour.key.end : neighbour.value.start].endswith(" ") else ""
            return Edit(Span(end, end), f",{white or spaced}{new}")
        rest = re.compile(r"[^\r\n]*").match(self._text, end)
        place = rest.end() if rest else end
        return Edit(Span(place, place), f"{self._line_end}{' ' * self._column(neighbour.key)}{new}")

    def _end(self, path: Path) -> int:
        """Where an entry ends: of a mapping or list in block style, where its last entry does."""
        place = self._spans.find(path)
        while place is not None and not place.flow and place.last is not None:
            path = (*path, place.last)
            place = self._spans.find(path)
        return place.value.end if place else len(self._text)

    def _column(self, span: Span) -> int:
        return span.start - (self._text.rfind("\n", 0, span.start) + 1)

    @property
    def _line_end(self) -> str:
        return "\r\n" if "\r\n" in self._text else "\n"


def _blank(text: str) -> str:
    return text if text.isspace() else ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a function's document.

    Attributes:
        path: the entry that changes, from the function's top.
        text: the change in words, such as `'4gi' -> '4Gi'`.
        found: the value that stands there; None where nothing does, or where it stays.
        value: the text that replaces it; None where it stays.
        key: the new name of the entry's key; None where it stays.
        quoted: whether the value becomes text, as it is written.
        like: the entry that a new one is written like; `()` where the entry exists.
    """

    path: Path
    text: str
    found: Any = None
    value: str | None = None
    key: str | None = None
    quoted: bool = False
    like: Path = ()

    @property
    def only_renames(self) -> bool:
        """Whether the value stays as it is, whatever it is."""
        return self.key is not None and self.value is None


def value_at(document: Any, path: Path) -> Any:
    """What stands at a path of a document; None where nothing does."""
    for part in path:
        try:
            holder: Any = document if isinstance(document, dict | list) else {}
            document = holder[part]
        except (KeyError, IndexError, TypeError):
            return None
    return document
