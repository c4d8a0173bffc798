"""Limit ranges and quotas, with the API server's admission as the judge."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from igz_runtime.cluster.admission import defaulted, outside_limits, over_quota
from igz_runtime.cluster.api.objects import read_limit_range, read_quota
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, ContainerSort, PodSettings
from igz_runtime.k8s.qos import qos_class
from tests.cluster.control_plane import PATIENCE, namespace_of_its_own
from tests.cluster.test_qos import asked

Plain = dict[str, Any]
CPU = ("100m", "500m", "1", "2", "4")
MEMORY = ("64Mi", "512Mi", "1Gi", "2Gi", "4Gi")
FIELDS: tuple[tuple[str, ContainerSort], ...] = (("containers", "main"), ("initContainers", "init"))


def _some(pick: random.Random, often: float) -> dict[str, str]:
    choices = {"cpu": CPU, "memory": MEMORY}
    return {name: pick.choice(amounts) for name, amounts in choices.items() if pick.random() < often}


def a_limit_range(pick: random.Random, number: int) -> Plain:
    item: Plain = {"type": pick.choice(("Container", "Container", "Pod"))}
    for field in ("default", "defaultRequest") if item["type"] == "Container" else ():
        item[field] = _some(pick, 0.5)
    for field in ("min", "max"):
        item[field] = _some(pick, 0.25)
    if pick.random() < 0.2:
        item["maxLimitRequestRatio"] = {"cpu": pick.choice(("1", "2", "4"))}
    return {"metadata": {"name": f"range-{number}"}, "spec": {"limits": [item]}}


def a_pod(pick: random.Random) -> Plain:
    spec: Plain = {"containers": [_container(pick, f"c{i}") for i in range(pick.choice((1, 1, 2)))]}
    if pick.random() < 0.3:
        spec["initContainers"] = [_container(pick, "i0")]
    return {"metadata": {"generateName": "case-"}, "spec": {**spec, "schedulerName": "none"}}


def _container(pick: random.Random, name: str) -> Plain:
    limits = _some(pick, 0.5)
    requests = dict(limits) if pick.random() < 0.4 else _some(pick, 0.4)
    return {"name": name, "image": "a", "resources": {"limits": limits, "requests": requests}}


def ours(spec: Mapping[str, Any]) -> tuple[Container, ...]:
    return tuple(
        Container(raw["name"], *codec.read_resources(raw.get("resources"), "resources"), sort=sort)
        for field, sort in FIELDS
        for raw in spec.get(field, ())
    )


def contradictory(containers: tuple[Container, ...]) -> bool:
    """Whether a request is above its limit."""
    return any((c.requests[r].number or 0) > (amount.number or 0) for c in containers for r, amount in c.limits.items())


def test_limit_ranges_fill_in_and_refuse_as_we_say(kubernetes: Any) -> None:
    pick, seen = random.Random(7), Counter[str]()
    for number in range(60):
        # Admission goes by what it watches: a range that was just deleted still counts for a moment, in its namespace.
        with namespace_of_its_own(kubernetes) as namespace:
            stored = _stored(kubernetes, namespace, a_limit_range(pick, number))
            for _ in range(20 if stored else 0):
                _judge_limit_range(kubernetes, namespace, stored, a_pod(pick), seen)
    assert min(seen["200"], seen["403"]) > 100, seen
    assert min(seen["Guaranteed"], seen["Burstable"]) > 20, seen


def _stored(kubernetes: Any, namespace: str, limit_range: Plain) -> Plain:
    """The limit range as the server keeps it; empty where it contradicts itself and is refused."""
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException

    try:
        created = CoreV1Api(kubernetes).create_namespaced_limit_range(namespace, limit_range, _preload_content=False)
    except ApiException as refused:
        assert refused.status == 422, refused.body  # noqa: PT017
        return {}
    stored: Plain = json.loads(created.data)
    return stored


def _judge_limit_range(kubernetes: Any, namespace: str, stored: Plain, pod: Plain, seen: Counter[str]) -> None:
    items = tuple(read_limit_range(stored))
    status, answer = asked(kubernetes, namespace, pod)
    containers = defaulted(ours(pod["spec"]), items)
    what = json.dumps({"pod": pod["spec"], "range": stored, "answer": answer}, indent=1)
    if status == 422:  # a default limit below the request
        assert contradictory(containers), what
        seen["contradiction"] += 1
        return
    assert (status == 403) == bool(list(outside_limits(containers, items))), what
    seen[str(status)] += 1
    if status == 200:
        assert containers == ours(answer["spec"]), what
        assert qos_class(containers) == answer["status"]["qosClass"], what
        seen[answer["status"]["qosClass"]] += 1


SCOPES: tuple[Plain, ...] = (
    {},
    {"scopes": ["BestEffort"]},
    {"scopes": ["NotBestEffort"]},
    {"scopes": ["NotTerminating"]},
    {"scopes": ["Terminating"]},
    {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["judged"]}]}},
    {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "Exists"}]}},
)


def a_quota(pick: random.Random, number: int) -> Plain:
    spec = dict(pick.choice(SCOPES))
    best_effort = spec.get("scopes") == ["BestEffort"]
    names = ("pods",) if best_effort else ("requests.cpu", "limits.cpu", "requests.memory", "memory", "pods", "cpu")
    chosen = pick.sample(names, pick.randint(1, min(3, len(names))))
    hard = {name: _hard(pick, name, ("1", "2")) for name in chosen}
    spec["hard"] = hard
    used = {name: _hard(pick, name, ("0", "1")) if pick.random() < 0.6 else "0" for name in chosen}
    return {"metadata": {"name": f"quota-{number}"}, "spec": spec, "status": {"hard": hard, "used": used}}


def _hard(pick: random.Random, name: str, pods: tuple[str, ...]) -> str:
    return pick.choice(pods if name == "pods" else CPU if "cpu" in name else MEMORY)


def test_quotas_refuse_as_we_say(kubernetes: Any, namespace: str) -> None:
    from kubernetes.client import CoreV1Api, SchedulingV1Api

    pick, api = random.Random(11), CoreV1Api(kubernetes)
    classes = SchedulingV1Api(kubernetes)
    classes.create_priority_class({"metadata": {"name": "judged"}, "value": 5})
    seen = Counter[str]()
    try:
        for number in range(60):
            quota = a_quota(pick, number)
            api.create_namespaced_resource_quota(namespace, quota)
            api.replace_namespaced_resource_quota_status(f"quota-{number}", namespace, quota)
            for _ in range(8):
                pod = a_pod(pick)
                if pick.random() < 0.5:
                    pod["spec"]["priorityClassName"] = "judged"
                containers = defaulted(ours(pod["spec"]))
                if contradictory(containers):
                    continue
                settings = PodSettings(containers=containers, priority_class=pod["spec"].get("priorityClassName"))
                status, answer = asked(kubernetes, namespace, pod)
                said = list(over_quota(settings, [read_quota(quota)]))
                what = json.dumps({"pod": pod["spec"], "quota": quota, "ours": said, "answer": answer}, indent=1)
                assert status in (200, 403), what
                until = time.monotonic() + PATIENCE
                while (status == 403) != bool(said):  # admission goes by what it watches, a moment later
                    assert time.monotonic() < until, what
                    time.sleep(0.05)
                    status, answer = asked(kubernetes, namespace, pod)
                seen[str(status)] += 1
            api.delete_namespaced_resource_quota(f"quota-{number}", namespace)
    finally:
        classes.delete_priority_class("judged")
    assert min(seen["200"], seen["403"]) > 80, seen
