"""What runs on a cluster comes back from a file as it was, whatever it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.running import Declared, Identity, Load, Running, Work
from igz_runtime.functions.kinds import KINDS
from igz_runtime.k8s.codec import read_affinity, write_affinity
from igz_runtime.k8s.pod import Container, PodSettings, Replicas, ScaleResource
from igz_runtime.k8s.quantity import Quantity
from tests.clusters import READ
from tests.examples import examples
from tests.fields import OTHER
from tests.strategies import labels, placements

pytestmark = pytest.mark.every_environment

NAMES = st.sampled_from(["", "a", "cpu", "memory", "n-1", "0"])
MOMENTS = st.sampled_from(["", READ])
COUNTS = st.dictionaries(NAMES, st.integers(0, 2**62), max_size=3)
AMOUNTS = st.dictionaries(
    st.sampled_from(["cpu", "memory", "nvidia.com/gpu"]),
    st.sampled_from(["1", "500m", "1.5Gi", "1e3", "0"]).map(Quantity),
)
CONTAINERS = st.builds(
    Container, NAMES, AMOUNTS, AMOUNTS, st.sampled_from(["main", "sidecar", "init", "proxy"]), st.booleans()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | NAMES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=6,
)


@st.composite
def pods(draw: st.DrawFn) -> PodSettings:
    placed: PodSettings = draw(placements)
    counts = st.none() | st.integers(0, 3)
    affinity = placed.affinity
    return placed.but(
        # Only what Kubernetes can say of an affinity.
        affinity=read_affinity(write_affinity(affinity), "affinity") if affinity else None,
        role=draw(st.sampled_from(["main", "executor"])),
        containers=tuple(draw(st.lists(CONTAINERS, max_size=2))),
        priority_class=draw(st.none() | NAMES),
        replicas=draw(st.none() | st.builds(Replicas, counts, counts, counts)),
        scale_to_zero=draw(st.none() | st.just(()) | st.just((ScaleResource("events", "10m", 0),))),
        annotations=draw(labels),
        target_cpu=draw(counts),
        pods=draw(st.integers(0, 3)),
    )


IDENTITIES = st.builds(
    Identity, st.sampled_from(["", "build", *KINDS]), NAMES, NAMES, NAMES, NAMES, NAMES, core=st.booleans()
)
WORKS = st.builds(
    Work,
    *(IDENTITIES, NAMES, st.sampled_from(["Guaranteed", "Burstable", "BestEffort"]), pods(), labels, labels, COUNTS),
    *(st.integers(0, 5), MOMENTS, NAMES, st.lists(NAMES, max_size=3).map(tuple), MOMENTS),
)
RUNNING = st.builds(
    Running,
    st.lists(WORKS, max_size=3).map(tuple),
    st.dictionaries(NAMES, st.builds(Load, COUNTS, COUNTS, st.integers(0, 5), st.integers(0, 5)), max_size=3),
    st.lists(st.builds(Declared, st.dictionaries(NAMES, JSON, max_size=3), NAMES), max_size=2).map(tuple),
    COUNTS,
)


@settings(max_examples=examples(300), deadline=None)
@given(RUNNING, st.booleans())
def test_what_runs_comes_back_whatever_it_is(running: Running, unready: Any) -> None:
    live = Live(READ, "team", (Node("a", group="jobs", unready=unready),), running=running, preempting=("b",), uid="u")
    cluster = Cluster(live=live)
    assert Cluster.from_dict(json.loads(json.dumps(cluster.to_dict()))) == cluster


@pytest.mark.parametrize("field", OTHER)
def test_every_field_of_a_pod_comes_back(field: str) -> None:
    work = Work(Identity("job"), pod=PodSettings().but(**{field: OTHER[field]}))
    cluster = Cluster(live=Live(READ, "team", running=Running((work,))))
    assert Cluster.from_dict(json.loads(json.dumps(cluster.to_dict()))) == cluster
