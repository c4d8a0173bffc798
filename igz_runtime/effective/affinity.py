"""Steps on node affinity and tolerations that the platforms' enrichments share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from igz_runtime.k8s.pod import Affinity, Requirement, Term, Toleration

Tolerations = tuple[Toleration, ...]


def requirements(labels: Mapping[str, str], operator: str) -> tuple[Requirement, ...]:
    """One expression for each label."""
    return tuple(Requirement(key, operator, (value,)) for key, value in labels.items())


def spot_terms(labels: Mapping[str, str]) -> tuple[Term, ...]:
    """Terms of which one holds on every spot node: one for each label."""
    return tuple(Term((requirement,)) for requirement in requirements(labels, "In"))


def no_spot_terms(labels: Mapping[str, str]) -> tuple[Term, ...]:
    """The single term that holds on no spot node."""
    return (Term(requirements(labels, "NotIn")),)


def require(affinity: Affinity | None, terms: tuple[Term, ...]) -> Affinity:
    """The affinity with its required node terms replaced, whatever they were."""
    return (affinity or Affinity())._replace(required=terms)


def merge(present: Tolerations | None, added: Iterable[Toleration]) -> Tolerations:
    """Tolerations with those that are not among them yet."""
    merged = list(present or ())
    merged += [toleration for toleration in dict.fromkeys(added) if toleration not in merged]
    return tuple(merged)


def without_expressions(terms: tuple[Term, ...], pruned: tuple[Requirement, ...]) -> tuple[Term, ...]:
    """Terms without these expressions; a term with nothing left is dropped."""
    kept = []
    for term in terms:
        rest = tuple(expression for expression in term.expressions or () if expression not in pruned)
        if rest or term.fields:
            kept.append(Term(rest, term.fields))
    return tuple(kept)
