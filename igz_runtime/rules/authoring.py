"""What an author of rules needs: the decorator, and what a rule yields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.k8s.pod import Field
from igz_runtime.messages import shown
from igz_runtime.rules.findings import SEVERITIES, Severity
from igz_runtime.rules.subject import Subject

BEST_PRACTICES: Final = "Iguazio, Best Practices, Spot vs. On-demand Usage"


VERIFIED: Final = "igz_runtime's own runs of MLRun and Nuclio"


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of one role.

    Attributes:
        message: a sentence: what was found.
        fix: how to fix it; empty where the rule's own fix says it.
        severity: where it differs from the rule's.
        field: the field that causes it, as the function asks for it, or where it should be; `()` is the whole role.
    """

    message: str
    fix: str = ""
    severity: Severity | None = None
    field: Field = ()


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule cannot decide, because a fact is missing."""

    because: str


Check = Callable[[Subject], Iterable[Found | Skip]]


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


REGISTRY: dict[str, Rule] = {}


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
        if rule_id in REGISTRY:
            raise ValueError(f"rule {rule_id} is registered twice")
        made = Rule(rule_id, name, title, severity, source, origin, fix, waivable, check, owned_by(rule_id, check))
        require_metadata(made)
        REGISTRY[rule_id] = made
        return check

    return register


_TEXTS: Final = ("id", "name", "title", "source", "origin", "fix")


def owned_by(rule_id: str, check: Check) -> str:
    """Who is told when a rule fails, as far as the rule itself tells; empty for igz_runtime's own."""
    module = str(getattr(check, "__module__", None))
    return "" if str(rule_id).startswith("IGZ") and module.startswith("igz_runtime.") else f"module {module}"


def require_metadata(rule: Any) -> None:
    """Require that a rule is what reports take it for.

    Raises:
        ValueError: a part of it is of the wrong type; names it.
    """
    for part in _TEXTS:
        if not isinstance(getattr(rule, part), str) or not getattr(rule, part):
            raise ValueError(f"rule {shown(rule.id)}: {part} is {shown(getattr(rule, part))}, and a text is required")
    if rule.severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise ValueError(f"rule {rule.id}: severity is {shown(rule.severity)}, and one of {known} is required")
    if not callable(rule.check):
        raise ValueError(f"rule {rule.id}: {shown(rule.check)} cannot be called with a role")  # noqa: TRY004
