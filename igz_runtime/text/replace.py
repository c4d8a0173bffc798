"""One atomic way to replace a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from igz_runtime.errors import WriteFailed


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file in one step, keeping its permissions, and the link where it is one.

    Raises:
        WriteFailed: the file cannot be written.
    """
    target = path.resolve()
    with _failing_as_ours(path):
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "it is read-only")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(temporary).chmod(target.stat().st_mode)
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


@contextmanager
def _failing_as_ours(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be written: {error.strerror}") from None
