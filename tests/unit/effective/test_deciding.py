"""What decides a field of the effective pod: changing anything else leaves it as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from igz_runtime.cluster import Cluster, Preemptible
from igz_runtime.effective import effective_pod
from igz_runtime.effective.deciding import DECIDED_BY, deciding
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Container, PodSettings, Replicas, ScaleResource, Toleration
from igz_runtime.k8s.quantity import quantity
from tests.strategies import MODES, affinities, labels, optional_tuple, placements, preemptibles, tolerations

GPU = Container("main", limits={"nvidia.com/gpu": quantity("1")})
GPU_TOLERATIONS = (Toleration("gpu", "Exists"),)

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "containers": st.sampled_from([(), (Container("main"),), (GPU,), (Container("main", {"cpu": quantity("1")}),)]),
    "node_name": st.sampled_from([None, "a"]),
    "node_selector": labels,
    "tolerations": optional_tuple(tolerations),
    "affinity": st.none() | affinities,
    "priority_class": st.sampled_from([None, "", "gold"]),
    "preemption_mode": st.sampled_from(MODES),
    "mode_annotation": st.sampled_from(MODES),
    "replicas": st.sampled_from([None, Replicas(1)]),
    "waiting_limit": st.sampled_from([None, "-1"]),
    "annotations": st.sampled_from([{}, {"karpenter.sh/do-not-disrupt": "true"}]),
    "running_limit": st.sampled_from([None, "-1", "24h"]),
    "target_cpu": st.sampled_from([None, 50]),
    "scale_to_zero": st.sampled_from([None, (), (ScaleResource("handled_events", "10m", 0),)]),
    "pods": st.sampled_from([1, 2]),
}
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "mlrun": preemptibles,
    "nuclio": st.tuples(preemptibles, st.sampled_from([(), GPU_TOLERATIONS])).map(
        lambda parts: replace(parts[0], gpu_tolerations=parts[1])
    ),
    "default_priority": st.sampled_from([None, "silver"]),
    "default_requests": st.sampled_from([{}, {"cpu": quantity("25m")}]),
    "default_limits": st.sampled_from([{}, {"memory": quantity("1Gi")}]),
    "default_node_selector": labels,
    "default_running_limit": st.sampled_from([None, "-1", "2h"]),
    "mlrun_version": st.sampled_from([None, "1.5.0", "1.8.0", "1.10.0"]),
    "priority_classes": st.sampled_from([None, ("gold",)]),
    "assumed": st.booleans(),
}
clusters = st.fixed_dictionaries(FACTS).map(lambda facts: Cluster(**facts))
changes = st.one_of(*(st.tuples(st.just(name), values) for name, values in {**FIELDS, **FACTS}.items()))
functions = st.sampled_from(["job", "mpijob", "remote", "nuclio", "step"])


def test_every_field_of_a_role_is_changed_here() -> None:
    assert FIELDS.keys() == set(PodSettings._fields) - {"role"}
    assert DECIDED_BY.keys() <= FIELDS.keys()


@given(functions, placements, clusters, changes)
@example(
    "nuclio",
    PodSettings(preemption_mode="allow"),
    Cluster(nuclio=Preemptible(gpu_tolerations=GPU_TOLERATIONS)),
    ("containers", (GPU,)),
)
def test_a_change_reaches_those_fields_only_that_it_is_said_to_decide(
    kind: str, asked: PodSettings, cluster: Cluster, change: tuple[str, Any]
) -> None:
    name, value = change
    function = Function("etl", kind, (asked,))
    changed = asked.but(**change_of(asked._fields, name, value))
    other = replace(cluster, **change_of(FACTS, name, value))
    before, after = effective_pod(function, asked, cluster), effective_pod(function, changed, other)

    for field in PodSettings._fields:
        if getattr(before.settings, field) != getattr(after.settings, field):
            assert name in {*deciding(field, cluster), *deciding(field, other)}, field
    if before.mode != after.mode:
        assert name in deciding("preemption_mode")
    if before.refusal != after.refusal:
        assert name in deciding("affinity")


def change_of(fields: Any, name: str, value: Any) -> dict[str, Any]:
    return {name: value} if name in fields else {}


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ("containers", "default_requests", {"cpu": quantity("25m")}),
        ("containers", "default_limits", {"cpu": quantity("25m")}),
        ("node_selector", "default_node_selector", {"pool": "a"}),
        ("node_selector", "preemption_mode", "none"),
        ("node_selector", "mlrun", Preemptible()),
        ("tolerations", "preemption_mode", "constrain"),
        ("affinity", "mlrun", Preemptible({"spot": "true"})),
        ("affinity", "mlrun_version", "1.8.0"),
        ("priority_class", "default_priority", "silver"),
        ("preemption_mode", "mlrun", Preemptible(default_mode="allow")),
        ("running_limit", "default_running_limit", "2h"),
        ("running_limit", "mlrun_version", "1.5.0"),
    ],
)
def test_what_is_said_to_decide_does(field: str, name: str, value: Any) -> None:
    """Some of it: that nothing is said which never decides anything would take every way through the enrichment."""
    spot = {"spot": "true"}
    configured = Preemptible(tolerations=(Toleration("spot", "Exists"),))
    cluster = Cluster(mlrun=configured, nuclio=configured)
    asked = PodSettings(containers=(Container("main"),), node_selector=spot)
    kind = "remote" if field == "preemption_mode" else "mpijob"
    asked = asked.but(preemption_mode={"mlrun_version": "constrain", "default_node_selector": "none"}.get(name))
    function = Function("etl", kind, (asked,))
    changed, other = (
        asked.but(**change_of(asked._fields, name, value)),
        replace(cluster, **change_of(FACTS, name, value)),
    )

    assert name in deciding(field, cluster)
    before, after = effective_pod(function, asked, cluster), effective_pod(function, changed, other)
    assert getattr(before.settings, field) != getattr(after.settings, field)
