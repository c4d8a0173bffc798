"""Where a report goes: standard output in one format, and files, each in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import click

from igz_runtime.messages import did_you_mean
from igz_runtime.report.lint import FORMATS, Format

_STANDARD_OUTPUT: Final = "-"


def targets(
    formats: Sequence[str], outputs: Sequence[str], known: Mapping[str, Format] = FORMATS
) -> dict[str | None, str]:
    """The format of each file, and of standard output (None).

    Args:
        formats: what `--format` says, each time that it is given; it is for standard output alone.
        outputs: what `--output` says: `FORMAT=FILE`, or a file whose ending tells its format.
        known: the formats that there are.

    Returns:
        The formats by file, in the order of the call. Text goes to standard output where nothing goes anywhere.

    Raises:
        UsageError: two reports would go to one place, or a format is not known.
    """
    asked = [*((form, None) for form in formats), *(_of_output(output, known) for output in outputs)]
    found: dict[str | None, str] = {}
    for form, file in asked:
        if found.setdefault(file, form) != form:
            raise click.UsageError(_twice(file, found[file], form))
    return found or {None: "text"}


def _of_output(output: str, known: Mapping[str, Format]) -> tuple[str, str | None]:
    """The format of one `--output`, and its file; None is standard output."""
    form, equals, file = output.partition("=")
    if not equals or form not in known:
        near = did_you_mean(form.lower(), known) if equals else ""
        if near:
            raise click.UsageError(f"--output {output}: there is no format {form!r}{near}")
        from pathlib import Path

        by_ending = {one.ending: name for name, one in known.items() if one.ending}
        file, form = output, by_ending.get(Path(output).suffix.lower(), "")
    if not form:
        raise click.UsageError(
            f"--output {output}: which format? write --output FORMAT={output}, and for FORMAT {', '.join(known)}"
        )
    return form, None if file == _STANDARD_OUTPUT else file


def _twice(file: str | None, one: str, other: str) -> str:
    if file is not None:
        return f"--output {file}: {one} and {other} would both go to this file; name two files"
    return f"{one} and {other} would both go to standard output; write --output {other}=FILE"
