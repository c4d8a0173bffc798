"""What the language asks of its host: whatever is not Python's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


class Host:
    """Knows nothing but Python. Vocabularies of libraries refine it.

    Attributes:
        refusals: names of exceptions that code expects where it knows that a call may be refused.
    """

    refusals: frozenset[str] = frozenset()

    def exports(self, _module: str) -> Iterable[str]:
        """The names that `from module import *` gives."""
        return ()

    def member(self, value: Imported, name: str) -> Any:
        """What a name of something imported stands for."""
        return Imported(f"{value.name}.{name}")

    def call(self, _of: Evaluator, _callee: Imported, arguments: Arguments) -> Any:
        """A call of something imported."""
        self.hand_over(arguments)
        return UNKNOWN

    def call_unknown(self, _of: Evaluator, _receiver: Given, _name: str, arguments: Arguments) -> Any:
        """A call of a method of something that is not known."""
        self.hand_over(arguments)
        return UNKNOWN

    def presumed(self, _of: Evaluator, _owner: Given, _path: tuple[str, ...]) -> Any:
        """What `owner.spec` with fields below it stands for where it is assigned to, and `owner` is not known."""
        return UNKNOWN

    def hand_over(self, arguments: Arguments) -> None:
        """Code that is not followed has these arguments, and may change them."""

    def lose_made(self, begins: Place, ends: Place) -> None:
        """Know no longer what values hold that were made in a part of the code."""

    def note(self, place: Place, text: str) -> None:
        """Say what could not be followed."""

    def fail(self, place: Place, text: str) -> None:
        """Say what failed of our own."""
