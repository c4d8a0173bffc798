"""Policies never stop a pod that they do not refuse: whatever of them is absent, and whosever pod it is."""

from __future__ import annotations

import copy
from typing import Any, Final

import pytest

from tests.cluster.kubectl import Refused
from tests.policy.coming_and_going import (
    ADMITTED,
    CRD_NAME,
    JUDGED,
    RESERVED,
    USERS,
    Server,
    manifests,
    pod,
    said,
)

Plain = dict[str, Any]


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
    server.in_force()
    assert server.is_silent()
    server.stops_nobody_else()


def test_before_their_kind(server: Server) -> None:
    server.apply(*manifests()[1:-1])
    server.in_force()
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
