"""A report as workflow commands of GitHub Actions: each becomes an annotation in the changed file.

GitHub shows ten of each severity for a step. Findings that are accepted are therefore left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from igz_runtime.lint.results import Located, Report
from igz_runtime.report.lint.content import sentence, summary, title
from igz_runtime.report.words import printable
from igz_runtime.rules.findings import Severity

_COMMANDS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def rendered(report: Report) -> str:
    """The report as workflow commands, and its summary as a line of the log."""
    commands = (_command(one) for one in report.findings if one.stands)
    return "".join(f"{line}\n" for line in (*commands, summary(report)))


def _command(one: Located) -> str:
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in _properties(one))
    message = "%0A".join(_escaped(line) for line in _lines(one))
    return f"::{_COMMANDS[one.finding.severity]} {properties}::{message}"


def _properties(one: Located) -> Iterator[tuple[str, str]]:
    yield "file", one.file
    yield "line", str(one.position.in_file)
    if not one.position.cell:
        yield "col", str(one.position.column)
    yield "title", title(one.finding)


def _lines(one: Located) -> Iterator[str]:
    yield sentence(one.finding) + (f" ({one.position})" if one.position.cell else "")
    yield f"fix: {one.finding.fix}"


def _escaped(text: str, special: str = "") -> str:
    """Text that cannot end a property, a message or a line: the runner would read what follows as another command."""
    return "".join(f"%{ord(c):02X}" if c in f"%{special}" else c for c in printable(text))
