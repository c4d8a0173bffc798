"""The nodes that admit a pod are remembered by what it selects, and are those that the scheduler's filters leave."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings

from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.scheduling import admitted, fit
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Requirement, Taint, Term
from igz_runtime.k8s.quantity import quantity
from tests.examples import examples
from tests.strategies import KEYS, VALUES, placements

ROOM = {"cpu": 4000, "memory": 2**34, "pods": 10}
NODES = tuple(
    Node(f"node-{number}", {key: value}, (Taint("spot", "true"),) if number % 3 == 0 else (), ROOM)
    for number, (key, value) in enumerate(product(KEYS, VALUES))
)
LIVE = Live("2026-11-28T05:00:00Z", "default-tenant", NODES)


@given(placements)
@settings(max_examples=examples(1_000), deadline=None)
def test_what_is_remembered_of_one_pod_is_right_for_the_next(pod: PodSettings) -> None:
    found, expected = admitted(pod, LIVE), fit(pod, NODES)

    assert tuple(node.name for node in found.nodes) == expected.eligible
    assert found.reasons == expected.reasons


def test_neither_what_runs_on_a_node_nor_what_a_pod_requests_counts() -> None:
    full = Node("full", allocatable=ROOM, used=ROOM, pods=10)
    large = PodSettings(containers=(Container("base", {"cpu": quantity("64")}),), node_name="elsewhere")

    assert admitted(large, Live("", "", (full,))).nodes == (full,)


def test_pods_that_name_nodes_by_field_are_told_from_those_that_name_none() -> None:
    named = Affinity((Term(fields=(Requirement("metadata.name", "In", ("node-1",)),)),))

    assert [node.name for node in admitted(PodSettings(affinity=named), LIVE).nodes] == ["node-1"]
    assert len(admitted(PodSettings(), LIVE).nodes) > 1
