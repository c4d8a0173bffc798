"""Karpenter's NodePools, read as what may add nodes."""

from __future__ import annotations

from typing import Final

from igz_runtime.cluster.api.forms import Form, amount_or_number, count, needed, takes, text
from igz_runtime.cluster.api.objects import Raw, read_taints, resources_in
from igz_runtime.cluster.api.parts import CONDITIONS, EXPRESSIONS, OF_OBJECT, TAINTS, TEXTS
from igz_runtime.cluster.clouds import KARPENTER_POOL
from igz_runtime.cluster.facts import Pool, amounts
from igz_runtime.k8s.pod import Requirement

_AMOUNTS: Final[Form] = {"*": amount_or_number}
_DISRUPTION: Final[Form] = {
    "consolidateAfter": text,
    "consolidationPolicy": text,
    "budgets": [{"nodes": text, "schedule": text, "reasons": [text]}],
}


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "spec": needed(
            {
                "template": {"metadata": {"labels": TEXTS}, "spec": {"taints": TAINTS, "requirements": EXPRESSIONS}},
                "limits": _AMOUNTS,
                "replicas": count,
                "disruption": _DISRUPTION,
            }
        ),
        "status": {"resources": _AMOUNTS, "conditions": CONDITIONS},
    }
)
def read_node_pool(raw: Raw) -> Pool:
    """A Karpenter NodePool (karpenter.sh/v1). One with `replicas` keeps that many nodes, whatever waits.

    Source: provisioning/provisioner.go of Karpenter 1.13.
    """
    spec, status = raw.get("spec") or {}, raw.get("status") or {}
    template = spec.get("template") or {}
    labels, node = (template.get("metadata") or {}).get("labels") or {}, template.get("spec") or {}
    name = raw["metadata"]["name"]
    requirements = tuple(
        Requirement(each["key"], each["operator"], tuple(each["values"]) if each.get("values") else None)
        for each in node.get("requirements") or ()
    )
    limits, used = amounts(resources_in(spec.get("limits"))), amounts(resources_in(status.get("resources")))
    room = {resource: most - used.get(resource, 0) for resource, most in limits.items()}
    replicas = spec.get("replicas")
    return Pool(
        "karpenter",
        name,
        {**labels, KARPENTER_POOL: name},
        read_taints(node.get("taints")),
        requirements,
        room=room if replicas is None else {"nodes": 0},
        fault=_not_ready(status),
        only_empty=_only_when_empty(spec),
        least=replicas or 0,
        most=limits.get("nodes") if replicas is None else replicas,
        now=used.get("nodes") if replicas is None else replicas,
    )


def _only_when_empty(spec: Raw) -> bool:
    """Whether a NodePool's nodes are removed only when nothing runs there; those of a static one are not at all."""
    disruption = spec.get("disruption") or {}
    forbidden = any(
        str(budget.get("nodes")).rstrip("%") == "0"
        and not budget.get("schedule")
        and "Underutilized" in (budget.get("reasons") or ("Underutilized",))
        for budget in disruption.get("budgets") or ()
    )
    never = spec.get("replicas") is not None or disruption.get("consolidateAfter") == "Never"
    return never or forbidden or disruption.get("consolidationPolicy") == "WhenEmpty"


def _not_ready(status: Raw) -> str:
    for condition in status.get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] == "False":
            return f"it is not ready ({condition.get('reason') or 'no reason given'})"
    return ""
