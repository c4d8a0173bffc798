"""What puts a policy in force: its binding, which says what comes of a finding, and which facts it looks at."""

from __future__ import annotations

from typing import Final

from igz_runtime.audit.policies.facts import Plain
from igz_runtime.audit.policies.policy import API, POLICY, Way, policy_name
from igz_runtime.audit.policies.schema import NAME

BINDING: Final = f"{POLICY}Binding"
_ACTIONS: Final[dict[Way, list[str]]] = {"deny": ["Deny"], "warn": ["Warn", "Audit"]}


def binding(way: Way, *, inline: bool = False) -> Plain:
    """The binding of a policy, without labels and annotations.

    Args:
        way: whether the policy refuses or warns.
        inline: whether the facts stand in the policy itself. Else, where there are none, everything is admitted.
    """
    name = policy_name(way)
    looks_at = {"paramRef": {"name": NAME, "parameterNotFoundAction": "Allow"}}
    return {
        "apiVersion": API,
        "kind": BINDING,
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": _ACTIONS[way], **({} if inline else looks_at)},
    }
