"""What a report shows of findings, as rows of plain text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from igz_runtime.functions.kinds import STEP
from igz_runtime.messages import counted, shortened
from igz_runtime.report.capacity import capacity_rows
from igz_runtime.report.declared import declared_lines
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
    """Every finding, what they add up to, what was not checked, and what node groups have for a project's functions."""

    groups: tuple[FindingGroup, ...]
    summary: str
    tone: Tone
    unchecked: Lines
    declared: Lines
    capacity: tuple[Row, ...] = ()


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
    about = {finding.function: finding.kind for finding in findings if finding.kind != PROJECT}
    among = f" in {_counted(about)}" if len(about) > 1 else ""
    return FindingsContent(
        groups=tuple(_groups(findings, roles)),
        summary=title
        + (", ".join(counts) or "no findings")
        + among
        + (f"; {len(findings.declared)} declared" if findings.declared else "")
        + (f"; {counted(unchecked, 'rule')} not checked" if unchecked else ""),
        tone=tone_of(standing),
        unchecked=unchecked_lines(findings),
        declared=tuple(declared_lines(findings.declared)),
        capacity=capacity_rows(findings.capacity),
    )


def unchecked_lines(findings: Findings) -> Lines:
    """What was not checked, each with the reason: rules that could not decide, and what no rule saw."""
    return (*_skipped(findings), *(shortened(each, LONGEST_MESSAGE) for each in findings.unread))


def _counted(kinds: Mapping[str, str]) -> str:
    """Functions, and steps of a pipeline, by name and kind: how many there are of each."""
    steps = sum(kind == STEP for kind in kinds.values())
    functions = len(kinds) - steps
    counts = ((functions, "function"), (steps, "step"))
    return " and ".join(counted(count, each) for count, each in counts if count)


def _groups(findings: Sequence[Finding], roles_below: int | None) -> Iterator[FindingGroup]:
    """Findings by the roles that they are about; one that is the same for several roles is shown once.

    Advice that is the same for many functions comes last, once for all of them.
    """
    about: dict[tuple[str, str, Finding], list[str]] = {}
    often = _same_advice(findings)
    for finding in findings:
        if _advice(finding) in often:
            continue
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
    for functions, advice in often.values():
        yield FindingGroup(_listed(functions), (_finding(advice, why=False),))


def _advice(finding: Finding) -> tuple[str, ...]:
    """What advice says, whomever it is given; empty for what is no advice."""
    stands = finding.waived is None and finding.severity == "info"
    return (finding.rule, finding.message, finding.fix) if stands else ()


def _same_advice(findings: Iterable[Finding]) -> dict[tuple[str, ...], tuple[Mapping[str, str], Finding]]:
    """Advice that more functions are given than a person wants to read it for: those with their kinds; the finding."""
    given: dict[tuple[str, ...], tuple[dict[str, str], Finding]] = {}
    for finding in findings:
        if advice := _advice(finding):
            given.setdefault(advice, ({}, finding))[0][finding.function] = finding.kind
    return {advice: held for advice, held in given.items() if len(held[0]) > _MOST_NAMED}


def _listed(kinds: Mapping[str, str]) -> str:
    # One that is left takes no more room than its count.
    shown = list(kinds)[: _MOST_NAMED if len(kinds) > _MOST_NAMED + 1 else None]
    more = f" and {len(kinds) - len(shown)} more" if len(shown) < len(kinds) else ""
    return f"{_counted(kinds)}: {', '.join(shortened(repr(each)) for each in shown)}{more}"


_MOST_NAMED: Final = 3
"""How many functions are named, and how often the same advice is given."""


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
    judged: list[Finding | Skipped] = [finding for finding in findings if finding.kind != PROJECT]
    functions = {one.function for one in (*judged, *findings.skipped)}
    every = {_subject(one, functions) for one in (*judged, *findings.skipped)}
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for skipped in findings.skipped:
        of_rule = subjects.setdefault((skipped.rule, skipped.because), {})
        of_rule[_subject(skipped, functions)] = None
    rules: dict[str, dict[str, list[str]]] = {}
    for (rule, because), named in subjects.items():
        where = _where(list(named), functions) if every.difference(named) else ""
        rules.setdefault(because, {}).setdefault(where, []).append(rule)
    for because, by_place in rules.items():
        told = (f"{', '.join(ids)}{where}" for where, ids in by_place.items())
        yield f"{', '.join(told)}, because {because}"


def _subject(one: Finding | Skipped, functions: Collection[str]) -> str:
    """What tells the roles under judgement apart: of several functions, the function."""
    return repr(one.function) if len(functions) > 1 else one.role


def _where(named: Sequence[str], functions: Collection[str]) -> str:
    if len(functions) > 1 and len(named) > _MOST_NAMED:
        return f" on {len(named)} of {len(functions)}"
    return f" ({', '.join(map(shortened, named))})"
