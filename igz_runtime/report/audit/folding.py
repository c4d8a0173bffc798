"""Findings of an audit, folded: a rule once at each place, each sentence once, and a few of those whom it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from igz_runtime.audit.judging import CLUSTER, GROUP
from igz_runtime.audit.results import AuditFinding
from igz_runtime.messages import shortened
from igz_runtime.report.severity import LONGEST_MESSAGE, Tone, accepted, severity_of, standing
from igz_runtime.report.words import Lines, function_name
from igz_runtime.rules.findings import SEVERITIES, Severity
from igz_runtime.rules.registry import rule_of

_Listed = TypeVar("_Listed")

_MOST_SAID: Final = 4
"""How many different sentences of one rule are shown at one place."""

_MOST_NAMED: Final = 6
"""How many of those are named whom one sentence is about."""


class Said(NamedTuple):
    """One sentence, and whom it is about.

    Attributes:
        message: what was found.
        about: a few of those whom it is about; none where it is about the place itself.
        more: how many more there are.
    """

    message: str
    about: Lines
    more: int


class Folded(NamedTuple):
    """The findings of one rule at one place that are as grave, and accepted for the same reason.

    Attributes:
        rule: the rule's id.
        severity: how grave they are, in words, and whether they are accepted.
        tone: the same as a tone; plain where they are accepted.
        number: how many there are.
        said: what they say.
        more: how many further findings say something else again.
        fix: what to do; empty where they are accepted.
        accepted: why they do not count; empty where they stand.
    """

    rule: str
    severity: str
    tone: Tone
    number: int
    said: tuple[Said, ...]
    more: int
    fix: str
    accepted: str

    @property
    def times(self) -> str:
        """How many there are; empty where it is one."""
        return f"{self.number} findings" if self.number > 1 else ""


class RuleRow(NamedTuple):
    """One rule, and how often it finds something.

    Attributes:
        rule: its id.
        title: what it refuses or reports.
        why: the sentence behind it.
        counts: findings that stand, by severity.
        accepted: findings that do not count.
        places: how many node groups it finds something in.
    """

    rule: str
    title: str
    why: str
    counts: Mapping[Severity, int]
    accepted: int
    places: int


def folded_findings(found: Iterable[AuditFinding], *, whole: bool = False) -> tuple[Folded, ...]:
    """The findings at one place, the gravest first, those that are accepted last.

    Args:
        found: the findings.
        whole: whether every sentence is shown, and everybody named.
    """
    alike: dict[tuple[str, str, str, str], list[AuditFinding]] = {}
    for one in found:
        finding = one.finding
        alike.setdefault((accepted(one), finding.rule, finding.severity, finding.fix), []).append(one)
    shown = [_folded(why_not, each, whole=whole) for (why_not, *_), each in alike.items()]
    return tuple(sorted(shown, key=lambda each: bool(each.accepted)))


def rule_rows(found: Iterable[AuditFinding]) -> tuple[RuleRow, ...]:
    """Each rule that finds something, by its id."""
    by_rule: dict[str, list[AuditFinding]] = {}
    for one in found:
        by_rule.setdefault(one.finding.rule, []).append(one)
    return tuple(_row(of_rule) for _, of_rule in sorted(by_rule.items()))


def more_text(more: int) -> str:
    """What is said of findings that are not shown; empty where all are."""
    return f"and {more} more; the JSON report has all" if more else ""


def about(one: AuditFinding) -> str:
    """Whom a finding is about; empty where it is about the cluster or the node group as a whole."""
    finding = one.finding
    if finding.kind in (CLUSTER, GROUP):
        return ""
    role = f" ({shortened(finding.role)})" if finding.role not in ("", "main") else ""
    project = f" of project {shortened(repr(one.project))}" if one.project else ""
    return f"{function_name(finding.kind, finding.function)}{role}{project}"


def _folded(why_not: str, alike: Sequence[AuditFinding], *, whole: bool) -> Folded:
    finding = alike[0].finding
    sentences: dict[str, list[AuditFinding]] = {}
    for one in alike:
        sentences.setdefault(one.finding.message, []).append(one)
    shown = few(list(sentences.items()), None if whole else _MOST_SAID)
    return Folded(
        finding.rule,
        severity_of(alike[0]),
        "plain" if why_not else finding.severity,
        len(alike),
        tuple(_said(message, same, None if whole else _MOST_NAMED) for message, same in shown),
        len(alike) - sum(len(same) for _, same in shown),
        "" if why_not else shortened(finding.fix, LONGEST_MESSAGE),
        shortened(why_not, LONGEST_MESSAGE),
    )


def few(listed: Sequence[_Listed], most: int | None) -> Sequence[_Listed]:
    """The first ones; a single one that is left takes no more room than its count."""
    return listed if most is None or len(listed) <= most + 1 else listed[:most]


def _said(message: str, same: Sequence[AuditFinding], most: int | None) -> Said:
    shown = few(same, most)
    named = tuple(dict.fromkeys(filter(None, map(about, shown))))
    return Said(shortened(message, LONGEST_MESSAGE), named, len(same) - len(shown) if named else 0)


def _row(of_rule: Sequence[AuditFinding]) -> RuleRow:
    finding = of_rule[0].finding
    rule = rule_of(finding.rule)
    counts = Counter(standing(of_rule))
    return RuleRow(
        finding.rule,
        rule.title if rule else "",
        shortened(finding.why, LONGEST_MESSAGE),
        {severity: counts[severity] for severity in SEVERITIES},
        len(of_rule) - counts.total(),
        len({one.group for one in of_rule if one.group}),
    )
