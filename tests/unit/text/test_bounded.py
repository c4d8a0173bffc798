"""Files are read within bounds, whatever stands in their place."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from igz_runtime.text.bounded import beginning_of, content_of, glimpse_of, received, require_file

MIB = 2**20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_a_file_is_read_whole_where_it_is_as_large_as_it_may_be(file: Path) -> None:
    file.write_bytes(b"a" * MIB)

    assert content_of(file, MIB) == b"a" * MIB
    file.write_bytes(b"a" * (MIB + 1))
    with pytest.raises(OSError, match="it is larger than 1 MiB"):
        content_of(file, MIB)
    assert beginning_of(file, 3) == b"aaa"


def test_a_sparse_file_is_not_read_at_all(file: Path) -> None:
    with file.open("wb") as stream:
        stream.truncate(10**12)

    with pytest.raises(OSError, match="it is larger than 1 MiB"):
        content_of(file, MIB)
    with pytest.raises(OSError, match="it is larger than 1 MiB"):
        require_file(file, MIB)


def test_a_device_without_end_is_read_no_further_than_that() -> None:
    with pytest.raises(OSError, match="it is larger than 1 MiB"):
        content_of("/dev/zero", MIB)
    with pytest.raises(OSError, match="it is not a file"):
        require_file("/dev/zero", MIB)
    assert content_of(os.devnull) == b""


def test_a_pipe_is_read_where_somebody_writes_to_it(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(OSError, match="a pipe that nobody writes to"):
        content_of(file)
    assert glimpse_of(file) == ""
    with subprocess.Popen(
        ["/bin/sh", "-c", "sleep 0.1; echo said; sleep 0.1; echo more"], stdout=subprocess.PIPE
    ) as said:
        assert said.stdout
        assert content_of(f"/dev/fd/{said.stdout.fileno()}") == b"said\nmore\n"


def test_a_pipe_into_which_nothing_comes_is_left() -> None:
    out, into = os.pipe()
    os.set_blocking(out, False)
    with pytest.raises(TimeoutError, match="nothing came out of it in time"):
        received(out, 10, 0.0)
    threading.Timer(0, os.write, (into, b"0123456789abc")).start()
    assert received(out, 10, time.monotonic() + 60) == b"0123456789"


def test_what_is_no_path_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        content_of(tmp_path)
    with pytest.raises(FileNotFoundError):
        content_of(tmp_path / "absent")
    with pytest.raises(ValueError, match="null"):
        content_of("a\0b")
