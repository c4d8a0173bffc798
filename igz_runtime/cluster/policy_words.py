"""What an admission policy says of a pod, as the API server passes it on: how findings are joined, and taken apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

BETWEEN: Final = " | "
"""What stands between two findings in the text of our policies."""
BEFORE_FIX: Final = "; fix: "
"""What stands between a finding's message and its fix."""

# The names of policies and bindings hold no quotes, and neither do those of pods and of what makes them.
_POLICY: Final = r"ValidatingAdmissionPolicy '([^']*)' with binding '[^']*'"
_SAYS: Final = re.compile(rf"(?:Validation failed for {_POLICY}|{_POLICY} denied request): (.*)", re.DOTALL)
_ID: Final = r"[A-Z]{2,10}[0-9]{3}"
_ABOUT: Final = re.compile(rf"[^'|:]* '[^']*': (?={_ID}: )")
_NEXT: Final = re.compile(rf"{re.escape(BETWEEN)}(?={_ID}: )")


class Told(NamedTuple):
    """A finding that a policy says.

    Attributes:
        rule: the rule's id.
        message: what was found.
        fix: how to fix it; empty where the text ends before it.
    """

    rule: str
    message: str
    fix: str = ""


class PolicySays(NamedTuple):
    """What a policy says.

    Attributes:
        policy: the policy's name.
        denied: whether it refuses; else it warns.
        text: its text.
        findings: the findings that the text holds; none where the policy is not one of ours.
    """

    policy: str
    denied: bool
    text: str
    findings: tuple[Told, ...] = ()


def policy_says(message: str) -> PolicySays | None:
    """What a policy says in a refusal or a warning of the API server; None where no policy does.

    >>> said = policy_says(
    ...     "ValidatingAdmissionPolicy 'igz-runtime-deny' with binding 'igz-runtime-deny' denied request: "
    ...     "job 'etl': IGZ302: class is reserved; fix: choose another | IGZ404: it is pinned; fix: select labels"
    ... )
    >>> said.policy, said.denied, [told.rule for told in said.findings], said.findings[1].fix
    ('igz-runtime-deny', True, ['IGZ302', 'IGZ404'], 'select labels')
    """
    found = _SAYS.search(message)
    if found is None:
        return None
    warns, denies, text = found.groups()
    return PolicySays(warns or denies or "", denies is not None, text, tuple(_findings(text)))


def _findings(text: str) -> Iterator[Told]:
    about = _ABOUT.match(text)
    for each in _NEXT.split(text[about.end() :]) if about else ():
        rule, _, said = each.partition(": ")
        message, _, fix = said.partition(BEFORE_FIX)
        yield Told(rule, message, fix)
