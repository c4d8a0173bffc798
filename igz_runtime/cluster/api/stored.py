"""A pod as the API server stores it, as settings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from igz_runtime.cluster.api.objects import Raw
from igz_runtime.functions.annotations import read_protection
from igz_runtime.functions.jupyter.app_service import SIDECAR
from igz_runtime.functions.kinds import KINDS
from igz_runtime.k8s.codec import mapping, read_affinity, read_resources, read_selector, read_tolerations
from igz_runtime.k8s.pod import Container, ContainerSort, PodSettings, Toleration

SECTIONS: Final[tuple[tuple[ContainerSort, str], ...]] = (("sidecar", "containers"), ("init", "initContainers"))
"""The lists of a pod's containers, and of which sort they are beside the function's own."""

_OF_KUBERNETES: Final = frozenset(
    Toleration(f"node.kubernetes.io/{condition}", "Exists", None, "NoExecute", 300)
    for condition in ("not-ready", "unreachable")
)
"""What admission adds to every pod. Source: Kubernetes, DefaultTolerationSeconds."""


def own_tolerations(spec: Raw, asked: Collection[Toleration] = ()) -> tuple[Toleration, ...]:
    """The tolerations of a stored pod, without those that admission gives to every pod.

    Args:
        spec: the pod's specification.
        asked: those that were asked for, whatever admission would add.
    """
    found = read_tolerations(spec.get("tolerations"), "tolerations") or ()
    return tuple(each for each in found if each in asked or each not in _OF_KUBERNETES)


def settings_of(pod: Raw, kind: str, role: str) -> PodSettings:
    """What a stored pod asks for; not where it runs. A preemption mode has done what it does, and none is in force.

    Args:
        pod: the pod, or a template of pods.
        kind: the kind of its function.
        role: its role.
    """
    spec = pod["spec"]
    return PodSettings(
        role,
        tuple(_containers(spec, kind, role)),
        node_selector=read_selector(spec.get("nodeSelector"), "nodeSelector"),
        tolerations=own_tolerations(spec) or None,
        affinity=read_affinity(spec.get("affinity"), "affinity"),
        priority_class=spec.get("priorityClassName") or None,
        preemption_mode="none",
        annotations=dict(read_protection(mapping(pod.get("metadata"), "metadata").get("annotations"))),
    )


def _containers(spec: Raw, kind: str, role: str) -> Iterator[Container]:
    """The containers of a pod, the function's own first: the one that is called as its role's is, else the first."""
    listed, known = spec["containers"], KINDS.get(kind)
    proxied = bool(known and known.proxy) and len(listed) > 1
    names = {each.container for each in known.roles if each.role == role} if known else set()
    own = next((each for each in listed if each["name"] in names), listed[proxied])
    yield _container(own, "main")
    for sort, section in SECTIONS:
        for each in spec.get(section) or ():
            if each is own:
                continue
            if proxied and each is listed[0]:
                yield _container(each, "proxy")._replace(reachable=False)
            else:
                # An init container that is always restarted runs beside the others.
                yield _container(each, "sidecar" if each.get("restartPolicy") == "Always" else sort)


def _container(raw: Raw, sort: ContainerSort) -> Container:
    requests, limits = read_resources(raw.get("resources"), "resources")
    if raw["name"] == SIDECAR.name:
        return SIDECAR._replace(requests=requests, limits=limits)
    return Container(raw["name"], requests, limits, sort)
