"""A report as SARIF 2.1.0, which code scanning and editors read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import igz_runtime
from igz_runtime.lint.baseline import fingerprint
from igz_runtime.lint.results import Located, Note, Report, Stated
from igz_runtime.messages import printable, printable_lines, shortened
from igz_runtime.report.json_lines import laid_out
from igz_runtime.report.lint.content import declared, sentence, skipped
from igz_runtime.report.severity import LONGEST_MESSAGE
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.page import rule_page
from igz_runtime.rules.registry import rules
from igz_runtime.text.place import Position

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "%SRCROOT%"
_FINGERPRINT: Final = "igzRuntimeFinding/v1"
_LEVELS: Final[Mapping[Severity, str]] = {"error": "error", "warning": "warning", "info": "note"}
_FAMILIES: Final[Mapping[str, str]] = {
    "IGZ1": "spot",
    "IGZ2": "resources",
    "IGZ3": "priority",
    "IGZ4": "placement",
    "IGZ5": "jupyter",
    "IGZ6": "cluster",
    "IGZ9": "document",
}


def rendered(report: Report) -> str:
    """The report as a SARIF log of one run."""
    found = sorted({one.finding.rule for one in report.findings})
    compared = any(one.known for one in report.findings)
    run = {
        "tool": {"driver": _driver(found)},
        "invocations": [_invocation(report)],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": f"The directory in which igz-runtime {report.command} was run."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, found.index(one.finding.rule), compared=compared) for one in report.findings],
    }
    return laid_out({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, 4) + "\n"


def _driver(found: Iterable[str]) -> dict[str, Any]:
    known = rules()
    return {
        "name": "igz-runtime",
        "version": igz_runtime.__version__,
        "semanticVersion": igz_runtime.__version__,
        "rules": [_rule(known[rule_id]) if rule_id in known else {"id": rule_id} for rule_id in found],
    }


def _rule(rule: Rule[Any]) -> dict[str, Any]:
    family = _FAMILIES.get(rule.id[:4])
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": _capital(rule.title)},
        "fullDescription": {"text": f"{_capital(rule.title)}. {rule.source}"},
        "help": {"text": f"{rule.source} ({rule.origin})\nFix: {rule.fix}.", "markdown": rule_page(rule.id)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["igz-runtime", *filter(None, [family])],
            "problem.severity": "recommendation" if rule.severity == "info" else rule.severity,
        },
    }


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _result(one: Located, rule_index: int, *, compared: bool) -> dict[str, Any]:
    finding = one.finding
    about = {"function": finding.function, "kind": finding.kind, "role": finding.role}
    result = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _message(f"{sentence(finding)}\nFix: {finding.fix}")},
        "locations": [{**_location(one.file, one.position), **_logical(one)}],
        "partialFingerprints": {_FINGERPRINT: fingerprint(one)},
        "properties": {**{key: shortened(value) for key, value in about.items() if value}, "fixable": one.fixable},
    }
    if suppressions := list(_suppressions(one)):
        result["suppressions"] = suppressions
    if compared:
        result["baselineState"] = "unchanged" if one.known else "new"
    return result


def _message(text: str) -> str:
    r"""Text of a message, in which no name makes a link, or stands for an argument.

    >>> print(_message("job '[here](https://example.com)', pool {0}"))
    job '\[here\](https://example.com)', pool \x7b0}
    """
    lines = re.sub(r"\{(?=\d+\})", r"\\x7b", printable_lines(text))
    return re.sub(r"([\[\]])", r"\\\1", lines) if "](" in lines else lines


def _location(file: str, position: Position | None) -> dict[str, Any]:
    """A place of a file. In a notebook the line is the file's, and the place in the cell is a property."""
    place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(file)}}
    if position:
        region = {"startLine": position.in_file}
        if position.cell:
            place["properties"] = {"cell": position.cell, "line": position.line, "column": position.column}
        else:
            region["startColumn"] = position.column
        place["physicalLocation"]["region"] = region
    return place


def _logical(one: Located) -> dict[str, Any]:
    """What a finding is in beside a file, the innermost first, as tools show the first alone."""
    named = [{"name": shortened(name), "kind": kind} for kind, name in reversed(one.within)]
    return {"logicalLocations": named} if named else {}


def _artifact(file: str) -> dict[str, str]:
    """Where a file is: below the directory of the run, unless it was named by an absolute path."""
    uri = quote(_NO_BYTE.sub("\ufffd", file), errors="surrogateescape")
    if drive := re.match(r"([A-Za-z]:)/", file):
        return {"uri": f"file:///{drive[1]}{uri[len(quote(drive[1])) :]}"}
    return {"uri": f"file://{uri}"} if file.startswith("/") else {"uri": uri.removeprefix("./"), "uriBaseId": _ROOT}


_NO_BYTE: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Halves of pairs that stand for no byte of a file's name."""


def _suppressions(one: Located) -> Iterator[dict[str, str]]:
    if one.finding.waived is not None:
        yield {"kind": "inSource", "status": "accepted", "justification": printable(str(one.finding.waived))}
    if one.known:
        yield {"kind": "external", "status": "accepted", "justification": "in the baseline"}


def _invocation(report: Report) -> dict[str, Any]:
    """How the run went: it has failed where no file could be read."""
    return {
        "executionSuccessful": not 0 < report.files <= report.unreadable,
        "toolExecutionNotifications": [*map(_notification, report.notes), *map(_declared, report.declared)],
        "toolConfigurationNotifications": [
            {"level": "note", "message": {"text": _message(f"not checked: {line}")}} for line in skipped(report)
        ],
    }


def _declared(one: Stated) -> dict[str, Any]:
    message = {"text": _message(f"declared: {declared(one)}")}
    return {"level": "note", "message": message, "locations": [_location(one.file, one.position)]}


def _notification(note: Note) -> dict[str, Any]:
    text = _message(f"not checked: {shortened(note.text, LONGEST_MESSAGE)}")
    level = "error" if note.defect else "note"
    return {"level": level, "message": {"text": text}, "locations": [_location(note.file, note.position)]}
