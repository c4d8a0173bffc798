"""Values of a pod: its QoS class, what it tolerates, its accelerators, and what scales it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from igz_runtime.k8s.pod import (
    Affinity,
    Container,
    PodSettings,
    QoS,
    Replicas,
    Requirement,
    Taint,
    Term,
    Toleration,
    is_accelerator,
)
from igz_runtime.k8s.qos import qos_class
from igz_runtime.k8s.quantity import Quantity, quantity

pytestmark = pytest.mark.every_environment

Texts = Mapping[str, str]


def container(requests: Texts | None = None, limits: Texts | None = None, name: str = "base") -> Container:
    return Container(name, amounts(requests or {}), amounts(limits or {}))


def amounts(texts: Texts) -> dict[str, Quantity]:
    return {name: quantity(text) for name, text in texts.items()}


ONE = {"cpu": "1", "memory": "1Gi"}
GUARANTEED, BEST_EFFORT = container(ONE, ONE), container()


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ((GUARANTEED,), "Guaranteed"),
        ((GUARANTEED, GUARANTEED), "Guaranteed"),
        ((container(limits=ONE),), "Guaranteed"),
        ((container({"cpu": "1000m", "memory": "1024Mi"}, ONE),), "Guaranteed"),
        ((container(ONE, {**ONE, "nvidia.com/gpu": "1"}),), "Guaranteed"),
        ((container({**ONE, "ephemeral-storage": "1Gi"}, ONE),), "Guaranteed"),
        ((container(ONE),), "Burstable"),
        ((container({"cpu": "500m", "memory": "1Gi"}, ONE),), "Burstable"),
        ((container(limits={"memory": "1Gi"}),), "Burstable"),
        ((container({"memory": "1Gi"}, {"memory": "1Gi"}),), "Burstable"),
        ((container({"memory": "1G"}, {"cpu": "1", "memory": "1Gi"}),), "Burstable"),
        ((container({"cpu": "0", "memory": "1Gi"}, ONE),), "Burstable"),
        ((GUARANTEED, BEST_EFFORT), "Burstable"),
        ((GUARANTEED, Container("init", sort="init")), "Burstable"),
        ((GUARANTEED, Container("proxy", sort="proxy", reachable=False)), "Burstable"),
        ((BEST_EFFORT,), "BestEffort"),
        ((BEST_EFFORT, BEST_EFFORT), "BestEffort"),
        ((container({"cpu": "0", "memory": "0"}, {"cpu": "0"}),), "BestEffort"),
        ((container({"nvidia.com/gpu": "1"}, {"nvidia.com/gpu": "1"}),), "BestEffort"),
        ((container({"ephemeral-storage": "1Gi"}),), "BestEffort"),
        ((), "BestEffort"),
    ],
)
def test_the_qos_class_is_that_of_kubernetes_documentation(containers: tuple[Container, ...], expected: QoS) -> None:
    assert qos_class(containers) == expected


AMOUNTS = (None, "0", "500m", "0.5", "1", "1000m", "2")
# The API server refuses a request above its limit.
PAIRS = [
    (request, limit)
    for request, limit in product(AMOUNTS, AMOUNTS)
    if request is None or limit is None or parse_quantity(request) <= parse_quantity(limit)
]


def sized(cpu: tuple[str | None, str | None], memory: tuple[str | None, str | None]) -> tuple[Texts, Texts]:
    pairs = (("cpu", cpu), ("memory", memory))
    requests, limits = ({name: pair[i] for name, pair in pairs if pair[i] is not None} for i in (0, 1))
    return requests, limits  # type: ignore[return-value]


def kubernetes_class(containers: list[tuple[Texts, Texts]]) -> str:
    """As kubelet's GetPodQOS did until it looked at each container: sums of requests and limits over the pod."""
    requests, limits, limited = dict.fromkeys(ONE, 0), dict.fromkeys(ONE, 0), True
    for asked, most in containers:
        defaulted = {**most, **asked}  # the API server makes a missing request the limit
        for resource in ONE:
            requests[resource] += parse_quantity(defaulted.get(resource, "0"))
            limits[resource] += parse_quantity(most.get(resource, "0"))
            limited = limited and parse_quantity(most.get(resource, "0")) > 0
    if not any(requests.values()) and not any(limits.values()):
        return "BestEffort"
    return "Guaranteed" if limited and requests == limits else "Burstable"


@settings(max_examples=800)
@given(st.lists(st.builds(sized, st.sampled_from(PAIRS), st.sampled_from(PAIRS)), min_size=1, max_size=3))
def test_the_qos_class_of_any_pod_that_the_api_server_admits(containers: list[tuple[Texts, Texts]]) -> None:
    assert qos_class(tuple(container(*each) for each in containers)) == kubernetes_class(containers)


def test_that_law_speaks_of_every_class() -> None:
    classes = Counter(kubernetes_class([sized(*pair)]) for pair in product(PAIRS, PAIRS))

    assert len(classes) == 3
    assert min(classes.values()) > 10


@pytest.mark.parametrize(
    ("toleration", "printed"),
    [
        (Toleration("spot", "Equal", "true", "NoSchedule"), "spot=true:NoSchedule"),
        (Toleration("spot", "Exists"), "spot Exists:(any effect)"),
        (Toleration(operator="Exists"), "(any key) Exists:(any effect)"),
        (Taint("spot"), "spot=:NoSchedule"),
        (Requirement("zone", "In", ("a", "b")), "zone In [a, b]"),
        (
            Term((Requirement("gpu", "Exists"),), (Requirement("metadata.name", "In", ("n",)),)),
            "gpu Exists and metadata.name In [n]",
        ),
        (Term(), "(nothing)"),
    ],
)
def test_values_are_printed_as_kubectl_users_write_them(toleration: object, printed: str) -> None:
    assert str(toleration) == printed


@pytest.mark.parametrize(
    ("limits", "types"),
    [
        ({"nvidia.com/gpu": "1", "memory": "1Gi"}, ("nvidia.com/gpu",)),
        ({"nvidia.com/mig-1g.5gb": "2", "amd.com/gpu": "1"}, ("nvidia.com/mig-1g.5gb", "amd.com/gpu")),
        ({"nvidia.com/gpu": "0"}, ()),
        ({"cpu": "1", "memory": "1Gi", "ephemeral-storage": "1Gi", "hugepages-2Mi": "4Mi"}, ()),
        ({}, ()),
    ],
)
def test_accelerators_are_the_extended_resources_asked_for(limits: Texts, types: tuple[str, ...]) -> None:
    assert PodSettings(containers=(container(limits=limits),)).gpu_types == types
    assert PodSettings(containers=(BEST_EFFORT, container(limits, limits))).gpu_types == types
    assert all(is_accelerator(name) for name in types)


@pytest.mark.parametrize(
    ("replicas", "target", "scales"),
    [
        (Replicas(least=1, most=4), None, True),
        (Replicas(least=0, most=1), None, True),
        (Replicas(most=4), None, True),
        (Replicas(least=2, most=2), None, False),
        (Replicas(fixed=2), None, False),
        (Replicas(fixed=2, least=1, most=4), None, False),
        (Replicas(), None, False),
        (None, None, False),
        (Replicas(fixed=2), 75, True),
        (None, 75, True),
        (None, 0, False),
    ],
)
def test_what_an_autoscaler_moves_by_the_cpu_request(
    replicas: Replicas | None, target: int | None, *, scales: bool
) -> None:
    assert PodSettings(replicas=replicas, target_cpu=target).scales_on_cpu is scales


@pytest.mark.parametrize(
    ("affinity", "node", "empty"),
    [
        (Affinity(), False, True),
        (Affinity(empty_node=True), True, True),
        (Affinity(preferred=()), True, True),
        (Affinity(required=()), True, False),
        (Affinity(pod={"podAffinity": {}}), False, False),
    ],
)
def test_an_affinity_knows_whether_it_asks_for_anything(affinity: Affinity, *, node: bool, empty: bool) -> None:
    assert (affinity.node, affinity.is_empty) == (node, empty)


def test_settings_are_changed_by_making_others() -> None:
    settings_before = PodSettings(node_selector={"zone": "a"})

    assert settings_before.but(node_selector={}) == PodSettings()
    assert settings_before.node_selector == {"zone": "a"}
    with pytest.raises(TypeError):
        PodSettings().node_selector["zone"] = "a"  # type: ignore[index]
