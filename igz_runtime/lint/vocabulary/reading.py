"""What is read of one file: the functions of MLRun that its code makes, and what lint says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.host import Host
from igz_runtime.code.python.leaving import Exhausted
from igz_runtime.code.python.values import UNKNOWN
from igz_runtime.code.python.values_by_way import ABSENT, values

if TYPE_CHECKING:
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.lint.vocabulary.made import Made
    from igz_runtime.profiles.profile import Profile

_MOST_NOTES: Final = 200
_MOST_MADE: Final = 500


class Reading(Host):
    """What the vocabulary keeps of a file.

    Args:
        cluster: the cluster that profiles are proved on.
        profiles: the profiles of an organisation's own, by the names that code calls them by.

    Attributes:
        of: what goes through the code.
        notes: what could not be followed, by place.
        faults: profiles' calls that raise, by place.
        failures: where lint itself failed.
        runs: the handlers that functions are run with, by the functions' names, where only those are known.
    """

    of: Evaluator

    def __init__(self, cluster: Cluster, profiles: Mapping[str, Callable[..., Profile]]) -> None:
        self.cluster = cluster
        self.profiles = profiles
        self._made: dict[int, Any] = {}
        self._count = 0
        self.notes: dict[tuple[Place, str], None] = {}
        self.faults: dict[tuple[Place, str], None] = {}
        self.failures: dict[tuple[Place, str], None] = {}
        self.runs: dict[str, dict[str, None]] = {}

    def new(self, place: Place, kind: str | None) -> Made:
        """A new function of a kind; None where the kind is not known."""
        raise NotImplementedError

    def keep(self, made: Made) -> Made:
        """Keep a function that the code makes."""
        if len(self._made) >= _MOST_MADE:
            raise Exhausted
        self._count += 1
        self.of.state.set(self._made, self._count, made)
        return made

    @property
    def made(self) -> list[Made]:
        """The functions that were made, in their order, on whichever way."""
        return [
            each for held in self._made.values() for each in values(held) if each is not ABSENT and each is not UNKNOWN
        ]

    @property
    def numbers(self) -> list[int]:
        """The numbers of the functions that were made."""
        return list(self._made)

    def find(self, number: int) -> Made | None:
        """A function by its number, where it is made on the way that is gone through."""
        made = self.of.state.resolve(self._made[number])
        return None if made is ABSENT or made is UNKNOWN else made

    def named(self, name: str) -> Made | None:
        """The function of a name that was made last, on the way that is gone through."""
        found = (made for made in map(self.find, reversed(self._made)) if made is not None)
        return next((made for made in found if made.get(("metadata", "name")) == name), None)

    def note(self, place: Place, text: str) -> None:
        """Say what could not be followed."""
        if len(self.notes) < _MOST_NOTES:
            self.notes[place, text] = None

    def fault(self, place: Place, text: str) -> None:
        """Say that a profile's call raises."""
        if len(self.faults) < _MOST_NOTES:
            self.faults[place, text] = None

    def fail(self, place: Place, text: str) -> None:
        """Say what failed of our own."""
        self.failures[place, text] = None

    def lose_made(self, begins: Place, ends: Place) -> None:
        """Know no longer what functions hold that were made in a part of the code."""
        for made in self.made:
            if begins <= made.place < ends:
                made.lose(begins)
