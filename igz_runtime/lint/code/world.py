"""One way through the code: which branches it takes, what it makes, and what lint says of it.

What a branch depends on is often not known. Then the code is gone through once more for the other branch, from the
beginning: nothing needs to be copied, and what is shared stays shared. A test that is written the same way again goes
the same way again.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.lint.code.values import Frame, LocalFunction
from igz_runtime.lint.vocabulary.made import Made

if TYPE_CHECKING:
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.profiles.profile import Profile

_MOST_WORLDS: Final = 16
_MOST_NOTES: Final = 200
_MOST_MADE: Final = 500

Test = tuple[int, str]
"""A test, by the frame that it stands in and its text."""


class Stopped(Exception):
    """What is gone through ends here, as it should: no failure of ours."""


class Exhausted(Stopped):
    """A file asks for more work than any file that people write."""


@dataclass(slots=True)
class Reading:
    """What is read of one file, in all of its worlds.

    Attributes:
        cluster: the cluster that profiles are proved on.
        profiles: the profiles of an organisation's own, by the names that code calls them by.
        effort: how much more work may be done.
        notes: what could not be followed, by place.
        faults: profiles' calls that raise, by place.
        failures: where lint itself failed.
        runs: the handlers that functions are run with, by the functions' names, where only those are known.
        matters: whether a function's settings can depend on a statement.
        texts: tests of the code as text, by the identity of the syntax node.
    """

    cluster: Cluster
    profiles: Mapping[str, Callable[..., Profile]]
    effort: int = 300_000
    notes: dict[tuple[Place, str], None] = field(default_factory=dict)
    faults: dict[tuple[Place, str], None] = field(default_factory=dict)
    failures: dict[tuple[Place, str], None] = field(default_factory=dict)
    runs: dict[str, dict[str, None]] = field(default_factory=dict)
    matters: Callable[[ast.AST], bool] = lambda _statement: True
    texts: dict[int, str] = field(default_factory=dict)

    def spend(self, amount: int = 1) -> None:
        """Count work.

        Raises:
            Exhausted: none is left.
        """
        self.effort -= amount
        if self.effort < 0:
            raise Exhausted


class World:
    """One way through the code.

    Args:
        reading: what is read of the file.
        decisions: how tests turn out.
        waiting: the decisions of the worlds that are gone through after this one.
        room: how many worlds may still be put there.

    Attributes:
        made: the functions that were made, in their order.
        entered: the functions of the file whose bodies were gone through.
        defined: the functions of the file, as they were defined last.
        statement: the statement that is gone through.
        unsure: how many branches deep the code is of which nobody knows whether they are taken.
        expected: how many blocks deep the code is that expect a profile to be refused.
    """

    def __init__(
        self, reading: Reading, decisions: dict[Test, bool], waiting: deque[dict[Test, bool]], room: Callable[[], bool]
    ) -> None:
        self.reading = reading
        self.made: list[Made] = []
        self.entered: set[int] = set()
        self.defined: dict[int, LocalFunction] = {}
        self.statement: ast.stmt = ast.Pass()
        self.unsure = 0
        self.expected = 0
        self._decisions = decisions
        self._waiting = waiting
        self._room = room
        self._frames = 0

    def decide(self, test: Test) -> bool | None:
        """How a test turns out in this world; None where that changes nothing, or there are too many worlds already."""
        if test not in self._decisions:
            if self.unsure or not self.reading.matters(self.statement) or not self._room():
                return None
            self._waiting.append({**self._decisions, test: False})
            self._decisions[test] = True
        return self._decisions[test]

    def frame(self, outer: Frame | None) -> Frame:
        """A new frame."""
        self._frames += 1
        return Frame(self._frames, outer)

    def make(self, made: Made) -> Made:
        """Keep a function that the code makes."""
        if len(self.made) >= _MOST_MADE:
            raise Exhausted
        self.made.append(made)
        return made

    def note(self, place: Place, text: str) -> None:
        """Say what could not be followed."""
        if len(self.reading.notes) < _MOST_NOTES:
            self.reading.notes[place, text] = None

    def fault(self, place: Place, text: str) -> None:
        """Say that a profile's call raises."""
        if len(self.reading.faults) < _MOST_NOTES:
            self.reading.faults[place, text] = None

    @contextmanager
    def unsurely(self) -> Iterator[None]:
        """Go through a branch of which nobody knows whether it is taken."""
        self.unsure += 1
        try:
            yield
        finally:
            self.unsure -= 1


def worlds(reading: Reading, through: Callable[[World], Any]) -> None:
    """Go through the code in each of its worlds, up to a number of them."""
    waiting: deque[dict[Test, bool]] = deque([{}])
    begun = 0

    def room() -> bool:
        return begun + len(waiting) < _MOST_WORLDS

    while waiting:
        decisions = waiting.popleft()
        begun += 1
        through(World(reading, decisions, waiting, room))
