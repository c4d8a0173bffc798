"""kube-scheduler, asked about one pod after the other."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Iterable
from typing import Any

from tests.cluster.control_plane import PATIENCE

Plain = dict[str, Any]


class Scheduler:
    """kube-scheduler, asked about one pod after the other."""

    def __init__(self, kubernetes: Any, namespace: str) -> None:
        from kubernetes.client import CoreV1Api

        self._api = CoreV1Api(kubernetes)
        self._namespace = namespace

    def decide(self, pod: Plain, *, keep: bool = False) -> tuple[str, dict[str, int]]:
        """The node that the pod is bound to, or "" and how many nodes each reason excludes.

        The pod goes again; one that was bound stays where `keep` says so.
        """
        name = self._api.create_namespaced_pod(self._namespace, pod).metadata.name
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            now = self._api.read_namespaced_pod(name, self._namespace)
            if now.spec.node_name:
                if not keep:
                    self._api.delete_namespaced_pod(name, self._namespace, grace_period_seconds=0)
                return now.spec.node_name, {}
            for condition in now.status.conditions or ():
                if condition.type == "PodScheduled" and condition.reason == "Unschedulable":
                    self._api.delete_namespaced_pod(name, self._namespace, grace_period_seconds=0)
                    return "", reasons_in(condition.message)
            time.sleep(0.002)
        raise AssertionError(f"the scheduler decided nothing about {json.dumps(pod)}")

    def make_nodes(self, nodes: list[Plain]) -> None:
        """Create nodes, and wait until the scheduler knows each. One pod that asks for nothing stays on each."""
        for node in nodes:
            self._api.create_node(node)
        self.wait_for([node["metadata"]["name"] for node in nodes])

    def wait_for(self, names: list[str]) -> None:
        """Wait until the scheduler binds a pod that asks for nothing to each of these nodes."""
        for name in names:
            until = time.monotonic() + PATIENCE
            while not self.decide(_pinned(name), keep=True)[0]:
                assert time.monotonic() < until, f"the scheduler does not see node {name}"

    def clear(self) -> None:
        """Delete every pod of the namespace."""
        self._api.delete_collection_namespaced_pod(self._namespace, grace_period_seconds=0)

    def remove(self, nodes: list[Plain]) -> None:
        """Delete every pod of the namespace, and the nodes."""
        self.clear()
        for node in nodes:
            self._api.delete_node(node["metadata"]["name"])


_KNOWS_NONE = "no nodes available to schedule pods"
"""What the scheduler says as long as it has not seen the first node."""


def reasons_in(message: str) -> dict[str, int]:
    """The counts of `0/5 nodes are available: 2 Insufficient cpu, 3 node(s) were unschedulable. preemption: …`."""
    if message == _KNOWS_NONE:
        return {}
    total, said = re.fullmatch(r"0/(\d+) nodes are available: (.*?)\. ?(?:preemption: .*|not found)?", message).groups()  # type: ignore[union-attr]
    counted = re.findall(r"(?:^|, )(\d+) (.*?)(?=, \d+ |$)", said)
    return {reason: int(count) for count, reason in counted} or {said: int(total)}


def kept_off(pod: Plain, names: Iterable[str]) -> Plain:
    """The same pod, kept off these nodes."""
    off = [{"key": "metadata.name", "operator": "NotIn", "values": [name]} for name in names]
    changed = copy.deepcopy(pod)
    node = changed["spec"].setdefault("affinity", {}).setdefault("nodeAffinity", {})
    required = node.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {"nodeSelectorTerms": [{}]})
    for term in required["nodeSelectorTerms"]:
        term["matchFields"] = [*term.get("matchFields", ()), *off]
    return changed


def _pinned(name: str) -> Plain:
    field = {"key": "metadata.name", "operator": "In", "values": [name]}
    required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    spec = {
        "containers": [{"name": "first", "image": "a"}],
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}},
    }
    return {"metadata": {"generateName": "first-"}, "spec": spec}
