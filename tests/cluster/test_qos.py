"""QoS class and quantities, with the API server as the judge: a dry run answers with the class, and stores nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, ContainerSort, QoS
from igz_runtime.k8s.qos import qos_class
from igz_runtime.k8s.quantity import quantity
from tests.examples import examples

PODS = examples(2_000)
AMOUNTS = {
    "cpu": ("0", "0m", "1m", "100m", "0.1", "1", "1000m", "2", "1e0", "+1", ".5", "500m", "0.0001", "1.0000000001"),
    "memory": ("0", "0Gi", "512m", "1", "1Ki", "1024", "1Mi", "1048576", "1Gi", "1.5Gi", "1e9", "1E", "  1", "5."),
    "nvidia.com/gpu": ("0", "1", "2"),
    "ephemeral-storage": ("0", "1Gi"),
}
POD_LEVEL = {"cpu": ("0", "1", "2", "6"), "memory": ("0", "1Gi", "4Gi", "1E")}
FIELDS: tuple[tuple[str, ContainerSort], ...] = (("containers", "main"), ("initContainers", "init"))
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
    if pick.random() < 0.2:
        spec["resources"] = _container(pick, "whole", POD_LEVEL)["resources"]
    return {"metadata": {"generateName": "qos-"}, "spec": spec}


def _container(pick: random.Random, name: str, choices: Mapping[str, tuple[str, ...]] = AMOUNTS) -> Plain:
    resources: dict[str, dict[str, str]] = {"requests": {}, "limits": {}}
    alike = pick.random() < 0.5
    for resource, amounts in choices.items():
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
    containers = [_ours(raw, sort) for field, sort in FIELDS for raw in spec.get(field, ())]
    whole = Container("", *codec.read_resources(spec.get("resources"), "resources")) if "resources" in spec else None
    return qos_class(tuple(containers), whole)


def _ours(raw: Plain, sort: ContainerSort) -> Container:
    keeps_running = sort == "main" or raw.get("restartPolicy") == "Always"
    requests, limits = codec.read_resources(raw.get("resources"), "resources")
    return Container(raw["name"], requests, limits, "sidecar" if keeps_running else "init")


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


ODD = (
    *(
        "",
        " ",
        "  1",
        "1 ",
        "1\n",
        "\t1",
        "1 Gi",
        "1\tGi",
        "1\u00a0Gi",
        "\u0664",
        "\uff11",
        "NaN",
        "Inf",
        "true",
        "0x10",
    ),
    *("4gi", "4GI", "4Gib", "1GB", "1K", "1k", "1mi", "1i", "1Mi1", "1E", "1Ei", "1P", "1Pi", "512m", "100u", "7n"),
    *("1e", "1e3", "1E3", "1e+3", "1e-3", "1e99", "1e-99", "1e30", "1e-30", "12e0.5", "1ee3", "00012", "1_000", "1,5"),
    *("1.5.1", "+-1", "--1", "+1", "-1", "-0", "-0.4Mi", ".", ".5", "5.", "+", "m", "Mi", "9" * 30, "9" * 19 + "Ei"),
    *("0.0000000001", "1.0000000001"),
)
LETTERS = "0123456789.+-eEKMGTPikmnu _x"


def test_our_refusal_of_quantities_is_the_api_servers(kubernetes: Any, namespace: str) -> None:
    pick = random.Random(3)
    made = ["".join(pick.choices(LETTERS, k=pick.randint(1, 5))) for _ in range(400)]
    made += [f"{pick.randint(0, 999)}{''.join(pick.choices(LETTERS, k=pick.randint(1, 3)))}" for _ in range(400)]
    taken = 0
    for amount in (*ODD, *made):
        container = {"name": "a", "image": "a", "resources": {"limits": {"memory": amount}}}
        pod = {"metadata": {"generateName": "quantity-"}, "spec": {"containers": [container], "schedulerName": "none"}}
        status, answer = asked(kubernetes, namespace, pod)
        number = quantity(amount).number
        assert (status == 200) == (number is not None and number >= 0), (amount, answer)
        taken += status == 200
    assert 100 < taken < 700, taken
