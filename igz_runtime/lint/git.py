"""What git leaves out of a repository: what its files ignore, but for what its index tracks all the same.

git itself is not asked: a repository's own configuration may have it run programs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from igz_runtime.text.bounded import beginning_of
from igz_runtime.text.limits import LARGEST
from igz_runtime.text.within import is_repository, upwards

IGNORE: Final = ".gitignore"
_OWN: Final = os.path.join(".git", "info", "exclude")
"""What a repository's owner leaves out without telling others."""


class _Ignore(NamedTuple):
    """What one file says of the paths below its folder: True, False, or None where it says nothing."""

    folder: str
    verdict: Callable[[str], bool | None]

    @classmethod
    def of(cls, folder: str, file: str = IGNORE) -> _Ignore:
        from pathspec import GitIgnoreSpec

        lines = _bytes_of(os.path.join(folder, file), _LARGEST_IGNORE).decode(errors="replace").splitlines()
        kept = (
            each for each in lines[:_MOST_PATTERNS] if len(each) <= _LONGEST_PATTERN and each.count("**") <= _DEEPEST
        )
        try:
            spec = GitIgnoreSpec.from_lines(kept)
        except ValueError:  # git passes over a pattern that is none
            spec = GitIgnoreSpec.from_lines(())
        for pattern in spec.patterns:
            if pattern.regex is not None and pattern.regex.pattern.count(_STAR) > 1:
                pattern.regex = _settling(pattern.regex.pattern)
        return cls(os.path.abspath(folder), lambda path: spec.check_file(path).include)


class Git(NamedTuple):
    """What a repository leaves out, as seen from one of its folders.

    Attributes:
        root: the folder of the repository; empty outside of one.
        ignores: what its files say, those of the root first.
        tracked: what it tracks, as its index has it.
    """

    root: str = ""
    ignores: tuple[_Ignore, ...] = ()
    tracked: bytes = b""

    @classmethod
    def above(cls, folder: str) -> Git:
        """The repository of a folder, without what the folder's own .gitignore says."""
        folders = list(upwards(os.path.abspath(folder)))
        root = next(filter(is_repository, folders), None)
        if root is None:
            return cls()
        above = reversed(folders[1 : folders.index(root) + 1])
        ignores = tuple(_Ignore.of(each) for each in above if os.path.lexists(os.path.join(each, IGNORE)))
        own = (_Ignore.of(root, _OWN),) if os.path.isfile(os.path.join(root, _OWN)) else ()
        return cls(root, own + ignores, _bytes_of(os.path.join(root, ".git", "index"), _LARGEST_INDEX))

    def inside(self, folder: str) -> Git:
        """The same, seen from a folder that has a .gitignore of its own."""
        return self._replace(ignores=(*self.ignores, _Ignore.of(folder)))

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path is ignored, and nothing of it tracked."""
        return self._ignored(path, is_folder=is_folder) and not self._tracked(path, is_folder=is_folder)

    def _ignored(self, path: str, *, is_folder: bool) -> bool:
        """The nearest file that says anything decides."""
        for ignore in reversed(self.ignores):
            relative = _seen_from(ignore.folder, path) + ("/" if is_folder else "")
            verdict = ignore.verdict(relative)
            if verdict is not None:
                return verdict
        return False

    def _tracked(self, path: str, *, is_folder: bool) -> bool:
        """Whether the index names it. A path that ends like one counts as well: it is looked into needlessly.

        Source: gitformat-index: a path ends with NUL. Version 4 has only the ends of paths, and may say too little.
        """
        name = os.fsencode(_seen_from(self.root, path)) if self.tracked else b""
        return bool(name) and name + (b"/" if is_folder else b"\0") in self.tracked


_LARGEST_INDEX: Final = 4 * LARGEST
_LARGEST_IGNORE: Final = 2**20
_MOST_PATTERNS: Final = 10_000
_LONGEST_PATTERN: Final = 1_000
_DEEPEST: Final = 3
"""Patterns, characters and `**` of one: what is beyond counts for nothing, and files are read that git leaves out."""

_STAR: Final = "[^/]*"
"""What `pathspec` makes of a star."""


def _settling(expression: str) -> re.Pattern[str]:
    """A pattern whose stars, but the last of a name, stay where what follows them first fits.

    Going back on them finds nothing else, and tries all combinations: for ever, with a long name and ten stars.
    """
    begin, *between, end = expression.split(_STAR)
    settled = (f"{_STAR}{each}" if "/" in each else f"(?>{_STAR}?{each})" for each in between)
    return re.compile(f"{begin}{''.join(settled)}{_STAR}{end}")


def _seen_from(folder: str, path: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _bytes_of(path: str, largest: int = LARGEST) -> bytes:
    """The beginning of a file; nothing where it is none, as with a pipe, a folder or a link to nothing."""
    if not os.path.isfile(path):
        return b""
    try:
        return beginning_of(path, largest)
    except OSError:
        return b""
