"""Where a pod can land, against a scheduler that knows its nodes wholly.

A shape is known in part. So two laws: what the scheduler does on some node of a shape is never called impossible, and
where the shape knows every label that the pod speaks of, the answer is the scheduler's.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.cluster.clouds import SPOT_LABELS
from igz_runtime.cluster.landing import NodeShape, can_land, every_spot_shape, on_demand_shapes, spot_shapes, where
from igz_runtime.k8s.pod import Affinity, PodSettings, Requirement, Taint, Term, Toleration
from tests import strategies
from tests.examples import examples
from tests.unit.cluster.scheduler import Node, fits

KEYS = ("zone", "pool", "app.iguazio.com/lifecycle")
VALUES = ("a", "b", "7", "12", "1_0", "preemptible")
# The API server admits In and NotIn with values, Gt and Lt with one whole number.
EXPRESSIONS = (
    *(Requirement(*parts) for parts in product(KEYS, ("In", "NotIn"), (*((v,) for v in VALUES), ("a", "7"), VALUES))),
    *(Requirement(*parts) for parts in product(KEYS, ("Exists", "DoesNotExist"))),
    *(Requirement(*parts) for parts in product(KEYS, ("Gt", "Lt"), (("7",), ("10",), ("-1",)))),
)
NAMES = (None, (Requirement("metadata.name", "In", ("node-1",)),))
TAINTS = tuple(
    Taint(*parts)
    for parts in product(strategies.KEYS, (None, "true", "a"), ("NoSchedule", "NoExecute", "PreferNoSchedule"))
)

labels = st.lists(st.sampled_from(list(product(KEYS, VALUES))), max_size=4).map(dict)
terms = st.tuples(strategies.optional_tuple(st.sampled_from(EXPRESSIONS)), st.sampled_from(NAMES)).map(
    lambda t: Term(*t)
)
affinities = strategies.optional_tuple(terms, 2).map(Affinity)
selectors = st.sampled_from([{}, {}, *({key: value} for key, value in product(KEYS, VALUES))])
pods = st.tuples(selectors, affinities, strategies.optional_tuple(strategies.tolerations)).map(
    lambda parts: PodSettings(node_selector=parts[0], affinity=parts[1], tolerations=parts[2])
)
nodes = st.tuples(labels, st.lists(st.sampled_from(TAINTS), max_size=2).map(tuple)).map(lambda parts: Node(*parts))
known_nodes = st.tuples(st.tuples(*[st.sampled_from(VALUES)] * len(KEYS)), nodes).map(
    lambda parts: Node(dict(zip(KEYS, parts[0], strict=True)), parts[1].taints)
)


def on(node: Mapping[str, str], *required: Requirement) -> bool:
    """Whether a pod with one required term can land on a node group with these labels."""
    return can_land(PodSettings(affinity=Affinity((Term(required),))), NodeShape("nodes", node))


@settings(max_examples=examples(1000))
@given(pod=pods, node=nodes, known=st.sets(st.sampled_from(KEYS)), hints=labels)
def test_where_the_scheduler_binds_a_pod_landing_is_never_denied(
    pod: PodSettings, node: Node, known: set[str], hints: dict[str, str]
) -> None:
    some = {key: value for key, value in node.labels.items() if key in known}
    never = frozenset(hints.items() - node.labels.items())

    assert can_land(pod, NodeShape("nodes", some, never, node.taints)) or not fits(pod, node)


@settings(max_examples=examples(1000))
@given(pod=pods, node=known_nodes)
def test_where_every_label_is_known_the_answer_is_the_schedulers(pod: PodSettings, node: Node) -> None:
    assert can_land(pod, NodeShape("nodes", node.labels, taints=node.taints)) == fits(pod, node)


@pytest.mark.parametrize(
    ("expression", "lands"),
    [
        (Requirement("zone", "In", ("a",)), True),
        (Requirement("zone", "In", ("b", "c")), False),
        (Requirement("zone", "NotIn", ("a",)), False),
        (Requirement("zone", "Exists"), True),
        (Requirement("zone", "DoesNotExist"), False),
        (Requirement("cpus", "Gt", ("8",)), True),
        (Requirement("cpus", "Gt", ("16",)), False),
        (Requirement("cpus", "Lt", ("17",)), True),
        (Requirement("zone", "Lt", ("17",)), False),
        (Requirement("cpus", "Gt", ("many",)), False),
        (Requirement("cpus", "Gt", ()), False),
        (Requirement("build", "Gt", ("7",)), False),
        (Requirement("unheard-of", "In", ("a",)), True),
        (Requirement("unheard-of", "Gt", ("1",)), True),
    ],
)
def test_an_expression_on_a_known_label_decides_and_on_another_does_not(
    expression: Requirement, *, lands: bool
) -> None:
    assert on({"zone": "a", "cpus": "16", "build": "1_0"}, expression) is lands


def test_a_label_that_nodes_never_carry_is_no_way_onto_them() -> None:
    shape = NodeShape("on demand", never=frozenset({("kind", "spot"), ("kind", "preemptible")}))
    both = Requirement("kind", "In", ("spot", "preemptible"))

    assert not can_land(PodSettings(node_selector={"kind": "spot"}), shape)
    assert not can_land(PodSettings(affinity=Affinity((Term((both,)),))), shape)
    assert can_land(PodSettings(affinity=Affinity((Term((both._replace(values=("spot", "other")),)),))), shape)


@pytest.mark.parametrize("required", [(), (Term(),), (Term((), ()),)])
def test_an_affinity_without_expressions_lands_nowhere(required: tuple[Term, ...]) -> None:
    assert not can_land(PodSettings(affinity=Affinity(required)), NodeShape("nodes"))


def test_one_of_several_terms_suffices() -> None:
    elsewhere, here = Term((Requirement("zone", "In", ("b",)),)), Term((Requirement("zone", "In", ("a",)),))

    assert can_land(PodSettings(affinity=Affinity((elsewhere, here))), NodeShape("nodes", {"zone": "a"}))
    assert not can_land(PodSettings(affinity=Affinity((elsewhere,))), NodeShape("nodes", {"zone": "a"}))


def test_a_node_name_passes_by_the_scheduler() -> None:
    shape = NodeShape("nodes", {"zone": "a"}, taints=(Taint("dedicated"),))

    assert not can_land(PodSettings(node_selector={"zone": "b"}), shape)
    assert can_land(PodSettings(node_selector={"zone": "b"}, node_name="node-1"), shape)


def test_each_platforms_spot_nodes_are_looked_at_tainted_and_not() -> None:
    spot = Toleration("spot", "Equal", "true", "NoSchedule")
    cluster = Cluster(mlrun=Preemptible({"pool": "cheap"}, (spot,)), nuclio=Preemptible({"kind": "spot"}))
    tainted = [(dict(shape.labels), shape.taints) for shape in spot_shapes(cluster)]
    untainted = [dict(shape.labels) for shape in every_spot_shape(cluster) if not shape.taints]

    assert tainted == [({"pool": "cheap"}, (Taint("spot", "true"),)), ({"kind": "spot"}, ())]
    assert {"pool": "cheap"} in untainted


def test_where_nothing_is_known_every_clouds_spot_nodes_are_feared() -> None:
    assert spot_shapes(Cluster()) == ()
    assert [tuple(shape.labels.items()) for shape in every_spot_shape(Cluster())] == [(label,) for label in SPOT_LABELS]


def test_known_node_groups_are_all_that_there_is() -> None:
    groups = (NodeGroup("core", core=True), NodeGroup("cheap", lifecycle="spot"), NodeGroup("work", {"pool": "w"}))
    cluster = Cluster(mlrun=Preemptible({"pool": "cheap"}), node_groups=groups)
    pod = PodSettings(node_selector={"pool": "w"})

    assert where(pod, every_spot_shape(cluster)) == ("node group 'cheap'",)
    assert where(pod, on_demand_shapes(cluster)) == ("node group 'core'", "node group 'work'")
