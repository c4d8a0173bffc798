"""A report as workflow commands of GitHub Actions: each becomes an annotation in the changed file.

GitHub shows ten of each severity for a step. Findings that are accepted are therefore left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from igz_runtime.lint.results import Located, Report
from igz_runtime.messages import printable
from igz_runtime.report.lint.content import declared, defects, sentence, summary, title
from igz_runtime.rules.findings import Severity
from igz_runtime.text.place import Position

_COMMANDS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "notice"}


def rendered(report: Report) -> str:
    """The report as workflow commands, and its summary as a line of the log."""
    found = (
        _command(_COMMANDS[one.finding.severity], one.file, one.position, title(one.finding), _lines(one))
        for one in report.findings
        if one.stands
    )
    failed = (_command("warning", one.file, one.position, "not checked", (one.text,)) for one in defects(report))
    said = (_command("notice", one.file, one.position, "declared", (declared(one),)) for one in report.declared)
    return "".join(f"{line}\n" for line in (*found, *failed, *said, printable(summary(report))))


def _command(name: str, file: str, position: Position | None, heading: str, lines: Iterable[str]) -> str:
    described = (*_place(file, position), ("title", heading))
    properties = ",".join(f"{key}={_escaped(value, ':,')}" for key, value in described)
    return f"::{name} {properties}::{'%0A'.join(map(_escaped, lines))}"


def _place(file: str, position: Position | None) -> Iterator[tuple[str, str]]:
    yield "file", file
    if position:
        yield "line", str(position.in_file)
        if not position.cell:
            yield "col", str(position.column)


def _lines(one: Located) -> Iterator[str]:
    yield sentence(one.finding) + (f" ({one.position})" if one.position.cell else "")
    yield f"fix: {one.finding.fix}"


def _escaped(text: str, special: str = "") -> str:
    """Text that cannot end a property, a message or a line: the runner would read what follows as another command."""
    return "".join(f"%{ord(c):02X}" if c in f"%{special}" else c for c in printable(text))
