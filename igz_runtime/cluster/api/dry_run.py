"""What the API server says to a pod, without making it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.api.connection import Session, Unread
from igz_runtime.cluster.api.forms import takes
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.parts import POD
from igz_runtime.cluster.api.stored import SECTIONS, own_tolerations
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import read_protection
from igz_runtime.k8s.codec import read_affinity, read_resources, write_affinity, write_tolerations
from igz_runtime.k8s.pod import Container, PodSettings, Resources
from igz_runtime.k8s.quantity import kubernetes_text

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class DryRun(NamedTuple):
    """The API server's answer.

    Attributes:
        accepted: whether it would take the pod; None where that cannot be known.
        message: its words, or why it cannot be known.
        qos: the QoS class that it gives the pod; empty where it takes none.
        stored: the settings as admission leaves them: with the amounts of limit ranges, the default priority class, and
            whatever a webhook or a policy makes of the pod. None where it takes none.
        warnings: what it warns of beside its answer, such as what an admission policy finds.
    """

    accepted: bool | None
    message: str = ""
    qos: str = ""
    stored: PodSettings | None = None
    warnings: tuple[str, ...] = ()


def dry_run(
    session: Session, pod: PodSettings, labels: Mapping[str, str] = _NOTHING, annotations: Mapping[str, str] = _NOTHING
) -> DryRun:
    """A server-side dry run of creating a pod with these settings: admission and validation, and nothing stored.

    The pod stands in for the function's: its containers have their names and resources, and no image of its own.

    Args:
        session: the connection.
        pod: the effective pod.
        labels: the labels of such pods, by which webhooks and policies choose theirs.
        annotations: their annotations, beside those of the settings.
    """
    from kubernetes.client import CoreV1Api

    create = CoreV1Api(session.client).create_namespaced_pod
    try:
        answer = session.object("Pod", create, session.namespace, manifest(pod, labels, annotations), dry_run="All")
        said = _accepted(answer, pod)
    except Unread as unread:
        said = _refusal(unread)
    except BrokenFunction as error:
        return DryRun(accepted=None, message=f"the API server's answer is a Pod of another form ({error})")
    # The stand-in has no security contexts.
    return said._replace(warnings=tuple(each for each in session.warnings if "violate PodSecurity" not in each))


def manifest(
    pod: PodSettings, labels: Mapping[str, str] = _NOTHING, annotations: Mapping[str, str] = _NOTHING
) -> dict[str, Any]:
    """A pod with these settings, as Kubernetes spells it."""
    # A container that the platform puts before the function's own comes first: by that it is known.
    listed = sorted(_named(pod), key=lambda each: each[1].sort != "proxy")
    spec: dict[str, Any] = {
        "containers": [_container(name, each) for name, each in listed if each.sort != "init"]
        or [_container("main", Container("main"))],
        "initContainers": [_container(name, each) for name, each in listed if each.sort == "init"],
        "nodeSelector": dict(pod.node_selector),
        "tolerations": write_tolerations(pod.tolerations or ()),
        "affinity": write_affinity(pod.affinity) if pod.affinity else None,
        "nodeName": pod.node_name,
        "priorityClassName": pod.priority_class,
        "automountServiceAccountToken": False,
    }
    marks = {"labels": dict(labels), "annotations": {**annotations, **pod.annotations}}
    metadata = {"generateName": "igz-runtime-preflight-", **{name: each for name, each in marks.items() if each}}
    return {"metadata": metadata, "spec": {name: value for name, value in spec.items() if value or value is False}}


@takes(POD)
def _accepted(answer: Raw, pod: PodSettings) -> DryRun:
    return DryRun(accepted=True, qos=answer["status"]["qosClass"], stored=_stored(pod, answer))


def _stored(pod: PodSettings, answer: Raw) -> PodSettings:
    """The settings as the API server would store them, with the containers that a webhook puts beside them."""
    spec = answer["spec"]
    found = {
        each["name"]: (sort, read_resources(each.get("resources"), "resources"))
        for sort, section in SECTIONS
        for each in spec.get(section) or ()
    }
    containers = []
    for name, container in _named(pod):
        if name not in found:
            raise BrokenFunction(f"spec.containers: {name!r} is missing")
        _, (requests, limits) = found.pop(name)
        containers.append(container._replace(requests=requests, limits=limits))
    added = (Container(name, *sizes, sort, reachable=False) for name, (sort, sizes) in found.items())
    kept = own_tolerations(spec, pod.tolerations or ())
    return pod.but(
        containers=(*containers, *(added if pod.containers else ())),
        node_name=spec.get("nodeName") or None,
        node_selector=spec.get("nodeSelector") or {},
        tolerations=kept if kept or pod.tolerations is not None else None,
        affinity=read_affinity(spec.get("affinity"), "affinity"),
        priority_class=spec.get("priorityClassName"),
        annotations=read_protection(answer["metadata"].get("annotations")),
    )


_FORBIDDEN, _INVALID, _BAD_REQUEST, _NOT_FOUND = 403, 422, 400, 404


def _refusal(unread: Unread) -> DryRun:
    said = unread.said
    if unread.status == _FORBIDDEN and "cannot create resource" in said:
        return DryRun(
            accepted=None, message="this user may not create pods here, not even as a dry run (see access.yaml)"
        )
    if unread.status == _FORBIDDEN and "violates PodSecurity" in said:
        return DryRun(
            accepted=None,
            message="the namespace's pod security looks at what a dry run does not know of the function's pod",
        )
    no_namespace = unread.status == _NOT_FOUND and said.startswith("namespaces ")
    if unread.status in (_FORBIDDEN, _INVALID, _BAD_REQUEST) or no_namespace:
        # The name is random: without it the message is the same every time.
        message = re.sub(r'^(?:pods|Pod) "[^"]*" is (?:forbidden|invalid): ', "", said or str(unread))
        return DryRun(accepted=False, message=message)
    return DryRun(accepted=None, message=str(unread))


def _container(name: str, container: Container) -> dict[str, Any]:
    sections = (("requests", container.requests), ("limits", container.limits))
    return {
        "name": name,
        "image": "igz-runtime/preflight",
        "resources": {section: _spelled(amounts) for section, amounts in sections if amounts},
    }


def _named(pod: PodSettings) -> list[tuple[str, Container]]:
    """The containers of a pod with their names, as Kubernetes takes them: policies know a container by its name."""
    named = dict[str, Container]()
    for number, container in enumerate(pod.containers):
        name = re.sub(r"[^a-z0-9-]+", "-", container.name.lower()).strip("-")[:_LONGEST_NAME].rstrip("-") or "container"
        while name in named:
            name = f"{name}-{number}"
        named[name] = container
    return list(named.items())


_LONGEST_NAME: Final = 50


def _spelled(amounts: Resources) -> dict[str, str]:
    return {name: a.text if a.number is None else kubernetes_text(a.number) for name, a in amounts.items()}
