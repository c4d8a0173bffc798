"""Preflights on a saved cluster: what was not read makes a verdict not known, and a rule that refuses is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Preflight, Workload, check, preflight, profiles
from igz_runtime.planning.preflight import RolePreflight
from igz_runtime.rules import Found, Rule
from igz_runtime.rules.authoring import REGISTRY

EXAMPLE = Path(__file__).parents[3] / "examples" / "cluster.json"
FACTS = ("nodes", "pods", "priority classes", "limit ranges", "quotas")
ADDERS = ("Karpenter's node pools", "the Cluster Autoscaler's status")
NUCLIO = "Nuclio's platform configuration"
STATEFUL = Workload(stateful=True)
JOBS = {"app.iguazio.com/node-group": "jobs"}

Plain = dict[str, Any]
Load = Callable[..., Cluster]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads the example as it would have been saved without some facts, and with others changed."""

    def loaded(*unread: str, **live: Any) -> Cluster:
        facts = json.loads(EXAMPLE.read_text())
        facts["live"] |= {"unknown": dict.fromkeys(unread, "this user may not (403)"), **live}
        file = tmp_path / "cluster.json"
        file.write_text(json.dumps(facts))
        return Cluster.load(file)

    return loaded


def job(cpu: str = "1", memory: str = "1Gi", **spec: Any) -> Plain:
    amounts = {"cpu": cpu, "memory": memory}
    return {
        "kind": "job",
        "metadata": {"name": "etl"},
        "spec": {"resources": {"requests": amounts, "limits": amounts}, "node_selector": JOBS, **spec},
    }


def only(flight: Preflight) -> RolePreflight:
    (role,) = flight.roles
    return role


FUNCTIONS = {
    "runs": job(),
    "new node": job("8", "32Gi"),
    "waits for room": job("8", "32Gi"),
    "never scheduled": job(node_selector={"pool": "nowhere"}),
}
CHANGES = {
    "runs": {*FACTS} - {"nodes"},
    "new node": {*FACTS} - {"nodes"},
    "waits for room": {*FACTS, *ADDERS},
    "never scheduled": {"nodes", *ADDERS},
}
"""Which facts could make a verdict another one. A node that was not read takes no room away from those that were."""


@pytest.mark.parametrize("fact", [*FACTS, *ADDERS, NUCLIO])
@pytest.mark.parametrize("verdict", FUNCTIONS)
def test_a_fact_that_was_not_read_and_could_change_the_verdict_makes_it_not_known(
    verdict: str, fact: str, load: Load
) -> None:
    pools: Plain = {"pools": []} if verdict == "waits for room" else {}
    fn = FUNCTIONS[verdict]
    known, unread = only(preflight(fn, load(**pools))), preflight(fn, load(fact, **pools))

    assert (known.verdict, known.missing) == (verdict, ())
    if fact in CHANGES[verdict]:
        assert not unread.ok
        assert only(unread).outlook == verdict
        assert only(unread).missing == (f"{fact}: this user may not (403)",)
        assert only(unread).verdict == "not known"
        assert re.search(rf"main: not known\n    unread +{fact}: this user may not \(403\)\n", str(unread))
    else:
        assert (only(unread).missing, only(unread).verdict) == ((), verdict)


@pytest.mark.parametrize(
    ("fn", "because"),
    [
        (job(priority_class_name="urgent"), "priority class 'urgent' does not exist"),
        (
            job(memory="61Gi"),
            "limit range 'defaults': container 'base' has a limit of 61Gi memory, and 60Gi is the most",
        ),
        (job(cpu="32"), "quota 'team' is exceeded: requests.cpu 32 asked, 33 of 64 in use"),
    ],
)
def test_a_refusal_stays_certain_whatever_else_was_not_read(fn: Plain, because: str, load: Load) -> None:
    role = only(preflight(fn, load("pods", "nodes", NUCLIO, *ADDERS)))

    assert role.verdict == "refused"
    assert because in role.refusals


def test_a_quota_that_a_limit_range_could_meet_does_not_refuse_while_the_limit_ranges_are_not_known(load: Load) -> None:
    fn = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"node_selector": JOBS}}
    must_state = {"name": "stated", "hard": {"requests.cpu": "64", "limits.memory": "64Gi"}}
    best_effort = {"name": "none", "hard": {"pods": "0"}, "scopes": [{"key": "BestEffort", "operator": "Exists"}]}
    quotas = {"quotas": [must_state, best_effort]}

    assert len(only(preflight(fn, load(limit_ranges=[], **quotas))).refusals) == 2
    unread = only(preflight(fn, load("limit ranges", limit_ranges=[], **quotas)))
    assert (unread.refusals, unread.verdict) == ((), "not known")
    assert "BestEffort, unless a limit range makes it another" in str(
        preflight(fn, load("limit ranges", limit_ranges=[], **quotas))
    )
    too_much = only(preflight(job(cpu="65"), load("limit ranges", limit_ranges=[], **quotas)))
    assert too_much.refusals == ("quota 'stated' is exceeded: requests.cpu 65 asked, 0 of 64 in use",)


def test_a_quota_by_priority_class_does_not_refuse_while_the_default_class_is_not_known(load: Load) -> None:
    fn = {"kind": "nuclio", "metadata": {"name": "f"}, "spec": {"nodeSelector": JOBS, "priorityClassName": ""}}
    scope = {"key": "PriorityClass", "operator": "DoesNotExist"}
    quotas = [{"name": "classless", "hard": {"pods": "0"}, "scopes": [scope]}]

    role = only(preflight(job(priority_class_name=""), load("priority classes", quotas=quotas)))
    assert (role.refusals, role.verdict) == ((), "not known")
    assert only(preflight(fn, load(quotas=quotas))).role == "main"


def test_a_function_of_nuclio_is_not_known_without_nuclios_configuration(load: Load) -> None:
    amounts = {"cpu": "1", "memory": "1Gi"}
    spec = {"resources": {"requests": amounts, "limits": amounts}, "nodeSelector": JOBS, "minReplicas": 1}
    metadata, code = {"name": "scorer"}, {"handler": "main:handler", "runtime": "python:3.11"}
    fn = {"metadata": metadata, "spec": {**spec, **code}}
    nowhere = {"metadata": metadata, "spec": {**spec, **code, "nodeSelector": {"a": "b"}}}

    assert only(preflight(fn, load())).verdict == "runs"
    assert only(preflight(fn, load(NUCLIO))).missing == (f"{NUCLIO}: this user may not (403)",)
    assert only(preflight(nowhere, load(NUCLIO))).verdict == "not known"


def test_a_function_that_a_rule_refuses_is_not_ok_and_the_preflight_says_why() -> None:
    cluster = Cluster.load(EXAMPLE)
    fn = job(node_selector={})
    flight = preflight(fn, cluster)

    assert only(flight).verdict == "runs"
    assert not flight.ok
    assert [finding.rule for finding in flight.findings.refusing] == ["IGZ401"]
    assert flight.findings == check(fn, cluster)
    assert repr(flight) == "<Preflight: job 'etl', main: runs, refused by IGZ401>"
    for shown in (str(flight), flight._repr_html_()):
        assert "refused by 1 finding" in shown
        assert "which hosts the core services" in shown
        assert "choose a node group for user work" in shown


def test_a_function_that_no_rule_refuses_is_ok() -> None:
    flight = preflight(job(), Cluster.load(EXAMPLE))

    assert flight.ok
    assert repr(flight) == "<Preflight: job 'etl', main: runs>"
    assert "refused" not in str(flight)


def test_a_waived_finding_does_not_refuse() -> None:
    fn = job(node_selector={})
    fn["metadata"]["annotations"] = {"igz-runtime/waive-IGZ401": "the group for user work comes later"}
    flight = preflight(fn, Cluster.load(EXAMPLE))

    assert flight.ok
    assert "waived   the group for user work comes later" in str(flight)


def test_the_preflight_of_a_plan_has_the_plans_findings() -> None:
    cluster = Cluster.load(EXAMPLE)
    fine = profiles.production_job(cpu=1, memory="1Gi", node_group="jobs").plan(job(), cluster)
    refused = profiles.spot_stateless(cpu=1, memory="1Gi", workload=STATEFUL).plan(job(node_selector={}), cluster)

    assert fine.preflight().findings == fine.findings
    assert fine.preflight().ok
    assert refused.refused
    assert not refused.preflight().ok
    assert "IGZ101 error: " in str(refused.preflight())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The roles that the rules were asked about."""
    roles: list[str] = []

    def asks(subject: Any) -> Iterator[Found]:
        roles.append(subject.asked.role)
        yield from ()

    counting = Rule("IGZ999", "counts", "counts", "info", "A source.", "here", "a fix", waivable=True, check=asks)
    monkeypatch.setitem(REGISTRY, counting.id, counting)
    return roles


def test_the_rules_are_asked_once(asked: list[str]) -> None:
    cluster = Cluster.load(EXAMPLE)
    flight = preflight(job(), cluster)
    str(flight), repr(flight), flight._repr_html_()
    assert (flight.ok, asked) == (True, ["main"])

    asked.clear()
    plan = profiles.production_job(cpu=1, memory="1Gi", node_group="jobs").plan(job(), cluster)
    planned = list(asked)
    assert plan.preflight().ok
    assert asked == planned


def test_a_pod_that_names_its_node_runs_there_or_nowhere(load: Load) -> None:
    there, absent = (only(preflight(job(node_name=name), load())) for name in ("ip-jobs-0", "ip-jobs-9"))

    assert there.verdict == "runs"
    assert (absent.verdict, absent.additions) == ("never scheduled", ())
    assert only(preflight(job(node_name="ip-jobs-9"), load("nodes"))).verdict == "not known"
    full = only(preflight(job("8", "32Gi", node_name="ip-jobs-0"), load()))
    assert (full.verdict, full.additions) == ("waits for room", ())
    assert "ip-jobs-9 alone, bypassing the scheduler: there is no such node" in str(
        preflight(job(node_name="ip-jobs-9"), load())
    )


def test_what_the_function_declares_is_shown(load: Load) -> None:
    document = job()
    document["metadata"]["labels"] = {"igz-runtime/workload": "stateless"}
    flight = preflight(document, load())

    assert [each.says for each in flight.findings.declared] == ["stateless"]
    assert "declared: job 'etl': its label igz-runtime/workload says stateless" in " ".join(str(flight).split())
