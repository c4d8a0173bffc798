"""What a program installs: packages of Debian, and what conda changes in which environment."""

from __future__ import annotations

from typing import Final, NamedTuple

from igz_runtime.code.shell.programs import CONDA, Program

_APT: Final = frozenset({"apt-get", "apt"})
_WITH_VALUE: Final = frozenset({"-o", "--option", "-c", "--config-file", "-t", "--target-release", "-a"})
_CHANGES: Final = frozenset({"install", "update", "upgrade", "remove", "uninstall"})
_ASSENT: Final = frozenset({"-y", "--yes", "--assume-yes", "-qq", "--quiet=2", "--trivial-only", "-s", "--dry-run"})


class CondaChange(NamedTuple):
    """A change of a conda environment.

    Attributes:
        verb: what is done, as conda calls it: `install`, `create`, …
        environment: the environment's name or folder; empty where the command names none.
        is_folder: whether it is a folder.
    """

    verb: str
    environment: str
    is_folder: bool


def apt_packages(program: Program) -> tuple[str, ...]:
    """The packages that apt-get installs; empty where the program is another, or does something else."""
    if program.name not in _APT:
        return ()
    words = _without_options(program.arguments)
    return words[1:] if words[:1] == ("install",) else ()


def asks(program: Program) -> bool:
    """Whether apt-get asks before it installs: by none of its options somebody has agreed already."""
    short = (word[1:] for word in program.arguments if word.startswith("-") and not word.startswith("--"))
    return not (_ASSENT & set(program.arguments)) and not any("y" in letters or "qq" in letters for letters in short)


def conda_change(program: Program) -> CondaChange | None:
    """What conda changes; None where the program is another, or changes no environment."""
    if program.name not in CONDA:
        return None
    words = _without_options(program.arguments)
    verb = " ".join(words[:2]) if words[:1] == ("env",) else words[0] if words else ""
    if verb not in _CHANGES | {"create", "env create", "env update", "env remove"}:
        return None
    folder = program.value("-p", "--prefix")
    return CondaChange(verb, folder or program.value("-n", "--name"), bool(folder))


def _without_options(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that are no option, nor the value of one of apt-get's."""
    return tuple(
        word
        for number, word in enumerate(words)
        if not word.startswith("-") and not (number and words[number - 1] in _WITH_VALUE)
    )
