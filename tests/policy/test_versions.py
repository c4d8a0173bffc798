"""The policies compile and say the same on each version of Kubernetes that an API server answers as."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from igz_runtime.audit.policies.exporting import admission_policies
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.schema import definition
from igz_runtime.cluster.model import Cluster
from tests.cluster.binaries import CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, running
from tests.cluster.kubectl import Kubectl
from tests.policy.coming_and_going import Server
from tests.policy.enforced import FREE
from tests.policy.random_pods import PROFILES, a_cluster, a_pod, a_workload
from tests.policy.reference import said_of

Plain = dict[str, Any]

OLDER: Final = ("1.34", "1.35", "1.36")
NAMESPACES: Final = ("first", "second")
PODS, SEED = 60, 20261128
ENFORCED: Final = ("IGZ101", "IGZ302", "IGZ401", "IGZ402")


@cache
def clusters() -> dict[str, Cluster]:
    pick = random.Random(SEED)
    return {name: a_cluster(pick) for name in NAMESPACES}


@cache
def sample() -> list[tuple[str, Plain]]:
    """Pods and what makes them, each with the namespace that it is for."""
    pick = random.Random(SEED)
    return [(pick.choice(NAMESPACES), a_workload(pick) if number % 5 == 0 else a_pod(pick)) for number in range(PODS)]


@pytest.fixture(scope="module", params=OLDER)
def older(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    with running(programs(CONTROL_PLANE), emulated=request.param) as plane:
        yield plane


@pytest.fixture(scope="module")
def newest() -> Iterator[ControlPlane]:
    with running(programs(CONTROL_PLANE)) as plane:
        yield plane


def test_an_older_version_says_what_the_rules_say(older: ControlPlane, tmp_path: Path) -> None:
    assert_it_says_what_the_rules_say(Server(older, tmp_path))


def test_the_newest_version_says_what_the_rules_say(newest: ControlPlane, tmp_path: Path) -> None:
    assert_it_says_what_the_rules_say(Server(newest, tmp_path))


def assert_it_says_what_the_rules_say(policies: Server) -> None:
    server = policies.enforced
    server.crd(definition())
    server.namespaces([FREE, *NAMESPACES])
    for name, cluster in clusters().items():
        server.facts(name, {**spec_of(cluster, PROFILES), "rules": dict.fromkeys(ENFORCED, "Deny")})
    server.install(NAMESPACES)
    policies.in_force()
    denied, admitted = 0, 0
    for name, manifest in sample():
        stored = server.ask(FREE, manifest).stored
        if stored is None:
            continue
        answer = server.ask(name, manifest)
        said = list(said_of(stored, clusters()[name], PROFILES))
        refused = [text for rule, severity, text in said if rule in ENFORCED and severity == "error"]
        warned = [text for _, _, text in said if text not in refused]
        assert (sorted(answer.denied), sorted(answer.warned)) == (sorted(refused), sorted(warned)), (stored, name)
        denied, admitted = denied + bool(refused), admitted + (not refused)
    assert denied > PODS / 10
    assert admitted > PODS / 10


def test_type_checks_find_nothing(newest: ControlPlane, tmp_path: Path) -> None:
    kubectl = Kubectl(programs(CONTROL_PLANE), newest.kubeconfig, tmp_path)
    kind, deny, warn, *_ = admission_policies(clusters()["first"], namespaces=NAMESPACES, config="none").manifests
    kubectl("apply", "-f", "-", text=json.dumps(kind))
    kubectl("wait", "--for=condition=Established", f"crd/{kind['metadata']['name']}")
    wrong = {"variables": [], "validations": [{"expression": "object.spec.contaners.size() > 0"}]}
    policies = {"deny": deny, "warn": warn, "wrong": {**deny, "spec": {**deny["spec"], **wrong}}}
    with newest.controllers("validatingadmissionpolicy-status-controller"):
        for name, policy in policies.items():
            kubectl("create", "-f", "-", text=json.dumps({**policy, "metadata": {"name": name}}))
        found = {name: warnings(kubectl, name) for name in policies}
    assert [each["fieldRef"] for each in found.pop("wrong")] == ["spec.validations[0].expression"]
    assert found == {"deny": [], "warn": []}


def warnings(kubectl: Kubectl, name: str) -> list[Plain]:
    """What the controller that checks types says of a policy, once it has looked at it."""
    # It checks a hundred expressions of each policy for each kind of objects: 10 seconds, or minutes on a busy machine.
    until = time.monotonic() + 5 * PATIENCE
    while True:
        policy = kubectl.get("validatingadmissionpolicy", name)
        status = policy.get("status", {})
        if status.get("observedGeneration") == policy["metadata"]["generation"] and "typeChecking" in status:
            found: list[Plain] = status["typeChecking"].get("expressionWarnings", [])
            return found
        assert time.monotonic() < until, policy.get("status")
        time.sleep(0.1)
