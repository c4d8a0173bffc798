"""YAML and JSON as values whose places in the text are known: read by libyaml and the standard library, within limits.

Values are read as MLRun reads them, by YAML 1.1. Nothing is made of a tag (`!Ref`, `!!python/object`) but what it
stands before. A hostile text costs no more than a long one: nesting, the number of values and what aliases stand for
are limited before they are followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from igz_runtime.text.limits import LARGEST, MOST_JSON_VALUES, MOST_LINES, MOST_VALUES, TOO_DEEP, Unreadable
from igz_runtime.text.place import Path, Position, Remark

if TYPE_CHECKING:
    from igz_runtime.text.yaml_text import Composed

_LONG_LINE: Final = 512
_KEPT_OF_CODE: Final = 64


class Tree(Protocol):
    """One document: its value, where each part of it stands, and the keys that stand twice in one mapping."""

    value: Any
    repeated: list[Remark]

    def at(self, path: Path) -> Position:
        """Where a field stands: its key, the item of a list, or the nearest of what it is in."""


def decoded(content: bytes) -> str:
    """The text of a file, its line ends as they are.

    Raises:
        Unreadable: no text, or larger than any function file.
    """
    if len(content) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 2**20} MiB")
    return text_of(content)


def text_of(content: bytes) -> str:
    """The text of bytes that are not too many.

    Raises:
        Unreadable: no text.
    """
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Unreadable("is not UTF-8 text", before.count(b"\n") + 1, column) from None


def read_yaml(text: str) -> Iterator[Tree]:
    """The documents of a YAML text; those before a fault are read.

    Raises:
        Unreadable: with line and column; the message holds no text of the file.
    """
    from igz_runtime.text.yaml_loader import loading
    from igz_runtime.text.yaml_text import Composed, Values

    if text.count("\n") > MOST_LINES:
        raise Unreadable(f"holds more than {MOST_LINES:,} lines")
    whole: dict[str, str] = {}
    text = _without_long_tokens(text, whole)
    with loading(text) as loader:
        values, composed = Values(loader, whole), Composed(text)
        for number, value in enumerate(values):
            yield _YamlTree(composed, number, value, values.repeated)


def read_json(text: str) -> Tree:
    """The document of a JSON text.

    Raises:
        Unreadable: with line and column.
    """
    return _JsonTree(text, plain_json(text))


def plain_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        Unreadable: with line and column.
    """
    import json

    if text.count(",") + text.count("[") + text.count("{") > MOST_JSON_VALUES:
        raise Unreadable(f"holds more than {MOST_JSON_VALUES:,} values")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not JSON: {error.msg}", error.lineno, error.colno, syntax=True) from None
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    except ValueError:
        raise Unreadable("holds a number of thousands of digits") from None


def plain_yaml(text: str, most: int = MOST_VALUES) -> Any:
    """The value of the one document of a YAML text that is not a function's: nothing of it is cut or passed over.

    Args:
        text: the text.
        most: how many values it may hold, every alias written out.

    Raises:
        Unreadable: with line and column; the message holds no text of the file.
    """
    from igz_runtime.text.yaml_loader import loading
    from igz_runtime.text.yaml_text import Values

    with loading(text) as loader:
        values = Values(loader, most=most, plain=True)
        documents = list(values)
    if len(documents) > 1:
        raise Unreadable("holds more than one document")
    for remark in values.repeated:
        raise Unreadable(remark.text, remark.position.line, remark.position.column)
    return documents[0] if documents else None


def _without_long_tokens(text: str, whole: dict[str, str]) -> str:
    """The text with embedded code and other long words cut, which are most of many files, and slow to parse.

    Args:
        text: the text.
        whole: gets each word by what is left of it.
    """
    if len(text) < _LONG_LINE:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) > _LONG_LINE:
            lines[number] = _CODE.sub(partial(_cut, whole=whole), line)
    return "\n".join(lines)


_CODE = re.compile(rf"[A-Za-z0-9+/=_-]{{{_LONG_LINE},}}")


def _cut(match: re.Match[str], whole: dict[str, str]) -> str:
    left = f"{match[0][:_KEPT_OF_CODE]}{len(whole)}"
    whole[left] = match[0]
    return left


class _YamlTree:
    """A YAML document."""

    def __init__(self, composed: Composed, number: int, value: Any, repeated: list[Remark]) -> None:
        self._composed = composed
        self._number = number
        self.value = value
        self.repeated = repeated

    def at(self, path: Path) -> Position:
        documents = self._composed.documents
        if self._number >= len(documents):
            return Position()
        node = documents[self._number]
        mark = node.start_mark
        for part in path:
            found = self._composed.entry(node, part)
            if found is None:
                break
            key, node = found
            mark = key.start_mark
        return Position(mark.line + 1, mark.column + 1)


class _JsonTree:
    """A JSON document."""

    def __init__(self, text: str, value: Any) -> None:
        from igz_runtime.text.json_text import JsonText

        self._text = JsonText(text)
        self.value = value
        self.repeated: list[Remark] = []

    def at(self, path: Path) -> Position:
        place = value_at = self._text.top
        for part in path:
            found = self._text.entries(value_at).get(part)
            if found is None:
                break
            place, value_at = found
        return self._text.position(place)
