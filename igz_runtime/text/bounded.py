"""Files as bytes, and no more of them than there may be: whatever is read is opened here.

A name may lead to more than memory holds (a sparse file, `/dev/zero`), or to what never ends (a pipe that nobody writes
to): it is looked at first, and no more is read than was asked for.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from typing import Final

from igz_runtime.text.limits import LARGEST, LONGEST_WAIT

_FLAGS: Final = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"))
_AT_ONCE: Final = 2**16


def content_of(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """All that a file holds.

    Args:
        path: the file.
        largest: how many bytes that may be.

    Raises:
        OSError: it cannot be read, or is larger; its `strerror` says why.
        ValueError: the path is not one.
    """
    content = _read(path, largest + 1, largest)
    _require_size(len(content), largest)
    return content


def beginning_of(path: str | os.PathLike[str], most: int) -> bytes:
    """So many bytes of a file, or all of them.

    Raises:
        OSError: it cannot be read.
        ValueError: the path is not one.
    """
    return _read(path, most, None)


def glimpse_of(path: str | os.PathLike[str]) -> str:
    """What the beginning of a file seems to say; nothing where it cannot be read."""
    try:
        return beginning_of(path, LARGEST).decode(errors="replace")
    except OSError:
        return ""


def require_file(path: str | os.PathLike[str], largest: int = LARGEST) -> None:
    """Refuse what somebody else is about to open, where it is not a file, or is larger than it may be.

    Raises:
        OSError: it is; its `strerror` says why.
    """
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is not a file")
    _require_size(found.st_size, largest)


def received(descriptor: int, most: int, until: float) -> bytes:
    """So many bytes of a file or pipe that does not block, or all of them.

    Args:
        descriptor: where they come from.
        most: how many.
        until: when the last one may come, by `time.monotonic`.

    Raises:
        TimeoutError: they did not come in time.
    """
    parts = []
    while most and (part := _part(descriptor, min(most, _AT_ONCE), until)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _part(descriptor: int, most: int, until: float) -> bytes:
    while True:
        try:
            return os.read(descriptor, most)
        except BlockingIOError:
            if not _comes(descriptor, until - time.monotonic()):
                raise TimeoutError(errno.ETIMEDOUT, "nothing came out of it in time") from None


def _comes(descriptor: int, seconds: float) -> bool:
    """Whether something can be read, or will be in so many seconds."""
    from selectors import EVENT_READ, DefaultSelector

    with DefaultSelector() as waiting:
        waiting.register(descriptor, EVENT_READ)
        return bool(waiting.select(max(0.0, seconds)))


def _read(path: str | os.PathLike[str], most: int, largest: int | None) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | _FLAGS)
    try:
        found = os.fstat(descriptor)
        if largest is not None:
            _require_size(found.st_size, largest)
        content = received(descriptor, most, time.monotonic() + LONGEST_WAIT)
    finally:
        os.close(descriptor)
    if not content and stat.S_ISFIFO(found.st_mode):
        raise OSError(errno.ENODATA, "it is a pipe that nobody writes to")
    return content


def _require_size(size: int, largest: int) -> None:
    if size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest // 2**20} MiB")
