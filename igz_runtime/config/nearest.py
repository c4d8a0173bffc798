"""The nearest igz-runtime.yaml and those above it: searched for once, and again when a folder on the way changes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.text.within import is_repository, upwards

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAMES: Final = ("igz-runtime.yaml", "igz-runtime.yml")
SETTLED: Final = 10**9
"""Nanoseconds after which a time of change can be trusted: two changes within one tick of a file system's clock, which
is a second on the coarsest, have the same."""

_MOST: Final = 64
_searches: dict[str, _Search] = {}


class _Search(NamedTuple):
    """A search: the files that it found, and each folder that was looked into, with its time of change."""

    found: tuple[Path, ...]
    folders: tuple[tuple[str, int], ...]
    settled: bool

    def stands(self) -> bool:
        if not self.settled:
            return False
        for folder, mark in self.folders:  # noqa: SIM110  (`all` takes twice the time, and each plan comes by here)
            if changed(folder) != mark:
                return False
        return True


def nearest(start: Path | None = None) -> Path | None:
    """The nearest configuration: in a folder or one above it, up to the root of its git repository.

    Args:
        start: a folder, or a file in it; None: the working directory.
    """
    return next(iter(upwards_from(start)), None)


def upwards_from(start: Path | None = None) -> tuple[Path, ...]:
    """The configurations of a folder and of those above it, the nearest first, up to the root of its git repository.

    A repository below the working directory has the working directory's as well: whoever wrote it does not end the
    search with a `.git`.

    Args:
        start: a folder, or a file in it; None: the working directory.
    """
    if start is not None:
        return _search(str(start.absolute())).found
    here = os.getcwd()
    held = _searches.get(here)
    if held is None or not held.stands():
        if len(_searches) >= _MOST:
            _searches.clear()
        held = _searches[here] = _search(here)
    return held.found


def changed(path: str) -> int:
    """A file's or folder's time of change, in nanoseconds; 0 where there is none."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _search(start: str) -> _Search:
    now = time.time_ns()
    looked: list[tuple[str, int]] = []
    found: list[str] = []
    for folder in upwards(start):
        # Before its files are looked for: what is put there meanwhile changes the time.
        looked.append((folder, changed(folder)))
        found += [next(filter(os.path.isfile, (os.path.join(folder, name) for name in NAMES)), "")]
        if is_repository(folder) and not _below_here(folder):
            break
    return _Search(_paths(filter(None, found)), tuple(looked), all(mark + SETTLED < now for _, mark in looked))


def _below_here(folder: str) -> bool:
    try:
        return folder.startswith(os.path.join(os.getcwd(), ""))
    except OSError:
        return False


def _paths(found: Iterable[str]) -> tuple[Path, ...]:
    listed = list(found)
    if not listed:
        return ()
    from pathlib import Path

    return tuple(map(Path, listed))
