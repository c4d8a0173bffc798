"""What runs on a cluster, out of one pass over its pods: each is counted, and of those that are alike one is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.api.usage import Usage, of_daemon_set
from igz_runtime.cluster.clouds import ACCELERATORS
from igz_runtime.cluster.facts import Amounts
from igz_runtime.cluster.running import Identity, Load, Work
from igz_runtime.cluster.workloads import CLASS, identity_of, told_apart_by
from igz_runtime.functions.annotations import read_protection, read_waivers
from igz_runtime.functions.workload import label_says_training
from igz_runtime.k8s.pod import PodSettings, QoS

_NAMES: Final = 3
"""Names of pods that are kept of those that are alike."""
_OF_PLATFORMS: Final = ("mlrun/", "nuclio.io/")
"""Beginnings of labels that platforms give: they name the function and the run, and say nothing of the work."""
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
        self._loads: dict[str, _Load] = {}
        self._identities: dict[Any, Identity] = {}

    def add(self, pod: Raw) -> None:
        """Count a pod, whether a node runs it or none does yet."""
        metadata, spec, status = pod["metadata"], pod["spec"], pod["status"]
        node = spec.get("nodeName")
        asked = self._usage.add(pod) if node else _NOTHING
        identity = self._identity(pod)
        if node:
            load = self._loads.get(node) or self._loads.setdefault(node, _Load())
            load.add(asked, status["qosClass"], spec.get("priorityClassName") or "", user=bool(identity.kind))
            if identity.core and not of_daemon_set(pod):
                self.core[node] += 1
        if identity.kind:
            key = (identity, metadata["namespace"], status["qosClass"], *_asks(pod))
            alike = self._alike.get(key)
            if alike is None:
                alike = self._alike[key] = _Alike(identity, pod)
            alike.add(pod)

    def not_known(self) -> str:
        """Which pods of MLRun's are not known, as the end of a sentence."""
        kinds = ", ".join(f"{kind!r} ({count:,})" for kind, count in sorted(self.strange.items()))
        return f"this igz-runtime does not know these kinds of MLRun's pods, by {CLASS}: {kinds}"

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
        if identity.kind:
            return identity if identity.function else identity._replace(function=_owner(metadata))
        if CLASS in labels and not identity.core:
            self.strange[labels[CLASS]] += 1
        return identity


def _owner(metadata: Raw) -> str:
    """The name of what made a pod that says of no service: of a Deployment where its ReplicaSet did."""
    owner = next(iter(metadata.get("ownerReferences") or ()), _NOTHING)
    if owner.get("kind") not in ("ReplicaSet", "StatefulSet"):
        return ""
    return str(owner["name"]).removesuffix(f"-{(metadata.get('labels') or _NOTHING).get('pod-template-hash', '')}")


def _asks(pod: Raw) -> tuple[object, ...]:
    """What a pod asks for, as the API server words it: pods in which this is equal are alike."""
    spec, metadata = pod["spec"], pod["metadata"]
    containers = (*spec["containers"], *(spec.get("initContainers") or ()))
    return (
        *[(each["name"], repr(each.get("resources")), each.get("restartPolicy")) for each in containers],
        spec.get("priorityClassName"),
        repr([spec.get(name) for name in ("nodeSelector", "tolerations", "affinity", "resources")]),
        repr([read(metadata.get("annotations")) for read in (read_waivers, read_protection)]),
        repr(telling(metadata.get("labels") or _NOTHING)),
    )


def telling(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that rules look at as evidence of what a function does."""
    return {
        key: value
        for key, value in labels.items()
        if not key.startswith(_OF_PLATFORMS) and label_says_training(key, value)
    }


class _Alike:
    """Pods that are alike."""

    def __init__(self, identity: Identity, pod: Raw) -> None:
        metadata = pod["metadata"]
        self._identity, self._namespace = identity, metadata["namespace"]
        self._qos: QoS = pod["status"]["qosClass"]
        self._pod: PodSettings = settings_of(pod, identity.kind, identity.role)
        self._labels = telling(metadata.get("labels") or _NOTHING)
        self._waivers = dict(read_waivers(metadata.get("annotations")))
        self._nodes = Counter[str]()
        self._pending = 0
        self._waiting: tuple[str, str] = ("", "")
        self._names: tuple[list[str], list[str]] = ([], [])

    def add(self, pod: Raw) -> None:
        node = pod["spec"].get("nodeName")
        if node:
            self._nodes[node] += 1
        else:
            self._pending += 1
            since = str(pod["metadata"].get("creationTimestamp") or "")
            if not self._waiting[0] or since < self._waiting[0]:
                self._waiting = since, _said(pod)
        names = self._names[bool(node)]
        if len(names) < _NAMES:
            names.append(pod["metadata"]["name"])

    def value(self) -> Work:
        waiting, running = self._names
        return Work(
            self._identity,
            self._namespace,
            self._qos,
            self._pod,
            self._labels,
            self._waivers,
            dict(self._nodes),
            self._pending,
            *self._waiting,
            tuple((*waiting, *running)[:_NAMES]),
        )


def _said(pod: Raw) -> str:
    """What the scheduler said of a pod that it did not place."""
    for condition in pod["status"].get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("message") or condition.get("reason") or "")
    return ""


class _Load:
    """What the pods of a node ask for."""

    def __init__(self) -> None:
        self._memory = Counter[str]()
        self._priorities = Counter[str]()
        self._gpus = 0
        self._user = 0

    def add(self, asked: Amounts, qos: str, priority: str, *, user: bool) -> None:
        self._memory[qos] += asked.get("memory", 0)
        self._priorities[priority] += 1
        self._user += user
        for name, amount in asked.items():
            if name.startswith(ACCELERATORS):
                self._gpus += amount

    def value(self) -> Load:
        memory = {qos: amount for qos, amount in self._memory.items() if amount}
        return Load(memory, dict(self._priorities), self._gpus, self._user)
