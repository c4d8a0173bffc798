"""Which nodes a pod fits, and why the others not, with kube-scheduler as the judge."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from igz_runtime.cluster.facts import Node, amounts
from igz_runtime.cluster.scheduling import demand_of, fit
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, ContainerSort, PodSettings, Taint
from igz_runtime.k8s.quantity import Quantity
from tests.cluster.scheduler import Scheduler
from tests.examples import examples

SETS, PODS = examples(60), 50
KEYS = {
    "zone": ("a", "b", "c"),
    "app.iguazio.com/lifecycle": ("preemptible", "non-preemptible"),
    "generation": ("1", "3", "7", "12", "x"),
}
TAINTS = (("spot", "true"), ("nvidia.com/gpu", ""), ("team", "risk"), ("team", "fraud"))
EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")
FIELDS: tuple[tuple[str, ContainerSort], ...] = (("containers", "main"), ("initContainers", "init"))
Plain = dict[str, Any]


def a_node(pick: random.Random, name: str) -> Plain:
    room = {
        "cpu": pick.choice(("1", "4", "3900m")),
        "memory": pick.choice(("2Gi", "16Gi")),
        "pods": pick.choice(("3", "110")),
    }
    if pick.random() < 0.3:
        room["nvidia.com/gpu"] = pick.choice(("1", "2"))
    if pick.random() < 0.5:
        room["ephemeral-storage"] = "10Gi"
    labels = {key: pick.choice(values) for key, values in KEYS.items() if pick.random() < 0.6}
    taints = [
        {"key": key, "value": value, "effect": pick.choice(EFFECTS)} for key, value in TAINTS if pick.random() < 0.15
    ]
    spec: Plain = {"taints": list({(t["key"], t["effect"]): t for t in taints}.values())}
    if pick.random() < 0.1:
        spec["unschedulable"] = True
    return {
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"allocatable": room, "capacity": room},
    }


def a_pod(pick: random.Random, names: list[str]) -> Plain:
    spec: Plain = {"containers": [_container(pick, f"c{i}") for i in range(pick.choice((1, 1, 2)))]}
    if pick.random() < 0.2:
        spec["initContainers"] = [_container(pick, f"i{i}") for i in range(pick.choice((1, 2)))]
    if pick.random() < 0.4:
        key = pick.choice(list(KEYS))
        spec["nodeSelector"] = {key: pick.choice(KEYS[key])}
    if pick.random() < 0.5:
        terms = [_term(pick, names) for _ in range(pick.choice((1, 1, 2)))]
        required = {"nodeSelectorTerms": terms}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    if pick.random() < 0.6:
        spec["tolerations"] = [_toleration(pick) for _ in range(pick.choice((1, 2)))]
    return {"metadata": {"generateName": "case-"}, "spec": spec}


def _container(pick: random.Random, name: str) -> Plain:
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    for resource, choices in (
        ("cpu", ("100m", "0.0005", "1", "2500m", "8")),
        ("memory", ("0.5", "128Mi", "1Gi", "5G", "64Gi")),
        ("ephemeral-storage", ("1Gi", "20Gi")),
    ):
        if pick.random() < (0.15 if resource == "ephemeral-storage" else 0.5):
            into = pick.choice((limits, requests))
            into[resource] = pick.choice(choices[:3] if pick.random() < 0.85 else choices)
    if pick.random() < 0.1:
        limits["nvidia.com/gpu"] = pick.choice(("0", "1", "2"))
    return {"name": name, "image": "a", "resources": {"limits": limits, "requests": requests}}


def _term(pick: random.Random, names: list[str]) -> Plain:
    term: Plain = {}
    if pick.random() < 0.85:
        term["matchExpressions"] = [_expression(pick) for _ in range(pick.choice((1, 1, 2)))]
    if pick.random() < 0.25:
        term["matchFields"] = [
            {"key": "metadata.name", "operator": pick.choice(("In", "NotIn")), "values": [pick.choice(names)]}
            for _ in range(pick.choice((1, 1, 2)))
        ]
    return term


def _expression(pick: random.Random) -> Plain:
    key = pick.choice((*KEYS, "nowhere"))
    values = KEYS.get(key, ("a",))
    operator = pick.choice(("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))
    if operator in ("Gt", "Lt"):
        return {
            "key": pick.choice((key, "generation")),
            "operator": operator,
            "values": [pick.choice(("0", "3", "10"))],
        }
    if operator in ("In", "NotIn"):
        return {"key": key, "operator": operator, "values": pick.sample(values, pick.randint(1, len(values)))}
    return {"key": key, "operator": operator}


def _toleration(pick: random.Random) -> Plain:
    key, value = pick.choice(TAINTS)
    toleration: Plain = {"key": key, "operator": "Equal", "value": value}
    form = pick.random()
    if form < 0.4:
        toleration = {"key": key, "operator": "Exists"}
    elif form < 0.5:
        toleration = {"operator": "Exists"}
    elif form < 0.55:
        toleration = {"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}
    if pick.random() < 0.5:
        toleration["effect"] = pick.choice(EFFECTS)
    return toleration


def our_node(raw: Plain) -> Node:
    room = {name: Quantity(amount) for name, amount in raw["status"]["allocatable"].items()}
    taints = tuple(Taint(t["key"], t["value"], t["effect"]) for t in raw["spec"]["taints"])
    metadata, cordoned = raw["metadata"], raw["spec"].get("unschedulable", False)
    return Node(metadata["name"], metadata["labels"], taints, amounts(room), unschedulable=cordoned)


def our_pod(raw: Plain) -> PodSettings:
    spec = raw["spec"]
    containers = [
        Container(each["name"], *codec.read_resources(each["resources"], "resources"), sort=sort)
        for field, sort in FIELDS
        for each in spec.get(field, ())
    ]
    return PodSettings(
        containers=tuple(containers),
        node_selector=spec.get("nodeSelector", {}),
        tolerations=codec.read_tolerations(spec.get("tolerations"), "tolerations"),
        affinity=codec.read_affinity(spec.get("affinity"), "affinity"),
    )


def test_pods_are_bound_where_we_say_and_left_for_our_reasons(kubernetes: Any, namespace: str) -> None:
    pick, scheduler = random.Random(31), Scheduler(kubernetes, namespace)
    bound, seen = 0, Counter[str]()
    for number in range(SETS):
        raw = [a_node(pick, f"{namespace}-{number}-{i}") for i in range(pick.randint(1, 8))]
        scheduler.make_nodes(raw)
        nodes = {node.name: node.running({}) for node in map(our_node, raw)}
        for _ in range(PODS):
            pod = a_pod(pick, list(nodes))
            settings = our_pod(pod)
            expected = fit(settings, nodes.values())
            chosen, reasons = scheduler.decide(pod, keep=True)
            what = json.dumps({"pod": pod["spec"], "nodes": raw, "ours": expected}, indent=1)
            if chosen:
                assert chosen in expected.eligible, what
                nodes[chosen] = nodes[chosen].running(demand_of(settings))
                bound += 1
            else:
                assert (expected.eligible, expected.reasons) == ((), reasons), f"{reasons}\n{what}"
                seen.update(reasons)
        scheduler.remove(raw)
    assert bound > SETS * PODS // 5
    assert {"Insufficient cpu", "Insufficient nvidia.com/gpu", "Too many pods"} <= seen.keys()
    assert len(seen) >= 9, seen
