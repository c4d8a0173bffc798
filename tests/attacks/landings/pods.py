"""The pods that MLRun and Nuclio make of a function: by MLRun's own code, and by what Nuclio 1.14.1 does, told anew.

Nuclio is written in Go, and no package index has its code: `by_nuclio` is held to the recorded pods of a real one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.attacks.landings.specs import Plain, Server, Spec

REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
BUILT_FROM_SPEC: Final = ("job", "databricks", "dask")
"""Kinds whose pods MLRun's server builds with what the function itself says, where its enrichment left nothing."""
PASSES: Final = 2
"""How often Nuclio enriches a function on its way from the dashboard to the Deployment."""


class Enrichment:
    """MLRun's own enrichment, for pods as Kubernetes spells them."""

    def __init__(self) -> None:
        import kubernetes.client
        import mlrun.k8s_utils

        self._api = kubernetes.client.ApiClient()
        self._enrich = mlrun.k8s_utils.enrich_preemption_mode

    def __call__(self, mode: str | None, pod: Plain) -> Plain:
        read = self._api._ApiClient__deserialize
        tolerations = [read(each, "V1Toleration") for each in pod.get("tolerations", ())] or None
        affinity = read(pod.get("affinity"), "V1Affinity")
        made = self._enrich(mode, dict(pod.get("nodeSelector", {})), tolerations, affinity)
        keys = ("nodeSelector", "tolerations", "affinity")
        written = dict(zip(keys, map(self._api.sanitize_for_serialization, made), strict=True))
        return {**pod, **written}


def pods_of(spec: Spec, server: Server, by_mlrun: Enrichment) -> Iterator[Plain]:
    """The pods that may come of a function: whether MLRun's server puts an affinity back is not relied on."""
    pod, default = copy.deepcopy(spec.pod), server.facts.get("default_node_selector", {})
    if spec.kind == "nuclio":
        made = by_nuclio(pod, spec.mode, spec.annotation, server.nuclio)
        yield {**made, "nodeSelector": {**default, **made.get("nodeSelector", {})}}
        return
    pod["nodeSelector"] = {**default, **pod.get("nodeSelector", {})}
    made = by_mlrun(spec.mode, pod)
    if spec.kind in BUILT_FROM_SPEC:
        made["tolerations"] = made["tolerations"] or pod.get("tolerations")
        yield {**made, "affinity": made["affinity"] or pod.get("affinity")}
    elif spec.kind != "mpijob":
        mode = spec.mode or server.mlrun["default_mode"]
        made = by_nuclio(_stated(made), mode, spec.annotation, server.nuclio)
    yield made


def _stated(pod: Plain) -> Plain:
    return {key: value for key, value in pod.items() if value}


def by_nuclio(pod: Plain, mode: str | None, annotation: str | None, configured: Plain) -> Plain:
    """A pod as Nuclio 1.14.1 makes it.

    Args:
        pod: what the function asks for.
        mode: its preemption mode.
        annotation: its annotation `nuclio.io/preemptible-mode`.
        configured: the platform's preemptible nodes.
    """
    labels, tolerations = configured.get("node_selector"), configured.get("tolerations")
    if not labels and not tolerations:
        return pod
    mode = (mode if annotation is None else annotation) or configured["default_mode"]
    for _ in range(PASSES):
        if mode == "prevent":
            _prevent(pod, labels or {}, tolerations)
        elif mode in ("allow", "constrain"):
            _prune(pod, labels or {}, "NotIn", whole=True)
            if mode == "allow":
                _prune(pod, labels or {}, "In", whole=False)
                _prune_selector(pod, labels or {})
            pod["tolerations"] = [*pod.get("tolerations", ()), *(tolerations or ())]
            if mode == "constrain":
                _require(pod, [{"matchExpressions": [each]} for each in _expressions(labels or {}, "In")])
    return pod


def _prevent(pod: Plain, labels: Plain, tolerations: Sequence[Plain] | None) -> None:
    kept = pod.get("tolerations", [])
    for one in tolerations or ():
        match = next((each for each in kept if _matches(each, one)), None)
        kept = [each for each in kept if each is not match]
    pod["tolerations"] = kept
    _prune_selector(pod, labels)
    if tolerations:
        _prune(pod, labels, "In", whole=False)
    else:
        _require(pod, [{"matchExpressions": _expressions(labels, "NotIn")}])


def _matches(left: Plain, right: Plain) -> bool:
    """Kubernetes' MatchToleration, to which seconds are nothing."""
    return all(left.get(name, "") == right.get(name, "") for name in ("key", "effect", "operator", "value"))


def _prune_selector(pod: Plain, labels: Plain) -> None:
    selector = pod.get("nodeSelector", {})
    pod["nodeSelector"] = {key: value for key, value in selector.items() if labels.get(key) != value}


def _expressions(labels: Plain, operator: str) -> list[Plain]:
    return [{"key": key, "operator": operator, "values": [value]} for key, value in labels.items()]


def _require(pod: Plain, terms: list[Plain]) -> None:
    node: Plain = pod.setdefault("affinity", {}).setdefault("nodeAffinity", {})
    node[REQUIRED] = {"nodeSelectorTerms": terms}


def _prune(pod: Plain, labels: Plain, operator: str, *, whole: bool) -> None:
    """Takes from required terms the expressions on these labels: with all that is after them, or the whole term's."""
    node: Any = pod.get("affinity", {}).get("nodeAffinity", {})
    if not labels or REQUIRED not in node:
        return
    pruned, kept = _expressions(labels, operator), []
    for term in node[REQUIRED]["nodeSelectorTerms"]:
        expressions = term.get("matchExpressions", [])
        named = [number for number, each in enumerate(expressions) if each in pruned]
        left = expressions if not named else [] if whole else expressions[: named[0]]
        if left or term.get("matchFields"):
            kept.append({**term, "matchExpressions": left})
    node[REQUIRED] = {"nodeSelectorTerms": kept}
    if not kept:
        del node[REQUIRED]
