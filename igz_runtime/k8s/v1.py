"""Kubernetes' V1 objects, which MLRun's functions hold, as our values and back."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, Requirement, Term, Toleration


@lru_cache(maxsize=1)
def kubernetes_client() -> Any:
    """The official client's module, which MLRun has loaded already."""
    import kubernetes.client

    return kubernetes.client


@lru_cache(maxsize=1)
def api_client() -> Any:
    """Kubernetes' serialiser: the camelCase mapping of a V1 object, and back."""
    return kubernetes_client().ApiClient()


def read_tolerations(value: Any, field: str) -> tuple[Toleration, ...] | None:
    """Tolerations of V1 objects or of mappings; an empty list is not the same as none."""
    if not value:
        return None if value is None else ()
    return tuple(
        Toleration(t.key, t.operator, t.value, t.effect, t.toleration_seconds)
        if hasattr(t, "toleration_seconds")
        else codec.read_toleration(t, f"{field}[{i}]")
        for i, t in enumerate(codec.sequence(value, field))
    )


def read_affinity(value: Any, field: str) -> Affinity | None:
    """The affinity of a V1Affinity or of a mapping."""
    if value is None:
        return None
    return _of_v1(value) if hasattr(value, "node_affinity") else codec.read_affinity(value, field)


def _of_v1(affinity: Any) -> Affinity | None:
    """The value of a V1Affinity. Only the parts that are carried as they are need Kubernetes' serialiser."""
    node = affinity.node_affinity
    required = node and node.required_during_scheduling_ignored_during_execution
    preferred = node and node.preferred_during_scheduling_ignored_during_execution
    pod = {"podAffinity": affinity.pod_affinity, "podAntiAffinity": affinity.pod_anti_affinity}
    read = Affinity(
        required=None if required is None else tuple(map(_term_of_v1, required.node_selector_terms or ())),
        preferred=None if preferred is None else tuple(map(_sanitized, preferred)),
        empty_node=node is not None and required is None and preferred is None,
        pod={name: _sanitized(value) for name, value in pod.items() if value is not None},
    )
    return read if read.node or read.pod else None


def _term_of_v1(term: Any) -> Term:
    return Term(_requirements_of_v1(term.match_expressions), _requirements_of_v1(term.match_fields))


def _requirements_of_v1(listed: Any) -> tuple[Requirement, ...] | None:
    if listed is None:
        return None
    return tuple(Requirement(r.key, r.operator, None if r.values is None else tuple(r.values)) for r in listed)


def _sanitized(value: Any) -> Any:
    return api_client().sanitize_for_serialization(value)


def toleration_to_v1(toleration: Toleration) -> Any:
    """A toleration as a V1Toleration."""
    return kubernetes_client().V1Toleration(
        key=toleration.key,
        operator=toleration.operator,
        value=toleration.value,
        effect=toleration.effect,
        toleration_seconds=toleration.seconds,
    )


def affinity_to_v1(affinity: Affinity) -> Any:
    """An affinity as a V1Affinity."""
    if affinity.preferred or affinity.pod:
        # The serialiser's inverse is private in the official client; MLRun itself uses it in the same way.
        return api_client()._ApiClient__deserialize(codec.write_affinity(affinity), "V1Affinity")  # noqa: SLF001
    v1, required = kubernetes_client(), None
    if affinity.required is not None:
        required = v1.V1NodeSelector(node_selector_terms=[_v1_term(term, v1) for term in affinity.required])
    node = v1.V1NodeAffinity(
        required_during_scheduling_ignored_during_execution=required,
        preferred_during_scheduling_ignored_during_execution=None if affinity.preferred is None else [],
    )
    return v1.V1Affinity(node_affinity=node if affinity.node else None)


def _v1_term(term: Term, v1: Any) -> Any:
    parts = {"match_expressions": term.expressions, "match_fields": term.fields}
    return v1.V1NodeSelectorTerm(
        **{name: _v1_requirements(part, v1) for name, part in parts.items() if part is not None}
    )


def _v1_requirements(requirements: tuple[Requirement, ...], v1: Any) -> Any:
    make = v1.V1NodeSelectorRequirement
    return [
        make(key=r.key, operator=r.operator, values=None if r.values is None else list(r.values)) for r in requirements
    ]
