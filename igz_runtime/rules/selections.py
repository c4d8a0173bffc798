"""What a function itself selects nodes by, and what that says of spot nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from igz_runtime.cluster.model import Cluster
from igz_runtime.k8s.pod import Requirement, Term
from igz_runtime.rules.subject import Subject


def removed_from(subject: Subject) -> Iterator[tuple[str, Requirement]]:
    """Those of the selections that the effective pod no longer has."""
    affinity = subject.pod.affinity
    kept = {e for term in (affinity and affinity.required) or () for e in term.expressions or ()}
    for place, requirement in subject.selections:
        selected = (subject.pod.node_selector.get(requirement.key),) == requirement.values
        if not (selected if place == "node selector" else requirement in kept):
            yield place, requirement


def avoids_spot(requirement: Requirement, cluster: Cluster) -> bool:
    """Whether an expression keeps spot nodes out: an on-demand label, or NotIn a spot label."""
    marks = cluster.every_spot_value.get(requirement.key)
    if marks is None:
        return False
    named = not set(marks).isdisjoint(requirement.values or ())
    return (requirement.operator, named) in {("NotIn", True), ("In", False)}


def clash_in(subject: Subject) -> str | None:
    """A label key for which the effective pod admits no value, whichever of its terms is tried."""
    affinity = subject.pod.affinity
    terms = (affinity and affinity.required) or (Term(),)
    clashes = [_clash_of(subject.pod.node_selector, term) for term in terms]
    return clashes[0] if all(clashes) else None


def _clash_of(selector: Mapping[str, str], term: Term) -> str | None:
    admitted = {key: {value} for key, value in selector.items() if value}
    for expression in term.expressions or ():
        if expression.operator == "In":
            values = set(expression.values or ())
            admitted[expression.key] = admitted.get(expression.key, values) & values
    for expression in term.expressions or ():
        if expression.operator == "NotIn" and expression.key in admitted:
            admitted[expression.key] -= set(expression.values or ())
    return next((key for key, values in admitted.items() if not values), None)
