"""An API server of a test's own, on which policies come and go, and which stops nobody all the while."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from igz_runtime import Cluster
from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.bindings import BINDING
from igz_runtime.audit.policies.policy import API, POLICY
from igz_runtime.audit.policies.stream import stream
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane
from tests.cluster.kubectl import Kubectl
from tests.policy.enforced import Answer, Enforced

Plain = dict[str, Any]

JUDGED, OTHER = "judged", "other"
ADMITTED: Final = 201
CRD_NAME: Final = "clusterfacts.igz-runtime.io"
RESERVED: Final = "igz-system-high"
USERS: Final = {"mlrun/class": "job", "mlrun/project": "fraud", "mlrun/function": "prepare"}
CLUSTER: Final = Cluster.from_dict({"environment": "development"})


class Server:
    """An API server of these tests' own, on which policies come and go."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self.plane = plane
        self.enforced = Enforced(plane.kubeconfig)
        self.kubectl = Kubectl(programs(CONTROL_PLANE), plane.kubeconfig, folder)
        self.enforced.classes()
        self.enforced.namespaces([JUDGED, OTHER])

    def apply(self, *manifests: Plain) -> None:
        self.kubectl("apply", "-f", "-", text=stream(manifests))

    def install(self, *, inline: bool = False) -> None:
        """Apply everything, one rule enforced, and wait until the policies judge."""
        self.apply_all(manifests(inline=inline))
        self.until(lambda: said(self.broken()) == (["IGZ302"], ["IGZ404"]))

    def apply_all(self, those: tuple[Plain, ...]) -> None:
        """Apply everything; kubectl makes an object of a kind once the API server has that."""
        definition, *others = those
        self.apply(definition)
        if definition["kind"] == "CustomResourceDefinition":
            self.kubectl("wait", "--for=condition=Established", f"crd/{CRD_NAME}")
        self.apply(*others)

    def in_force(self) -> None:
        """Wait until the server asks a policy that is made now: it then asks all that were made before."""
        name = "sentinel"
        rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
        selector = {"matchLabels": {"kubernetes.io/metadata.name": OTHER}}
        asks = {"namespaceSelector": selector, "resourceRules": rules}
        refuses = {
            "matchConstraints": asks,
            "validations": [{"expression": "object.metadata.?name.orValue('') != 'x'"}],
        }
        bound = {"policyName": name, "validationActions": ["Deny"]}
        self.apply(
            {"apiVersion": API, "kind": POLICY, "metadata": {"name": name}, "spec": refuses},
            {"apiVersion": API, "kind": BINDING, "metadata": {"name": name}, "spec": bound},
        )
        named = {**pod({}, "igz-workload-medium"), "metadata": {"name": "x"}}
        self.until(lambda: self.enforced.ask(OTHER, named).status != ADMITTED)
        self.kubectl("delete", f"{BINDING}/{name}", f"{POLICY}/{name}")

    def remove(self) -> None:
        kinds = "validatingadmissionpolicybindings,validatingadmissionpolicies"
        self.kubectl("delete", kinds, "--all")
        self.kubectl("delete", "crd", CRD_NAME, "--ignore-not-found")
        self.until(self.is_silent)

    def broken(self, namespace: str = JUDGED, labels: Plain | None = None) -> Answer:
        """The answer to a pod that breaks a rule that refuses and one that warns, where it is somebody's."""
        return self.enforced.ask(namespace, pod(USERS if labels is None else labels, RESERVED, {"nodeName": "node-1"}))

    def is_silent(self) -> bool:
        """Whether that pod is admitted, and nothing said of it."""
        answer = self.broken()
        assert answer.denied or answer.status == ADMITTED
        return said(answer) == ([], [])

    def until(self, done: Callable[[], bool]) -> None:
        """Wait; all the while, nobody else is stopped."""
        # What was absent, the server looks for again after half a minute.
        until = time.monotonic() + 3 * PATIENCE
        while not done():
            self.stops_nobody_else()
            assert time.monotonic() < until
            time.sleep(0.02)
        self.stops_nobody_else()

    def stops_nobody_else(self) -> None:
        """A pod that breaks nothing, one of nobody, and those of other namespaces are admitted in silence."""
        answers = [
            self.enforced.ask(JUDGED, pod(USERS, "igz-workload-medium")),
            self.broken(JUDGED, {}),
            self.broken(OTHER),
            self.broken("kube-system"),
        ]
        assert [(answer.said, answer.warned) for answer in answers] == [("", ())] * len(answers)


def manifests(enforce: tuple[str, ...] = ("IGZ302",), *, inline: bool = False) -> tuple[Plain, ...]:
    return admission_policies(CLUSTER, namespaces=[JUDGED], enforce=enforce, config="none", inline=inline).manifests


def pod(labels: Plain, priority: str, more: Plain | None = None) -> Plain:
    spec = {"priorityClassName": priority, "containers": [{"name": "base", "image": "x"}], **(more or {})}
    return {"kind": "Pod", "metadata": {"generateName": "pod-", "labels": labels}, "spec": spec}


def said(answer: Answer) -> tuple[list[str], list[str]]:
    """The rules because of which something was refused, and those of which it was warned."""
    denied, warned = ([text.partition(":")[0] for text in texts] for texts in (answer.denied, answer.warned))
    return denied, warned
