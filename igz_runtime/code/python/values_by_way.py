"""Values that depend on tests: which there are, and the few that are kept."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any, Final

from igz_runtime.code.python.constants import is_small
from igz_runtime.code.python.values import UNKNOWN

_MOST_VALUES: Final = 8
ABSENT: Final = object()
"""What a name stands for that a way does not set."""

Test = tuple[Hashable, str]
"""A test, by the call that it stands in and its text."""
Path = dict[Test, bool]


class Ways:
    """One value where a test is true, and another where it is not."""

    __slots__ = ("no", "size", "test", "yes")

    def __init__(self, test: Test, yes: Any, no: Any) -> None:
        self.test, self.yes, self.no = test, yes, no
        self.size: int = _size(yes) + _size(no)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ways) and (self.test, self.yes, self.no) == (other.test, other.yes, other.no)

    __hash__ = None  # type: ignore[assignment]


def values(value: Any) -> Iterator[Any]:
    """Each value that something may have."""
    if isinstance(value, Ways):
        yield from values(value.yes)
        yield from values(value.no)
    else:
        yield value


def either(test: Test, yes: Any, no: Any) -> Any:
    """One value where a test is true and another where it is not; with a few of those that they may have."""
    return yes if same(yes, no) else _few(Ways(test, yes, no), _MOST_VALUES)


def given(value: Any, answers: Path) -> Any:
    """What something is once tests have turned out so."""
    if not isinstance(value, Ways):
        return value
    if value.test in answers:
        return given(value.yes if answers[value.test] else value.no, answers)
    yes, no = given(value.yes, answers), given(value.no, answers)
    return value if yes is value.yes and no is value.no else Ways(value.test, yes, no)


def _size(value: Any) -> int:
    return value.size if isinstance(value, Ways) else 1


def _few(value: Any, most: int) -> Any:
    """A value with a few of those that it may have; what else it may be is unknown."""
    if _size(value) <= most:
        return value
    if most == 1:
        # What only some ways set at all, as they do with all that they make, must not get lost among the others.
        set_to = [each for each in values(value) if each is not ABSENT] or [ABSENT]
        return set_to[0] if all(same(each, set_to[0]) for each in set_to) else UNKNOWN
    no = _few(value.no, max(most - _size(value.yes), 1))
    return Ways(value.test, _few(value.yes, most - _size(no)), no)


def same(one: Any, other: Any) -> bool:
    """Whether two values are known to be the same."""
    if one is other:
        return True
    return type(one) is type(other) and is_small(one) and is_small(other) and bool(one == other)
