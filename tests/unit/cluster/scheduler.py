"""The scheduler's node filters, in a few lines that know nothing of igz_runtime's own: the judge of where pods land.

Sources: component-helpers' nodeaffinity and apimachinery's labels.Requirement.Matches (selector, required affinity),
api/core/v1's Toleration.ToleratesTaint (taints). Nodes here are wholly known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from igz_runtime.k8s.pod import PodSettings, Requirement, Taint, Term, Toleration


class Node(NamedTuple):
    """A node: its name, all of its labels, and all of its taints."""

    labels: Mapping[str, str] = {}
    taints: tuple[Taint, ...] = ()
    name: str = "node-1"


def fits(pod: PodSettings, node: Node) -> bool:
    """Whether the scheduler would bind the pod to the node."""
    for key, value in pod.node_selector.items():
        if key not in node.labels or node.labels[key] != value:
            return False
    required = pod.affinity.required if pod.affinity else None
    if required is not None and not any(fits_term(term, node) for term in required):
        return False
    return all(tolerated(pod.tolerations or (), taint) for taint in node.taints)


def tolerated(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    """Whether the taint keeps a pod with these tolerations off. PreferNoSchedule only ranks nodes."""
    return taint.effect == "PreferNoSchedule" or any(tolerates(one, taint) for one in tolerations)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Kubernetes' `ToleratesTaint`; the API server admits an empty key with `Exists` only."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if not toleration.key and toleration.operator != "Exists":
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in (None, "", "Equal"):
        return (toleration.value or "") == (taint.value or "")
    return toleration.operator == "Exists"


def fits_term(term: Term, node: Node) -> bool:
    """Whether a term of a required node affinity matches the node."""
    expressions, fields = term.expressions or (), term.fields or ()
    if not expressions and not fields:
        return False
    return all(_holds(each, node.labels) for each in expressions) and all(
        _holds(each, {"metadata.name": node.name}) for each in fields
    )


def _holds(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    here = requirement.key in labels
    value, values = labels.get(requirement.key, ""), requirement.values or ()
    match requirement.operator:
        case "In":
            return here and value in values
        case "NotIn":
            return not here or value not in values
        case "Exists":
            return here
        case "DoesNotExist":
            return not here
    left, right = _whole(value) if here else None, _whole(values[0]) if len(values) == 1 else None
    if left is None or right is None:
        return False
    return left > right if requirement.operator == "Gt" else left < right


def _whole(text: str) -> int | None:
    """Go's strconv.ParseInt takes digits and a sign; Python's int takes more."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else None
