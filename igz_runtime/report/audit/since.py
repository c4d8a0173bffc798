"""What is shown of an audit beside an earlier one: what is new, gone, changed, and no longer known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from igz_runtime.audit.earlier import NAMES, Was
from igz_runtime.audit.judging import GROUP
from igz_runtime.audit.results import AuditFinding, Changed, Comparison
from igz_runtime.messages import shortened
from igz_runtime.report.audit.folding import about, few
from igz_runtime.report.severity import Tone, accepted
from igz_runtime.report.words import Lines
from igz_runtime.rules.findings import Finding

MOST: Final = 20
"""How many findings of one state a person is shown."""


class Part(NamedTuple):
    """Findings of which the same has become.

    Attributes:
        state: what has become of them: `new`, `gone`, `changed`, `not checked now`.
        number: how many there are.
        lines: each of them, with its tone.
        more: how many are not shown.
    """

    state: str
    number: int
    lines: tuple[tuple[str, Tone], ...]
    more: int


class Since(NamedTuple):
    """A comparison.

    Attributes:
        when: since when.
        summary: what it adds up to, in one line.
        remarks: why the two can hardly be compared.
        parts: the findings by what has become of them, without those that are as before.
    """

    when: str
    summary: str
    remarks: Lines
    parts: tuple[Part, ...]


def since_content(comparison: Comparison, most: int | None = MOST) -> Since:
    """What is shown of a comparison.

    Args:
        comparison: the comparison.
        most: how many findings of one state are shown; None: all.
    """
    parts = tuple(part for part in _parts(comparison, most) if part.number)
    counts = [f"{part.number:,} {part.state}" for part in parts]
    return Since(
        when=comparison.earlier.read or "an earlier audit",
        summary=", ".join((*counts, f"{comparison.same:,} as before")),
        remarks=tuple(map(shortened, comparison.remarks)),
        parts=parts,
    )


def since_document(comparison: Comparison) -> dict[str, Any]:
    """A comparison as plain data, for JSON."""
    earlier = comparison.earlier
    return {
        "source": earlier.source,
        "read": earlier.read or None,
        "uid": earlier.uid or None,
        "environment": earlier.environment,
        "new": [_told(one.told) for one in comparison.new],
        "gone": [_told(was) for was in comparison.gone],
        "changed": [
            {**_told(one.now.told), "was": _told(one.was), "what": list(one.what)} for one in comparison.changed
        ],
        "undecided": [_told(was) for was in comparison.undecided],
        "same": comparison.same,
        "remarks": list(comparison.remarks),
    }


def _parts(comparison: Comparison, most: int | None) -> Iterator[Part]:
    yield _part("new", [(_line(one), _tone(one)) for one in comparison.new], most)
    yield _part("gone", [(_old(was), "good") for was in comparison.gone], most)
    yield _part("changed", [(_changed(one), _tone(one.now)) for one in comparison.changed], most)
    yield _part("not checked now", [(_old(was), "plain") for was in comparison.undecided], most)


def _part(state: str, lines: Sequence[tuple[str, Tone]], most: int | None) -> Part:
    shown = few(lines, most)
    return Part(state, len(lines), tuple(shown), len(lines) - len(shown))


def _tone(one: AuditFinding) -> Tone:
    return one.finding.severity if one.stands else "plain"


def _line(one: AuditFinding) -> str:
    finding = one.finding
    who = about(one) or (f"{finding.kind} {shortened(repr(finding.function))}" if finding.kind == GROUP else "")
    said = shortened(finding.message)
    why_not = f" ({accepted(one).partition(':')[0]})" if accepted(one) else ""
    return f"{finding.rule} {finding.severity}: {who}{': ' if who else ''}{said}{why_not}"


def _old(was: Was) -> str:
    finding = Finding(was.rule, was.severity, was.message, "", "", was.function, was.kind, was.role)
    return _line(AuditFinding(finding, project=was.project))


def _changed(one: Changed) -> str:
    return f"{_line(one.now)}; {'; '.join(map(shortened, one.what))}"


def _told(was: Was) -> dict[str, Any]:
    whose = {name: getattr(was, name) or None for name in NAMES}
    stated = {"rule": was.rule, "severity": was.severity, "message": was.message}
    return {**stated, **whose, "nodes": len(was.nodes)}
