"""One change of a function at a time: by the threads of this process, and of a file by other processes as well.

A function is known by its identity. Mappings cannot be told of when they go, so that some functions share a lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final

from igz_runtime.errors import WriteFailed

PATIENCE: Final = 10.0
"""Seconds for which another process may keep the files of a folder to itself."""

_LOCKS: Final = tuple(RLock() for _ in range(64))
_AGAIN: Final = 0.005


def alone(*functions: Any) -> AbstractContextManager[object]:
    """Have no other thread change these functions meanwhile: it waits. The same thread may do so again."""
    numbers = sorted({_number(fn) for fn in functions})
    return _LOCKS[numbers[0]] if len(numbers) == 1 else _all(numbers)


def changing(*functions: Any) -> AbstractContextManager[object]:
    """Have nobody change these functions meanwhile: see `alone`; of files, no other process.

    Raises:
        WriteFailed: when it is entered: another process does not come to an end.
    """
    folders = sorted({_folder(fn) for fn in functions if _is_file(fn)})
    return _with_files(alone(*functions), folders) if folders else alone(*functions)


@contextmanager
def _all(numbers: Sequence[int]) -> Iterator[None]:
    # Always in the same order, so that no two threads wait for each other.
    with ExitStack() as held:
        for number in numbers:
            held.enter_context(_LOCKS[number])
        yield


@contextmanager
def _with_files(threads: AbstractContextManager[object], folders: Sequence[str]) -> Iterator[None]:
    with threads, ExitStack() as held:
        for folder in folders:
            held.enter_context(_kept(folder))
        yield


def _number(fn: Any) -> int:
    return hash(_folder(fn) if _is_file(fn) else id(fn)) % len(_LOCKS)


def _is_file(fn: Any) -> bool:
    return isinstance(fn, (str, os.PathLike))


def _folder(fn: Any) -> str:
    try:
        return str(Path(fn).resolve().parent)
    except (OSError, RuntimeError, ValueError):  # no name of a file, or links without an end, which its reader says
        return ""


_open: Final[dict[str, int]] = {}


@contextmanager
def _kept(folder: str) -> Iterator[None]:
    """Keep the files of a folder from processes that ask as well. The locks of this one are taken already."""
    if folder in _open:
        yield
        return
    try:
        _open[folder] = os.open(folder, os.O_RDONLY)
    except OSError:  # who reads the file says what is wrong
        yield
        return
    try:
        _lock(folder)
        yield
    finally:
        os.close(_open.pop(folder))


def _lock(folder: str) -> None:
    with suppress(ImportError):
        import fcntl

        until = time.monotonic() + PATIENCE
        while True:
            try:
                return fcntl.flock(_open[folder], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise WriteFailed(
                        f"{folder}: another process has been changing a function there for {PATIENCE:g} seconds"
                    ) from None
                time.sleep(_AGAIN)
            except OSError:  # a file system without locks
                return None
