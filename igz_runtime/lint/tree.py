"""YAML and JSON as values whose places in the text are known: read by libyaml and the standard library, within limits.

Values are read as MLRun reads them, by YAML 1.1. Nothing is made of a tag (`!Ref`, `!!python/object`) but what it
stands before. A hostile text costs no more than a long one: nesting, the number of values and what aliases stand for
are limited before they are followed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in the stubs
from typing import Any, Final, Protocol

import yaml

from igz_runtime.lint.results import Path, Position, Remark, Written

_LARGEST: Final = 16 * 2**20
_MOST_VALUES: Final = 200_000
_MOST_COMMAS: Final = 1_000_000
_DEEPEST: Final = 100
_LONG_LINE: Final = 512
_KEPT_OF_CODE: Final = 64


class Tree(Protocol):
    """One document: its value, where each part of it stands, and the keys that stand twice in one mapping."""

    value: Any
    repeated: list[Remark]

    def at(self, path: Path) -> Position:
        """Where a field stands: its key, the item of a list, or the nearest of what it is in."""


class Unreadable(Exception):
    """A text that is no YAML or JSON, or more than a function can be.

    Attributes:
        remark: what is wrong, and where.
    """

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        super().__init__(text)
        self.remark = Remark(Position(line, column), text)


def decoded(content: bytes) -> str:
    """The text of a file, its line ends as they are.

    Raises:
        Unreadable: no text, or larger than any function file.
    """
    if len(content) > _LARGEST:
        raise Unreadable(f"is larger than {_LARGEST // 2**20} MiB, which no function file is")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        raise Unreadable("is no UTF-8 text", before.count(b"\n") + 1, column) from None


def read_yaml(text: str) -> Iterator[Tree]:
    """The documents of a YAML text; those before a fault are read.

    Raises:
        Unreadable: with line and column; the message holds no text of the file.
    """
    text = _without_long_tokens(text)
    loader = None
    try:
        loader = yaml.CSafeLoader(text)
        values = _Values(loader)
        for number, value in enumerate(values):
            yield _YamlTree(text, number, value, values.repeated)
    except yaml.YAMLError as error:
        raise _unreadable(error, text) from None
    finally:
        if loader is not None:
            loader.dispose()


def read_json(text: str) -> Tree:
    """The document of a JSON text.

    Raises:
        Unreadable: with line and column.
    """
    if text.count(",") > _MOST_COMMAS:
        raise Unreadable(f"holds more than {_MOST_COMMAS:,} values, which no function does")
    try:
        return _JsonTree(text, json.loads(text))
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error.msg}", error.lineno, error.colno) from None
    except RecursionError:
        raise Unreadable("is nested deeper than a function can be") from None
    except ValueError:
        raise Unreadable("holds a number of thousands of digits") from None


def standing(tree: Tree, root: Path, document: dict[str, Any]) -> Written:
    """A function that stands at `root`: the number of the document, then the path inside of it."""
    below = root[1:]
    return Written(document, lambda path: tree.at((*below, *path)), root=root)


def _without_long_tokens(text: str) -> str:
    """The text with embedded code and other long words cut: nobody judges them, and they are most of many files."""
    if len(text) < _LONG_LINE:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) > _LONG_LINE:
            lines[number] = _CODE.sub(_cut, line)
    return "\n".join(lines)


_CODE = re.compile(rf"[A-Za-z0-9+/=_-]{{{_LONG_LINE},}}")


def _cut(match: re.Match[str]) -> str:
    return match[0][:_KEPT_OF_CODE]


def _unreadable(error: yaml.YAMLError, text: str) -> Unreadable:
    if isinstance(error, yaml.reader.ReaderError):
        found = _NOT_ALLOWED.search(text)
        place = found.start() if found else 0
        line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
        return Unreadable("is no YAML: a character that YAML does not allow", line, column)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "a character that is not allowed"
    # What libyaml quotes of the file may be a secret.
    problem = re.sub(r"[\"'].*[\"']", "…", str(problem))
    return Unreadable(f"is no YAML: {problem}", mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)


_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Values:
    """The values of a text's documents, made event by event: no node is kept, and no limit is passed before it is seen.

    Attributes:
        repeated: the keys that stand twice in one mapping of the last document.
    """

    def __init__(self, loader: yaml.CSafeLoader) -> None:
        self._next = loader.get_event
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self.repeated: list[Remark] = []

    def __iter__(self) -> Iterator[Any]:
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self.repeated, self._anchors, self._count = [], {}, 0
                yield self._value(self._next(), 0)

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event)
        self._counted(1, event)
        if kind is yaml.ScalarEvent:
            value = _scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value, 1
            return value
        if depth >= _DEEPEST:
            raise _refused(event, "is nested deeper than a function can be")
        anchor, before = event.anchor, self._count
        if anchor:
            self._anchors[anchor] = _OPEN
        value = self._list(depth + 1) if kind is yaml.SequenceStartEvent else self._mapping(depth + 1)
        if anchor:
            self._anchors[anchor] = value, self._count - before + 1
        return value

    def _list(self, depth: int) -> list[Any]:
        made = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            made.append(self._value(event, depth))
        return made

    def _mapping(self, depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        while type(event := self._next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self._value(event, depth)
                self._value(self._next(), depth)
                continue
            self._count += 1
            key = _scalar(event)
            if key in _UNREAD:
                self._pass_over()
            elif key == "<<" and event.implicit[0]:
                self._merge(event, self._value(self._next(), depth), merged)
            else:
                if key in own:
                    self.repeated.append(_twice(event))
                own[key] = self._value(self._next(), depth)
        return {**merged, **own} if merged else own

    def _merge(self, event: Any, value: Any, merged: dict[Any, Any]) -> None:
        for each in reversed(value if isinstance(value, list) else [value]):
            merged.update(each if isinstance(each, dict) else {})
            self._counted(len(merged), event)

    def _alias(self, event: Any) -> Any:
        """What an alias stands for counts as often as it is used."""
        value, size = self._anchors.get(event.anchor, (None, 0))
        if not size:
            open_one = event.anchor in self._anchors
            raise _refused(event, "an alias " + ("inside of what it stands for" if open_one else "without its anchor"))
        self._counted(size, event)
        return value

    def _pass_over(self) -> None:
        depth = 0
        while True:
            event = self._next()
            if getattr(event, "anchor", None) and not isinstance(event, yaml.AliasEvent):
                self._anchors[event.anchor] = None, 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST:
                    raise _refused(event, "is nested deeper than a function can be")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            self._counted(1, event)
            if not depth:
                return

    def _counted(self, count: int, event: Any) -> None:
        self._count += count
        if self._count > _MOST_VALUES:
            raise _refused(event, "holds more values, or aliases of more, than a function can")


_OPEN: Final = (None, 0)


def _refused(event: Any, why: str) -> Unreadable:
    mark = event.start_mark
    return Unreadable(why, mark.line + 1, mark.column + 1)


class _YamlTree:
    """A YAML document. It is composed, with its places, when one is asked for: most functions have no finding."""

    def __init__(self, text: str, number: int, value: Any, repeated: list[Remark]) -> None:
        self._text = text
        self._number = number
        self.value = value
        self.repeated = repeated

    @cached_property
    def _root(self) -> yaml.Node:
        return next(islice(yaml.compose_all(self._text, Loader=yaml.CSafeLoader), self._number, None))

    def at(self, path: Path) -> Position:
        node, mark = self._root, self._root.start_mark
        for part in path:
            found = _entry(node, part)
            if found is None:
                break
            key, node = found
            mark = key.start_mark
        return Position(mark.line + 1, mark.column + 1)


def _twice(key: Any) -> Remark:
    name = f"key {key.value!r}" if len(key.value) <= _KEPT_OF_CODE else "a key"
    mark = key.start_mark
    return Remark(Position(mark.line + 1, mark.column + 1), f"{name} stands twice in one mapping: only the last counts")


_UNREAD: Final = frozenset({"entry_points", "functionSourceCode"})
"""Keys of MLRun functions whose values no rule asks for, and which are most of many files."""

_resolver: Final = yaml.resolver.Resolver()
_constructor: Final = yaml.constructor.SafeConstructor()
_MAKE: Final = {
    f"tag:yaml.org,2002:{name}": getattr(_constructor, f"construct_yaml_{name}")
    for name in ("null", "bool", "int", "float", "timestamp")
}


def _scalar(event: Any) -> Any:
    """What a scalar stands for by YAML 1.1, or its text where its tag is no plain type or does not fit."""
    tag, value = event.tag, event.value
    if tag is None and event.implicit[0]:
        # Only what begins like a number, a boolean, null or a date can be one.
        if value[:1] not in _TELLING:
            return value
        tag = _resolver.resolve(yaml.ScalarNode, value, (True, False))
    make = _MAKE.get(tag)
    if make is None:
        return value
    try:
        return make(yaml.ScalarNode(tag, value))
    except (ValueError, KeyError, IndexError, OverflowError, AttributeError):
        return value


_TELLING: Final = frozenset(yaml.resolver.Resolver.yaml_implicit_resolvers) | {""}


def _entry(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The key of an entry (the item itself in a list), and its value; of a key that stands twice the last."""
    if isinstance(node, yaml.SequenceNode):
        if isinstance(part, int) and part < len(node.value):
            return node.value[part], node.value[part]
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in reversed(node.value):
        if key.value == str(part):
            return key, value
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            found = next(filter(None, (_entry(each, part) for each in merged)), None)
            if found:
                return found
    return None


class _JsonTree:
    """A JSON document. A place is looked for in the text when it is asked for."""

    def __init__(self, text: str, value: Any) -> None:
        self._text = text
        self.value = value
        self.repeated: list[Remark] = []

    def at(self, path: Path) -> Position:
        text, place = self._text, _skip(self._text, 0)
        value_at = place
        for part in path:
            found = next((each for each in _entries(text, value_at) if each[0] == part), None)
            if found is None:
                break
            _, place, value_at = found
        return Position(text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))


_WHITE: Final = re.compile(r"[ \t\r\n]*")
_scan: Final = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # says where a value ends


def _skip(text: str, place: int) -> int:
    return _WHITE.match(text, place).end()  # type: ignore[union-attr]  # nothing is matched too


def _entries(text: str, place: int) -> Iterator[tuple[str | int, int, int]]:
    """The entries of the object or list at a place: key or index, where it stands, and where its value begins."""
    if text[place] not in "[{":
        return
    of_object, place, index = text[place] == "{", _skip(text, place + 1), 0
    while text[place] not in "]}":
        key: str | int = index
        stands = value_at = place
        if of_object:
            key, end = scanstring(text, place + 1)
            value_at = _skip(text, _skip(text, end) + 1)
        yield key, stands, value_at
        place = _skip(text, _scan(text, value_at)[1])
        if text[place] == ",":
            place = _skip(text, place + 1)
        index += 1
