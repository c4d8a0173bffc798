"""A cluster as people describe it, and what is derived from it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime import Cluster, IgzRuntimeError
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.cluster.clouds import IGUAZIO_NODE_GROUP, ON_DEMAND_LABELS, PRIORITY_ALIASES, SPOT_LABELS
from igz_runtime.effective import effective_pod, versions
from igz_runtime.effective.versions import enrichment_of
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.names import MODES
from igz_runtime.k8s.pod import PodSettings, Taint, Toleration
from igz_runtime.k8s.quantity import quantity

pytestmark = pytest.mark.every_environment

LIFECYCLE = "app.iguazio.com/lifecycle"
TOLERATION = {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
WHOLE: dict[str, Any] = {
    "environment": "production",
    "mlrun": {"node_selector": {LIFECYCLE: "preemptible"}, "tolerations": [TOLERATION], "default_mode": "none"},
    "nuclio": {"gpu_tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "tolerationSeconds": 30}]},
    "node_groups": [
        {
            "name": "core",
            "labels": {IGUAZIO_NODE_GROUP: "initial", "zone": "a"},
            "core": True,
            "lifecycle": "on-demand",
            "least": 0,
            "most": 2,
        },
        {
            "name": "gpu",
            "labels": {LIFECYCLE: "preemptible", "pool": "gpu"},
            "taints": [{"key": "gpu"}, {"key": "spot", "value": "true", "effect": "NoExecute"}],
            "gpu": True,
            "allocatable": {"cpu": 7, "memory": "28Gi", "nvidia.com/gpu": "1"},
        },
    ],
    "priority_classes": ["igz-workload-low", "team-high"],
    "default_priority": "igz-workload-low",
    "priority_aliases": {"high": "team-high"},
    "default_resources": {"requests": {"cpu": "25m"}, "limits": {"memory": "20Gi"}},
    "default_node_selector": {"pool": "jobs"},
    "default_running_limit": "2h",
    "mlrun_version": "1.9.2",
}


def test_everything_that_can_be_described_is_read() -> None:
    core, gpu = Cluster.from_dict(WHOLE).node_groups
    spot = Preemptible({LIFECYCLE: "preemptible"}, (Toleration("spot", "Equal", "true", "NoSchedule"),), (), "none")
    gpu_toleration = Toleration("nvidia.com/gpu", "Exists", seconds=30)

    assert Cluster.from_dict(WHOLE) == Cluster(
        source="a cluster description",
        environment="production",
        mlrun=spot,
        nuclio=Preemptible(gpu_tolerations=(gpu_toleration,)),
        node_groups=(core, gpu),
        priority_classes=("igz-workload-low", "team-high"),
        default_priority="igz-workload-low",
        priority_aliases={**PRIORITY_ALIASES, "high": "team-high"},
        default_requests={"cpu": quantity("25m")},
        default_limits={"memory": quantity("20Gi")},
        default_node_selector={"pool": "jobs"},
        default_running_limit="2h",
        mlrun_version="1.9.2",
    )
    labels = {IGUAZIO_NODE_GROUP: "initial", "zone": "a"}
    assert core == NodeGroup("core", labels, (), "on-demand", core=True, least=0, most=2)
    assert (gpu.taints, gpu.lifecycle) == ((Taint("gpu"), Taint("spot", "true", "NoExecute")), "spot")
    assert gpu.allocatable == {"cpu": quantity("7"), "memory": quantity("28Gi"), "nvidia.com/gpu": quantity("1")}


def test_every_mode_can_be_the_default_and_nothing_else() -> None:
    for mode in MODES:
        assert Cluster.from_dict({"mlrun": {"default_mode": mode}}).mlrun.default_mode == mode
    with pytest.raises(ConfigurationError) as caught:
        Cluster.from_dict({"mlrun": {"default_mode": "any"}})
    assert all(f"'{mode}'" in str(caught.value) for mode in MODES)


def test_a_description_is_not_changed_by_reading_it() -> None:
    before = copy.deepcopy(WHOLE)
    Cluster.from_dict(WHOLE)

    assert before == WHOLE


def test_what_is_left_out_is_assumed_and_said_to_be() -> None:
    said, unsaid = Cluster.from_dict({"mlrun": {}}), Cluster.from_dict({})

    assert (said.assumed, unsaid.assumed) == (False, True)
    assert not said.mlrun.is_configured
    assert unsaid.mlrun == unsaid.nuclio == Cluster.iguazio().mlrun
    assert (said.priority_classes, said.node_groups, said.environment) == (None, (), None)


@pytest.mark.parametrize("cpu", [0.5, "0.5", "500m"])
def test_half_a_core_is_half_a_core_under_every_pydantic(cpu: Any) -> None:
    cluster = Cluster.from_dict(
        {"default_resources": {"limits": {"cpu": cpu}}, "node_groups": [{"name": "small", "allocatable": {"cpu": cpu}}]}
    )

    assert cluster.default_limits == cluster.node_groups[0].allocatable == {"cpu": quantity("500m")}


WRONG: list[tuple[str, Any, str]] = [
    ("enviroment", "production", "enviroment"),
    ("environment", "staging", "environment"),
    ("mlrun", [], "mlrun"),
    ("mlrun", {"node_selectors": {}}, "mlrun.node_selectors"),
    ("mlrun", {"node_selector": {LIFECYCLE: True}}, f"mlrun.node_selector.{LIFECYCLE}"),
    ("mlrun", {"default_mode": "Prevent"}, "mlrun.default_mode"),
    ("mlrun", {"tolerations": {"key": "spot"}}, "mlrun.tolerations"),
    ("mlrun", {"tolerations": [TOLERATION, {"operator": "In"}]}, "mlrun.tolerations.1.operator"),
    ("nuclio", {"gpu_tolerations": [{"effect": "Never"}]}, "nuclio.gpu_tolerations.0.effect"),
    ("nuclio", {"tolerations": [{"seconds": 3}]}, "nuclio.tolerations.0.seconds"),
    ("node_groups", {}, "node_groups"),
    ("node_groups", [{}], "node_groups.0.name"),
    ("node_groups", [{"name": "a"}, {"name": 7}], "node_groups.1.name"),
    ("node_groups", [{"name": "a", "core": "yes"}], "node_groups.0.core"),
    ("node_groups", [{"name": "a", "lifecycle": "spotty"}], "node_groups.0.lifecycle"),
    ("node_groups", [{"name": "a", "taints": [{"value": "x"}]}], "node_groups.0.taints.0.key"),
    ("node_groups", [{"name": "a", "allocatable": {"cpu": "lots"}}], "node group 'a': allocatable['cpu']"),
    ("node_groups", [{"name": "a", "allocatable": {"cpu": True}}], "allocatable"),
    ("node_groups", [{"name": "a", "allocatable": {"memory": float("nan")}}], "node group 'a': allocatable['memory']"),
    ("node_groups", [{"name": "a", "least": "2"}], "node_groups.0.least"),
    ("node_groups", [{"name": "a", "most": 2.5}], "node_groups.0.most"),
    ("node_groups", [{"name": "a", "most": -1}], "node_groups.0.most: a number of nodes is required, found -1"),
    (
        "node_groups",
        [{"name": "a"}, {"name": "b", "least": 3, "most": 2}],
        "node_groups.1.least: is 3, above most (2) of node group 'b'",
    ),
    ("priority_classes", "igz-workload-low", "priority_classes"),
    ("priority_classes", ["a", 7], "priority_classes.1"),
    ("default_priority", 7, "default_priority"),
    ("priority_aliases", {"high": None}, "priority_aliases.high"),
    ("default_resources", {"request": {}}, "default_resources.request"),
    ("default_resources", {"limits": {"memory": "20gi"}}, "default_resources.limits['memory']"),
    ("default_node_selector", {"pool": 7}, "default_node_selector.pool"),
    ("mlrun_version", 1.9, "mlrun_version"),
    ("mlrun_version", "newest", "'newest'"),
]


@pytest.mark.parametrize(("field", "value", "place"), WRONG)
def test_a_wrong_field_is_named_by_its_path(field: str, value: Any, place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Cluster.from_dict({**WHOLE, field: value})
    message = str(caught.value)
    assert place in message
    assert "pydantic" not in message.lower()
    assert "\n" not in message
    assert caught.value.__suppress_context__, "the cause is a traceback of somebody else's library"


@pytest.mark.parametrize("size", [{"least": -1}, {"most": -1}, {"least": 3, "most": 2}])
def test_a_size_that_cannot_be_is_refused(size: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue, match="node group 'a'"):
        NodeGroup("a", **size)


def test_every_wrong_field_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Cluster.from_dict({"enviroment": "production", "mlrun": {"default_mode": "x"}, "node_groups": [{}]})
    assert all(place in str(caught.value) for place in ("enviroment", "mlrun.default_mode", "node_groups.0.name"))


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"node_group": []}, "cluster: node_group: there is no such fact; did you mean 'node_groups'?"),
        ({"mlrun": {"selector": {}}}, "cluster: mlrun.selector: there is no such fact; did you mean 'node_selector'?"),
        ({"xyz": 1}, "cluster: xyz: there is no such fact"),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_the_nearest(facts: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Cluster.from_dict(facts)
    assert str(caught.value) == says


@pytest.mark.parametrize("facts", [None, [], "production", 7])
def test_a_description_is_a_mapping(facts: Any) -> None:
    with pytest.raises(ConfigurationError, match="a mapping is required, found"):
        Cluster.from_dict(facts)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*WHOLE, "name", "labels", "key", "cpu"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*WHOLE, "self", "__class__"]) | st.integers(), junk, max_size=3))
def test_whatever_is_described_a_cluster_comes_back_or_one_error(facts: dict[Any, Any]) -> None:
    try:
        assert isinstance(Cluster.from_dict(facts), Cluster)
    except IgzRuntimeError as error:
        assert isinstance(error, ConfigurationError)  # noqa: PT017  (most descriptions are wrong, some are not)


@pytest.mark.parametrize(
    ("version", "before"),
    [
        *(("1.8.0", True), ("1.9.2", True), ("v1.9", True), ("0.10.0", True)),
        *(("1.10.0", False), ("1.10.0-rc3", False), ("1.12.1", False), ("2.0", False), (None, False)),
    ],
)
def test_servers_before_1_10_are_known_by_their_number(version: str | None, *, before: bool) -> None:
    cluster = Cluster(mlrun_version=version)

    assert (cluster.mlrun_release < (1, 10)) is before
    assert (enrichment_of(cluster).since < (1, 10)) is before


@pytest.mark.parametrize(
    ("version", "selector"),
    [("1.8.3", {"made": "up"}), ("1.12.1", {"zone": "a"}), ("1.13.0-rc1", {"of": "1.13"}), ("1.14.0", {"of": "1.13"})],
)
def test_another_version_of_mlrun_is_one_row(
    version: str, selector: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(settings: PodSettings, _preemptible: Preemptible, kind: str) -> PodSettings:
        assert kind == "job"
        return settings.but(node_selector={"of": "1.13"})

    def old(settings: PodSettings, _preemptible: Preemptible, _kind: str) -> PodSettings:
        return settings.but(node_selector={"made": "up"})

    since_1_10 = next(each for each in versions.ENRICHMENTS if each.since == (1, 10))
    rows = (versions.Enrichment((0, 0), old), since_1_10, versions.Enrichment((1, 13), build))
    monkeypatch.setattr(versions, "ENRICHMENTS", rows)
    fn = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"node_selector": {"zone": "a"}}}
    function = adapter_for(fn).read()

    pod = effective_pod(function, function.roles[0], Cluster(mlrun_version=version)).settings
    newest = effective_pod(function, function.roles[0], Cluster()).settings

    assert (pod.node_selector, newest.node_selector) == (selector, {"of": "1.13"})


def test_the_versions_stand_in_order_and_the_first_is_the_oldest_of_all() -> None:
    since = [each.since for each in versions.ENRICHMENTS]

    assert since == sorted(set(since))
    assert since[0] == (0, 0)


@pytest.mark.parametrize(
    ("label", "lifecycle"), [(s, "spot") for s in SPOT_LABELS] + [(o, "on-demand") for o in ON_DEMAND_LABELS]
)
def test_a_node_groups_lifecycle_is_read_off_its_labels(label: tuple[str, str], lifecycle: str) -> None:
    assert NodeGroup("group", dict([label])).lifecycle == lifecycle
    assert NodeGroup("group", dict([label]), lifecycle="on-demand").lifecycle == "on-demand"


def test_values_that_cannot_be_are_refused_in_python_too() -> None:
    with pytest.raises(InvalidValue, match="lifecycle 'spotty'; use 'spot' or 'on-demand'"):
        NodeGroup("cheap", lifecycle="spotty")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="environment 'staging'; use 'development' or 'production'"):
        Cluster(environment="staging")  # type: ignore[arg-type]


def test_what_is_derived_from_the_facts() -> None:
    cluster = Cluster.from_dict(WHOLE)
    core, gpu = cluster.node_groups

    assert (core.selector, gpu.selector) == ({IGUAZIO_NODE_GROUP: "initial"}, gpu.labels)
    assert (cluster.group("gpu"), cluster.group("cpu")) == (gpu, None)
    assert [cluster.priority(name) for name in ("low", "high", "other")] == ["igz-workload-low", "team-high", "other"]
    assert [cluster.priority_level(name) for name in ("team-high", "other", None)] == ["high", None, None]
    assert cluster.spot_labels == ((LIFECYCLE, "preemptible"),)
    assert Cluster().spot_labels == SPOT_LABELS
    assert Cluster.iguazio(environment="production").mlrun == Cluster.iguazio().mlrun
