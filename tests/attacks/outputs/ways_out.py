"""The program and the library called on what is hostile, and everything that comes out of them."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from igz_runtime.cli import main
from tests.attacks.budget import FULL, generator

Way = TypeVar("Way")
DEFECT: Final = ("defect of igz-runtime", "igz-runtime itself failed", "Traceback")


class Called(NamedTuple):
    """What a call wrote, and its exit code."""

    code: int
    out: str
    err: str


def called(*arguments: str, stdin: bytes = b"") -> Called:
    """Call the command line as a pipe sees it: output is UTF-8 or fails."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    before = sys.stdin
    try:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(arguments))
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.stdin = before
    for stream in (out, err):
        stream.flush()
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return Called(code, *said)


def a_few(name: str, ways: Sequence[Way], many: int = 2) -> Sequence[Way]:
    """The ways out of an attack of a name: all of them, or in CI a few, so that over the names each has its turns."""
    return ways if FULL else generator(f"ways of {name}").sample(ways, many)


FORMATS_OF_LINT: Final = ("text", "json", "sarif", "github", "junit", "html")
FORMATS_OF_AUDIT: Final = (*FORMATS_OF_LINT, "prometheus")


def reported(folder: Path, formats: Sequence[str], *arguments: str) -> Iterator[tuple[str, str]]:
    """What each format of a report has, beside what is said to standard output (in colours) and to standard error."""
    outputs = [(form, folder / f"report.{form}") for form in formats]
    asked = [part for form, file in outputs for part in ("--output", f"{form}={file}")]
    said = called(*arguments, *asked, "--format", "text", "--color")
    yield "terminal", said.out
    yield "text", said.err
    for form, file in outputs:
        if file.exists():
            yield form, file.read_text(encoding="utf-8")
            file.unlink()


def shown(value: Any) -> Iterator[tuple[str, str]]:
    """How a value shows itself to a person: printed, in a notebook, in a terminal, and as Python names it."""
    from rich.console import Console

    yield "text", str(value)
    yield "repr", repr(value)
    if hasattr(value, "_repr_html_"):
        yield "html", value._repr_html_()
    if hasattr(value, "__rich__"):
        console = Console(file=io.StringIO(), force_terminal=True, width=60, legacy_windows=False)
        console.print(value)
        yield "terminal", console.file.getvalue()  # type: ignore[attr-defined]
