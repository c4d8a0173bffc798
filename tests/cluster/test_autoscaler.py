"""What an autoscaler adds for a pod, and what it never adds, with Karpenter as the judge."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster import Preemptible
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.cluster.api.node_pools import read_node_pool
from igz_runtime.cluster.autoscaling import additions, best
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings, Toleration
from igz_runtime.k8s.quantity import quantity
from tests.cluster.autoscaler import karpenter, node_pool
from tests.cluster.binaries import AUTOSCALER, CONTROL_PLANE
from tests.cluster.conftest import programs
from tests.cluster.control_plane import PATIENCE, ControlPlane, running
from tests.cluster.test_profiles import PROFILES
from tests.contract.functions import FUNCTIONS

Plain = dict[str, Any]
LIFECYCLE = "app.iguazio.com/lifecycle"
SPOT_TAINT = {"key": "spot", "value": "true", "effect": "NoSchedule"}
FIXED_TAINT = {"key": "team", "value": "fixed", "effect": "NoSchedule"}
POOLS = [
    node_pool("jobs", ["on-demand"], labels={LIFECYCLE: "non-preemptible"}),
    node_pool("cheap", ["spot"], labels={LIFECYCLE: "preemptible"}, taints=[SPOT_TAINT]),
    node_pool(
        "risk",
        ["spot", "on-demand"],
        labels={"team": "risk"},
        taints=[{"key": "team", "value": "risk", "effect": "NoSchedule"}],
        requirements=[{"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["test-zone-a"]}],
        limits={"cpu": "200"},
    ),
    node_pool("fixed", ["on-demand"], labels={"team": "fixed"}, taints=[FIXED_TAINT], replicas=0),
]


class World(NamedTuple):
    """A control plane with Karpenter."""

    plane: ControlPlane
    client: Any


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    from kubernetes.client import SchedulingV1Api

    # One of its own: Karpenter acts on every pending pod that it sees.
    with running(programs(CONTROL_PLANE)) as plane, karpenter(plane, programs(AUTOSCALER), POOLS) as client:
        for name in ("igz-workload-low", "igz-workload-medium", "igz-workload-high"):
            body = {"metadata": {"name": name}, "value": 0, "preemptionPolicy": "Never"}
            SchedulingV1Api(client).create_priority_class(body)
        yield World(plane, client)


def submitted(
    world: World, pods: dict[str, Plain], bound_for_sure: Collection[str], silent: int = 0
) -> tuple[dict[str, Plain], dict[str, str]]:
    """Submit pods, and wait until those are bound that shall be, and of the others Karpenter says why not.

    Args:
        world: the control plane with Karpenter.
        pods: the pods by name.
        bound_for_sure: names of the pods that shall be bound.
        silent: of how many of the others Karpenter may say nothing.

    Returns:
        The nodes of the pods that were bound, and Karpenter's words about the others.
    """
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(world.client)
    for name, pod in pods.items():
        api.create_namespaced_pod("default", {**pod, "metadata": {"name": name}})
    until = time.monotonic() + 2 * PATIENCE
    bound: dict[str, str] = {}
    words: dict[str, str] = {}
    while time.monotonic() < until:
        if bound.keys() >= set(bound_for_sure) and len(bound) + len(words) >= len(pods) - silent:
            break
        time.sleep(0.5)
        listed = [each for each in api.list_namespaced_pod("default").items if each.metadata.name in pods]
        bound = {each.metadata.name: each.spec.node_name for each in listed if each.spec.node_name}
        events = api.list_namespaced_event("default", field_selector="reason=FailedScheduling").items
        said = {each.involved_object.name: each.message for each in events if _by_karpenter(each)}
        words = {name: message for name, message in said.items() if name in pods and name not in bound}
    nodes = {node.metadata.name: node.metadata.labels for node in api.list_node().items}
    return {name: nodes[bound[name]] for name in pods if name in bound}, words


def _by_karpenter(event: Any) -> bool:
    return "karpenter" in (event.reporting_component or (event.source and event.source.component) or "")


def test_each_profile_gets_a_new_node_of_the_right_kind(world: World, mlconf: Any) -> None:
    mlconf.preemptible(Preemptible({LIFECYCLE: "preemptible"}, (Toleration("spot", "Equal", "true", "NoSchedule"),)))
    cluster = Cluster.from_kubernetes(kubeconfig=str(world.plane.kubeconfig))
    assert {g.name: g.lifecycle for g in cluster.node_groups} == {
        "jobs": "on-demand",
        "cheap": "spot",
        "risk": None,
        "fixed": "on-demand",
    }
    pods: dict[str, Plain] = {}
    promised: dict[str, str] = {}
    for profile in PROFILES:
        for kind, make in FUNCTIONS.items():
            try:
                plan = profile.plan(make(), cluster)
            except IgzRuntimeError:
                continue
            if plan.refused or any(role.effective.gpu_types for role in plan.roles):
                continue
            flight = plan.preflight()
            for role, expected in zip(plan.roles, flight.roles, strict=True):
                assert expected.verdict == "new node", f"{kind}\n{flight}"
                name = f"{profile.name}-{kind}-{role.role}".lower().replace("_", "-").replace(" ", "-")
                pods[name] = manifest(role.effective)
                steady = kind.startswith("spark") and role.role in ("driver", "step")
                promised[name] = "on-demand" if steady else profile.lifecycle
    labels, words = submitted(world, pods, pods)
    assert not words
    for name, wanted in promised.items():
        assert name in labels, f"{name} is still pending"
        assert wanted == "any" or labels[name]["karpenter.sh/capacity-type"] == wanted, (name, labels[name])
    assert len(promised) > 40
    assert set(promised.values()) == {"on-demand", "spot", "any"}


def settings(selector: Plain, tolerations: Any = (), affinity: Any = None, cpu: str = "100m") -> PodSettings:
    """A pod that asks for these."""
    return PodSettings(
        containers=(Container("main", {"cpu": quantity(cpu)}, {}),),
        node_selector=selector,
        tolerations=codec.read_tolerations(list(tolerations), "tolerations"),
        affinity=codec.read_affinity(affinity, "affinity"),
    )


ALL = [{"operator": "Exists"}]
ZONE = "topology.kubernetes.io/zone"
CAPACITY = "karpenter.sh/capacity-type"
NEVER = {
    "spot without its toleration": settings({LIFECYCLE: "preemptible"}),
    "a label that no pool gives": settings({"pool": "gpu"}),
    "a value that no pool gives": settings({LIFECYCLE: "preemtible"}, ALL),
    "contradiction": settings({LIFECYCLE: "preemptible", CAPACITY: "on-demand"}, ALL),
    "a zone outside of the pool": settings({"team": "risk", ZONE: "test-zone-b"}, ALL),
    "beyond the limit of the pool": settings({"team": "risk"}, ALL, cpu="220"),
    "a pool that keeps its nodes, whatever waits": settings({"team": "fixed"}, ALL),
    "an architecture that no pool gives": settings({"kubernetes.io/arch": "arm64"}),
}


def test_what_we_call_pending_forever_stays_so_and_karpenter_says_why(world: World) -> None:
    pools = [read_node_pool(pool) for pool in POOLS]
    for what, pod in NEVER.items():
        assert best(additions(pod, pools)) == "no", what
    names = {what.replace(" ", "-").replace(",", ""): what for what in NEVER}
    nodes, words = submitted(world, {name: manifest(NEVER[what]) for name, what in names.items()}, ())
    assert not nodes
    assert set(words) == set(names)


def test_random_pods_get_a_node_exactly_where_we_say(world: World) -> None:
    pick, pools = random.Random(5), [read_node_pool(pool) for pool in POOLS]
    pods = {f"random-{number}": _random(pick) for number in range(200)}
    answers = {name: best(additions(pod, pools)) for name, pod in pods.items()}
    assert set(answers.values()) == {"yes", "no"}
    takes = [name for name, answer in answers.items() if answer == "yes"]
    # Karpenter says nothing of pods that opt out, and puts off what it has said of others.
    nodes, words = submitted(world, {name: manifest(pod) for name, pod in pods.items()}, takes, silent=30)
    for name, answer in answers.items():
        why = (manifest(pods[name])["spec"], additions(pods[name], pools), nodes.get(name), words.get(name))
        assert (name in nodes) == (answer == "yes"), why
    assert len(pods) - len(nodes) - len(words) <= 30
    assert 40 < len(nodes) < 160


VALUES = {
    LIFECYCLE: ("preemptible", "non-preemptible"),
    CAPACITY: ("spot", "on-demand"),
    "team": ("risk", "fraud"),
    ZONE: ("test-zone-a", "test-zone-b"),
    "kubernetes.io/arch": ("amd64", "arm64"),
    "karpenter.sh/nodepool": ("jobs", "cheap"),
    "unheard-of": ("a", "b"),
}
EVERYWHERE = (CAPACITY, ZONE, "kubernetes.io/arch", "karpenter.sh/nodepool")
TAINTS = (SPOT_TAINT, POOLS[2]["spec"]["template"]["spec"]["taints"][0])


def _random(pick: random.Random) -> PodSettings:
    tolerations: list[Plain] = [*ALL] if pick.random() < 0.3 else []
    tolerations += [taint for taint in TAINTS if pick.random() < 0.5]
    selector = {key: pick.choice(VALUES[key]) for key in VALUES if pick.random() < 0.12}
    affinity = None
    if pick.random() < 0.6:
        terms = [{"matchExpressions": _expressions(pick)} for _ in range(pick.choice((1, 1, 2)))]
        affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    return settings(selector, tolerations, affinity)


def _expressions(pick: random.Random) -> list[Plain]:
    made = []
    for _ in range(pick.choice((1, 1, 2))):
        key = pick.choice(list(VALUES))
        # Karpenter gives a node a label that some pod excludes, and then puts a pod there that asks for the label:
        # where a pool does not have the label, the answer depends on which pods wait together.
        operator = pick.choice(("In", "NotIn", "Exists", "DoesNotExist") if key in EVERYWHERE else ("In", "Exists"))
        values = {"values": pick.sample(VALUES[key], pick.randint(1, 2))} if operator in ("In", "NotIn") else {}
        made.append({"key": key, "operator": operator, **values})
    return made
