"""QoS class and quantities, with the API server as the judge: it answers a dry run with the class, and stores nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from igz_runtime.functions import kubernetes as codec
from igz_runtime.pod import Container, QoS, qos_class

PODS = 2_000
AMOUNTS = {
    "cpu": ("0", "0m", "1m", "100m", "0.1", "1", "1000m", "2", "1e0", "+1", ".5", "500m", "0.0001", "1.0000000001"),
    "memory": ("0", "0Gi", "512m", "1", "1Ki", "1024", "1Mi", "1048576", "1Gi", "1.5Gi", "1e9", "1E", "  1", "5."),
    "nvidia.com/gpu": ("0", "1", "2"),
    "ephemeral-storage": ("0", "1Gi"),
}
Plain = dict[str, Any]


def asked(api: Any, namespace: str, pod: Plain) -> tuple[int, Plain]:
    """The API server's status and answer to a dry run of creating the pod."""
    from kubernetes.client import CoreV1Api
    from kubernetes.client.exceptions import ApiException

    try:
        answer = CoreV1Api(api).create_namespaced_pod(namespace, pod, dry_run="All", _preload_content=False)
    except ApiException as refused:
        return int(refused.status), json.loads(refused.body)
    return 200, json.loads(answer.data)


def a_pod(pick: random.Random) -> Plain:
    containers = [_container(pick, f"c{i}") for i in range(pick.choice((1, 1, 1, 2, 3)))]
    inits = [_container(pick, f"i{i}") for i in range(pick.choice((0, 0, 0, 1, 2)))]
    for init in inits:
        if pick.random() < 0.4:
            init["restartPolicy"] = "Always"
    spec: Plain = {"containers": containers, "initContainers": inits, "schedulerName": "none"}
    return {"metadata": {"generateName": "qos-"}, "spec": spec}


def _container(pick: random.Random, name: str) -> Plain:
    resources: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    alike = pick.random() < 0.5
    for resource, amounts in AMOUNTS.items():
        if resource == "nvidia.com/gpu":
            if pick.random() < 0.2:
                resources["limits"][resource] = pick.choice(amounts)
            continue
        if resource == "ephemeral-storage" and pick.random() < 0.8:
            continue
        limit, request = pick.choice(amounts), pick.choice(amounts)
        if alike:
            request = limit
        if pick.random() < 0.9 if alike else pick.random() < 0.6:
            resources["limits"][resource] = limit
        if pick.random() < 0.5:
            resources["requests"][resource] = request
    return {"name": name, "image": "a", "resources": resources}


def ours(spec: Mapping[str, Any]) -> QoS:
    containers = []
    for field in ("containers", "initContainers"):
        for raw in spec.get(field, ()):
            containers.append(Container(raw["name"], *codec.read_resources(raw.get("resources"), "resources")))
    return qos_class(tuple(containers))


def test_our_class_is_the_api_servers(kubernetes: Any, namespace: str) -> None:
    pick, judged = random.Random(20), 0
    classes: dict[str, int] = {}
    while judged < PODS:
        pod = a_pod(pick)
        status, answer = asked(kubernetes, namespace, pod)
        if status != 200:
            assert status == 422, answer["message"]
            continue
        judged += 1
        theirs = answer["status"]["qosClass"]
        classes[theirs] = classes.get(theirs, 0) + 1
        assert ours(pod["spec"]) == theirs, json.dumps(pod["spec"], indent=1)
    assert min(classes[each] for each in ("Guaranteed", "Burstable", "BestEffort")) > PODS // 50
