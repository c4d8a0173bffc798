"""Functions of Nuclio's and services of Iguazio's are refused and warned of as igz_runtime's own rules do."""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.policy import policy
from igz_runtime.cluster.model import Cluster
from igz_runtime.rules.terms import Terms
from tests.cluster.declaring import declarable, wait
from tests.policy.enforced import FREE, WAYS, Answer, Enforced
from tests.policy.random_objects import a_function, a_set, functions_cluster, readable, some_waivers, with_odd
from tests.policy.reference import said_of_declared

Plain = dict[str, Any]

CLUSTERS, OBJECTS = 8, int(os.environ.get("IGZ_POLICY_OBJECTS", "300"))
SEED = int(os.environ.get("IGZ_POLICY_SEED", "20261128"))
REFUSED: Final = ("IGZ302", "IGZ505", "IGZ203", "IGZ501")
CHANGED: Final = "changed"
"""The namespace of what was there before the policies were."""
NAMES: Final = (CHANGED, *(f"o{number}" for number in range(CLUSTERS)))


class Known(NamedTuple):
    """What is known in a namespace."""

    cluster: Cluster
    terms: Terms


def test_a_policy_says_of_objects_what_the_rules_say(enforced: Enforced, known: dict[str, Known]) -> None:
    pick, seen = random.Random(SEED), Counter[str]()
    for number in range(OBJECTS):
        manifest = a_set(pick) if number % 4 == 0 else a_function(pick)
        seen += _held_to_the_rules(enforced, known, pick.choice(NAMES), manifest)
    sys.stderr.write(f"{dict(seen)}\n")
    assert seen["refused"]
    assert seen["taken"]


def test_what_cannot_be_read_is_not_judged_and_the_rest_is(enforced: Enforced, known: dict[str, Known]) -> None:
    pick, seen = random.Random(SEED), Counter[str]()
    for number in range(OBJECTS):
        manifest = with_odd(pick, a_set(pick) if number % 4 == 0 else a_function(pick))
        seen += _held_to_the_rules(enforced, known, pick.choice(NAMES), manifest)
    sys.stderr.write(f"{dict(seen)}\n")
    assert seen["not read"]


def _held_to_the_rules(enforced: Enforced, known: dict[str, Known], name: str, manifest: Plain) -> Counter[str]:
    """The policies say of an object what the rules say of what can be read of it; and which rules these were."""
    stored = enforced.ask(FREE, manifest).stored
    assert stored is not None, manifest
    plain, left_out = readable(stored)
    unjudged = {each for path in left_out for each in _unjudged(path)}
    said = [
        (rule, severity, text)
        for rule, severity, text in said_of_declared(plain, *known[name])
        if rule not in unjudged and not any(text.startswith(each) for each in unjudged)
    ]
    refuses = stored["kind"] == "NuclioFunction"
    denied = sorted(text for rule, severity, text in said if refuses and rule in REFUSED and severity == "error")
    warned = sorted(text for _, _, text in said if text not in denied)
    answer = enforced.ask(name, manifest)
    found = (sorted(answer.denied), sorted(answer.warned))
    assert found == (denied, warned), (name, _alone(found, (denied, warned)), stored["spec"], answer.said)
    seen = ("refused" if denied else "taken", *(["not read"] if left_out else []))
    return Counter([*{rule for rule, _, _ in said}, *seen])


def _unjudged(path: tuple[str, ...]) -> tuple[str, ...]:
    """What is not said where a field cannot be read: rules by their ids, or whatever is said of a service."""
    path = path[: 8 if path[:2] == ("spec", "spec") else 2]
    if path[:2] == ("spec", "spec"):
        return () if path[7] == "jupyter" else (f"jupyter {path[6]!r}: ",)
    field = path[-1].lower() if len(path) > 1 else "spec"
    return next((rules for fields, rules in BY_FIELD.items() if field in fields.lower().split()), ())


BY_FIELD: Final = {
    "minReplicas maxReplicas replicas scaleToZero triggers": ("IGZ505",),
    "resources sidecars initContainers": ("IGZ203",),
    "preemptionMode": ("IGZ111",),
}


def _alone(policy: tuple[list[str], list[str]], rules: tuple[list[str], list[str]]) -> str:
    """What only the policies say, and what only the rules."""
    pairs = list(zip(policy, rules, strict=True))
    return f"{[sorted({*ours} - {*theirs}) for ours, theirs in pairs]}, {[sorted({*b} - {*a}) for a, b in pairs]}"


def test_what_steers_a_terminal_or_ends_a_header_is_not_shown(enforced: Enforced, known: dict[str, Known]) -> None:
    triggers = {"a\nb": {"kind": "cron"}, "c": {"kind": "ka\x1bfka"}, "d\\": {"kind": "cron"}}
    spec = {"minReplicas": 0, "triggers": triggers, "nodeName": "x\r\ny"}
    answer = enforced.ask(NAMES[1], {"kind": "NuclioFunction", "metadata": {"name": "x"}, "spec": spec})
    assert {text.partition(",")[0] for text in answer.warned} == {
        "IGZ404: nodeName (not shown) bypasses the scheduler: taints"
    }
    assert sorted(text.partition("trigger ")[2].partition(",")[0] for text in answer.denied) == [
        "'c' of kind (not shown)",
        "(not shown) of kind cron",
        "(not shown) of kind cron",
    ]
    assert known


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({"status": {"state": "ready"}}, False),
        ({"spec": {"description": "other"}}, True),
        ({"metadata": {"labels": {"a": "b"}}}, True),
        ({"metadata": {"annotations": {"igz-runtime/waive-IGZ404": None}}}, True),
        ({"metadata": {"finalizers": ["igz-runtime.io/x"]}}, False),
    ],
)
def test_a_function_is_judged_again_where_what_it_asks_for_changes(
    enforced: Enforced, existing: dict[str, Plain], changes: Plain, *, judged: bool
) -> None:
    answer = enforced.change(CHANGED, existing["NuclioFunction"], changes)
    assert bool(answer.denied) is judged, answer


def test_a_waiver_has_no_last_day_where_a_function_is_changed(enforced: Enforced, existing: dict[str, Plain]) -> None:
    waived = {"igz-runtime/waive-IGZ505": "until 2020-01-31: called by hand", "igz-runtime/waive-IGZ404": "x"}
    stored, changed = existing["NuclioFunction"], {"priorityClassName": "team"}
    metadata = {"name": "another", "annotations": waived}
    anew = {"kind": stored["kind"], "metadata": metadata, "spec": {**stored["spec"], **changed}}
    assert [text[:6] for text in enforced.ask(CHANGED, anew).denied] == ["IGZ505"]
    answer = enforced.change(CHANGED, stored, {"metadata": {"annotations": waived}, "spec": changed})
    assert (answer.denied, answer.said) == ((), "")


def test_no_change_of_the_services_is_refused(enforced: Enforced, existing: dict[str, Plain]) -> None:
    stored = existing["IguazioTenantAppServiceSet"]
    of_status = enforced.change(CHANGED, stored, {"status": {"state": "ready"}})
    of_spec = enforced.change(CHANGED, stored, {"spec": {"other": True}})
    assert (of_status.warned, of_status.said) == ((), "")
    assert ([text[:21] for text in of_spec.warned], of_spec.said) == (["jupyter 'lab': IGZ501"], "")


def test_the_policy_that_refuses_is_not_even_asked_about_the_services() -> None:
    asked = {
        way: {
            each
            for rule in policy(way, ["x"])["spec"]["matchConstraints"]["resourceRules"]
            for each in rule["resources"]
        }
        for way in WAYS
    }
    assert asked["warn"] - asked["deny"] == {"iguaziotenantappservicesets"}
    assert {"pods", "deployments", "statefulsets", "jobs", "nucliofunctions"} == asked["deny"]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_what_makes_pods_is_judged_again_where_its_template_changes(
    enforced: Enforced, existing: dict[str, Plain], kind: str
) -> None:
    scaled = enforced.change(CHANGED, existing[kind], {"spec": {"replicas": 3}, "metadata": {"labels": {"a": "b"}}})
    template = {"metadata": {"annotations": {"restarted": "now"}}}
    restarted = enforced.change(CHANGED, existing[kind], {"spec": {"template": template}})
    assert (scaled.denied, scaled.said) == ((), "")
    assert [text[:6] for text in restarted.denied] == ["IGZ302"]


def test_of_a_pod_that_is_there_nothing_is_asked(enforced: Enforced, existing: dict[str, Plain]) -> None:
    answer = enforced.change(CHANGED, existing["Pod"], {"metadata": {"labels": {"a": "b"}}})
    assert (answer.denied, answer.warned, answer.said) == ((), (), "")


_TEMPLATE: Final[Plain] = {
    "metadata": {"labels": {"mlrun/class": "job", "own": "x"}},
    "spec": {"priorityClassName": "igz-system-high", "containers": [{"name": "base", "image": "x"}]},
}
_MAKER: Final[Plain] = {"template": _TEMPLATE, "selector": {"matchLabels": {"own": "x"}}}
_SERVICE: Final[Plain] = {"kind": "jupyter", "resources": {"limits": {"nvidia_gpu": "1"}}}
EXISTING: Final[tuple[Plain, ...]] = (
    {
        "kind": "NuclioFunction",
        "metadata": {"name": "old", "annotations": {"igz-runtime/waive-IGZ404": "x", "igz-runtime/waive-IGZ505": ""}},
        "spec": {"minReplicas": 0, "triggers": {"a": {"kind": "cron"}}, "priorityClassName": "system-x"},
    },
    {
        "kind": "IguazioTenantAppServiceSet",
        "metadata": {"name": "old"},
        "spec": {"spec": {"tenants": [{"spec": {"services": {"lab": _SERVICE}}}]}},
    },
    {"kind": "Deployment", "metadata": {"name": "old"}, "spec": _MAKER},
    {"kind": "StatefulSet", "metadata": {"name": "old"}, "spec": {**_MAKER, "serviceName": "x"}},
    {"kind": "Pod", "metadata": {"name": "old", "labels": _TEMPLATE["metadata"]["labels"]}, "spec": _TEMPLATE["spec"]},
)
PROBE: Final[Plain] = {
    "kind": "NuclioFunction",
    "metadata": {"name": "probe"},
    "spec": {"priorityClassName": "system-x", "preemptionMode": "maybe"},
}


@pytest.fixture(scope="module")
def installed(enforced: Enforced, kubernetes: Any) -> Iterator[tuple[dict[str, Known], dict[str, Plain]]]:
    """Policies that an error of CEL makes refuse; what is known by namespace, and what was there by kind."""
    pick = random.Random(SEED)
    enforced.namespaces(NAMES)
    known = {name: Known(functions_cluster(pick), Terms(some_waivers(pick))) for name in NAMES}
    known[CHANGED] = Known(Cluster.from_dict({}), Terms())
    with declarable(kubernetes):
        for name, (cluster, terms) in known.items():
            waivers = [
                {"rule": w.rule, "project": w.project, "function": w.function, "reason": w.waiver.reason}
                | ({"until": str(w.waiver.until)} if w.waiver.until else {})
                for w in terms.waivers
            ]
            # What only warns cannot be refused: the API server takes no such facts.
            actions = {rule: "Deny" for rule in REFUSED if rule != "IGZ501"}
            enforced.facts(name, {**spec_of(cluster, {}), "rules": actions, "waivers": waivers})
        there = {each["kind"]: enforced.make(CHANGED, each) for each in EXISTING}
        policies = {way: policy(way, NAMES) for way in WAYS}
        for each in policies.values():
            each["spec"]["failurePolicy"] = "Fail"
        enforced.install(NAMES, policies, "objects-")
        for name in NAMES:
            wait(lambda name=name: _both_speak(enforced.ask(name, PROBE)))
        yield known, there


def _both_speak(answer: Answer) -> bool:
    return bool(answer.denied and answer.warned)


@pytest.fixture(scope="module")
def known(installed: tuple[dict[str, Known], dict[str, Plain]]) -> dict[str, Known]:
    """What is known of the cluster, by namespace."""
    return installed[0]


@pytest.fixture(scope="module")
def existing(installed: tuple[dict[str, Known], dict[str, Plain]]) -> dict[str, Plain]:
    """What was there before the policies, by kind."""
    return installed[1]
