"""One way through the code: which branches it takes, what it makes, and what lint says of it.

What a branch depends on is often not known. Then the code is gone through once more for the other branch, from the
beginning: nothing needs to be copied, and what is shared stays shared. A test that is written the same way again goes
the same way again.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from igz_runtime.code.python.values import Frame, LocalFunction

_MOST_WORLDS: Final = 16

Test = tuple[int, str]
"""A test, by the frame that it stands in and its text."""


class Stopped(Exception):
    """What is gone through ends here, as it should: no failure of ours."""


class Exhausted(Stopped):
    """A file asks for more work than any file that people write."""


@dataclass(slots=True)
class Budget:
    """What the reading of one file may cost, in all of its worlds.

    Attributes:
        effort: how much more work may be done.
        matters: whether what is looked for can depend on a statement.
        texts: tests of the code as text, by the identity of the syntax node.
    """

    effort: int = 300_000
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
        budget: what the reading of the file may cost.
        decisions: how tests turn out.
        waiting: the decisions of the worlds that are gone through after this one.
        room: how many worlds may still be put there.

    Attributes:
        entered: the functions of the file whose bodies were gone through.
        defined: the functions of the file, as they were defined last.
        statement: the statement that is gone through.
        unsure: how many branches deep the code is of which nobody knows whether they are taken.
        expected: how many blocks deep the code is that expect a refusal.
    """

    def __init__(
        self, budget: Budget, decisions: dict[Test, bool], waiting: deque[dict[Test, bool]], room: Callable[[], bool]
    ) -> None:
        self.budget = budget
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
            if self.unsure or not self.budget.matters(self.statement) or not self._room():
                return None
            self._waiting.append({**self._decisions, test: False})
            self._decisions[test] = True
        return self._decisions[test]

    def frame(self, outer: Frame | None) -> Frame:
        """A new frame."""
        self._frames += 1
        return Frame(self._frames, outer)

    @contextmanager
    def unsurely(self) -> Iterator[None]:
        """Go through a branch of which nobody knows whether it is taken."""
        self.unsure += 1
        try:
            yield
        finally:
            self.unsure -= 1


def worlds(budget: Budget, through: Callable[[World], Any]) -> None:
    """Go through the code in each of its worlds, up to a number of them."""
    waiting: deque[dict[Test, bool]] = deque([{}])
    begun = 0

    def room() -> bool:
        return begun + len(waiting) < _MOST_WORLDS

    while waiting:
        decisions = waiting.popleft()
        begun += 1
        through(World(budget, decisions, waiting, room))
