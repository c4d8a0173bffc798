"""A report for programs. `report.schema.json` beside this module says what each key means."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import igz_runtime
from igz_runtime.lint.results import Located, Note, Report, Stated
from igz_runtime.messages import without_credentials
from igz_runtime.report.json_lines import laid_out
from igz_runtime.rules.findings import SEVERITIES
from igz_runtime.rules.registry import rule_of
from igz_runtime.text.place import Position

VERSION: Final = 1
"""Changed when a key goes or means something else. New keys come without a change."""


def rendered(report: Report) -> str:
    """The report as JSON."""
    document = {
        "version": VERSION,
        "tool": {"name": "igz-runtime", "version": igz_runtime.__version__},
        "summary": _summary(report),
        "findings": [_finding(one) for one in report.findings],
        "declared": [_declared(one) for one in report.declared],
        "notes": [_note(note) for note in report.notes],
        "skipped": [
            _skipped(rule, because, functions) for (rule, because), functions in sorted(report.skipped.items())
        ],
    }
    return laid_out(document, 2) + "\n"


def _summary(report: Report) -> dict[str, int]:
    standing = Counter(one.finding.severity for one in report.findings if one.stands)
    return {
        **{severity: standing[severity] for severity in SEVERITIES},
        "waived": sum(one.finding.waived is not None for one in report.findings),
        "known": sum(one.known for one in report.findings),
        "declared": len(report.declared),
        "files": report.files,
        "functions": report.functions,
        "unreadable": report.unreadable,
    }


def _finding(one: Located) -> dict[str, Any]:
    rule = rule_of(one.finding.rule)
    return {
        "rule": one.finding.rule,
        "name": rule.name if rule else None,
        **one.finding.to_dict(),
        "file": one.file,
        **_place(one.position),
        "known": one.known,
        "fixable": one.fixable,
    }


def _place(position: Position | None) -> dict[str, int | None]:
    if position is None:
        return {"line": None, "column": None}
    place: dict[str, int | None] = {"line": position.line, "column": position.column}
    if position.cell:
        place |= {"cell": position.cell, "file_line": position.in_file}
    return place


def _declared(one: Stated) -> dict[str, Any]:
    return {**one.declaration.to_dict(), "file": one.file, **_place(one.position)}


def _note(note: Note) -> dict[str, Any]:
    return {"file": note.file, **_place(note.position), "text": without_credentials(note.text), "defect": note.defect}


def _skipped(rule_id: str, because: str, functions: int) -> dict[str, Any]:
    rule = rule_of(rule_id)
    return {
        "rule": rule_id,
        "name": rule.name if rule else None,
        "because": without_credentials(because),
        "functions": functions,
    }
