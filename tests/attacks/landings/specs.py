"""Random servers and functions, as Kubernetes spells them: what is asked for meets what spot nodes are known by."""

from __future__ import annotations

import random
from typing import Any, Final, NamedTuple

Plain = dict[str, Any]

CLOUD_MARKS: Final = {
    "app.iguazio.com/lifecycle": "preemptible",
    "eks.amazonaws.com/capacityType": "SPOT",
    "cloud.google.com/gke-spot": "true",
}
"""Labels that mark spot nodes on whatever cluster. No function of these names Karpenter's."""
OWN_MARK: Final = {"node-kind": "spot"}
"""One that marks them only where it is configured."""
MARKS: Final = {**CLOUD_MARKS, **OWN_MARK}
ON_DEMAND: Final = {"app.iguazio.com/lifecycle": "non-preemptible", "eks.amazonaws.com/capacityType": "ON_DEMAND"}
BESIDE: Final = {"zone": ("a", "b", "c"), "generation": ("1", "5")}
NAMES: Final = ("node-0", "node-1")
VALUES: Final = {
    **{key: tuple(filter(None, (value, ON_DEMAND.get(key)))) for key, value in MARKS.items()},
    "zone": ("a", "b"),
    "generation": ("1", "5"),
}
TOLERATIONS: Final = (
    {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
    {"key": "spot", "operator": "Exists"},
    {"key": "spot", "operator": "Exists", "effect": "NoExecute"},
    {"key": "kubernetes.azure.com/scalesetpriority", "operator": "Equal", "value": "spot", "effect": "NoSchedule"},
    {"key": "spot", "value": "true", "effect": "NoSchedule"},
    {"operator": "Exists"},
)
MODES: Final = ("allow", "constrain", "prevent", "none")
KINDS: Final = ("job", "job", "databricks", "dask", "mpijob", "remote", "serving", "application", "nuclio", "nuclio")


class Server(NamedTuple):
    """A cluster: MLRun's and Nuclio's preemptible nodes, and all facts that `Cluster.from_dict` takes."""

    mlrun: Plain
    nuclio: Plain
    facts: Plain

    @property
    def groups(self) -> list[Plain]:
        groups: list[Plain] = self.facts.get("node_groups", [])
        return groups

    @property
    def marks(self) -> Plain:
        """The labels that are configured."""
        return {**self.mlrun.get("node_selector", {}), **self.nuclio.get("node_selector", {})}

    @property
    def tolerations(self) -> list[Plain]:
        return [*self.mlrun.get("tolerations", ()), *self.nuclio.get("tolerations", ())]


class Spec(NamedTuple):
    """A function, and what of its pod it asks for."""

    kind: str
    pod: Plain
    mode: str | None
    annotation: str | None

    def reread(self, document: Plain) -> Spec:
        """The same function, with what its document asks for now."""
        spec, of_mlrun = document["spec"], self.kind != "nuclio"
        names = {name: _OF_MLRUN.get(name, name) if of_mlrun else name for name in _PLACEMENT}
        pod = {name: spec[key] for name, key in names.items() if spec.get(key) and name != "preemptionMode"}
        metadata = (spec.get("base_spec") or {}).get("metadata", {}) if of_mlrun else document["metadata"]
        annotation = (metadata.get("annotations") or {}).get(_ANNOTATION)
        return self._replace(pod=pod, mode=spec.get(names["preemptionMode"]), annotation=annotation)

    @property
    def names(self) -> tuple[str, ...]:
        """What a node that takes its pods may be called."""
        return NAMES if NAMES[0] in repr(self.pod) or NAMES[1] in repr(self.pod) else ("any",)

    @property
    def document(self) -> Plain:
        """The function, in its own dialect."""
        annotations = {} if self.annotation is None else {_ANNOTATION: self.annotation}
        if self.kind == "nuclio":
            metadata = {"name": "f", "annotations": annotations}
            return {"kind": "NuclioFunction", "metadata": metadata, "spec": {**self.pod, "preemptionMode": self.mode}}
        spec = {_OF_MLRUN.get(name, name): value for name, value in self.pod.items()}
        spec |= {"preemption_mode": self.mode, "base_spec": {"metadata": {"annotations": annotations}}}
        return {"kind": self.kind, "metadata": {"name": "f"}, "spec": spec}


_ANNOTATION: Final = "nuclio.io/preemptible-mode"
_PLACEMENT: Final = ("nodeSelector", "tolerations", "affinity", "nodeName", "preemptionMode")
_OF_MLRUN: Final = {"nodeSelector": "node_selector", "nodeName": "node_name", "preemptionMode": "preemption_mode"}


def a_server(pick: random.Random) -> Server:
    mlrun = _preemptible(pick)
    nuclio = mlrun if pick.random() < 0.7 else _preemptible(pick)
    facts: Plain = {"mlrun": mlrun, "nuclio": nuclio}
    if pick.random() < 0.15:
        facts["default_node_selector"] = {"zone": "a"}
    if pick.random() < 0.25:
        facts["node_groups"] = [_group(pick, f"group-{number}") for number in range(pick.randint(1, 3))]
    return Server(mlrun, nuclio, facts)


def _preemptible(pick: random.Random) -> Plain:
    known = pick.choice(("both", "both", "labels", "tolerations", "nothing"))
    configured: Plain = {"default_mode": pick.choice(("prevent", "prevent", *MODES))}
    if known in ("both", "labels"):
        configured["node_selector"] = dict(pick.sample(list(MARKS.items()), pick.choice((1, 1, 2))))
    if known in ("both", "tolerations"):
        configured["tolerations"] = pick.sample(TOLERATIONS, pick.choice((1, 1, 2)))
    return configured


def _group(pick: random.Random, name: str) -> Plain:
    lifecycle = pick.choice(("spot", "spot", "on-demand", None))
    labels = {"pool": name}
    if lifecycle == "spot":
        labels |= dict(pick.sample(list(MARKS.items()), pick.randint(0, 1)))
    if pick.random() < 0.3:
        labels["zone"] = pick.choice(BESIDE["zone"])
    taints = [{"key": "spot", "value": "true", "effect": pick.choice(("NoSchedule", "NoExecute", "PreferNoSchedule"))}]
    facts = {"name": name, "labels": labels, "taints": taints if pick.random() < 0.5 else []}
    return facts | ({"lifecycle": lifecycle} if lifecycle else {})


def a_spec(pick: random.Random) -> Spec:
    pod: Plain = {}
    if pick.random() < 0.35:
        pod["nodeSelector"] = {key: pick.choice(VALUES[key]) for key in pick.sample(list(VALUES), pick.choice((1, 2)))}
    if pick.random() < 0.5:
        pod["tolerations"] = _tolerations(pick)
    if pick.random() < 0.45:
        pod["affinity"] = _affinity(pick)
    if pick.random() < 0.03:
        pod["nodeName"] = pick.choice(NAMES)
    mode = pick.choice((*MODES, "prevent", "prevent", None, None, "bogus" if pick.random() < 0.1 else "allow"))
    annotation = pick.choice(MODES) if pick.random() < 0.1 else None
    return Spec(pick.choice(KINDS), pod, mode, annotation)


def _tolerations(pick: random.Random) -> list[Plain]:
    asked: list[Plain] = [{**each} for each in pick.choices(TOLERATIONS, k=pick.choice((1, 1, 2)))]
    if pick.random() < 0.3:
        asked.append({"key": "team", "operator": "Exists", "effect": pick.choice(("NoSchedule", "NoExecute"))})
    for each in asked:
        if each.get("effect") == "NoExecute" and pick.random() < 0.5:
            each["tolerationSeconds"] = 30
    return asked


def _affinity(pick: random.Random) -> Plain:
    affinity: Plain = {}
    node: Plain = {}
    if pick.random() < 0.85:
        terms = [_term(pick) for _ in range(pick.choice((1, 1, 2, 3)))]
        node["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
    if pick.random() < 0.2:
        preferred = {"weight": 1, "preference": {"matchExpressions": [_expression(pick)]}}
        node["preferredDuringSchedulingIgnoredDuringExecution"] = [preferred]
    if node:
        affinity["nodeAffinity"] = node
    if not node or pick.random() < 0.15:
        apart = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "a"}}}
        affinity["podAntiAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}
    return affinity


def _term(pick: random.Random) -> Plain:
    term: Plain = {}
    if pick.random() < 0.95:
        expressions = (_expression(pick) for _ in range(pick.choice((1, 1, 2, 3))))
        # Of the other labels, `nodes_of` has no value that is left over.
        term["matchExpressions"] = list(
            {pick.random() if e["key"] == "zone" else e["key"]: e for e in expressions}.values()
        )
    if pick.random() < 0.1:
        field = {"key": "metadata.name", "operator": pick.choice(("In", "NotIn")), "values": [pick.choice(NAMES)]}
        term["matchFields"] = [field]
    return term


def _expression(pick: random.Random) -> Plain:
    key = pick.choice((*VALUES, *CLOUD_MARKS))
    values = VALUES[key]
    if key == "generation" and pick.random() < 0.5:
        return {"key": key, "operator": pick.choice(("Gt", "Lt")), "values": ["3"]}
    operator = pick.choice(("In", "In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist"))
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    return {"key": key, "operator": operator, "values": pick.sample(values, pick.choice((1, 1, len(values))))}
