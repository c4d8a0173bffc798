"""Where keys and values stand in the text of a YAML or JSON file, to the character."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import yaml

from igz_runtime.text.json_text import JsonText
from igz_runtime.text.place import Path
from igz_runtime.text.yaml_loader import LOADER


class Span(NamedTuple):
    """A part of a text: from `start` up to `end`."""

    start: int
    end: int


class Place(NamedTuple):
    """Where an entry of a mapping or list stands.

    Attributes:
        key: its key, with the quotes; in a list as the value.
        value: its value; the end of a mapping or list in YAML's block style is not exact.
        flow: whether the value is a mapping or list in brackets.
        last: key or index of the value's own last entry; None where it has none.
    """

    key: Span
    value: Span
    flow: bool = False
    last: str | int | None = None


class Spans(Protocol):
    """The places of a text's entries."""

    def find(self, path: Path) -> Place | None:
        """The place of an entry: the number of the document, then keys and list indices."""


class YamlSpans:
    """The places of a YAML text's entries. Those that a merge key (`<<`) brings are not followed.

    Args:
        text: a text that was read before, and so is within the limits.
    """

    def __init__(self, text: str) -> None:
        self._documents = list(yaml.compose_all(text, Loader=LOADER))

    def find(self, path: Path) -> Place | None:
        """The place of an entry; of a key that stands twice the last."""
        if not path or path[0] not in range(len(self._documents)):
            return None
        node = key = self._documents[int(path[0])]
        for part in path[1:]:
            found = _entry(node, part)
            if found is None:
                return None
            key, node = found
        return Place(_span(key), _span(node), bool(getattr(node, "flow_style", False)), _last_of(node))


def _entry(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    if isinstance(node, yaml.MappingNode):
        named = (pair for pair in reversed(node.value) if isinstance(pair[0], yaml.ScalarNode))
        return next((pair for pair in named if pair[0].value == part), None)
    return None


def _last_of(node: yaml.Node) -> str | int | None:
    if not isinstance(node, yaml.CollectionNode) or not node.value:
        return None
    if isinstance(node, yaml.SequenceNode):
        return len(node.value) - 1
    key = node.value[-1][0]
    return str(key.value) if isinstance(key, yaml.ScalarNode) else None


def _span(node: yaml.Node) -> Span:
    return Span(node.start_mark.index, node.end_mark.index)


class JsonSpans:
    """The places of a JSON text's entries.

    Args:
        text: a text that was read before.
    """

    def __init__(self, text: str) -> None:
        self._text = JsonText(text)

    def find(self, path: Path) -> Place | None:
        """The place of an entry."""
        if path[:1] != (0,):
            return None
        stands = value_at = self._text.top
        for part in path[1:]:
            found = self._text.entries(value_at).get(part)
            if found is None:
                return None
            stands, value_at = found
        value, end = self._text.value(value_at)
        held = Span(value_at, end)
        key = held if stands == value_at else Span(stands, self._text.value(stands)[1])
        return Place(key, held, *_inside(value))


def _inside(value: Any) -> tuple[bool, str | int | None]:
    if isinstance(value, dict):
        return True, next(reversed(value), None)
    return isinstance(value, list), len(value) - 1 if isinstance(value, list) and value else None
