"""Pods that keep apart: affinity to other pods, which an `Affinity` carries as Kubernetes spells it.

Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.k8s.matching import holds
from igz_runtime.k8s.pod import Affinity, Requirement

HOST: Final = "kubernetes.io/hostname"
ZONE: Final = "topology.kubernetes.io/zone"
APART: Final = "podAntiAffinity"

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_MOST: Final = 100


class PodTerm(NamedTuple):
    """One term of a pod affinity or anti-affinity.

    Attributes:
        topology: the key of the nodes' label that says which nodes are one place.
        selector: what must hold of the labels of the other pods; None where the term selects none.
        required: whether it must hold, rather than rank nodes.
    """

    topology: str
    selector: tuple[Requirement, ...] | None
    required: bool

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether it speaks of pods with these labels."""
        return self.selector is not None and all(holds(each, labels.get(each.key)) for each in self.selector)


def pod_terms(affinity: Affinity | None, section: str = APART) -> tuple[PodTerm, ...]:
    """The terms of a section, as far as they can be read: what is of the wrong type, Kubernetes refuses.

    Args:
        affinity: the affinity.
        section: `podAntiAffinity`, or `podAffinity`.
    """
    held = _mapping(affinity.pod.get(section)) if affinity else {}
    ranked = [_mapping(_mapping(each).get("podAffinityTerm")) for each in _listed(held.get(_PREFERRED))]
    required = [_mapping(each) for each in _listed(held.get(_REQUIRED))]
    return (*(_term(each, required=True) for each in required), *(_term(each, required=False) for each in ranked))


def keeps_apart(affinity: Affinity | None, labels: Mapping[str, str], topology: str) -> bool:
    """Whether pods with these labels keep away from each other, in nodes of one place, by requirement or by rank."""
    return any(term.topology == topology and term.selects(labels) for term in pod_terms(affinity))


def kept_apart(affinity: Affinity | None, labels: Mapping[str, str], topologies: Iterable[str]) -> Affinity:
    """The affinity under which pods with these labels prefer other places than each other's, each by each topology."""
    present = affinity or Affinity()
    held = _mapping(present.pod.get(APART))
    added = [
        {"weight": _MOST, "podAffinityTerm": {"labelSelector": {"matchLabels": dict(labels)}, "topologyKey": topology}}
        for topology in topologies
    ]
    section = {**held, _PREFERRED: [*_listed(held.get(_PREFERRED)), *added]}
    return present._replace(pod={**present.pod, APART: section})


def includes(pod: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether what an affinity says of other pods has all that another one says."""
    return all(_includes(_mapping(pod.get(name)), section) for name, section in other.items())


def _includes(section: Mapping[str, Any], other: Any) -> bool:
    terms = [(way, term) for way, listed in _mapping(other).items() for term in _listed(listed)]
    return section == other or all(term in _listed(section.get(way)) for way, term in terms)


def _term(raw: Mapping[str, Any], *, required: bool) -> PodTerm:
    selector = raw.get("labelSelector")
    return PodTerm(
        str(raw.get("topologyKey") or ""),
        tuple(_requirements(selector)) if isinstance(selector, Mapping) else None,
        required,
    )


def _requirements(selector: Mapping[str, Any]) -> Iterator[Requirement]:
    for key, value in _mapping(selector.get("matchLabels")).items():
        yield Requirement(str(key), "In", (str(value),))
    for each in _listed(selector.get("matchExpressions")):
        raw = _mapping(each)
        yield Requirement(str(raw.get("key")), str(raw.get("operator")), tuple(map(str, _listed(raw.get("values")))))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
