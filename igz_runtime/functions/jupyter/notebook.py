"""Kubeflow's Notebook: its specification holds the template of its pod, as Kubernetes spells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import ANNOTATION_PREFIX, LABEL, WORKLOAD, read_protection, read_waivers
from igz_runtime.functions.idle import ENDS, Idle
from igz_runtime.functions.jupyter.service import IN_POD, Service, below, placed, settings, texts
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import UNNAMED, Evidence, Function
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field
from igz_runtime.text.place import Path

_TEMPLATE: Final = ("spec", "template")
_POD: Final = (*_TEMPLATE, "spec")
CULLED: Final = "notebooks.kubeflow.org/last-activity"
"""The annotation that the controller keeps on what it culls."""
_LISTS: Final = ("containers", "initContainers")


def notebooks(document: Mapping[str, Any]) -> Iterator[Service]:
    """The Jupyter service that a Notebook of Kubeflow is."""
    if document.get("kind") == "Notebook" and str(document.get("apiVersion") or "").startswith("kubeflow.org/"):
        metadata = document.get("metadata")
        name = str(metadata.get("name") or "") if isinstance(metadata, Mapping) else ""
        yield Service((), name, partial(_read, document, name), partial(_place, document, name))


def _read(document: Mapping[str, Any], name: str) -> Function:
    name = name or UNNAMED
    try:
        return _function(document, name)
    except BrokenFunction as error:
        raise error.inside(f"{JUPYTER} {name!r}: ") from None


def _function(document: Mapping[str, Any], name: str) -> Function:
    metadata = codec.mapping(document.get("metadata"), "metadata")
    labels = texts(metadata.get("labels"), "metadata.labels")
    annotations = codec.mapping(metadata.get("annotations"), "metadata.annotations")
    template: Any = document
    for part in _TEMPLATE:
        template = codec.mapping(template.get(part), part)
    pod = codec.mapping(template.get("spec"), "spec", _POD)
    on_pod = codec.mapping(template.get("metadata"), "metadata", (*_TEMPLATE, "metadata"))
    try:
        containers = tuple(_containers(pod, name))
        role = settings(containers=containers, annotations=read_protection(on_pod.get("annotations")), **placed(pod))
    except BrokenFunction as error:
        raise BrokenFunction(str(error), (*_POD, *error.field)) from None
    own = codec.sequence(pod.get("containers"), "containers")
    return Function(
        name,
        JUPYTER,
        (role,),
        evidence=Evidence(image=str(own[0].get("image") or "") if own else "", labels=labels),
        profile=labels.get(LABEL),
        waivers=read_waivers(annotations),
        workload=labels.get(WORKLOAD),
        idle=ENDS if CULLED in annotations else _UNKNOWN,
    )


_UNKNOWN: Final = Idle(
    ends=None,
    because=f"Kubeflow's controller culls notebooks or not (ENABLE_CULLING); {CULLED} would say that it does",
)


def _containers(pod: Mapping[str, Any], name: str) -> Iterator[Container]:
    """Its containers, the notebook's own first: that of the Notebook's name, else the first."""
    listed = codec.read_containers(pod.get("containers"), "containers", "sidecar")
    index = next((i for i, each in enumerate(listed) if each.name == name), 0)
    if listed:
        own = listed.pop(index)
        yield own._replace(sort="main")
    yield from listed
    yield from codec.read_containers(pod.get("initContainers"), "initContainers", "init")


def _place(document: Mapping[str, Any], name: str, field: Field) -> Path:
    first, *rest = field or ("",)
    if first == "containers":
        return (*_POD, *_container(document, str(rest[0] if rest else name)), "resources", *rest[1:])
    if first == "waivers":
        return ("metadata", "annotations", f"{ANNOTATION_PREFIX}{rest[-1]}" if rest else "")
    if first in IN_POD:
        return (*_POD, IN_POD[str(first)], *rest)
    return _FIELDS.get(str(first), ())


_FIELDS: Final[Mapping[str, Path]] = {
    "name": ("metadata", "name"),
    "labels": ("metadata", "labels"),
    "annotations": (*_TEMPLATE, "metadata", "annotations"),
    "idle": ("metadata", "annotations"),
}


def _container(document: Mapping[str, Any], name: str) -> Path:
    pod = below(document, _POD)
    for key in _LISTS:
        listed = pod.get(key)
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, Mapping) and each.get("name") == name:
                return (key, index)
    return ("containers", 0)
