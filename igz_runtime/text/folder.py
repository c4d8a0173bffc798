"""A folder of files that we make: written whole or not at all, and never over what somebody else wrote or changed."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from igz_runtime.errors import WriteFailed
from igz_runtime.text.replace import make_folder, replace_file

_BLANK: Final = "-" * 16
_SEAL: Final = re.compile(r"Made by igz-runtime [^\s,]{1,40}, ([0-9a-f]{16})\b")
_TOP: Final = 400
"""Characters in which the mark of a file of ours stands."""
_MOST: Final = 16 * 1024 * 1024
"""Bytes of a file that may be one of ours."""


def made_by(version: str) -> str:
    """The sentence by which we know a file of ours; it must stand at the top of each."""
    return f"Made by igz-runtime {version}, {_BLANK}: once it was changed by hand, it is not written over."


def write_folder(folder: Path, files: Mapping[str, str], kept: Iterable[str]) -> tuple[str, ...]:
    """Write files, all of them or none. Files of ours from an earlier time that are not among them go.

    Args:
        folder: the folder, which is made where there is none.
        files: the texts by their paths in the folder, with the sentence of `made_by` in each; the one that others are
            found by comes last, so that a process that is killed leaves nothing that can be used by half.
        kept: patterns of paths in the folder, where such files may be.

    Returns:
        The paths of the files that went.

    Raises:
        WriteFailed: a file stands there that is not ours, or was changed; or one cannot be written. Then nothing is
            changed.
    """
    texts = {folder / name: _sealed(text).encode() for name, text in files.items()}
    earlier = {path for pattern in kept for path in folder.glob(pattern)}
    held = {path: _held(path, required=path in texts) for path in {*texts, *earlier}}
    gone = [path for path in sorted(earlier) if path not in texts and held[path] is not None]
    with _undoing(held, texts):
        for path, content in texts.items():
            if held[path] != content:
                make_folder(path.parent)
                replace_file(path, content)
        for path in gone:
            path.unlink()
    return tuple(path.relative_to(folder).as_posix() for path in gone)


@contextlib.contextmanager
def _undoing(held: Mapping[Path, bytes | None], texts: Collection[Path]) -> Iterator[None]:
    """Put back what was there where not everything can be written."""
    absent = [folder for path in texts for folder in (path.parent, path.parent.parent) if not folder.exists()]
    try:
        yield
    except BaseException as error:
        for path, content in held.items():
            with contextlib.suppress(OSError, WriteFailed):
                if content is not None:
                    replace_file(path, content)
                elif path in texts:
                    path.unlink(missing_ok=True)
        for folder in absent:
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise WriteFailed(f"{error.filename}: cannot be written: {error.strerror}") from None
        raise


def _held(path: Path, *, required: bool) -> bytes | None:
    """What a file of ours holds; None where there is none.

    Raises:
        WriteFailed: it is not ours and has to be, or was changed.
    """
    content = b""
    try:
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= _MOST:
            content = path.read_bytes()
        elif not path.is_symlink() and not path.exists():
            return None
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be read: {error.strerror}") from None
    text = content.decode(errors="replace").replace("\r\n", "\n")
    seal = _SEAL.search(text[:_TOP])
    if seal and _sealed(text[: seal.start(1)] + _BLANK + text[seal.end(1) :]) == text:
        return content
    if seal:
        raise WriteFailed(f"{path}: was changed since igz-runtime wrote it; move it, or name another folder")
    if required:
        raise WriteFailed(f"{path}: is there, and igz-runtime did not write it; name another folder")
    return None


def _sealed(text: str) -> str:
    """A text whose mark says what else it holds, so that we see whether somebody changed it."""
    return text.replace(_BLANK, hashlib.sha256(text.encode()).hexdigest()[:16], 1)
