"""Forms that several objects of the Kubernetes API have in common: see `forms`."""

from __future__ import annotations

from typing import Final, get_args

from igz_runtime.cluster.api.forms import (
    Form,
    amount,
    anything,
    moment,
    name,
    needed,
    number,
    one_of,
    text,
)
from igz_runtime.k8s.pod import QoS, TaintEffect

TEXTS: Final[Form] = {"*": text}
AMOUNTS: Final[Form] = {"*": amount}
OF_OBJECT: Final[Form] = {"name": needed(name), "namespace": name, "labels": TEXTS, "annotations": TEXTS}
"""The metadata of every object."""

_OF_PODS: Final[Form] = {"labels": TEXTS, "annotations": TEXTS}
_EFFECT: Final = one_of(*get_args(TaintEffect))
TAINTS: Final[Form] = [{"key": needed(text), "value": text, "effect": needed(_EFFECT)}]
CONDITIONS: Final[Form] = [
    {
        "type": needed(text),
        "status": needed(one_of("True", "False", "Unknown")),
        "reason": text,
        "message": text,
        "lastTransitionTime": moment,
    }
]
EXPRESSIONS: Final[Form] = [{"key": needed(text), "operator": needed(text), "values": [text]}]
TOLERATIONS: Final[Form] = [{"key": text, "operator": text, "value": text, "effect": text, "tolerationSeconds": number}]
_TERM: Final[Form] = {"matchExpressions": EXPRESSIONS, "matchFields": EXPRESSIONS}
_POD_TERM: Final[Form] = {
    "topologyKey": text,
    "labelSelector": {"matchLabels": TEXTS, "matchExpressions": EXPRESSIONS},
    "namespaceSelector": {"matchLabels": TEXTS, "matchExpressions": EXPRESSIONS},
    "namespaces": [text],
    "matchLabelKeys": [text],
    "mismatchLabelKeys": [text],
}
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_OF_OTHERS: Final[Form] = {
    _REQUIRED: [_POD_TERM],
    _PREFERRED: [{"weight": number, "podAffinityTerm": needed(_POD_TERM)}],
}
AFFINITY: Final[Form] = {
    "nodeAffinity": {
        _REQUIRED: {"nodeSelectorTerms": [_TERM]},
        _PREFERRED: [{"weight": number, "preference": needed(_TERM)}],
    },
    "podAffinity": _OF_OTHERS,
    "podAntiAffinity": _OF_OTHERS,
}
_RESOURCES: Final[Form] = {"requests": AMOUNTS, "limits": AMOUNTS}
_CONTAINERS: Final[Form] = [{"name": needed(text), "resources": _RESOURCES, "restartPolicy": text}]
_SPEC: Final[Form] = {
    "nodeName": name,
    "containers": needed(_CONTAINERS),
    "initContainers": _CONTAINERS,
    "overhead": AMOUNTS,
    "resources": _RESOURCES,
    "resourceClaims": [anything],
    "nodeSelector": TEXTS,
    "tolerations": TOLERATIONS,
    "affinity": AFFINITY,
    "priorityClassName": text,
}
POD: Final[Form] = {
    "metadata": needed(
        {
            **OF_OBJECT,
            "namespace": needed(name),
            "creationTimestamp": moment,
            "ownerReferences": [{"kind": needed(text), "name": needed(text)}],
        }
    ),
    "spec": needed(_SPEC),
    "status": needed({"qosClass": needed(one_of(*get_args(QoS))), "conditions": CONDITIONS}),
}
"""A pod as the API server stores it."""

TEMPLATE: Final[Form] = {"metadata": _OF_PODS, "spec": needed(_SPEC)}
"""A template of pods."""
