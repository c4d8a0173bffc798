"""The nearest igz-runtime.yaml: searched for once, and again when a folder on the way changes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.text.within import is_repository, upwards

if TYPE_CHECKING:
    from pathlib import Path

NAMES: Final = ("igz-runtime.yaml", "igz-runtime.yml")
SETTLED: Final = 10**9
"""Nanoseconds after which a time of change can be trusted: two changes within one tick of a file system's clock, which
is a second on the coarsest, have the same."""

_MOST: Final = 64
_searches: dict[str, _Search] = {}


class _Search(NamedTuple):
    """A search: the file that it found, and each folder that was looked into, with its time of change."""

    found: Path | None
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
    found = None
    for folder in upwards(start):
        # Before its files are looked for: what is put there meanwhile changes the time.
        looked.append((folder, changed(folder)))
        found = next(filter(os.path.isfile, (os.path.join(folder, name) for name in NAMES)), None)
        if found or is_repository(folder):
            break
    return _Search(_path(found), tuple(looked), all(mark + SETTLED < now for _, mark in looked))


def _path(found: str | None) -> Path | None:
    if found is None:
        return None
    from pathlib import Path

    return Path(found)
