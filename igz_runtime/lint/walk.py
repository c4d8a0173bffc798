"""Which files are looked into: those that are named, and those below named folders that git does not ignore."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.git import IGNORE, Git
from igz_runtime.lint.results import Member
from igz_runtime.text.within import TEMPORARY, is_inside

SUFFIXES: Final = (".yaml", ".yml", ".json", ".py", ".ipynb", "startup-hook.sh")
"""The files of a folder that are looked into. A file that is named itself may be called anything."""

_OF_GIT: Final = ".git"
"""What git itself never tracks."""
_NEVER: Final = frozenset({"node_modules", "__pycache__", ".ipynb_checkpoints", ".hg", ".svn"})

Unread = Callable[[str, str], None]
"""Is told of a folder or file, as reports call it, and why it is not looked into."""


class File(NamedTuple):
    """A file to look into.

    Attributes:
        name: as reports call it: relative where it was named so, with forward slashes.
        named: whether a person named it, rather than a folder above it.
        member: what its functions get from the project that they belong to; None: they belong to none.
    """

    name: str
    named: bool
    member: Member | None = None


def files_under(
    paths: Iterable[str],
    excluded: Callable[[str], bool] = lambda _: False,
    *,
    as_found: bool = False,
    unread: Unread = lambda *_: None,
) -> Iterator[File]:
    """The files of these paths, each once, in the order of their names.

    Args:
        paths: files and folders.
        excluded: whether a file or folder of that name is left out; a file that is named itself is not.
        as_found: treat the files that are named as those of a folder, which a program has looked for.
        unread: is told of a folder that is not looked into, although neither git nor `excluded` leaves it out, and why.

    Raises:
        ConfigurationError: a path that does not exist.
    """
    seen = set()
    for path in paths:
        if os.path.isdir(path):
            found: Iterator[File] = (File(name, named=False) for name in _below(path, excluded, unread))
        elif os.path.exists(path):
            file = File(_slashed(path), named=not as_found)
            found = iter([] if as_found and (excluded(file.name) or not _looked_into(path)) else [file])
        else:
            raise ConfigurationError(f"{path}: there is no such file or folder")
        for file in found:
            if file.name not in seen:
                seen.add(file.name)
                yield file


def _looked_into(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _below(folder: str, excluded: Callable[[str], bool], unread: Unread) -> Iterator[str]:
    """The files below a folder. Folders may be deeper inside of each other than functions may call each other."""
    shown = "" if os.path.normpath(folder) == "." else _slashed(folder).rstrip("/") + "/"
    git = Git.above(folder)
    levels = [_entries(folder, shown, git, unread)]
    while levels:
        entry = next(levels[-1], None)
        if entry is None:
            levels.pop()
        elif excluded(entry.name):
            continue
        elif not entry.is_folder:
            yield entry.name
        elif why := _not_entered(entry.path, folder):
            if why != INSIDE:
                unread(entry.name, why)
        else:
            levels.append(_entries(entry.path, f"{entry.name}/", entry.git, unread))


class _Entry(NamedTuple):
    """A file or folder that git does not leave out."""

    path: str
    name: str
    is_folder: bool
    git: Git


def _entries(folder: str, shown: str, git: Git, unread: Unread) -> Iterator[_Entry]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        unread(shown.rstrip("/") or folder, f"the folder cannot be read ({error.strerror})")
        return
    if git.root and any(entry.name == IGNORE for entry in entries):
        git = git.inside(folder)
    for entry in entries:
        if entry.name.endswith(TEMPORARY):
            unread(shown + entry.name, "left by a write of igz-runtime that was killed; delete it")
        is_folder = entry.is_dir()
        if entry.name == _OF_GIT or not (is_folder or (_looked_into(entry.name) and entry.is_file())):
            continue
        # A link is no folder to git.
        if not git.leaves_out(os.path.abspath(entry.path), is_folder=is_folder and not entry.is_symlink()):
            yield _Entry(entry.path, shown + entry.name, is_folder, git)


INSIDE: Final = "it is a link to a folder that is looked into itself"
ELSEWHERE: Final = "a link to a folder elsewhere is not followed; name that folder as well"


def _not_entered(path: str, top: str) -> str:
    """Why a folder below the top one is not looked into; empty where it is."""
    if os.path.islink(path):
        return INSIDE if is_inside(path, top) else ELSEWHERE
    if os.path.basename(path) in _NEVER:
        return "a folder of this name holds copies, or what other people wrote"
    if os.path.exists(os.path.join(path, "pyvenv.cfg")):
        return "it is a virtual environment of Python (pyvenv.cfg)"
    return ""


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/").removeprefix("./")
