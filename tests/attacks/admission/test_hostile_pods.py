"""No pod goes by a policy because of what stands on it: what a policy cannot evaluate, the API server would admit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import pytest

from igz_runtime import Cluster
from igz_runtime.audit.policies.facts import MOST_SHAPES
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.rules.terms import Terms, Waivable
from tests.attacks.admission.hostile import LONG, hostile
from tests.attacks.budget import attempts, generator
from tests.policy.enforced import FREE, Enforced
from tests.policy.random_pods import PROFILES, a_cluster, a_pod, a_workload
from tests.policy.reference import said_of

Plain = dict[str, Any]
Measured = Callable[[str, int], None]

ENFORCED: Final = ("IGZ101", "IGZ302", "IGZ401", "IGZ402")
DAYS: Final = 30
LONGEST: Final = 3500
CLUSTERS: Final = 8
LARGE: Final = "large"


def a_large_cluster() -> Cluster:
    """As many shapes of nodes as facts hold, each with taints and labels."""
    taints = [{"key": f"team-{number}", "value": LONG, "effect": "NoSchedule"} for number in range(3)]
    groups = [
        {
            "name": f"group-{number}",
            "labels": {
                "app.iguazio.com/node-group": f"group-{number}",
                "zone": "a",
                **{f"l{each}": LONG for each in range(20)},
            },
            "lifecycle": ("spot", "on-demand")[number % 2],
            "taints": taints,
            "core": number == 0,
            "gpu": number == 1,
        }
        for number in range(MOST_SHAPES)
    ]
    return Cluster.from_dict({"environment": "production", "node_groups": groups})


@pytest.fixture(scope="module")
def clusters(enforced: Enforced) -> dict[str, Cluster]:
    """Clusters by their namespaces: in every other one, waivers may count for some days only."""
    pick = generator("clusters")
    made = {f"c{number}": a_cluster(pick) for number in range(CLUSTERS)} | {LARGE: a_large_cluster()}
    enforced.namespaces(made)
    for name, cluster in made.items():
        limited = {"waivable": [{"entries": [{"days": DAYS}]}]} if limits(name).waivable else {}
        enforced.facts(name, {**spec_of(cluster, PROFILES), **limited, "rules": dict.fromkeys(ENFORCED, "Deny")})
    enforced.install(list(made))
    return made


def limits(name: str) -> Terms:
    """What the platform says of waivers in a namespace."""
    return Terms(waivable=(Waivable("we lost three weeks", days=DAYS),)) if name[-1] in "02468e" else Terms()


@pytest.mark.parametrize("part", range(4))
def test_a_hostile_pod_is_judged_as_the_rules_judge_it(
    part: int, enforced: Enforced, clusters: dict[str, Cluster], measured: Measured
) -> None:
    pick, before = generator(f"hostile pods {part}"), enforced.unjudged()
    seen: Counter[str] = Counter()
    while seen["hostile pods and workloads judged by admission policies"] < attempts(10_000) // 4:
        name = pick.choice(list(clusters))
        manifest = hostile(a_workload(pick) if pick.random() < 0.2 else a_pod(pick), pick)
        stored = enforced.ask(FREE, manifest).stored
        if stored is None:
            seen["refused by Kubernetes itself"] += 1
            continue
        seen["hostile pods and workloads judged by admission policies"] += 1
        seen["of these refused"] += judged(enforced, name, manifest, stored, clusters[name])
    assert enforced.unjudged() == before
    for what, amount in seen.items():
        measured(what, amount)


def judged(enforced: Enforced, name: str, manifest: Plain, stored: Plain, cluster: Cluster) -> bool:
    """Whether the policies refuse it, which they do as the rules do, in the same words as far as they are shown."""
    said = list(said_of(stored, cluster, PROFILES, limits(name)))
    denied = sorted(text for rule, severity, text in said if rule in ENFORCED and severity == "error")
    warned = sorted(text for rule, severity, text in said if not (rule in ENFORCED and severity == "error"))
    answer = enforced.ask(name, manifest)
    for found, expected in ((answer.denied, denied), (answer.warned, warned)):
        if sum(map(len, expected)) < LONGEST - 500:
            assert sorted(found) == expected, (name, stored, answer.said)
        else:
            assert found, (name, stored)
    return bool(denied)


def pod(labels: Plain | None = None, **spec: Any) -> Plain:
    """A pod that is refused for its class."""
    said = {"mlrun/class": "job", "mlrun/function": "score", "mlrun/project": "fraud"}
    container = {"name": "base", "image": "x"}
    metadata = {"generateName": "pod-", "labels": said | (labels or {})}
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"priorityClassName": "igz-system-high", "containers": [container], **spec},
    }


def affinity(*terms: list[Plain]) -> Plain:
    required = {"nodeSelectorTerms": [{"matchExpressions": expressions} for expressions in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def asked(key: str, *values: str, operator: str = "In") -> Plain:
    return {"key": key, "operator": operator, "values": list(values)}


def numbered(what: str, many: int) -> list[str]:
    return [f"{what}{number}" for number in range(many)]


def containers(many: int, **resources: str) -> list[Plain]:
    return [{"name": name, "image": "x", "resources": {"limits": resources}} for name in numbered("c", many)]


CONTRADICTING: Final = ([asked("k", "1", "2")] * 4, [asked("k", "1", "2", operator="NotIn")])
WITHIN: Final = {
    "labels": pod(dict.fromkeys(numbered("l", 197), LONG)),
    "containers": pod(containers=containers(10, **dict.fromkeys(numbered("example.com/r", 5), "1"))),
    "tolerations": pod(tolerations=[{"key": key, "operator": "Equal", "value": LONG} for key in numbered("k", 48)]),
    "selector": pod(nodeSelector=dict.fromkeys(numbered("k", 50), LONG)),
    "terms": pod(affinity=affinity(*([asked("zone", "b")] for _ in range(50)))),
    "expressions": pod(affinity=affinity([asked(key, *numbered("v", 20)) for key in numbered("k", 50)])),
    "numbers": pod(affinity=affinity([*[asked("k", *numbered("", 2))] * 9, asked("k", "0", "1", operator="NotIn")])),
    "everything": pod(
        tolerations=[*({"key": key, "operator": "Exists"} for key in numbered("k", 47)), {"operator": "Exists"}],
        nodeSelector=dict.fromkeys(numbered("s", 50), LONG),
        affinity=affinity([asked(key, *numbered("v", 20), operator="NotIn") for key in numbered("k", 50)]),
    ),
}
BEYOND: Final = {
    "200 labels": pod(dict.fromkeys(numbered("l", 5000), "v")),
    "20 containers": pod(containers=containers(2000)),
    "100 amounts in its containers": pod(
        containers=containers(1, **dict.fromkeys(numbered("example.com/r", 5000), "1"))
    ),
    "50 tolerations": pod(tolerations=[{"key": key, "operator": "Exists"} for key in numbered("k", 2000)]),
    "50 labels in its node selector": pod(nodeSelector=dict.fromkeys(numbered("k", 2000), "v")),
    "50 terms of its node affinity": pod(affinity=affinity(*([asked("zone", "b")] for _ in range(2000)))),
    "50 expressions in its node affinity": pod(affinity=affinity([asked(key, "v") for key in numbered("k", 1000)])),
    "1000 values in its node affinity": pod(affinity=affinity([asked("zone", *numbered("v", 20_000))])),
    "10 expressions of one label in its node affinity": pod(
        affinity=affinity([asked("k", "1"), *[asked("k", "2")] * 49])
    ),
    "20 values of one label in its node affinity": pod(
        affinity=affinity([asked("k", *numbered("", 400)), asked("k", *numbered("", 400), operator="NotIn")])
    ),
}


@pytest.mark.usefixtures("clusters")
@pytest.mark.parametrize("what", WITHIN)
def test_the_largest_pods_that_are_judged_cost_no_more_than_the_server_allows(what: str, enforced: Enforced) -> None:
    before = enforced.unjudged()

    answer = enforced.ask(LARGE, WITHIN[what])

    assert any("IGZ302" in each for each in answer.denied), answer
    assert enforced.unjudged() == before


@pytest.mark.usefixtures("clusters")
@pytest.mark.parametrize("what", BEYOND)
def test_a_pod_too_large_to_be_judged_is_refused_where_anything_is(what: str, enforced: Enforced) -> None:
    before = enforced.unjudged()

    answer = enforced.ask(LARGE, BEYOND[what])

    assert answer.denied == (f"has more than {what}, and no policy judges that; fix: ask for less",)
    assert answer.warned == ()
    assert enforced.unjudged() == before
