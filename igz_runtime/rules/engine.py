"""The rule registry, and judging a function: rules find, the engine adds metadata, waivers, order and severity."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from igz_runtime.errors import InvalidValue, described, did_you_mean
from igz_runtime.function import Function
from igz_runtime.rules.findings import SEVERITIES, Finding, Findings, Found, Severity, Skip, Skipped
from igz_runtime.rules.foreign import Check, asked, owned_by, register_foreign, require_metadata
from igz_runtime.rules.subject import Subject
from igz_runtime.waiver import ANNOTATION_PREFIX, Waiver, Waivers

__all__ = [
    "BEST_PRACTICES",
    "VERIFIED",
    "Check",
    "Found",
    "Rule",
    "Skip",
    "Verdicts",
    "built_in_verdicts",
    "findings_of",
    "foreign_rules",
    "foreign_verdicts",
    "judge",
    "require_rule",
    "rule",
    "rules",
    "verdicts",
    "waived",
]

_MODULES = ("spot", "modes", "resources", "priority", "placement", "capacity", "document")


BEST_PRACTICES: Final = "Iguazio, Best Practices, Spot vs. On-demand Usage"
VERIFIED: Final = "igz_runtime's own runs of MLRun and Nuclio"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is called, how grave it is, where it comes from, and the function that checks.

    Attributes:
        id: stable id, such as `IGZ101`; never used again for another rule.
        name: kebab-case name that states the fault.
        title: what the rule refuses or reports, in one line.
        severity: `error` refuses, `warning` is shown, `info` advises.
        source: the sentence behind the rule.
        origin: where that sentence stands.
        fix: how to fix it, where the finding does not say it more closely.
        waivable: whether a person may accept the finding.
        check: yields what it finds on one role.
        owner: who is told when it fails: the plug-in with its distribution, or the module that registered it. Empty
            for igz_runtime's own rules, which alone are trusted to return what they should.
    """

    id: str
    name: str
    title: str
    severity: Severity
    source: str
    origin: str
    fix: str
    waivable: bool
    check: Check
    owner: str = ""


Verdicts = tuple[tuple[Rule, Found | Skip], ...]


_REGISTRY: dict[str, Rule] = {}


def rule(
    rule_id: str,
    name: str,
    title: str,
    *,
    severity: Severity,
    source: str,
    origin: str,
    fix: str,
    waivable: bool = False,
) -> Callable[[Check], Check]:
    """Register a check as a rule. The decorated function stays an ordinary function.

    Raises:
        ValueError: there is such a rule already, or a part of it is of the wrong type.
    """

    def register(check: Check) -> Check:
        if rule_id in _REGISTRY:
            raise ValueError(f"rule {rule_id} is registered twice")
        made = Rule(rule_id, name, title, severity, source, origin, fix, waivable, check, owned_by(rule_id, check))
        require_metadata(made)
        _REGISTRY[rule_id] = made
        return check

    return register


def rules() -> Mapping[str, Rule]:
    """Every rule by id, in order."""
    global _ordered  # noqa: PLW0603  (the modules are imported once, at the first judgement)
    if _ordered is None:
        for module in _MODULES:
            importlib.import_module(f"igz_runtime.rules.{module}")
        register_foreign(_REGISTRY)
        _ordered = dict(sorted(_REGISTRY.items()))
    return _ordered


_ordered: Mapping[str, Rule] | None = None


def judge(subjects: Iterable[Subject], waivers: Waivers | None = None) -> Findings:
    """Every rule's verdict on every role of one function.

    A rule that raises is an error finding, never a pass. A waiver counts where its rule may be waived and it has not
    expired; the finding stays, marked as waived.

    Args:
        subjects: one for each role of the function, in their order.
        waivers: accepted rules by id.

    Raises:
        InvalidValue: a waiver for a rule that does not exist.
    """
    subjects = tuple(subjects)
    return findings_of(subjects[0].function, tuple(map(verdicts, subjects)), waivers)


def verdicts(subject: Subject) -> Verdicts:
    """What each rule finds on one role, before names and waivers.

    Those of other distributions come last: what they do to the subject, no rule of ours sees.
    """
    return built_in_verdicts(subject) + foreign_verdicts(subject)


def built_in_verdicts(subject: Subject) -> Verdicts:
    """What igz_runtime's own rules find on one role. Equal subjects get equal verdicts."""
    found: list[tuple[Rule, Found | Skip]] = []
    for each in rules().values():
        if each.owner:
            continue
        try:
            for one in each.check(subject):
                found.append((each, one))  # noqa: PERF401  (a comprehension would lose what came before an error)
        except Exception as error:  # noqa: BLE001  (a broken rule must never read as a pass)
            message = f"the rule itself failed ({described(error)})"
            found.append((each, Found(message, "report this as a defect of igz_runtime", "error")))
    return tuple(found)


def foreign_verdicts(subject: Subject) -> Verdicts:
    """What the rules of other distributions find on one role. Nobody promises that they say the same twice."""
    return tuple((each, one) for each in foreign_rules() for one in asked(each.check, subject, each.owner))


@cache
def foreign_rules() -> tuple[Rule, ...]:
    """The rules of other distributions, in order."""
    return tuple(each for each in rules().values() if each.owner)


def findings_of(function: Function, found: Sequence[Verdicts], waivers: Waivers | None = None) -> Findings:
    """Verdicts as findings: with metadata and waivers, gravest first.

    Args:
        function: the function.
        found: the verdicts on each of its roles, in their order.
        waivers: accepted rules by id; those in the function's annotations count beneath them.

    Raises:
        InvalidValue: a waiver for a rule that does not exist.
    """
    for rule_id in waivers or ():
        try:
            require_rule(rule_id)
        except InvalidValue as error:
            raise InvalidValue(f"{function.kind} {function.name!r}: its waivers: {error}") from None
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for role, verdict in zip(function.roles, found, strict=True):
        for each, one in verdict:
            if isinstance(one, Skip):
                skipped.append(Skipped(each.id, function.name, role.role, one.because))
            else:
                findings.append(_finding(each, function, role.role, one))
    if waivers or function.waivers:
        findings = [_accepted(finding, function.waivers, waivers or {}) for finding in findings]
    if len(findings) > 1:
        findings.sort(key=lambda f: (not f.refuses, SEVERITIES.index(f.severity), f.rule))
    return Findings(findings, skipped, function.unreachable)


def require_rule(rule_id: str) -> Rule:
    """The rule of that id.

    Raises:
        InvalidValue: there is none; names the nearest.
    """
    known = rules()
    if rule_id not in known:
        raise InvalidValue(f"there is no rule {rule_id!r}{did_you_mean(str(rule_id).upper(), known)}")
    return known[rule_id]


def _finding(each: Rule, function: Function, role: str, found: Found) -> Finding:
    return Finding(
        rule=each.id,
        severity=found.severity or each.severity,
        message=found.message,
        why=each.source,
        fix=found.fix or each.fix,
        function=function.name,
        kind=function.kind,
        role=role,
        field=found.field,
    )


def _accepted(finding: Finding, annotated: Mapping[str, str], waivers: Waivers) -> Finding:
    """A finding under the waivers that a profile gave, or else under those in the function's annotations."""
    if finding.rule in waivers or finding.rule not in annotated:
        return waived(finding, waivers.get(finding.rule))
    try:
        return waived(finding, Waiver.of(annotated[finding.rule]))
    except InvalidValue as error:
        named = f"{ANNOTATION_PREFIX}{finding.rule}"
        return replace(finding, fix=f"{finding.fix} (annotation {named} does not count: {error})")


def waived(finding: Finding, waiver: Waiver | None) -> Finding:
    """A finding as a waiver leaves it: waived, or with the reason why the waiver does not count."""
    if waiver is None:
        return finding
    if not rules()[finding.rule].waivable:
        return replace(finding, fix=f"{finding.fix} (this rule cannot be waived)")
    if waiver.expired(date.today()):  # noqa: DTZ011  (a waiver ends on a calendar day where the user is)
        return replace(finding, fix=f"{finding.fix} (the waiver expired on {waiver.until}: {waiver.reason})")
    return replace(finding, waived=waiver)
