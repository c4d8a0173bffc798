"""What runs on a cluster, out of one pass over its pods: each is counted, and of those that are alike one is read."""

from __future__ import annotations

import marshal
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.usage import Usage, of_daemon_set
from igz_runtime.cluster.clouds import accelerators_in
from igz_runtime.cluster.facts import Amounts
from igz_runtime.cluster.running import Identity, Load, Work
from igz_runtime.cluster.workloads import OBJECT_NAME, identity_of, told_apart_by
from igz_runtime.functions.annotations import ANNOTATION_PREFIX, PROTECTION, read_waivers
from igz_runtime.functions.pod_labels import CLASS, OF_PLATFORMS
from igz_runtime.functions.workload import label_says_training
from igz_runtime.k8s.pod import PodSettings, QoS
from igz_runtime.messages import shortened

_NAMES: Final = 3
"""Names of pods that are kept of those that are alike."""
_READ: Final = (ANNOTATION_PREFIX, *(name for name, _ in PROTECTION.values()))
"""Beginnings of the annotations that are read."""
_NOTHING: Final[Mapping[str, Any]] = {}


class Works:
    """What runs.

    Attributes:
        core: by node, how many pods of the platform's core services run there, those of daemon sets left out.
        strange: the kinds of MLRun's that no row of the table knows, with the number of their pods.
    """

    def __init__(self, usage: Usage) -> None:
        self.core = Counter[str]()
        self.strange = Counter[str]()
        self._usage = usage
        self._alike: dict[Any, _Alike] = {}
        self._loads = defaultdict[str, _Load](_Load)
        # What many pods have in common is worked out once: there may be 50,000 of them.
        self._identities: dict[Any, Identity] = {}
        self._settings: dict[Any, PodSettings] = {}

    def add(self, pod: Raw) -> None:
        """Count a pod, whether a node runs it or none does yet."""
        spec, qos = pod["spec"], pod["status"]["qosClass"]
        node = spec.get("nodeName")
        asked = self._usage.add(pod) if node else _NOTHING
        identity = self._identity(pod)
        if node:
            self._loads[node].add(asked, qos, spec.get("priorityClassName") or "", user=identity.is_user_work)
            if identity.core and not of_daemon_set(pod):
                self.core[node] += 1
        if identity.is_user_work:
            self._of(identity, pod, qos).add(pod, node)

    def not_known(self) -> str:
        """Which pods of MLRun's are not known, as the end of a sentence."""
        kinds = ", ".join(f"{kind!r} ({count:,})" for kind, count in sorted(self.strange.items()))
        return shortened(f"this igz-runtime does not know these kinds of MLRun's pods, by {CLASS}: {kinds}", 1000)

    def loads(self) -> dict[str, Load]:
        """By node, what its pods ask for."""
        return {node: load.value() for node, load in self._loads.items()}

    def work(self) -> Iterator[Work]:
        """The user work."""
        for alike in self._alike.values():
            yield alike.value()

    def _identity(self, pod: Raw) -> Identity:
        metadata = pod["metadata"]
        labels, priority = metadata.get("labels") or _NOTHING, pod["spec"].get("priorityClassName") or ""
        told = told_apart_by(labels, metadata["namespace"], priority)
        identity = self._identities.get(told)
        if identity is None:
            identity = self._identities[told] = identity_of(labels, metadata["namespace"], priority)
        if identity.is_user_work:
            return identity if identity.function else identity._replace(function=owner(metadata))
        if CLASS in labels and not identity.core:
            self.strange[labels[CLASS]] += 1
        return identity

    def _of(self, identity: Identity, pod: Raw, qos: QoS) -> _Alike:
        """Where pods like this one are counted."""
        metadata = pod["metadata"]
        annotations = [each for each in (metadata.get("annotations") or _NOTHING).items() if each[0].startswith(_READ)]
        asks, labels = _asks(pod["spec"], annotations), telling(metadata.get("labels") or _NOTHING)
        key = (identity, metadata["namespace"], qos, asks, *labels.items())
        alike = self._alike.get(key)
        if alike is None:
            of_role = (identity.kind, identity.role, asks)
            settings = self._settings.get(of_role)
            if settings is None:
                settings = self._settings[of_role] = settings_of(pod, identity.kind, identity.role)
            work = Work(identity, metadata["namespace"], qos, settings, labels, dict(read_waivers(dict(annotations))))
            alike = self._alike[key] = _Alike(work)
        return alike


def owner(metadata: Raw) -> str:
    """The name of what made a pod that says of no service: of a Deployment where its ReplicaSet did."""
    owner = next(iter(metadata.get("ownerReferences") or ()), _NOTHING)
    if owner.get("kind") not in ("ReplicaSet", "StatefulSet") or not re.match(OBJECT_NAME, str(owner["name"])):
        return ""
    return str(owner["name"]).removesuffix(f"-{(metadata.get('labels') or _NOTHING).get('pod-template-hash', '')}")


def _asks(spec: Raw, annotations: list[tuple[str, str]]) -> bytes:
    """What a pod asks for, as the API server words it: pods in which this is equal are alike."""
    asked = spec.get
    containers = [
        (each["name"], each.get("resources"), each.get("restartPolicy"))
        for each in (*spec["containers"], *(asked("initContainers") or ()))
    ]
    placed = (asked("nodeSelector"), asked("tolerations"), asked("affinity"), asked("priorityClassName"))
    # The first format knows no references: equal values have equal bytes.
    return marshal.dumps((containers, len(spec["containers"]), placed, asked("resources"), annotations), 0)


def telling(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that rules look at as evidence of what a function does."""
    return {
        key: value
        for key, value in labels.items()
        if not key.startswith(OF_PLATFORMS) and label_says_training(key, value)
    }


class _Alike:
    """Pods that are alike.

    Args:
        work: what they have in common.
    """

    __slots__ = ("_names", "_nodes", "_oldest", "_pending", "_waiting", "_work")

    def __init__(self, work: Work) -> None:
        self._work = work
        self._nodes: dict[str, int] = {}
        self._pending = 0
        self._waiting: tuple[str, str] = ("", "")
        self._oldest = ""
        self._names: tuple[list[str], list[str]] = ([], [])

    def add(self, pod: Raw, node: str | None) -> None:
        since = pod["metadata"].get("creationTimestamp") or ""
        if node:
            self._nodes[node] = self._nodes.get(node, 0) + 1
            self._oldest = min(self._oldest or since, since)
        else:
            self._pending += 1
            if not self._waiting[0] or since < self._waiting[0]:
                self._waiting = since, _said(pod)
        names = self._names[bool(node)]
        if len(names) < _NAMES:
            names.append(pod["metadata"]["name"])

    def value(self) -> Work:
        waiting, running = self._names
        since, said = self._waiting
        names = tuple((*waiting, *running)[:_NAMES])
        work = self._work._replace(nodes=self._nodes, oldest=self._oldest, names=names)
        return work._replace(pending=self._pending, since=since, said=said)


def _said(pod: Raw) -> str:
    """What the scheduler said of a pod that it did not place."""
    for condition in pod["status"].get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return condition.get("message") or condition.get("reason") or ""
    return ""


class _Load:
    """What the pods of a node ask for."""

    __slots__ = ("_gpus", "_memory", "_priorities", "_user")

    def __init__(self) -> None:
        self._memory: dict[str, int] = {}
        self._priorities: dict[str, int] = {}
        self._gpus = 0
        self._user = 0

    def add(self, asked: Amounts, qos: str, priority: str, *, user: bool) -> None:
        self._memory[qos] = self._memory.get(qos, 0) + asked.get("memory", 0)
        self._priorities[priority] = self._priorities.get(priority, 0) + 1
        self._user += user
        self._gpus += accelerators_in(asked)

    def value(self) -> Load:
        memory = {qos: amount for qos, amount in self._memory.items() if amount}
        return Load(memory, self._priorities, self._gpus, self._user)
