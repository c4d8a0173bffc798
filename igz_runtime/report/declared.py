"""What was declared and waived, in words: what is said alike together, and first what one sees otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from igz_runtime.messages import shortened
from igz_runtime.report.severity import LONGEST_MESSAGE
from igz_runtime.report.words import function_name
from igz_runtime.rules.declarations import Declaration

Said = TypeVar("Said")

_MOST_NAMED: Final = 3


def alike(said: Iterable[Said], of: Callable[[Said], Declaration]) -> tuple[tuple[str, list[Said]], ...]:
    """What is said alike, each with its sentence; those first whose function shows otherwise.

    Args:
        said: declarations, or what has them.
        of: gives the declaration.
    """
    grouped: dict[str, list[Said]] = {}
    for one in sorted(said, key=lambda one: not of(one).contrary):
        grouped.setdefault(shortened(str(of(one)._replace(contrary="")), LONGEST_MESSAGE), []).append(one)
    return tuple(grouped.items())


def declared_lines(declared: Iterable[Declaration]) -> Iterator[str]:
    """What is declared and waived, by whom; what many say alike once, with some of them."""
    for said, ones in alike(declared, lambda one: one):
        names = list(dict.fromkeys(_named(one) for one in ones))
        if len(names) > _MOST_NAMED + 1:
            yield f"{', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more: {said}"
        else:
            yield from dict.fromkeys(_line(one) for one in ones)


def _line(one: Declaration) -> str:
    said = shortened(str(one), LONGEST_MESSAGE)
    return f"{_named(one)}: {said}" if one.function else said


def _named(one: Declaration) -> str:
    of = f" of project {shortened(repr(one.project))}" if one.project else ""
    return f"{function_name(shortened(one.kind), one.function)}{of}"
