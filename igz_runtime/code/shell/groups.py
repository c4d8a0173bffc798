"""Groups and loops of a script: which commands run in the background, and which loops have no way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from igz_runtime.code.shell.commands import ShellCommand

_CLOSED_BY: Final = {
    "(": ")",
    "{": "}",
    "if": "fi",
    "case": "esac",
    "while": "done",
    "until": "done",
    "for": "done",
    "select": "done",
}
_BETWEEN: Final = frozenset({"then", "elif", "else", "do", "!"})
RESERVED: Final = frozenset({*_CLOSED_BY, *_CLOSED_BY.values(), *_BETWEEN}) - {"for", "case", "select"}
"""Words before a command that are not part of it."""

_FOR_EVER: Final = (("while", "true"), ("while", ":"), ("until", "false"))
_WAYS_OUT: Final = frozenset({"break", "exit", "return", "exec"})


class Groups:
    """What is around the commands of a script.

    Args:
        commands: the commands, in their order.

    Attributes:
        in_background: of each command, whether nobody waits for it.
        endless: the numbers of the commands with which a loop begins that nothing ends.
    """

    def __init__(self, commands: Sequence[ShellCommand]) -> None:
        background = [0] * (len(commands) + 1)
        self.endless: set[int] = set()
        out = list(accumulate((_has_way_out(each) for each in commands), initial=0))
        for first, last in _groups(commands):
            if commands[last].ends == "&":
                background[first] += 1
                background[last + 1] -= 1
            if commands[first].words[-2:] in _FOR_EVER and out[first] == out[last + 1]:
                self.endless.add(first)
        begun = list(accumulate(background))
        self.in_background = [bool(begun[number]) or each.ends == "&" for number, each in enumerate(commands)]


def _groups(commands: Sequence[ShellCommand]) -> Iterator[tuple[int, int]]:
    """The first and the last command of each group that is closed, from the inside."""
    opened: list[tuple[str, int]] = []
    for number, command in enumerate(commands):
        for word in command.words:
            if word in _CLOSED_BY:
                opened.append((_CLOSED_BY[word], number))
            elif opened and word == opened[-1][0]:
                yield opened.pop()[1], number
            if word not in RESERVED:
                break


def _has_way_out(command: ShellCommand) -> bool:
    return not _WAYS_OUT.isdisjoint(command.words)
