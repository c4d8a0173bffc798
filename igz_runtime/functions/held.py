"""What the mappings and lists of a function hold, remembered, and put back into them: others refer to them too."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from functools import partial
from operator import call
from typing import Any

from igz_runtime.functions.fields import is_own


class Held:
    """What mappings hold now.

    Args:
        mappings: each of them is changed in place; of what they hold, only what belongs to a YAML file is.
    """

    def __init__(self, mappings: Iterable[MutableMapping[str, Any]]) -> None:
        self._held = [(each, _copied(each)) for each in mappings]

    def put_back(self) -> None:
        """Let them hold it again.

        It is one call: no line of Python runs between the steps, at which Ctrl-C could leave a mapping empty.
        """
        steps = [step for container, held in self._held for step in _steps(container, held)]
        deque(map(call, steps), maxlen=0)


def of_document(document: MutableMapping[str, Any], *sections: str) -> Held:
    """What a function document holds, and these sections of it."""
    within = [document[section] for section in sections if isinstance(document.get(section), MutableMapping)]
    changed = {id(each): each for each in (document, *within, *_own(within))}
    return Held(changed.values())


def _copied(container: Any) -> Any:
    return list(container) if isinstance(container, list) else dict(container)


def _steps(container: Any, held: Any) -> Iterator[Any]:
    yield container.clear
    yield partial(container.extend if isinstance(container, list) else container.update, held)


def _own(waiting: list[Any]) -> Iterator[Any]:
    """What is inside of mappings and belongs to a YAML file."""
    waiting, seen = list(waiting), set[int]()
    while waiting:
        value = waiting.pop()
        if not isinstance(value, Mapping | list) or id(value) in seen:
            continue
        seen.add(id(value))
        if is_own(value):
            yield value
        waiting += value.values() if isinstance(value, Mapping) else value
