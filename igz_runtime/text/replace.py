"""The atomic ways to write a file: function files, fixes, saved clusters, baselines and reports."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from igz_runtime.errors import WriteFailed
from igz_runtime.text.within import TEMPORARY, leads_out, stays_within


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file in one step, or make it: who reads it finds the old content or the new, and never a half.

    Permissions and owner stay, a new file has those that any has, and a link stays one. What is not a file, such as a
    pipe or `/dev/stdout`, is written to as it is.

    Raises:
        WriteFailed: it cannot be written; what stands there is unchanged.
    """
    with _failing_as_ours(path):
        _through_no_link_out(path)
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        target = _target_of(path)
        present = target.exists()
        if present and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "it is read-only")
        temporary = _beside(target)
        try:
            # Nobody else may read what replaces a private file, not even while it is written.
            _write(temporary, content, 0o600 if present else 0o666)
            if present:
                _owned_as(target.stat(), temporary)
                temporary.chmod(target.stat().st_mode)
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where there is none.

    Raises:
        WriteFailed: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteFailed(f"{folder}: cannot be made: {error.strerror}") from None


def _beside(target: Path) -> Path:
    """A name that nothing has, which tells a person and lint what was left there by a write that was killed."""
    return target.with_name(f".{target.name[:_MOST_OF_NAME]}.{os.urandom(4).hex()}{TEMPORARY}")


_MOST_OF_NAME: Final = 50
"""Characters, each of up to four bytes: a file system takes names of 255 bytes."""


def _write(temporary: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a new file. It is on the disk before it gets its name: after a power cut it would be empty otherwise."""
    with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:
        stream.write(content)
        stream.flush()
        try:
            os.fsync(stream.fileno())
        except OSError as error:
            # Some mounted object stores know nothing of it; a full disk and a broken one say so.
            if error.errno not in _NOT_KNOWN:
                raise


_NOT_KNOWN: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})


def _target_of(path: Path) -> Path:
    """The file that a path means. A link out of its own folder and repository is somebody's who chose what is written.

    Raises:
        OSError: it is such a link.
    """
    target = path.resolve()
    if path.is_symlink() and not stays_within(str(target), str(path.parent)):
        raise OSError(errno.ELOOP, f"it is a link to {target}, which is elsewhere; name that file instead")
    return target


def _through_no_link_out(path: Path) -> None:
    """Refuse a link out of a repository on the way to a file, whatever stands there: its author chose it."""
    path = path.absolute()
    for link in (path, *path.parents):
        if link.is_symlink() and leads_out(str(link)):
            raise OSError(errno.ELOOP, f"{link} is a link to {link.resolve()}, which is elsewhere; name that instead")


def _owned_as(status: os.stat_result, temporary: Path) -> None:
    """Give a file the owner and the group of the one that it replaces."""
    own = temporary.stat()
    if (own.st_uid, own.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.chown(temporary, status.st_uid, status.st_gid)
    except PermissionError:
        raise PermissionError(errno.EPERM, "it belongs to another user or group, and would no longer") from None


def create_file(path: Path, content: bytes) -> None:
    """Make a file in one step, and never over one that is there.

    Raises:
        WriteFailed: there is something of that name, a broken link included; or it cannot be written.
    """
    with _failing_as_ours(path):
        _through_no_link_out(path.parent)
        temporary = _beside(path)
        try:
            _write(temporary, content)
            _name_anew(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _name_anew(temporary: Path, path: Path) -> None:
    """Give a file another name as well, where nothing has it."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links, as a mounted object store is: the name is taken first, and then replaced.
        path.open("xb").close()
        temporary.replace(path)


@contextmanager
def _failing_as_ours(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be written: {error.strerror}") from None
