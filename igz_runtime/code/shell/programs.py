"""The programs that a script runs: a command without what stands before it, and what other shells are told to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from igz_runtime.code.shell.commands import ShellCommand, commands_in
from igz_runtime.code.shell.groups import RESERVED, Groups


class Program(NamedTuple):
    """A program, or a command of the shell itself, that a script runs.

    Attributes:
        name: its name, without a folder.
        arguments: what it is given, without quotes.
        line: where its command stands, counted from 1.
        column: the same.
        limited: whether `timeout` ends it.
        waits: whether the script goes on only once it has ended.
        environment: the conda environment that is active; empty where the script has activated none.
    """

    name: str
    arguments: tuple[str, ...]
    line: int
    column: int
    limited: bool = False
    waits: bool = True
    environment: str = ""

    def value(self, *options: str) -> str:
        """What an option is given, such as `-n NAME` or `--name=NAME`; empty where it is not given."""
        for number, word in enumerate(self.arguments):
            option, equals, value = word.partition("=")
            if option in options and (equals or number + 1 < len(self.arguments)):
                return value if equals else self.arguments[number + 1]
        return ""


def programs_in(text: str) -> list[Program]:
    """The programs that a script runs, in the order in which they stand.

    Args:
        text: the script.
    """
    found: list[Program] = []
    environment = ""
    for program in _programs(commands_in(text), 0):
        environment = _activated(program, environment)
        found.append(program if program.environment else program._replace(environment=environment))
    return found


def _activated(program: Program, before: str) -> str:
    """The environment after a command: `conda activate NAME`, `source activate NAME`, `. /conda/bin/activate NAME`."""
    words = program.arguments
    if program.name in CONDA and words[:1] == ("activate",):
        return words[1] if len(words) > 1 else "base"
    if program.name in SOURCING and words and words[0].rpartition("/")[2] == "activate":
        folder = words[0].removesuffix("/bin/activate")
        return words[1] if len(words) > 1 else folder if folder != words[0] else "base"
    return before


CONDA: Final = frozenset({"conda", "mamba", "micromamba"})
SOURCING: Final = frozenset({".", "source"})
SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh"})

ENDLESS_LOOP: Final = "while true"
"""What stands for a loop that nothing ends, where it begins."""

_DEEPEST: Final = 3


def _programs(commands: Sequence[ShellCommand], depth: int) -> Iterator[Program]:
    groups = Groups(commands)
    for number, command in enumerate(commands):
        waits = not groups.in_background[number]
        if number in groups.endless:
            yield Program(ENDLESS_LOOP, (), command.line, command.column, waits=waits)
        run = _Run.of(command)
        if not run.words:
            continue
        name, *arguments = run.words
        name = name.rpartition("/")[2] or name
        program = Program(name, tuple(arguments), command.line, command.column, run.limited, waits, run.environment)
        told = _told(program)
        if told is None or depth == _DEEPEST:
            yield program
            continue
        for inner in _programs(commands_in(told), depth + 1):
            yield inner._replace(
                line=command.line,
                column=command.column,
                limited=inner.limited or program.limited,
                waits=inner.waits and program.waits,
                environment=inner.environment or program.environment,
            )


def _told(program: Program) -> str | None:
    """The script that a shell is given as an argument."""
    if program.name == "eval":
        return " ".join(program.arguments)
    if program.name in SHELLS:
        for number, word in enumerate(program.arguments[:-1]):
            if re.fullmatch(r"-[a-z]*c", word):
                return program.arguments[number + 1]
    return None


class _Run(NamedTuple):
    """What is left of a command without its prefixes, and what they say.

    Attributes:
        words: the program and its arguments.
        limited: whether `timeout` ends it.
        environment: the conda environment in which `conda run` runs it.
    """

    words: tuple[str, ...]
    limited: bool = False
    environment: str = ""

    @classmethod
    def of(cls, command: ShellCommand) -> _Run:
        words, limited, environment = command.words, False, ""
        for _ in range(_MOST_PREFIXES):
            if not words:
                break
            first = words[0].rpartition("/")[2]
            if words[0] in RESERVED or _ASSIGNMENT.match(words[0]):
                words = words[1:]
            elif first in _PREFIXES:
                limited = limited or first == "timeout"
                words = _after_options(words[1:], _PREFIXES[first])[first == "timeout" :]
            elif first in CONDA and words[1:2] == ("run",):
                options = _WITH_VALUE_OF_CONDA
                environment = Program(first, words[1:], 1, 1).value("-n", "--name", "-p", "--prefix") or environment
                words = _after_options(words[2:], options)
            else:
                break
        return cls(words, limited, environment)


_MOST_PREFIXES: Final = 20
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(?:\[[^]]*\])?\+?=")
_PREFIXES: Final = {
    "sudo": frozenset({"-u", "-g", "-C", "-h", "-p", "-r", "-t"}),
    "timeout": frozenset({"-k", "-s", "--kill-after", "--signal"}),
    "env": frozenset({"-u", "--unset", "-C", "--chdir"}),
    "nice": frozenset({"-n"}),
    "ionice": frozenset({"-c", "-n"}),
    "exec": frozenset({"-a"}),
    "command": frozenset[str](),
    "builtin": frozenset[str](),
    "nohup": frozenset[str](),
    "setsid": frozenset[str](),
    "time": frozenset[str](),
}
"""What runs the program that follows it, with its options that take a value of their own."""
_WITH_VALUE_OF_CONDA: Final = frozenset({"-n", "--name", "-p", "--prefix", "--cwd"})


def _after_options(words: tuple[str, ...], with_value: frozenset[str]) -> tuple[str, ...]:
    """The words behind the options at their beginning."""
    at = 0
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in with_value else 1
    return words[at:]
