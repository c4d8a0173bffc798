"""What every format says of a run: who a finding is about, what the findings add up to, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from igz_runtime.lint.results import Located, Note, Report, Stated
from igz_runtime.messages import counted, shortened
from igz_runtime.report.severity import LONGEST_MESSAGE, accepted_counts, counts_of, standing
from igz_runtime.rules.declarations import Declaration
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.registry import rule_of

FailOn = Literal["error", "warning", "info", "never"]
"""The least severity that makes a run fail."""

_MOST_REPEATED: Final = 3
"""How often the same info is given in full; more often it is given once, with its places."""


def title(finding: Finding) -> str:
    """The rule's id and name."""
    rule = rule_of(finding.rule)
    return f"{finding.rule} {rule.name}" if rule else finding.rule


def who(about: Finding | Declaration) -> str:
    """The function and the role that something is said of; nothing where it is said of the file."""
    kind = shortened(about.kind)
    name = shortened(repr(about.function)) if about.function else ""
    role = f"({shortened(about.role)})" if isinstance(about, Finding) and about.role else ""
    return " ".join(filter(None, (kind, name, role)))


def sentence(finding: Finding) -> str:
    """Who a finding is about, and what was found."""
    about, message = who(finding), shortened(finding.message, LONGEST_MESSAGE)
    return f"{about}: {message}" if about else message


def declared(one: Stated) -> str:
    """Who declares or waives something, what, and by what."""
    about, said = who(one.declaration), shortened(str(one.declaration), LONGEST_MESSAGE)
    return f"{about}: {said}" if about else said


def place(one: Located | Note | Stated) -> str:
    """A file and a place in it, as editors and terminals understand it."""
    return f"{one.file}:{one.position}" if one.position else one.file


def by_file(findings: Iterable[Located]) -> dict[str, list[Located]]:
    """Findings by file, in their order."""
    grouped: dict[str, list[Located]] = {}
    for one in findings:
        grouped.setdefault(one.file, []).append(one)
    return grouped


def repeated(findings: Sequence[Located]) -> tuple[list[list[Located]], list[Located]]:
    """Infos that stand and are given more often than a person wants to read it, and all other findings."""
    given: dict[tuple[str, str], list[Located]] = {}
    for one in findings:
        if one.stands and one.finding.severity == "info":
            given.setdefault((one.finding.rule, one.finding.fix), []).append(one)
    often = [alike for alike in given.values() if len(alike) > _MOST_REPEATED]
    told = {id(one) for alike in often for one in alike}
    return often, [one for one in findings if id(one) not in told]


def told_once(alike: Sequence[Located]) -> tuple[bool, str]:
    """Whether an info that is given often is the same each time, and how often and, if so, what it is."""
    messages = {one.finding.message for one in alike}
    said = f": {shortened(alike[0].finding.message, LONGEST_MESSAGE)}" if len(messages) == 1 else ""
    return len(messages) == 1, f"{len(alike)} times{said}"


def summary(report: Report) -> str:
    """What a run adds up to, in one line."""
    files = counted(report.files, "file")
    if with_findings := len({one.file for one in report.findings if one.stands}):
        files = f"{with_findings} of {files}" if with_findings < report.files else files
    counts = ", ".join(counts_of(standing(report.findings))) or "no findings"
    scope = report.scope or f"in {files} ({counted(report.functions, 'function')})"
    return "; ".join((f"{counts} {scope}", *_asides(report)))


def _asides(report: Report) -> Iterator[str]:
    fixable = sum(one.stands and one.fixable for one in report.findings)
    yield from accepted_counts(report.findings)
    if report.declared:
        yield f"{len(report.declared)} declared"
    if report.unreadable and not report.scope:
        yield f"{counted(report.unreadable, 'file')} could not be read"
    if fixable:
        yield f"--fix fixes {fixable}"
    if defects(report):
        yield f"igz-runtime itself failed at {counted(len(defects(report)), 'place')}"


def defects(report: Report) -> tuple[Note, ...]:
    """Where lint itself failed: what stands there was not checked."""
    return tuple(note for note in report.notes if note.defect)


def skipped(report: Report) -> tuple[str, ...]:
    """What else was not checked; the rules that could not decide, those together that lack a fact for as many."""
    alike: dict[tuple[str, int], list[str]] = {}
    for (rule, because), functions in report.skipped.items():
        alike.setdefault((because, functions), []).append(rule)
    lines = (
        f"{', '.join(sorted(ids))} on {counted(functions, 'function')}, because {because}"
        for (because, functions), ids in sorted(alike.items(), key=lambda one: (one[1], one[0]))
    )
    return (*report.unchecked, *lines)
