"""What functions and Jupyter services declare in the cluster, as far as adapters read it: nothing else is kept.

No environment, no code, no command of a build, no configuration of a trigger or a volume: they hold people's secrets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.api.answers import Answer
from igz_runtime.cluster.api.forms import (
    Form,
    amount_or_number,
    anything,
    boolean,
    name,
    needed,
    number,
    taking,
    text,
)
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.parts import AFFINITY, TEXTS, TOLERATIONS
from igz_runtime.cluster.running import Declared
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX, MODE_ANNOTATION, PROTECTION
from igz_runtime.functions.jupyter.app_service import is_jupyter
from igz_runtime.functions.jupyter.notebook import CULLED
from igz_runtime.functions.jupyter.service import IN_POD
from igz_runtime.functions.misspelled import IN_APP_SERVICE
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.triggers import TRIGGERS, WITHOUT_HTTP

Kept = Any
"""What is kept of a value: the form of a value of which all is kept; of a mapping, what is kept under each key, `*` for
every other one; of a list, in a list, what is kept of each of its items; else a `Chosen`."""


class Chosen(NamedTuple):
    """What a function makes of a value.

    Attributes:
        of: the form of the value.
        choose: what makes of it what is kept; None: nothing.
    """

    of: Form
    choose: Callable[[Any], Any]


def kept(held: Any, allowed: Kept) -> Any:
    """The part of a value of the right form that is kept; None where there is none."""
    if held is None or isinstance(allowed, Chosen):
        return held and allowed.choose(held)
    if isinstance(allowed, list):
        return [kept(each, allowed[0]) for each in held]
    if not isinstance(allowed, Mapping):
        return held
    found = {
        key: kept(value, allowed.get(key, allowed.get("*"))) for key, value in held.items() if _names(allowed, key)
    }
    return {key: value for key, value in found.items() if value is not None}


def _names(allowed: Mapping[str, Kept], key: str) -> bool:
    return key in allowed or "*" in allowed


def _form(allowed: Kept) -> Form:
    """The form of what something is kept of."""
    if isinstance(allowed, Chosen):
        return allowed.of
    if isinstance(allowed, list):
        return [_form(allowed[0])]
    return {key: _form(each) for key, each in allowed.items()} if isinstance(allowed, Mapping) else allowed


def _marks(annotations: Mapping[str, Any]) -> Any:
    """Our annotations, and those that tell how pods are placed and ended."""
    named = {ANNOTATION, MODE_ANNOTATION, CULLED, *(each for each, _ in PROTECTION.values())}
    return {key: value for key, value in annotations.items() if key in named or key.startswith(ANNOTATION_PREFIX)}


def _jupyter(service: Mapping[str, Any]) -> Any:
    """A service of Iguazio's, where it is one of Jupyter: others are of any form."""
    return taking(_form(_SERVICE), kept)(service, _SERVICE) if is_jupyter(service) else None


_MARKS: Final = Chosen(TEXTS, lambda annotations: _marks(annotations) or None)
_METADATA: Final = {"name": name, "namespace": name, "labels": TEXTS, "annotations": _MARKS}
_OBJECT: Final = {"apiVersion": text, "kind": text, "metadata": _METADATA}
_AMOUNTS: Final = {"*": amount_or_number}
_RESOURCES: Final = {"requests": _AMOUNTS, "limits": _AMOUNTS}
_CONTAINER: Final = {"name": text, "resources": _RESOURCES}
_CLAIM: Final = {"name": text, "persistentVolumeClaim": {"claimName": text, "readOnly": boolean}}
_PLACEMENT: Final = {
    "nodeName": text,
    "nodeSelector": TEXTS,
    "tolerations": TOLERATIONS,
    "affinity": AFFINITY,
    "priorityClassName": text,
}
_SCALE: Final = {"metricName": text, "windowSize": text, "threshold": number}
_OF_SETTINGS: Final = {
    **_PLACEMENT,
    "preemptionMode": text,
    "resources": _RESOURCES,
    "scaleToZero": {"scaleResources": [_SCALE]},
    **dict.fromkeys(("replicas", "minReplicas", "maxReplicas", "targetCPU"), number),
}
_FUNCTION: Final = {
    **{each: _OF_SETTINGS[each] for setting in SETTINGS.values() for each in setting.nuclio},
    **{each: [_CONTAINER] for each, _ in EXTRA_CONTAINERS},
    "handler": text,
    "runtime": text,
    "image": text,
    "build": {"baseImage": text},
    "volumes": [{"volume": _CLAIM, "volumeMount": {"name": text, "readOnly": boolean}}],
    TRIGGERS: {"*": {"kind": text, "disabled": boolean}},
    WITHOUT_HTTP: boolean,
}
_ALL: Final = {"*": anything}
_SELECTOR: Final = {**_ALL, "entries": [{**_ALL, "key": text, "value": text}]}
_SCALE_OF_SERVICE: Final = {**_ALL, "metric_name": text, "window_size": text, "threshold": number}
_IN_SERVICE: Final = {**_RESOURCES, "scale_resources": [_SCALE_OF_SERVICE], "node_selector": _SELECTOR}
_SERVICE: Final = {
    "name": text,
    "kind": text,
    **{section: {each: _IN_SERVICE.get(each, text) for each in names} for section, names in IN_APP_SERVICE.items()},
}
_POD: Final = {
    **{each: _PLACEMENT[each] for each in IN_POD.values()},
    "containers": [{**_CONTAINER, "image": text}],
    "initContainers": [_CONTAINER],
}


class Source(NamedTuple):
    """A custom resource that declares functions or services.

    Attributes:
        answer: what its objects are called where they could not be read, and their kind.
        path: where its objects are listed: API group, version, and name in a path.
        read: what reads one.
    """

    answer: Answer
    path: tuple[str, str, str]
    read: Callable[[Raw], Declared]


def _source(what: str, kind: str, path: tuple[str, str, str], spec: Kept) -> Source:
    """A resource, of whose specifications something is kept."""
    of, allowed = {"apiVersion": f"{path[0]}/{path[1]}", "kind": kind}, {**_OBJECT, "spec": spec}

    def read(raw: Raw) -> Declared:
        return Declared({**kept(raw, allowed), **of}, raw["metadata"].get("namespace") or "")

    form = {**_form(allowed), "metadata": needed(_form(_METADATA))}
    return Source(Answer(what, kind, optional=True), path, taking(form, read))


SOURCES: Final = (
    _source("Nuclio's functions", "NuclioFunction", ("nuclio.io", "v1beta1", "nucliofunctions"), _FUNCTION),
    _source(
        "Iguazio's application services",
        "IguazioTenantAppServiceSet",
        ("iguazio.com", "v1beta1", "iguaziotenantappservicesets"),
        {"spec": {"tenants": [{"spec": {"services": {"*": Chosen({"kind": text}, _jupyter)}}}]}},
    ),
    _source(
        "Kubeflow's notebooks",
        "Notebook",
        ("kubeflow.org", "v1", "notebooks"),
        {"template": {"metadata": {"annotations": _MARKS}, "spec": _POD}},
    ),
)
"""Every such resource. Who has not installed it has none."""


def fault_of(document: Mapping[str, Any]) -> str:
    """What is wrong with an object that was read, and may have been changed in a file since; empty where nothing is."""
    of = document.get("apiVersion"), document.get("kind")
    source = next((each for each in SOURCES if (f"{each.path[0]}/{each.path[1]}", each.answer.kind) == of), None)
    if source is None:
        return "an object of a kind in which no function and no service is declared"
    try:
        source.read(document)
    except BrokenFunction as error:
        return f"{source.answer.kind}: {error}"
    return ""
