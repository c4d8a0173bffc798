"""Where the fields of `PodSettings` stand in documents: what is changed at that place is what the adapter reads."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import MODE_ANNOTATION
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.functions.model import Function
from igz_runtime.functions.places import path_of
from igz_runtime.k8s.pod import Affinity, Field, PodSettings, Replicas, Requirement, Term, Toleration
from igz_runtime.k8s.quantity import quantity
from igz_runtime.text.place import Path
from tests.kinds import head

Plain = dict[str, Any]

ZONE = Affinity(required=(Term((Requirement("zone", "In", ("a",)),)),))
WANTED: dict[str, tuple[Any, Any]] = {
    "node_selector": ({"pool": "jobs"}, {"pool": "jobs"}),
    "tolerations": ((Toleration("spot", "Exists"),), [{"key": "spot", "operator": "Exists"}]),
    "preemption_mode": ("allow", "allow"),
    "priority_class": ("high", "high"),
}
"""A value of each field that every role has, and how a document spells it."""


def function(kind: str, spec: Plain, **metadata: Any) -> Plain:
    return {**head(kind), "metadata": {"name": "etl", **metadata}, "spec": spec}


def standing(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def written(document: Plain, role: str, **changes: Any) -> Plain:
    """The document with other settings of one role, as the adapter writes them."""
    adapter = adapter_for(document)
    before = adapter.read()
    roles = tuple(each.but(**changes) if each.role == role else each for each in before.roles)
    adapter.write(before, before.but(roles=roles))
    return document


def roles() -> Iterator[tuple[str, str]]:
    for kind in with_pods():
        yield from ((kind, each.role) for each in KINDS[kind].roles)


every_role = pytest.mark.parametrize(("kind", "role"), list(roles()))


@every_role
@pytest.mark.parametrize("name", WANTED)
def test_what_the_adapter_writes_stands_at_the_place(kind: str, role: str, name: str) -> None:
    value, spelled = WANTED[name]
    document = written(function(kind, {}), role, **{name: value})

    assert standing(document, path_of(document, role, (name,))) == spelled


@every_role
def test_the_parts_of_a_field_have_their_own_places(kind: str, role: str) -> None:
    document = written(function(kind, {}), role, affinity=ZONE, **{name: value for name, (value, _) in WANTED.items()})

    assert standing(document, path_of(document, role, ("node_selector", "pool"))) == "jobs"
    assert standing(document, path_of(document, role, ("tolerations", 0)))["key"] == "spot"
    assert "nodeAffinity" in standing(document, path_of(document, role, ("affinity",)))


@every_role
def test_the_amounts_of_a_container_stand_at_their_places(kind: str, role: str) -> None:
    document = function(kind, {})
    for container in read(document, role).containers:
        path = path_of(document, role, ("containers", container.name, "requests", "memory"))
        if not container.reachable:
            assert path == ()
            continue
        sized = container._replace(requests={"memory": quantity("2Gi")}, limits={"memory": quantity("2Gi")})
        written(document, role, containers=(sized, *read(document, role).containers[1:]))

        assert standing(document, path).lower().startswith("2g")
        assert read(document, role).containers[0].limits["memory"].number == 2 * 2**30


@every_role
def test_a_field_that_is_not_there_has_the_place_where_it_should_be(kind: str, role: str) -> None:
    empty = function(kind, {})
    for name in WANTED:
        assert path_of(empty, role, (name,)) == path_of(
            written(function(kind, {}), role, **{name: WANTED[name][0]}), role, (name,)
        )


def read(document: Plain, role: str = "main") -> PodSettings:
    held: Function = adapter_for(document).read()
    return held.with_inherited(held.role(role))


def asked(settings: PodSettings, field: Field) -> Any:
    """The value of a field in the settings, whatever its type, as text."""
    name, *rest = field
    value: Any = getattr(settings, str(name))
    if name == "containers":
        container = next(each for each in settings.containers if each.name == rest[0])
        return str(getattr(container, str(rest[1]))[rest[2]])
    for part in rest:
        value = value[part]
    return value


ELSEWHERE: list[tuple[str, Plain, str, Field, Any]] = [
    ("remote", {"config": {"spec.nodeSelector": {"pool": "a"}}}, "main", ("node_selector", "pool"), "b"),
    ("remote", {"config": {"spec.nodeSelector.pool": "a"}}, "main", ("node_selector", "pool"), "b"),
    ("remote", {"config": {"spec.nodeSelector.\\a.b/c\\": "a"}}, "main", ("node_selector", "a.b/c"), "b"),
    ("remote", {"base_spec": {"spec": {"nodeSelector": {"pool": "a"}}}}, "main", ("node_selector", "pool"), "b"),
    ("serving", {"base_spec": {"spec": {"priorityClassName": "low"}}}, "main", ("priority_class",), "high"),
    ("remote", {"config": {"spec.nodeName": "a"}}, "main", ("node_name",), "b"),
    ("remote", {"config": {"spec.targetCPU": 50}}, "main", ("target_cpu",), 60),
    ("remote", {"base_spec": {"spec": {"targetCPU": 50}}}, "main", ("target_cpu",), 60),
    (
        "remote",
        {"base_spec": {"metadata": {"annotations": {MODE_ANNOTATION: "allow"}}}},
        "main",
        ("mode_annotation",),
        "none",
    ),
    (
        "remote",
        {"base_spec": {"spec": {"resources": {"limits": {"cpu": "1"}}}}},
        "main",
        ("containers", "main", "limits", "cpu"),
        "2",
    ),
    ("remote", {"config": {"spec.resources.limits.cpu": "1"}}, "main", ("containers", "main", "limits", "cpu"), "2"),
    (
        "remote",
        {"config": {"spec.sidecars": [{"name": "a"}, {"name": "b", "resources": {"limits": {"cpu": "1"}}}]}},
        "main",
        ("containers", "b", "limits", "cpu"),
        "2",
    ),
    (
        "serving",
        {"base_spec": {"spec": {"initContainers": [{"name": "a", "resources": {"requests": {"memory": "1Gi"}}}]}}},
        "main",
        ("containers", "a", "requests", "memory"),
        "2Gi",
    ),
    (
        "application",
        {"config": {"spec.sidecars": [{"name": "app", "resources": {"limits": {"cpu": "1"}}}]}},
        "main",
        ("containers", "application", "limits", "cpu"),
        "2",
    ),
    (
        "application",
        {"resources": {"limits": {"cpu": "1"}}, "config": {"spec.sidecars": [{"name": "app"}]}},
        "main",
        ("containers", "application", "limits", "cpu"),
        "2",
    ),
    ("spark", {"node_selector": {"pool": "a"}}, "executor", ("node_selector", "pool"), "b"),
    (
        "spark",
        {"node_selector": {"x": "y"}, "driver_node_selector": {"pool": "a"}},
        "driver",
        ("node_selector", "pool"),
        "b",
    ),
    (
        "spark",
        {"executor_resources": {"requests": {"memory": "4g"}}},
        "executor",
        ("containers", "executor", "limits", "memory"),
        "8g",
    ),
    ("dask", {"worker_resources": {"limits": {"cpu": 1}}}, "worker", ("containers", "worker", "limits", "cpu"), "2"),
    ("dask", {"min_replicas": 2}, "worker", ("pods",), 3),
    ("job", {"state_thresholds": {"pending_not_scheduled": "1h"}}, "main", ("waiting_limit",), "2h"),
    ("spark", {"state_thresholds": {"executing": "24h"}}, "executor", ("running_limit",), "36h"),
    ("nuclio", {"NodeSelector": {"pool": "a"}}, "main", ("node_selector", "pool"), "b"),
    ("nuclio", {"PreemptionMode": "allow"}, "main", ("preemption_mode",), "none"),
    ("nuclio", {"TargetCPU": 50}, "main", ("target_cpu",), 60),
    ("nuclio", {"Resources": {"limits": {"cpu": "1"}}}, "main", ("containers", "main", "limits", "cpu"), "2"),
    (
        "nuclio",
        {"initcontainers": [{"name": "a", "resources": {"limits": {"cpu": "1"}}}]},
        "main",
        ("containers", "a", "limits", "cpu"),
        "2",
    ),
]


@pytest.mark.parametrize(("kind", "spec", "role", "field", "value"), ELSEWHERE)
def test_what_is_changed_at_the_place_is_what_is_read(
    kind: str, spec: Plain, role: str, field: Field, value: Any
) -> None:
    document = function(kind, copy.deepcopy(spec))
    *above, last = path_of(document, role, field)
    assert asked(read(document, role), field) != value

    standing(document, tuple(above))[last] = value

    changed = asked(read(document, role), field)
    assert str(changed).lower().rstrip("i") == str(value).lower().rstrip("i")


@pytest.mark.parametrize("section", ["metadata", "meta"])
def test_annotations_stand_in_the_metadata_however_it_is_called(section: str) -> None:
    document = {
        "kind": "NuclioFunction",
        section: {"name": "etl", "annotations": {MODE_ANNOTATION: "allow"}},
        "spec": {},
    }

    assert path_of(document, "main", ("mode_annotation",)) == (section, "annotations", MODE_ANNOTATION)
    assert path_of(document, "main", ("waivers", "IGZ101")) == (section, "annotations", "igz-runtime/waive-IGZ101")


@pytest.mark.parametrize(
    ("stated", "at"), [("replicas", "replicas"), ("max_replicas", "max_replicas"), ("", "replicas")]
)
def test_replicas_stand_where_they_are_stated(stated: str, at: str) -> None:
    document = function("remote", {stated: 2} if stated else {})

    assert path_of(document, "main", ("replicas",)) == ("spec", at)
    assert not stated or read(document).replicas != Replicas()


@pytest.mark.parametrize(
    "spec", [None, 7, [], {"config": 7, "base_spec": "a", "resources": [1]}, {"config": {"spec.sidecars": 7}}]
)
@pytest.mark.parametrize("kind", with_pods())
def test_a_broken_document_has_places_too(kind: str, spec: Any) -> None:
    for field in (("containers", "logs", "limits", "cpu"), *((name,) for name in PodSettings._fields)):
        assert isinstance(path_of(function(kind, spec), "main", field), tuple)
