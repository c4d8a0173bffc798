"""Judging: rules find, the engine adds metadata, waivers, order and severity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple, overload

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.model import Function
from igz_runtime.messages import described
from igz_runtime.rules.authoring import Found, Rule, Skip
from igz_runtime.rules.causes import of_reads
from igz_runtime.rules.findings import Finding, Findings, Skipped, order
from igz_runtime.rules.plug_ins import asked, plain
from igz_runtime.rules.registry import Asked, Rules, require_rule, rules_on
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.terms import ANYWHERE, Site, Terms
from igz_runtime.rules.waivers import FREE, accepted
from igz_runtime.waiver import Waivers

Verdicts = tuple[tuple[Rule[Any], Found | Skip], ...]


class About(NamedTuple):
    """What findings are about, in words: a function with its roles, or a subject of another type.

    Attributes:
        name: its name.
        kind: its kind, such as `job` or `cluster`.
        roles: the name of each subject, where it is one of several; else empty.
        waivers: by rule id, the text of each waiver that stands on it.
        unread: parts of it that no rule saw, each with the reason.
    """

    name: str
    kind: str
    roles: tuple[str, ...] = ("",)
    waivers: Mapping[str, str] = MappingProxyType({})
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, function: Function, unread: tuple[str, ...] = ()) -> About:
        """A function with its roles, and what else was not looked at."""
        roles = tuple([role.role for role in function.roles])
        return cls(function.name, function.kind, roles, function.waivers, function.unreachable + unread)


NOBODY: Final = About("", "")
"""Subjects that have no name, such as what a cell of a notebook runs."""


@overload
def judge(
    subjects: Iterable[Subject], waivers: Waivers | None = None, terms: Terms = FREE, site: Site = ANYWHERE
) -> Findings: ...


@overload
def judge(
    subjects: Iterable[object],
    waivers: Waivers | None = None,
    terms: Terms = FREE,
    site: Site = ANYWHERE,
    *,
    about: About,
) -> Findings: ...


def judge(
    subjects: Iterable[Any],
    waivers: Waivers | None = None,
    terms: Terms = FREE,
    site: Site = ANYWHERE,
    *,
    about: About | None = None,
) -> Findings:
    """The verdict on every subject of every rule that judges their type.

    A rule that raises is an error finding, never a pass. A waiver counts where its rule and the platform let it and it
    has not expired; the finding stays, marked as waived.

    Args:
        subjects: of one type: one for each role of a function, in their order, or one of another type.
        waivers: accepted rules by id.
        terms: what a configuration says of waivers.
        site: the function's project, file and name, for those terms.
        about: what the subjects are called, where they are not roles of a function.

    Raises:
        InvalidValue: a waiver for a rule that does not exist.
    """
    subjects = tuple(subjects)
    found = tuple(map(verdicts, subjects))
    return findings_of(about or About.of(subjects[0].function), found, waivers, terms, site)


def verdicts(subject: object) -> Verdicts:
    """What each rule on such a subject finds, before names and waivers.

    Those of other distributions come last: what they do to the subject, no rule of ours sees.
    """
    of = rules_on(type(subject))
    return built_in_verdicts(of.built_in, subject) + plug_in_verdicts(of.plug_ins, subject)


def built_in_verdicts(of: Rules, subject: object) -> Verdicts:
    """What these of igz_runtime's own rules find on one subject. Equal subjects get equal verdicts."""
    found: list[tuple[Rule[Any], Found | Skip]] = []
    for each in of:
        try:
            for one in each.check(subject):
                found.append((each, one))  # noqa: PERF401  (a comprehension would lose what came before an error)
        except Exception as error:  # noqa: BLE001  (a broken rule must never read as a pass)
            message = f"the rule itself failed ({described(error)})"
            found.append((each, Found(message, "report this as a bug in igz_runtime", "error", ())))
    return tuple([(each, _placed(each, one, subject)) for each, one in found]) if found else ()


def plug_in_verdicts(of: Rules, subject: object) -> Verdicts:
    """What these rules of other distributions find on one subject. Nobody promises that they say the same twice."""
    return tuple((each, _placed(each, one, subject)) for each in of for one in asked(each, subject))


def with_the_rest(of: Asked, general: Verdicts, subject: Subject) -> Verdicts:
    """What these rules find on one subject, where what the general ones find is known already."""
    particular = built_in_verdicts(of.particular, subject)
    if particular:
        general = tuple(sorted(general + particular, key=lambda verdict: verdict[0].id))
    return general + plug_in_verdicts(of.plug_ins, subject) if of.plug_ins else general


def verdicts_of(rule: Rule[Any], subject: object) -> Verdicts:
    """What one rule finds on one subject. What it raises passes: this is for its author's tests."""
    return tuple((rule, _placed(rule, plain(one), subject)) for one in rule.check(subject))


def _placed(each: Rule[Any], one: Found | Skip, subject: object) -> Found | Skip:
    """What was found, with a field: where the rule names none, one of those that it reads."""
    if isinstance(one, Skip) or one.field is not None:
        return one
    return replace(one, field=of_reads(each.reads or (), subject) if isinstance(subject, Subject) else ())


def findings_of(
    about: About,
    found: Sequence[Verdicts],
    waivers: Waivers | None = None,
    terms: Terms = FREE,
    site: Site = ANYWHERE,
) -> Findings:
    """Verdicts as findings: with metadata and waivers, gravest first.

    Args:
        about: what was judged.
        found: the verdicts on each of its subjects, in their order.
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
            raise InvalidValue(f"{about.kind} {about.name!r}: its waivers: {error}") from None
    findings: list[Finding] = []
    skipped: list[Skipped] = []
    for role, verdict in zip(about.roles, found, strict=True):
        for each, one in verdict:
            if isinstance(one, Skip):
                skipped.append(Skipped(each.id, about.name, role, one.because))
            else:
                findings.append(_finding(each, about, role, one))
    if waivers or about.waivers or terms.waivers:
        findings = [accepted(finding, about.waivers, waivers or {}, terms, site) for finding in findings]
    if len(findings) > 1:
        findings.sort(key=order)
    return Findings(findings, skipped, about.unread)


def _finding(each: Rule[Any], about: About, role: str, found: Found) -> Finding:
    return Finding(
        rule=each.id,
        severity=found.severity or each.severity,
        message=found.message,
        why=each.source,
        fix=found.fix or each.fix,
        function=about.name,
        kind=about.kind,
        role=role,
        field=found.field or (),
    )
