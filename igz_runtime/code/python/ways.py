"""The ways that code can go, and what holds after them.

What a branch depends on is often not known. Then both ways are gone through, one after the other and from the same
state, and joined at once: what they have set differently has both values from there on, and the test that decides
between them (`Ways`). A statement that reads it goes on under one answer to that test, and is gone through again for
the other. As the test is remembered and not only the values, what a branch sets together stays together: of
`mode, pool = "allow", SPOT` on one branch, neither is ever mixed with what the other branch sets.

Nothing is copied for that. Each change is written down with what it replaced, so that a way can be taken back, and
joining costs what was changed. A test that is written the same way again, in the same call, turns out the same again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from igz_runtime.code.python.constants import is_small
from igz_runtime.code.python.endings import Exhausted, Left, Raised
from igz_runtime.code.python.values import UNKNOWN

_MOST_WAYS: Final = 16
_MOST_AT_ONCE: Final = 64
_EFFORT: Final = 300_000
_MOST_VALUES: Final = 8
ABSENT: Final = object()
"""What a name stands for that a way does not set."""

Test = tuple[Hashable, str]
"""A test, by the call that it stands in and its text."""
Path = dict[Test, bool]
_CONTENT: Final = object()
_NOBODY: Final = ((), "what nobody knows")


@dataclass(frozen=True, slots=True)
class Ways:
    """One value where a test is true, and another where it is not."""

    test: Test
    yes: Any
    no: Any


def values(value: Any) -> Iterator[Any]:
    """Each value that something may have."""
    if isinstance(value, Ways):
        yield from values(value.yes)
        yield from values(value.no)
    else:
        yield value


Changes = dict[tuple[int, Any], tuple[Any, Any, Any]]


@dataclass(eq=False, slots=True)
class Way:
    """One way that was gone through: how tests turned out, in their order, what it changed, gave, and how it ended."""

    path: Path
    changes: Changes = field(default_factory=dict)
    left: Left | None = None
    value: Any = None


Fork = Way | tuple[Test, "Fork", "Fork"]


class State:
    """Everything that code can change, on the way that is gone through."""

    def __init__(self) -> None:
        self.doubt = 0
        """How often ways that end differently had to be joined all the same."""
        self.share = _MOST_AT_ONCE
        """How many ways may be gone through below this one."""
        self.asked = 0
        """How often it was asked how a test turns out that is not known."""
        self._effort = _EFFORT
        self._log: list[tuple[Any, Any, Any]] = []
        self._answers: Path = {}
        self._way = Way({})
        self._waiting: deque[Path] = deque()
        self._room = 0
        self._contents: dict[int, Any] = {}

    def spend(self, amount: int = 10) -> None:
        """Count work, beside which a step is one; raises `Exhausted` where none is left."""
        self._effort -= amount
        if self._effort < 0:
            raise Exhausted

    def recover(self) -> None:
        """After `Exhausted`: have a little left to look at what is there."""
        self._effort = _EFFORT // 10

    def set(self, holder: Any, key: Any, value: Any) -> None:
        """Let a name of a holder stand for a value."""
        self._log.append((holder, key, self._holds(holder, key)))
        self._put(holder, key, value)

    def change(self, container: list[Any] | dict[Any, Any]) -> None:
        """Remember what a list or a mapping of the code holds, before that is changed."""
        self._log.append((container, _CONTENT, self._holds(container, _CONTENT)))

    def resolve(self, value: Any) -> Any:
        """What something is on this way; unknown where there are too many ways."""
        while isinstance(value, Ways):
            turned = self.decide(value.test)
            if turned is None:
                return UNKNOWN
            value = value.yes if turned else value.no
        if self._contents and isinstance(value, (list, tuple, dict)):
            return self._filled(value, 0)
        return value

    def decide(self, test: Test) -> bool | None:
        """How a test turns out on this way; None where there are too many ways already."""
        self.asked += 1
        turned = self._answers.get(test)
        if turned is None and self._room > 0:
            self._room -= 1
            self._waiting.append({**self._way.path, test: False})
            turned = self._answers[test] = self._way.path[test] = True
        return turned

    def explore(self, action: Callable[[], Any]) -> Any:
        """Do something each way that it can go, and join what has become of it, which may be that the code leaves."""
        ways = self.each_way(action, joined=True)
        if len(ways) > 1:
            ways = self._ended_alike(ways)
        fork = _fork(ways)
        if isinstance(fork, tuple) or ways[0].changes:
            self._join(ways, fork)
        value = _joined(fork, lambda way: way.left.value if way.left else way.value)
        if ways[0].left is not None:
            raise type(ways[0].left)(value)
        return value

    def each_way(self, action: Callable[[], Any], *, joined: bool = False) -> list[Way]:
        """Do something each way that it can go, and take back what it changes; `joined`: unless there is only one."""
        outer = self._answers, self._way, self._waiting, self._room, self.share
        self._waiting, self._room = deque([Path()]), min(self.share, _MOST_WAYS) - 1
        begin, ways = len(self._log), list[Way]()
        try:
            while self._waiting:
                way = self._way = Way(self._waiting.popleft())
                self._answers = {**outer[0], **way.path}
                self.share = max(outer[-1] // (len(ways) + len(self._waiting) + 1), 1)
                try:
                    way.value = action()
                except Left as left:
                    way.left = left
                if not joined or ways or self._waiting:
                    way.changes = self._taken_back(begin)
                ways.append(way)
        finally:
            self._answers, self._way, self._waiting, self._room, self.share = outer
        return ways

    def blur(self, actions: Sequence[Callable[[], Any]]) -> None:
        """Do one of several things where nobody knows which: what they make is there, what they change is unknown."""
        ways = [way for action in actions for way in self.each_way(action)]
        for mark, (holder, key) in _changed(ways).items():
            given = [way.changes[mark][2] for way in ways if mark in way.changes]
            made = self._holds(holder, key) is ABSENT and len(given) == 1
            unknown = UNKNOWN if key is not _CONTENT else Ways(_NOBODY, UNKNOWN, UNKNOWN)
            self.set(holder, key, given[0] if made else unknown)
        self.doubt += any(way.left is not None for way in ways)

    def mark(self) -> int:
        """How much has been changed."""
        return len(self._log)

    def differs_since(self, mark: int) -> bool:
        """Whether a name or content that was there at a mark is another now."""
        before = {(id(holder), key): (holder, key, old) for holder, key, old in reversed(self._log[mark:])}
        return any(
            old is not ABSENT and not _same(old, self._holds(holder, key)) for holder, key, old in before.values()
        )

    def _ended_alike(self, ways: list[Way]) -> list[Way]:
        """Those of the ways that end alike, as whoever goes through this now goes on: tests tell which."""
        if any(not isinstance(way.left, Raised) for way in ways):
            ways = [way for way in ways if not isinstance(way.left, Raised)]
        asked = 0
        while len({type(way.left) for way in ways}) > 1:
            test = list(ways[0].path)[asked]
            asked += 1
            if all(way.path.get(test) is ways[0].path[test] for way in ways):
                continue  # the ways on which it turns out otherwise raise
            turned = self.decide(test)
            if turned is None:
                self.doubt += 1
                return sorted(ways, key=lambda way: way.left is not None)
            ways = [way for way in ways if way.path.get(test, turned) is turned]
        return ways

    def _join(self, ways: list[Way], fork: Fork) -> None:
        for mark, (holder, key) in _changed(ways).items():
            held = self._holds(holder, key)
            value = _joined(fork, lambda way: way.changes[mark][2] if mark in way.changes else _given(held, way.path))  # noqa: B023
            self.set(holder, key, value)

    def _taken_back(self, begin: int) -> Changes:
        changes = {(id(holder), key): (holder, key, self._holds(holder, key)) for holder, key, _ in self._log[begin:]}
        for holder, key, old in reversed(self._log[begin:]):
            self._put(holder, key, old)
        del self._log[begin:]
        return changes

    def _holds(self, holder: Any, key: Any) -> Any:
        if key is not _CONTENT:
            return holder.get(key, ABSENT)
        return self._contents[id(holder)][1] if id(holder) in self._contents else holder.copy()

    def _put(self, holder: Any, key: Any, value: Any) -> None:
        if key is not _CONTENT:
            if value is ABSENT:
                holder.pop(key, None)
            else:
                holder[key] = value
        elif isinstance(value, Ways):
            self._contents[id(holder)] = (holder, value)
        else:
            self._contents.pop(id(holder), None)
            holder.clear()
            holder.update(value) if isinstance(holder, dict) else holder.extend(value)

    def _filled(self, value: Any, depth: int) -> Any:
        """A list or mapping with what it and those in it hold on this way."""
        if id(value) in self._contents:
            content = self.resolve(self._contents[id(value)][1])
            if content is UNKNOWN:
                return UNKNOWN
            self.set(value, _CONTENT, content)
        if depth < 4:  # noqa: PLR2004  (as deep as settings are)
            for each in value.values() if isinstance(value, dict) else value:
                if isinstance(each, (list, tuple, dict)) and self._filled(each, depth + 1) is UNKNOWN:
                    return UNKNOWN
        return value


def _changed(ways: list[Way]) -> dict[tuple[int, Any], tuple[Any, Any]]:
    """The names and contents that any of several ways has changed."""
    return {mark: change[:2] for way in ways for mark, change in way.changes.items()}


def _fork(ways: list[Way], asked: int = 0) -> Fork:
    """The tests that tell several ways apart: all of them ask the same one first."""
    if len(ways) == 1 or len(ways[0].path) <= asked:
        return ways[0]
    test = list(ways[0].path)[asked]
    yes, no = ([way for way in ways if way.path.get(test, True) is turned] for turned in (True, False))
    return (test, _fork(yes, asked + 1), _fork(no, asked + 1)) if yes and no else _fork(ways, asked + 1)


def _joined(fork: Fork, value_of: Callable[[Way], Any]) -> Any:
    """What holds after several ways."""
    if isinstance(fork, Way):
        return value_of(fork)
    test, yes, no = fork[0], _joined(fork[1], value_of), _joined(fork[2], value_of)
    return yes if _same(yes, no) else _few(Ways(test, yes, no), _MOST_VALUES)


def _given(value: Any, answers: Path) -> Any:
    """What something is once tests have turned out so."""
    if not isinstance(value, Ways):
        return value
    if value.test in answers:
        return _given(value.yes if answers[value.test] else value.no, answers)
    yes, no = _given(value.yes, answers), _given(value.no, answers)
    return value if yes is value.yes and no is value.no else Ways(value.test, yes, no)


def _few(value: Any, most: int) -> Any:
    """A value with a few of those that it may have; what else it may be is unknown."""
    if len([*values(value)]) <= most:
        return value
    if most == 1:
        # What only some ways set at all, as they do with all that they make, must not get lost among the others.
        set_to = [each for each in values(value) if each is not ABSENT] or [ABSENT]
        return set_to[0] if all(_same(each, set_to[0]) for each in set_to) else UNKNOWN
    no = _few(value.no, max(most - len([*values(value.yes)]), 1))
    return Ways(value.test, _few(value.yes, most - len([*values(no)])), no)


def _same(one: Any, other: Any) -> bool:
    """Whether two values are known to be the same."""
    if one is other:
        return True
    return type(one) is type(other) and is_small(one) and is_small(other) and bool(one == other)
