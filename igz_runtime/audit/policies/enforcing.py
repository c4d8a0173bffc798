"""Which rules refuse: those that are named, of which each can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import shown
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.cel.form import Cel, NotAtAdmission, Says
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.registry import rules, selection_fault


def enforced_by(named: Iterable[str], chosen: Chosen) -> tuple[str, ...]:
    """The rules that refuse.

    Args:
        named: rules, by ids or their beginnings, of which one that can refuse is enough.
        chosen: the rules as the configuration has them.

    Raises:
        InvalidValue: one means no rule, or a rule that cannot refuse; says why.
    """
    return tuple(dict.fromkeys(rule_id for each in named for rule_id in _able(each, chosen)))


def _able(beginning: str, chosen: Chosen) -> Iterator[str]:
    """The rules of one beginning that can refuse."""
    if not isinstance(beginning, str):
        raise InvalidValue(f"enforce: the id of a rule, or its beginning, is required, found {shown(beginning)}")
    if fault := selection_fault(beginning):
        raise InvalidValue(f"enforce: {fault}")
    meant = {rule_id: each for rule_id, each in rules().items() if rule_id.startswith(beginning)}
    reasons = {rule_id: why_not(each, chosen) for rule_id, each in meant.items()}
    if all(reasons.values()):
        first, reason = next(iter(reasons.items()))
        several = f"no rule of {beginning} can refuse, for one {first}: " if first != beginning else ""
        raise InvalidValue(f"enforce: {several}{reason}")
    yield from (rule_id for rule_id, reason in reasons.items() if not reason)


def _severity(says: Says, rule: Rule[Any], chosen: Chosen) -> Severity:
    stated = says.severity or rule.severity
    return stated if says.settled else chosen.severity_of(rule.id, stated)


def why_not(rule: Rule[Any], chosen: Chosen) -> str:
    """Why a rule cannot refuse at admission; empty where it can.

    Args:
        rule: the rule.
        chosen: the rules as the configuration has them.
    """
    if isinstance(rule.cel, NotAtAdmission):
        return f"no admission policy can ask {rule.id}: {rule.cel.because}"
    if not isinstance(rule.cel, Cel):
        return f"no admission policy asks {rule.id}"
    if rule.cel.warns:
        return f"{rule.id} only warns: a refusal would stop the platform's own controllers"
    if not chosen.judges(rule.id):
        return f"the configuration leaves {rule.id} out (rules.select, rules.ignore)"
    severities = {_severity(each, rule, chosen) for each in rule.cel.says}
    if "error" not in severities:
        listed = " or ".join(sorted(severities))
        return (
            f"what {rule.id} finds has severity {listed}, and only errors are refused; rules.severities in "
            "igz-runtime.yaml can make it one"
        )
    return ""
