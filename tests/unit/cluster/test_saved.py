"""Clusters as files: everything comes back, and what cannot be read is named."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, IgzRuntimeError
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.cluster.api.connection import Connection
from igz_runtime.cluster.facts import LimitRangeItem, Live, Node, Pool, Quota
from igz_runtime.cluster.running import Declared, Identity, Load, Running, Work
from igz_runtime.errors import ConfigurationError, WriteFailed
from igz_runtime.k8s.pod import (
    Affinity,
    Container,
    PodSettings,
    Replicas,
    Requirement,
    ScaleResource,
    Taint,
    Term,
    Toleration,
)
from igz_runtime.k8s.quantity import quantity
from tests.clusters import READ

pytestmark = pytest.mark.every_environment

OF = {"read": READ, "namespace": "a"}
AMOUNTS = {"cpu": quantity("1500m"), "memory": quantity("1Gi")}
COUNTED = {"cpu": 15_900, "memory": 2**36 - 1, "pods": 110, "nvidia.com/gpu": 4}
SPOT = Taint("spot", "true", "NoSchedule")
POD = PodSettings(
    "executor",
    (Container("base", AMOUNTS, AMOUNTS), Container("proxy", sort="proxy", reachable=False)),
    "a",
    {"pool": "jobs"},
    (Toleration("spot", "Exists", None, "NoExecute", 30), Toleration("spot", "Equal", "true")),
    Affinity(
        (Term((Requirement("zone", "In", ("x",)),), (Requirement("metadata.name", "In", ("a",)),)),),
        ({"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}},),
        pod={"podAntiAffinity": {}},
    ),
    "low",
    "prevent",
    "allow",
    Replicas(1, 2, 3),
    "1h",
    "2h",
    {"karpenter.sh/do-not-disrupt": "true"},
    80,
    (ScaleResource("events", "10m", 1),),
    3,
)
WORK = Work(
    Identity("spark", "churn", "train", "executor", "production_job", "stateful"),
    "team",
    "Burstable",
    POD,
    {"framework": "torch"},
    {"IGZ101": "checkpoints"},
    {"a": 2, "cpu": 3},
    1,
    "2026-11-24T07:15:00Z",
    "0/2 nodes are available",
    ("train-1",),
    "2026-11-26T04:00:00Z",
)
RUNNING = Running(
    (WORK, Work(Identity(core=True))),
    {"a": Load({"Guaranteed": 2**36 - 1, "Burstable": 3}, {"": 1, "cpu": 2}, 4, 5), "b": Load()},
    (Declared({"kind": "NuclioFunction", "spec": {"minReplicas": 0}}, "team"),),
    {"b": 3},
)
LIVE = Live(
    "2026-11-24T07:15:00Z",
    "team",
    (
        Node(
            *("a", {"pool": "jobs"}, (SPOT, Taint("gone", None, "NoExecute")), COUNTED, {"cpu": 1}, 3),
            unschedulable=True,
            group="jobs",
            unready=True,
        ),
        Node("b"),
    ),
    (
        Pool("karpenter", "p", {"a": "b"}, (SPOT,), (Requirement("zone", "In", ("x",)), Requirement("k", "Exists"))),
        Pool("karpenter", "static", only_empty=True, group="jobs", least=3, most=3, now=3),
        Pool("cluster-autoscaler", "q", allocatable=COUNTED, room={"nodes": 3}, fault="it is unhealthy"),
        Pool("cluster-autoscaler", "empty", room={"nodes": 0}, least=0, most=0, now=0),
    ),
    (LimitRangeItem("bounds", "Container", AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, {"cpu": quantity("2")}),),
    (
        Quota(
            "team",
            AMOUNTS,
            AMOUNTS,
            (Requirement("PriorityClass", "In", ("low",)), Requirement("BestEffort", "Exists", ())),
        ),
    ),
    {"low": -5, "system-node-critical": 2_000_001_000},
    "low",
    {"pods": "this user may not (403)"},
    {"nvidia.com/gpu": "its devices are shared"},
    RUNNING,
    ("low",),
    "6f6ff3b8-93e2-4a8e-8b7b-5f0a5c3f8f10",
    "v1.37.2",
)
FULL = Cluster(
    source="the Kubernetes API of a test",
    environment="production",
    mlrun=Preemptible({"spot": "yes"}, (Toleration("spot", "Exists"),), (), "allow"),
    nuclio=Preemptible({"other": "yes"}, (), (Toleration("gpu", "Equal", "x", "NoExecute", 30),)),
    node_groups=(
        NodeGroup("jobs", {"pool": "jobs"}, (SPOT,), "spot", allocatable=AMOUNTS, selected_by="pool"),
        NodeGroup("rest", core=True, gpu=True, least=0, most=4),
        NodeGroup("none", least=2, most=2),
    ),
    platform="ce",
    priority_classes=("low",),
    default_priority="low",
    priority_aliases={"low": "bottom"},
    default_requests=AMOUNTS,
    default_limits=AMOUNTS,
    default_node_selector={"a": "b"},
    default_running_limit="2h",
    mlrun_version="1.10.4",
    assumed=False,
    live=LIVE,
)


def test_the_example_says_something_of_every_field() -> None:
    """A field that is added and not saved would go unnoticed."""
    plain, bare = Cluster(), Live("", "")
    unset = {f.name for f in dataclasses.fields(Cluster) if getattr(FULL, f.name) == getattr(plain, f.name)}
    assert unset == {"assumed", "connection"}
    assert not [f.name for f in dataclasses.fields(Live) if getattr(LIVE, f.name) == getattr(bare, f.name)]
    said = _fields_said(FULL)
    unsaid = {(kind.__name__, name) for kind, names in said.items() for name in names if not names[name]}
    assert {Cluster, Preemptible, NodeGroup, Live, Node, Pool, LimitRangeItem, Quota, Taint, Toleration} <= said.keys()
    assert {Running, Work, Identity, Load, Declared, PodSettings} <= said.keys()
    never = {("Cluster", "assumed"), ("Cluster", "connection"), ("Affinity", "empty_node")}
    assert unsaid == never


def _fields_said(value: Any, said: dict[type, dict[str, bool]] | None = None) -> dict[type, dict[str, bool]]:
    """Of each type inside a value, whether some instance says something of each field."""
    said = {} if said is None else said
    names = [f.name for f in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else _names(value)
    for name in names:
        known = said.setdefault(type(value), {})
        known[name] = known.get(name, False) or bool(getattr(value, name))
        _fields_said(getattr(value, name), said)
    parts = value if isinstance(value, tuple) else value.values() if isinstance(value, Mapping) else ()
    for part in parts:
        _fields_said(part, said)
    return said


def _names(value: Any) -> tuple[str, ...]:
    return getattr(value, "_fields", ())


def test_everything_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "cluster.json"
    FULL.save(file)
    loaded = Cluster.load(file)
    assert loaded == dataclasses.replace(FULL, priority_aliases=loaded.priority_aliases)
    assert loaded.priority("low") == "bottom"
    assert loaded.live == LIVE


@pytest.mark.parametrize("running", [None, Running()])
def test_that_nothing_runs_is_told_from_not_having_looked(running: Running | None) -> None:
    cluster = Cluster(live=Live(READ, "team", running=running))
    assert Cluster.from_dict(cluster.to_dict()) == cluster


@pytest.mark.parametrize(
    "cluster",
    [Cluster.iguazio(), Cluster(), Cluster(priority_classes=()), Cluster(mlrun=Preemptible({"a": "b"}))],
    ids=["Iguazio", "empty", "no classes", "labels"],
)
def test_what_is_not_known_stays_so(tmp_path: Path, cluster: Cluster) -> None:
    cluster.save(tmp_path / "cluster.json")
    assert Cluster.load(tmp_path / "cluster.json") == cluster


def test_no_way_to_the_cluster_is_saved(tmp_path: Path) -> None:
    connected = dataclasses.replace(FULL, connection=Connection("production", "/home/somebody/.kube/config"))
    connected.save(tmp_path / "cluster.json")
    assert "somebody" not in (tmp_path / "cluster.json").read_text()
    assert Cluster.load(tmp_path / "cluster.json").connection is None


def test_a_description_by_hand_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text("environment: production\nnode_groups:\n- name: jobs  # the large ones\n  labels: {pool: jobs}\n")
    assert Cluster.load(file).node_groups == (NodeGroup("jobs", {"pool": "jobs"}),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"live": {"read": READ}}, r"live\.namespace"),
        ({"live": {**OF, "nodse": []}}, r"live\.nodse"),
        ({"live": {**OF, "nodes": [{"name": "n", "pods": "many"}]}}, r"live\.nodes\.0\.pods"),
        (
            {"live": {**OF, "nodes": [{"name": "n", "used": {"cpu": "lots"}}]}},
            "cpu: 'lots' is not a Kubernetes quantity",
        ),
        ({"live": {**OF, "running": {"work": [{"qos": "Best"}]}}}, r"live\.running\.work\.0\.qos"),
        (
            {"live": {**OF, "running": {"loads": {"n": {"memory": {"Burstable": "lots"}}}}}},
            r"live\.running: Burstable: 'lots' is not a Kubernetes quantity",
        ),
        (
            {"live": {**OF, "running": {"work": [{"pod": {"tolerations": [{"toleration_seconds": 3}]}}]}}},
            r"live\.running\.work\.pod\.tolerations\[0\]\.toleration_seconds",
        ),
        ({"live": {**OF, "read": "today"}}, r"live\.read: 'today' is not a moment such as 2026-11-28T07:15:00Z"),
        (
            {"live": {**OF, "running": {"work": [{"since": "noon"}]}}},
            r"live\.running\.work\.since: 'noon' is not a moment",
        ),
        ({"live": {**OF, "nodes": [{"name": "n", "labels": []}]}}, r"live\.nodes\.0\.labels: a mapping is required"),
        ({"live": {**OF, "running": {"work": [{"pod": ""}]}}}, r"live\.running\.work\.0\.pod: a mapping is required"),
        ({"live": {**OF, "nodes": [{"name": "\ud800"}]}}, "a text with half of a character"),
        ({"node_groups": [{"name": "jobs", "allocatable": {"cpu": -1}}]}, "'-1' is below zero"),
    ],
)
def test_a_file_that_was_edited_badly_names_the_field(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(json.dumps({**FULL.to_dict(), **change}))
    with pytest.raises(ConfigurationError, match=rf"cluster\.json.*{message}"):
        Cluster.load(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"source": "x", ', r"cluster\.json:2:1: neither YAML nor JSON"),
        ("a: [1, 2", r"cluster\.json:2:1: neither YAML nor JSON"),
        ("- a\n- b\n", "mapping"),
        ("", "mapping"),
        ("\0", "cluster.json"),
        ("{? {a: b} : c}", "cluster.json"),
        ("{? [a, {b: c}] : d}", "cluster.json"),
        ("a: 2027-13-45", "cluster.json"),
    ],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(text)
    with pytest.raises(IgzRuntimeError, match=message):
        Cluster.load(file)


def test_a_file_that_is_not_there_or_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="absent: cannot be read"):
        Cluster.load(tmp_path / "absent")
    with pytest.raises(WriteFailed, match="cannot be written"):
        FULL.save(tmp_path / "no" / "such" / "folder.json")
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteFailed, match="cannot be written"):
        FULL.save(tmp_path / "folder")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
