"""When a waiver counts, and what a finding is under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import ANNOTATION_PREFIX
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.registry import require_rule, rules
from igz_runtime.waiver import Waiver, Waivers


def accepted(finding: Finding, annotated: Mapping[str, str], waivers: Waivers) -> Finding:
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


def waiver_fault(rule_id: str, waiver: Waiver, today: date | None = None) -> str:
    """Why a waiver has no effect: no such rule, one that cannot be waived, or its last day has passed; else empty."""
    try:
        rule = require_rule(rule_id)
    except InvalidValue as error:
        return str(error)
    if not rule.waivable:
        return f"rule {rule_id} cannot be waived"
    # A waiver ends on a calendar day where the user is.
    if waiver.expired(today or date.today()):  # noqa: DTZ011
        return f"the waiver of {rule_id} expired on {waiver.until}: {waiver.reason}"
    return ""
