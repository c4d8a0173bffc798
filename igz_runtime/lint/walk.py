"""Which files are looked into: those that are named, and those below named folders that git does not ignore."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from igz_runtime.config.nearest import upwards
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.results import Member

SUFFIXES: Final = (".yaml", ".yml", ".json", ".py", ".ipynb", "startup-hook.sh")
"""The files of a folder that are looked into. A file that is named itself may be called anything."""

_NEVER: Final = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".ipynb_checkpoints"})

_OWN: Final = os.path.join(".git", "info", "exclude")
"""What a repository's owner leaves out without telling others."""


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
    paths: Iterable[str], excluded: Callable[[str], bool] = lambda _: False, *, as_found: bool = False
) -> Iterator[File]:
    """The files of these paths, each once, in the order of their names.

    Args:
        paths: files and folders.
        excluded: whether a file or folder of that name is left out; a file that is named itself is not.
        as_found: treat the files that are named as those of a folder, which a program has looked for.

    Raises:
        ConfigurationError: a path that does not exist.
    """
    seen = set()
    for path in paths:
        if os.path.isdir(path):
            found: Iterator[File] = (File(name, named=False) for name in _below(path, excluded))
        elif os.path.exists(path):
            file = File(_slashed(path), named=not as_found)
            found = iter([] if as_found and (excluded(file.name) or not path.endswith(SUFFIXES)) else [file])
        else:
            raise ConfigurationError(f"{path}: there is no such file or folder")
        for file in found:
            if file.name not in seen:
                seen.add(file.name)
                yield file


def _below(folder: str, excluded: Callable[[str], bool]) -> Iterator[str]:
    shown = "" if os.path.normpath(folder) == "." else _slashed(folder).rstrip("/") + "/"
    return _walk(folder, shown, _ignores_above(folder), excluded)


def _walk(folder: str, shown: str, ignores: list[_Ignore], excluded: Callable[[str], bool]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    if any(entry.name == ".gitignore" for entry in entries):
        ignores = [*ignores, _Ignore.of(folder)]
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_folder and (entry.name in _NEVER or os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))):
            continue
        if not is_folder and not entry.name.endswith(SUFFIXES):
            continue
        name = shown + entry.name
        if (ignores and _ignored(os.path.abspath(entry.path), ignores, is_folder=is_folder)) or excluded(name):
            continue
        if is_folder:
            yield from _walk(entry.path, name + "/", ignores, excluded)
        elif entry.is_file():
            yield name


class _Ignore(NamedTuple):
    """What one .gitignore says of the paths below its folder: True, False, or None where it says nothing."""

    folder: str
    verdict: Callable[[str], bool | None]

    @classmethod
    def of(cls, folder: str, file: str = ".gitignore") -> _Ignore:
        from pathspec import GitIgnoreSpec

        with open(os.path.join(folder, file), encoding="utf-8", errors="replace") as opened:
            text = opened.read()
        try:
            spec = GitIgnoreSpec.from_lines(text.splitlines())
        except ValueError:  # git passes over a pattern that is none
            spec = GitIgnoreSpec.from_lines(())
        return cls(os.path.abspath(folder), lambda path: spec.check_file(path).include)


def _ignores_above(folder: str) -> list[_Ignore]:
    """The .gitignore files from the root of the repository down to a folder, that of the folder itself left out."""
    folders = list(upwards(os.path.abspath(folder)))
    depth = next((number for number, each in enumerate(folders) if os.path.exists(os.path.join(each, ".git"))), None)
    if depth is None:
        return []
    root, above = folders[depth], reversed(folders[1 : depth + 1])
    ignores = [_Ignore.of(each) for each in above if os.path.isfile(os.path.join(each, ".gitignore"))]
    if os.path.isfile(os.path.join(root, _OWN)):
        ignores.insert(0, _Ignore.of(root, _OWN))
    return ignores


def _ignored(path: str, ignores: list[_Ignore], *, is_folder: bool) -> bool:
    """The nearest .gitignore that says anything decides."""
    for ignore in reversed(ignores):
        relative = _slashed(os.path.relpath(path, ignore.folder)) + ("/" if is_folder else "")
        verdict = ignore.verdict(relative)
        if verdict is not None:
            return verdict
    return False


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/").removeprefix("./")
