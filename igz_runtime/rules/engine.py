"""The rule registry, and judging a function: rules find, the engine adds metadata, waivers, order and severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.model import Function
from igz_runtime.messages import described
from igz_runtime.rules.authoring import BEST_PRACTICES, VERIFIED, Check, Found, Rule, Skip, rule
from igz_runtime.rules.findings import SEVERITIES, Finding, Findings, Skipped
from igz_runtime.rules.plug_ins import asked
from igz_runtime.rules.registry import plug_in_rules, require_rule, rules
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.terms import ANYWHERE, Site, Terms
from igz_runtime.rules.waivers import FREE, accepted
from igz_runtime.waiver import Waivers

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
    "judge",
    "plug_in_rules",
    "plug_in_verdicts",
    "require_rule",
    "rule",
    "rules",
    "verdicts",
]


Verdicts = tuple[tuple[Rule, Found | Skip], ...]


def judge(
    subjects: Iterable[Subject], waivers: Waivers | None = None, terms: Terms = FREE, site: Site = ANYWHERE
) -> Findings:
    """Every rule's verdict on every role of one function.

    A rule that raises is an error finding, never a pass. A waiver counts where its rule and the platform let it and it
    has not expired; the finding stays, marked as waived.

    Args:
        subjects: one for each role of the function, in their order.
        waivers: accepted rules by id.
        terms: what a configuration says of waivers.
        site: the function's project, file and name, for those terms.

    Raises:
        InvalidValue: a waiver for a rule that does not exist.
    """
    subjects = tuple(subjects)
    return findings_of(subjects[0].function, tuple(map(verdicts, subjects)), waivers, terms, site)


def verdicts(subject: Subject) -> Verdicts:
    """What each rule finds on one role, before names and waivers.

    Those of other distributions come last: what they do to the subject, no rule of ours sees.
    """
    return built_in_verdicts(subject) + plug_in_verdicts(subject)


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


def plug_in_verdicts(subject: Subject) -> Verdicts:
    """What the rules of other distributions find on one role. Nobody promises that they say the same twice."""
    return tuple((each, one) for each in plug_in_rules() for one in asked(each.check, subject, each.owner))


def findings_of(
    function: Function,
    found: Sequence[Verdicts],
    waivers: Waivers | None = None,
    terms: Terms = FREE,
    site: Site = ANYWHERE,
) -> Findings:
    """Verdicts as findings: with metadata and waivers, gravest first.

    Args:
        function: the function.
        found: the verdicts on each of its roles, in their order.
        waivers: accepted rules by id; those in the function's annotations count beneath them.
        terms: what a configuration says of waivers; those that it grants count beneath both.
        site: the function's project, file and name, for those terms.

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
    if waivers or function.waivers or terms.waivers:
        findings = [accepted(finding, function.waivers, waivers or {}, terms, site) for finding in findings]
    if len(findings) > 1:
        findings.sort(key=lambda f: (not f.refuses, SEVERITIES.index(f.severity), f.rule))
    return Findings(findings, skipped, function.unreachable)


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
