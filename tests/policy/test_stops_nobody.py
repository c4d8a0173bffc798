"""Policies never stop a pod that they do not refuse: whatever of them is absent, and whosever pod it is."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from igz_runtime import Cluster
from igz_runtime.audit import admission_policies
from igz_runtime.audit.policies.stream import stream
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, running
from tests.cluster.kubectl import Kubectl, Refused
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
        until = time.monotonic() + PATIENCE
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


@pytest.fixture(scope="module")
def of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(programs(CONTROL_PLANE)) as plane:
        yield Server(plane, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def server(of_all: Server) -> Iterator[Server]:
    """An API server without policies."""
    yield of_all
    of_all.remove()


def test_what_only_warns_refuses_nothing(server: Server) -> None:
    server.apply_all(manifests(enforce=()))
    server.until(lambda: said(server.broken()) == ([], ["IGZ302", "IGZ404"]))
    assert server.broken().status == ADMITTED


def test_without_the_facts(server: Server) -> None:
    server.install()
    server.kubectl("delete", "clusterfacts", "cluster")
    server.until(server.is_silent)


def test_a_server_without_their_kind_now_and_when_it_starts(server: Server) -> None:
    server.install()
    server.kubectl("delete", "crd", CRD_NAME)
    server.until(server.is_silent)
    server.plane.restart()
    assert server.is_silent()
    server.stops_nobody_else()
    # A policy that is made now is asked once the server knows all that were made before it.
    server.enforced.in_force()
    assert server.is_silent()
    server.stops_nobody_else()


def test_before_their_kind(server: Server) -> None:
    server.apply(*manifests()[1:-1])
    server.enforced.in_force()
    assert server.is_silent()
    server.stops_nobody_else()
    server.install()


def test_facts_inside_of_the_policies_need_neither(server: Server) -> None:
    server.install(inline=True)
    with pytest.raises(Refused, match="NotFound"):
        server.kubectl("get", "crd", CRD_NAME)
    server.plane.restart()
    server.until(lambda: said(server.broken()) == (["IGZ302"], ["IGZ404"]))


PLATFORMS: Final[dict[str, Plain]] = {
    "no labels": {},
    "Nuclio's controller": {"nuclio.io/app": "controller"},
    "Nuclio's dashboard": {"nuclio.io/app": "dashboard"},
    "MLRun's API": {"app.kubernetes.io/name": "mlrun"},
    "pipelines": {"component": "ml-pipeline"},
    "Grafana": {"app": "grafana"},
    "somebody's own": {"app": "shop"},
    "a kind that the rules do not know": {**USERS, "mlrun/class": "strange"},
}


def test_pods_of_nobody_are_not_judged(server: Server) -> None:
    server.install()
    answers = {name: server.broken(JUDGED, labels) for name, labels in PLATFORMS.items()}
    assert [name for name, answer in answers.items() if answer.status != ADMITTED or said(answer) != ([], [])] == []


def workload(kind: str, name: str) -> Plain:
    template = {"metadata": {"labels": USERS}, "spec": pod(USERS, RESERVED)["spec"]}
    spec: Plain = {"replicas": 1, "selector": {"matchLabels": USERS}, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": JUDGED}, "spec": spec}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_what_was_there_before_may_change_beside_its_template(server: Server, kind: str) -> None:
    there = workload(kind, "there-before")
    server.apply(there)
    server.install()
    assert server.enforced.ask(JUDGED, {**workload(kind, "made-now")}).denied
    name = f"{kind}/there-before"
    server.kubectl("scale", name, "--replicas=3", "-n", JUDGED)
    scaled = copy.deepcopy(there)
    scaled["spec"]["replicas"] = 2
    server.apply(scaled)
    server.kubectl("label", name, "team=risk", "-n", JUDGED)
    server.kubectl("annotate", name, "why=so", "-n", JUDGED)
    with pytest.raises(Refused, match="IGZ302"):
        server.kubectl("set", "image", name, "base=y", "-n", JUDGED)
    with pytest.raises(Refused, match="IGZ302"):
        server.kubectl("rollout", "restart", name, "-n", JUDGED)
    server.kubectl("delete", name, "-n", JUDGED)
