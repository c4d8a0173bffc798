"""What a report shows of findings, as rows of plain text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from igz_runtime.messages import counted, shortened
from igz_runtime.report.severity import LONGEST_MESSAGE, Row, Tone, counts_of, tone_of
from igz_runtime.report.words import Lines, function_name
from igz_runtime.rules.findings import PROJECT, Finding, Findings, Skipped


class FindingContent(NamedTuple):
    """One finding: the rule's id, how grave it is in a word, what was found, and why, fix and waiver."""

    rule: str
    severity: str
    tone: Tone
    message: str
    notes: tuple[Row, ...]


class FindingGroup(NamedTuple):
    """Findings of the same roles."""

    heading: str
    findings: tuple[FindingContent, ...]


class FindingsContent(NamedTuple):
    """Every finding, what they add up to, and what was not checked."""

    groups: tuple[FindingGroup, ...]
    summary: str
    tone: Tone
    unchecked: Lines


def findings_content(findings: Findings, roles: int | None = None) -> FindingsContent:
    """What a report shows of findings.

    Args:
        findings: the findings.
        roles: how many roles the function has whose plan or preflight they are shown below; None: they stand alone.
    """
    unchecked = len({skipped.rule for skipped in findings.skipped})
    standing = [finding.severity for finding in findings if finding.waived is None]
    waived = len(findings) - len(standing)
    counts = [*counts_of(standing), *([f"{waived} waived"] if waived else [])]
    title = "findings: " if roles and findings else ""
    about = {finding.function for finding in findings if finding.kind != PROJECT}
    among = f" in {counted(len(about), 'function')}" if len(about) > 1 else ""
    return FindingsContent(
        groups=tuple(_groups(findings, roles)),
        summary=title
        + (", ".join(counts) or "no findings")
        + among
        + (f"; {counted(unchecked, 'rule')} not checked" if unchecked else ""),
        tone=tone_of(standing),
        unchecked=(*_skipped(findings), *map(shortened, findings.unread)),
    )


def _groups(findings: Iterable[Finding], roles_below: int | None) -> Iterator[FindingGroup]:
    """Findings by the roles that they are about; one that is the same for several roles is shown once."""
    about: dict[tuple[str, str, Finding], list[str]] = {}
    for finding in findings:
        about.setdefault((finding.kind, finding.function, replace(finding, role="")), []).append(finding.role)
    grouped: dict[str, list[Finding]] = {}
    for (kind, name, finding), roles in about.items():
        listed = ", ".join(map(shortened, roles))
        alone = f"{function_name(kind, name)} ({listed})" if listed else function_name(kind, name)
        heading = alone if roles_below is None else listed if roles_below > 1 else ""
        grouped.setdefault(heading, []).append(finding)
    for heading, alike in grouped.items():
        explained = [one.why for one in alike]
        contents = (_finding(one, why=one.why not in explained[:number]) for number, one in enumerate(alike))
        yield FindingGroup(heading, tuple(contents))


def _finding(finding: Finding, *, why: bool) -> FindingContent:
    """One finding; why the rule is there is said once, however often it finds something."""
    severity = finding.severity
    message = shortened(finding.message, LONGEST_MESSAGE)
    notes = (Row("why", (finding.why,)),) if why else ()
    if finding.waived is None and severity == "info":
        # Advice takes one line; the sentence behind it is in `igz-runtime explain`.
        return FindingContent(finding.rule, severity, severity, f"{message}; {finding.fix}", ())
    if finding.waived is None:
        return FindingContent(finding.rule, severity, severity, message, (*notes, Row("fix", (finding.fix,))))
    notes = (*notes, Row("waived", (str(finding.waived),)))
    return FindingContent(finding.rule, f"{severity}, waived", "plain", message, notes)


def _skipped(findings: Findings) -> Iterator[str]:
    """What was not checked, by reason; of several functions, or roles, which, where others were checked."""
    functions = {one.function for one in findings.skipped}
    every = {_subject(one, functions) for one in (*findings, *findings.skipped)}
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for skipped in findings.skipped:
        of_rule = subjects.setdefault((skipped.rule, skipped.because), {})
        of_rule[_subject(skipped, functions)] = None
    rules: dict[str, list[str]] = {}
    for (rule, because), named in subjects.items():
        rules.setdefault(because, []).append(
            f"{rule}{_where(list(named), functions) if every.difference(named) else ''}"
        )
    for because, ids in rules.items():
        yield f"{', '.join(ids)}, because {because}"


def _subject(one: Finding | Skipped, functions: Collection[str]) -> str:
    """What tells the roles under judgement apart: of several functions, the function."""
    return repr(one.function) if len(functions) > 1 else one.role


_MOST_NAMED: Final = 3


def _where(named: Sequence[str], functions: Collection[str]) -> str:
    if len(functions) > 1 and len(named) > _MOST_NAMED:
        return f" on {len(named)} functions"
    return f" ({', '.join(map(shortened, named))})"
