"""Everything that is applied to a cluster, in order: the facts' kind, the facts, the policies and their bindings."""

from __future__ import annotations

from typing import Any

from igz_runtime.audit.policies.policy import API, GROUP, Way, policy, policy_name
from tests.policy.crd import CRD
from tests.policy.enforced import WAYS

Plain = dict[str, Any]


def stream(namespaces: list[str], spec: Plain, *, inline: bool = False) -> list[Plain]:
    """Everything that is applied to a cluster, in order."""
    policies = [policy(way, namespaces, spec if inline else None) for way in WAYS]
    bindings = [_binding(way, inline=inline) for way in WAYS]
    facts = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterFacts", "metadata": {"name": "cluster"}, "spec": spec}
    return [*([] if inline else [CRD, facts]), *policies, *bindings]


def _binding(way: Way, *, inline: bool) -> Plain:
    name = policy_name(way)
    actions = ["Deny"] if way == "deny" else ["Warn", "Audit"]
    reference = {} if inline else {"paramRef": {"name": "cluster", "parameterNotFoundAction": "Allow"}}
    return {
        "apiVersion": API,
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": actions, **reference},
    }
