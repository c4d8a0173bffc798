"""When a waiver counts, whoever wrote it and wherever, and what a finding is under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import ANNOTATION_PREFIX
from igz_runtime.functions.model import Function
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.registry import require_rule, rule_of
from igz_runtime.rules.terms import ANYWHERE, Site, Terms
from igz_runtime.waiver import Waiver, Waivers

if TYPE_CHECKING:
    from igz_runtime.functions.record import Applied

FREE = Terms()
"""The terms where no configuration says any."""


def why_not(
    rule_id: str,
    waiver: Waiver,
    terms: Terms = FREE,
    site: Site = ANYWHERE,
    day: date | None = None,
    *,
    named: bool = False,
) -> str:
    """Why a waiver does not count for a rule that exists; empty where it counts. Nothing else decides it.

    Args:
        rule_id: the rule.
        waiver: reason and end, from a profile, an annotation, a comment or the configuration.
        terms: what the configuration says of waivers.
        site: where it would count.
        day: the day of judgement; None: today.
        named: whether to name the rule: where the waiver is written, and not beside the rule's finding.
    """
    day = day or today()
    if not require_rule(rule_id).waivable:
        return f"{f'rule {rule_id}' if named else 'this rule'} cannot be waived"
    if waiver.expired(day):
        of_rule = f" of {rule_id}" if named else ""
        return f"the waiver{of_rule} expired on {waiver.until}: {waiver.reason}"
    return terms.refusal(rule_id, waiver, site, day)


def waiver_fault(
    rule_id: str, waiver: Waiver, terms: Terms = FREE, site: Site = ANYWHERE, today: date | None = None
) -> str:
    """Why a waiver has no effect, said where it is written: no such rule, or `why_not`; else empty."""
    try:
        require_rule(rule_id)
    except InvalidValue as error:
        return str(error)
    return why_not(rule_id, waiver, terms, site, today, named=True)


MITIGATIONS: Final = "IGZ1"
"""What the ids of rules begin with whose waivers say how work survives the loss of its node."""


def reasons_in(terms: Terms, site: Site) -> tuple[str, ...]:
    """The reasons of the configuration's waivers of such rules that are meant for a function."""
    mitigated = dict.fromkeys(each.rule for each in terms.waivers if each.rule.startswith(MITIGATIONS))
    return tuple(waiver.reason for rule_id in mitigated for waiver in terms.granted(rule_id, site))


def on_terms(function: Function, terms: Terms, site: Site, beside: tuple[str, ...] = ()) -> Function:
    """A function with what does not stand on it: the reasons of waivers that are meant for it, what it cannot declare.

    Args:
        function: the function.
        terms: what the configuration says.
        site: the function, as the configuration is asked about it.
        beside: the reasons of waivers beside its fields.
    """
    reasons = (*beside, *(reasons_in(terms, site) if terms.waivers else ()))
    refused = tuple(terms.undeclarable(site))
    if not (reasons or refused):
        return function
    return function.but(evidence=function.evidence._replace(reasons=reasons, undeclarable=refused))


def known_waivers(applied: Applied | None) -> Waivers:
    """The waivers that a profile left on a function, without those of rules that do not exist."""
    return {rule_id: waiver for rule_id, waiver in (applied.waivers if applied else {}).items() if rule_of(rule_id)}


def today() -> date:
    """A waiver ends on a calendar day where the user is."""
    return date.today()  # noqa: DTZ011


def waived(finding: Finding, waivers: Iterable[Waiver], terms: Terms = FREE, site: Site = ANYWHERE) -> Finding:
    """A finding as waivers leave it: waived by the first that counts, else with the reasons why none does."""
    reasons: list[str] = []
    for waiver in waivers:
        reason = why_not(finding.rule, waiver, terms, site)
        if not reason:
            return replace(finding, waived=waiver)
        reasons.append(reason)
    return _explained(finding, reasons)


def accepted(finding: Finding, annotated: Mapping[str, str], waivers: Waivers, terms: Terms, site: Site) -> Finding:
    """A finding under a profile's waivers, else the function's annotations, else the configuration's."""
    faults: list[str] = []
    found = waived(finding, _own(finding.rule, annotated, waivers, faults), terms, site)
    return found if found.waived else waived(_explained(found, faults), terms.granted(finding.rule, site), terms, site)


def _own(rule_id: str, annotated: Mapping[str, str], waivers: Waivers, faults: list[str]) -> Iterator[Waiver]:
    """The waivers that stand on the function: the profile's, and an annotation's unless the profile wrote just that."""
    given, text = waivers.get(rule_id), annotated.get(rule_id)
    if given is not None:
        yield given
    if text is not None and (given is None or text != given.to_text()):
        try:
            yield Waiver.of(text)
        except InvalidValue as error:
            faults.append(f"annotation {ANNOTATION_PREFIX}{rule_id} does not count: {error}")


def _explained(finding: Finding, reasons: Iterable[str]) -> Finding:
    """The finding with the reasons in its fix, each once."""
    said = "".join(f" ({reason})" for reason in dict.fromkeys(reasons) if f"({reason})" not in finding.fix)
    return replace(finding, fix=f"{finding.fix}{said}") if said else finding
