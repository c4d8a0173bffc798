"""YAML as values, and as nodes that know their places: parsed by libyaml where it is there, within limits.

No limit is passed before it is seen: what an alias stands for counts as often as it is used, nesting is counted event
by event, and a node is made only when somebody asks for a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final

import yaml

from igz_runtime.text.limits import DEEPEST, MOST_VALUES, TOO_DEEP, Unreadable
from igz_runtime.text.place import Position, Remark
from igz_runtime.text.yaml_loader import LOADER

# Looked up once: these are compared with for each of some hundred events of a file.
_Alias, _Scalar, _MappingEnd = yaml.AliasEvent, yaml.ScalarEvent, yaml.MappingEndEvent


class Values:
    """The values of a text's documents, made event by event: no node is kept, and no limit is passed before it is seen.

    Args:
        loader: reads the text.
        whole: words of embedded code that were cut in the text, by what was left of them.
        most: how many values there may be, every alias written out.
        plain: whether no key is MLRun's, and every value is read.

    Attributes:
        repeated: the keys that stand twice in one mapping of the last document.
    """

    def __init__(
        self,
        loader: yaml.SafeLoader,
        whole: Mapping[str, str] = MappingProxyType({}),
        most: int = MOST_VALUES,
        *,
        plain: bool = False,
    ) -> None:
        self._whole = whole
        self._most = most
        self._unread = None if plain else _UNREAD
        self._next = loader.get_event
        self._count = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self.repeated: list[Remark] = []

    def __iter__(self) -> Iterator[Any]:
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self.repeated, self._anchors = [], {}
                yield self._value(self._next(), 0)

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        if kind is _Alias:
            return self._alias(event)
        self._count += 1
        if self._count > self._most:
            self._counted(0, event)
        if kind is _Scalar:
            value = _scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = value, 1
            return value
        if depth >= DEEPEST:
            raise _refused(event, TOO_DEEP)
        if not event.anchor:
            return self._list(depth + 1) if kind is yaml.SequenceStartEvent else self._mapping(depth + 1)
        before = self._count
        self._anchors[event.anchor] = _OPEN
        value = self._list(depth + 1) if kind is yaml.SequenceStartEvent else self._mapping(depth + 1)
        self._anchors[event.anchor] = value, self._count - before + 1
        return value

    def _list(self, depth: int) -> list[Any]:
        made = []
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            made.append(self._value(event, depth))
        return made

    def _mapping(self, depth: int) -> dict[Any, Any]:
        own: dict[Any, Any] = {}
        merged: dict[Any, Any] = {}
        next_event, value_of = self._next, self._value
        while type(event := next_event()) is not _MappingEnd:
            if type(event) is _Scalar:
                self._count += 1
                key = _scalar(event)
                if event.anchor:
                    self._anchors[event.anchor] = key, 1
            elif isinstance(key := value_of(event, depth), dict | list):
                if self._unread is None:
                    raise _refused(event, "a key is a mapping or a list")
                value_of(next_event(), depth)
                continue
            if key == self._unread is not None:
                self._pass_over()
            elif key == _OF_CODE:
                code = value_of(next_event(), depth)
                own[key] = self._whole.get(code, code) if isinstance(code, str) else code
            elif key == "<<" and (type(event) is _Alias or event.implicit[0]):
                self._merge(event, self._value(self._next(), depth), merged)
            else:
                if key in own:
                    self.repeated.append(_twice(event, key))
                own[key] = value_of(next_event(), depth)
        return {**merged, **own} if merged else own

    def _merge(self, event: Any, value: Any, merged: dict[Any, Any]) -> None:
        for each in reversed(value if isinstance(value, list) else [value]):
            merged.update(each if isinstance(each, dict) else {})
            self._counted(len(merged), event)

    def _alias(self, event: Any) -> Any:
        """What an alias stands for counts as often as it is used."""
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            raise _refused(event, "an alias without its anchor", syntax=True)
        if anchored is _OPEN:
            raise _refused(event, "an alias inside of what it stands for")
        if anchored is _PASSED_OVER:
            raise _refused(event, f"an alias of what stands under {_UNREAD}, which is not read")
        value, size = anchored
        self._counted(size, event)
        return value

    def _pass_over(self) -> None:
        """Read a value that no rule asks for, within the same limits."""
        depth = 0
        while True:
            event = self._next()
            self._count += 1
            kind = type(event)
            if kind is _Scalar or kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                if event.anchor:
                    self._anchors[event.anchor] = _PASSED_OVER
                depth += kind is not _Scalar
            elif kind is not _Alias:
                depth -= 1
            if self._count > self._most or depth > DEEPEST:
                self._counted(0, event)
                raise _refused(event, TOO_DEEP)
            if not depth:
                return

    def _counted(self, count: int, event: Any) -> None:
        self._count += count
        if self._count > self._most:
            raise _refused(event, f"holds more than {self._most:,} values, or aliases of more")


_OPEN: Final = ("open", 0)
_PASSED_OVER: Final = ("passed over", 0)


def _refused(event: Any, why: str, *, syntax: bool = False) -> Unreadable:
    mark = event.start_mark
    return Unreadable(why, mark.line + 1, mark.column + 1, syntax=syntax)


class Composed:
    """A text's documents with their places, composed when the first place is asked for: most functions have no finding.

    Args:
        text: a text whose limits have been seen to.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._indexed: dict[int, dict[str, _Pair]] = {}

    @cached_property
    def documents(self) -> list[yaml.Node]:
        """The documents before the first fault."""
        text = self._text
        for _ in range(_MOST_TRIES):
            found: list[yaml.Node] = []
            try:
                found.extend(yaml.compose_all(text, Loader=LOADER))
            except yaml.YAMLError as error:
                # libyaml looks ahead, and gives up a document for a fault behind it.
                marks = (getattr(error, name, None) for name in ("context_mark", "problem_mark"))
                text = text[: min((mark.index for mark in marks if mark is not None), default=0)]
            else:
                break
        return found

    def entry(self, node: yaml.Node, part: str | int) -> _Pair | None:
        """The key of an entry (the item itself in a list), and its value."""
        if isinstance(node, yaml.SequenceNode):
            if isinstance(part, int) and part < len(node.value):
                return node.value[part], node.value[part]
            return None
        if not isinstance(node, yaml.MappingNode):
            return None
        return self._index(node).get(str(part))

    def _index(self, node: yaml.MappingNode) -> dict[str, _Pair]:
        """The entries by key: of a key that stands twice the last, and a mapping's own after those that it merges.

        Each mapping is looked through once, however often aliases merge it.
        """
        found = self._indexed.get(id(node))
        if found is None:
            found = self._indexed[id(node)] = {}
            for key, value in node.value:
                if key.tag == "tag:yaml.org,2002:merge":
                    merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
                    for each in reversed(merged):
                        found.update(self._index(each) if isinstance(each, yaml.MappingNode) else ())
            found.update((key.value, (key, value)) for key, value in node.value if isinstance(key, yaml.ScalarNode))
        return found


_Pair = tuple[yaml.Node, yaml.Node]
_MOST_TRIES: Final = 3


def _twice(event: Any, key: Any) -> Remark:
    name = f"key {key!r}" if len(str(key)) <= _LONGEST_NAME else "a key"
    mark = event.start_mark
    return Remark(Position(mark.line + 1, mark.column + 1), f"{name} stands twice in one mapping: only the last counts")


_UNREAD: Final = "entry_points"
"""A key of MLRun functions whose value no rule asks for, and which is most of many files."""
_OF_CODE: Final = "functionSourceCode"

_resolver: Final = yaml.resolver.Resolver()
_constructor: Final = yaml.constructor.SafeConstructor()
_MAKE: Final = {
    f"tag:yaml.org,2002:{name}": getattr(_constructor, f"construct_yaml_{name}")
    for name in ("null", "bool", "int", "float", "timestamp")
}


def _scalar(event: Any) -> Any:
    """What a scalar stands for by YAML 1.1, or its text where its tag is not a plain type or does not fit."""
    tag, value = event.tag, event.value
    if tag is None and event.implicit[0]:
        # Most are neither a word of YAML's nor begin like a number or a date: the resolver takes ten times as long.
        if value not in _WORDS and (value[:1] not in _DIGITS or len(value) > _LONGEST_NUMBER):
            return value
        tag = _resolver.resolve(yaml.ScalarNode, value, (True, False))
    make = _MAKE.get(tag)
    if make is None:
        return value
    try:
        return make(yaml.ScalarNode(tag, value))
    except (ValueError, KeyError, IndexError, OverflowError, AttributeError):
        return value


_LONGEST_NUMBER: Final = 64
_DIGITS: Final = frozenset("+-.0123456789")
_WORDS: Final = frozenset(
    form
    for word in ("yes", "no", "true", "false", "on", "off", "null", "~", "")
    for form in (word, word.capitalize(), word.upper())
)


_LONGEST_NAME: Final = 64
