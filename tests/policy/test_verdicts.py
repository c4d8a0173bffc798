"""A policy admits and refuses as igz_runtime's own rules do, in the same words."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from igz_runtime.audit.policies.facts import spec_of
from igz_runtime.audit.policies.policy import policy
from tests.policy.crd import CRD
from tests.policy.enforced import FREE, WAYS, Enforced, Plain
from tests.policy.random_pods import PROFILES, a_cluster, a_pod, a_workload
from tests.policy.reference import said_of

CLUSTERS, PODS = 20, int(os.environ.get("IGZ_POLICY_PODS", "300"))
SEED = int(os.environ.get("IGZ_POLICY_SEED", "20261128"))
ENFORCED = ("IGZ101", "IGZ302", "IGZ401", "IGZ402")


@pytest.fixture(scope="session")
def enforced(kubeconfig: Path) -> Enforced:
    server = Enforced(kubeconfig)
    server.classes()
    server.crd(CRD)
    server.namespaces([FREE])
    return server


def _in_order(texts: Iterable[str]) -> list[str]:
    """Findings, those of one rule with one way to fix them as they came."""
    return sorted(texts, key=lambda text: (text[:6], text.rpartition("; fix: ")[2]))


def _unforgiving(made: Plain) -> Plain:
    """A policy that refuses where an expression fails, which would otherwise be taken in silence."""
    return {**made, "spec": {**made["spec"], "failurePolicy": "Fail"}}


def test_a_policy_says_what_the_rules_say(enforced: Enforced) -> None:
    pick = random.Random(SEED)
    # Whether somebody said of a cluster that it is Iguazio's is no fact of the policies yet.
    clusters = {f"c{number}": replace(a_cluster(pick), assumed=False) for number in range(CLUSTERS)}
    enforced.namespaces(clusters)
    for name, cluster in clusters.items():
        enforced.facts(name, {**spec_of(cluster, PROFILES), "rules": dict.fromkeys(ENFORCED, "Deny")})
    enforced.install(list(clusters), {way: _unforgiving(policy(way, clusters)) for way in WAYS})
    seen: Counter[str] = Counter()
    for number in range(PODS):
        name = pick.choice(list(clusters))
        manifest = a_workload(pick) if number % 5 == 0 else a_pod(pick)
        stored = enforced.ask(FREE, manifest).stored
        if stored is None:
            seen["not taken by Kubernetes"] += 1
            continue
        said = list(said_of(stored, clusters[name], PROFILES))
        denied = tuple(text for rule, severity, text in said if rule in ENFORCED and severity == "error")
        warned = tuple(text for rule, severity, text in said if not (rule in ENFORCED and severity == "error"))
        answer = enforced.ask(name, manifest)
        assert (_in_order(answer.denied), _in_order(answer.warned)) == (_in_order(denied), _in_order(warned)), (
            name,
            stored,
            answer.said,
        )
        seen.update(rule for rule, _, _ in said)
        seen["denied" if denied else "admitted"] += 1
    assert seen["denied"]
    assert seen["admitted"]
    sys.stderr.write(f"{dict(seen)}\n")
