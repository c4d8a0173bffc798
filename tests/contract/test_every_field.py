"""A field that is added to a value is known wherever the value's fields are: to its record, writers, places and codecs.

Each test goes through the fields of the type itself, so that a new one fails here until it has an example and is taken
in everywhere.
"""

from __future__ import annotations

import dataclasses
import json
import re
from inspect import signature
from typing import Any, NamedTuple, get_args, get_type_hints

import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.cluster.api.dry_run import manifest
from igz_runtime.config.models import WrittenProfile
from igz_runtime.functions import adapter_for
from igz_runtime.functions.names import THRESHOLDS
from igz_runtime.functions.places import path_of
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import difference, take_back
from igz_runtime.functions.workload import DECLARATIONS, Workload
from igz_runtime.k8s import codec, v1
from igz_runtime.k8s.pod import Affinity, Container, Field, PodSettings, Requirement, Term, Toleration
from igz_runtime.planning.arguments import CHECKS, Size
from igz_runtime.planning.promise import SHAPE
from igz_runtime.profiles.factory import Job
from igz_runtime.profiles.profile import Profile
from igz_runtime.rules import Subject, rules
from igz_runtime.rules.reads import behind
from igz_runtime.testing.recording import recording_cluster
from igz_runtime.text.edits import value_at
from igz_runtime.waiver import Waiver
from tests.contract.functions import NUCLIO_DOCUMENT, job
from tests.fields import AFFINITY, OTHER

NO_PROFILE_SETS = {"node_name", "target_cpu", "pods"}


def test_each_field_has_an_example() -> None:
    assert OTHER.keys() == set(PodSettings._fields) - {"role"}
    for name, value in OTHER.items():
        assert value != PodSettings._field_defaults[name]


@pytest.mark.parametrize("name", OTHER)
def test_what_a_profile_writes_to_a_field_is_recorded_and_taken_back(name: str) -> None:
    function = adapter_for({"kind": "job", "metadata": {"name": "etl"}, "spec": {}}).read()
    before = function.but(roles=(PodSettings(containers=(Container("base"),)),))
    after = before.but(roles=(before.roles[0].but(**{name: OTHER[name]}),))
    wrote, was = difference(before, after)

    record = Applied.from_text(Applied("production_job", wrote=wrote, was=was).to_text(), "etl")

    assert wrote["main"].keys() == was["main"].keys() == {name}
    assert take_back(after, record).roles == before.roles


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Applied)])
def test_each_part_of_a_record_is_read_back(name: str) -> None:
    plain = {"main": {"priority_class": "low"}}
    parts = {"profile": "mine", "parameters": {"cpu": "1"}, "waivers": {"IGZ404": Waiver("a licence", "2999-01-31")}}
    values: dict[str, Any] = {**parts, "promised": {"lifecycle": "any"}, "wrote": plain, "was": plain}
    record = Applied(**{"profile": "any", "wrote": plain, "was": plain} | {name: values[name]})

    assert Applied.from_text(record.to_text(), "etl") == record


SETTABLE = sorted(OTHER.keys() - NO_PROFILE_SETS)
FUNCTIONS = {
    "job": lambda: job("job"),
    "remote": lambda: job("remote"),
    "job document": lambda: job("job").to_dict(),
    "remote document": lambda: job("remote").to_dict(),
    "nuclio document": lambda: json.loads(json.dumps(NUCLIO_DOCUMENT)),
}
LACKING = {
    "job": {"mode_annotation", "replicas", "scale_to_zero"},
    "remote": {*THRESHOLDS, "annotations"},
    "nuclio": {*THRESHOLDS, "annotations"},
}
"""What a kind of function has no field for."""


@pytest.mark.parametrize("name", SETTABLE)
@pytest.mark.parametrize("made", FUNCTIONS)
def test_each_field_that_a_profile_sets_arrives(made: str, name: str) -> None:
    if name in LACKING[made.split(maxsplit=1)[0]]:
        assert any(name not in lacking for lacking in LACKING.values())
        return
    adapter = adapter_for(FUNCTIONS[made]())
    before = adapter.read()
    role = before.roles[0]
    value = OTHER[name]
    if name == "containers":
        value = (value[0]._replace(name=role.containers[0].name), *role.containers[1:])
    wanted = role.but(**{name: value})

    adapter.write(before, before.but(roles=(wanted,)))

    assert adapter.roles() == (wanted,)


@pytest.mark.parametrize("name", OTHER)
def test_each_field_has_a_place_in_a_document(name: str) -> None:
    kinds = ("job", "remote", "mpijob", "NuclioFunction")
    field: Field = (name,)
    assert any(len(path_of({"kind": kind, "spec": {}}, "worker", field)) > 1 for kind in kinds)


STATED: dict[str, tuple[str, dict[str, Any]]] = {
    "node_name": ("job", {"node_name": "node-7"}),
    "target_cpu": ("NuclioFunction", {"targetCPU": 60}),
    "pods": ("mpijob", {"replicas": 3}),
}
"""How a document states each field that no profile sets."""


@pytest.mark.parametrize("name", sorted(NO_PROFILE_SETS))
def test_each_field_that_no_profile_sets_is_read_where_its_place_is(name: str) -> None:
    kind, spec = STATED[name]
    document = {"kind": kind, "metadata": {"name": "etl"}, "spec": spec}
    role = next(each for each in adapter_for(document).read().roles if getattr(each, name) == OTHER[name])

    assert value_at(document, path_of(document, role.role, (name,))) == next(iter(spec.values()))


NOT_OF_THE_POD = {"preemption_mode", "mode_annotation", "replicas", *THRESHOLDS, "target_cpu", "scale_to_zero", "pods"}
"""What says how the pod is made, or how many there are of it."""


@pytest.mark.parametrize("name", sorted(OTHER.keys() - NOT_OF_THE_POD))
def test_each_field_of_the_pod_is_tried_on_the_api_server(name: str) -> None:
    assert manifest(PodSettings(**{name: OTHER[name]})) != manifest(PodSettings())


PROVED = {"cluster", "waive"}
KEYWORDS = {f.name for f in dataclasses.fields(Profile)} - SHAPE
"""The arguments of profiles."""
ARGUMENTS: dict[str, Any] = {
    "cpu": "500m",
    "memory": "2Gi",
    "gpus": 0,
    "gpu_type": "amd.com/gpu",
    "node_group": {"pool": "a"},
    "priority": "low",
    "replicas": 3,
    "scale_to_zero": False,
    "waiting_limit": "1h",
    "running_limit": "36h",
    "sizes": {"driver": {"cpu": "1", "memory": "1Gi"}},
    "workload": {"stateful": False},
}
"""Each argument of a profile, as plain data."""


@pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Profile) if f.name not in SHAPE | PROVED])
def test_each_argument_of_a_profile_is_recorded_as_it_was_given(name: str) -> None:
    base = Profile("mine", "on-demand")
    given = base.replace(**{name: ARGUMENTS[name]})

    assert json.loads(json.dumps(dict(given.parameters))) == {"priority": "medium", name: ARGUMENTS[name]}
    assert base.replace(**given.parameters) == given != base


def test_every_field_of_a_profile_is_checked() -> None:
    assert CHECKS.keys() == {f.name for f in dataclasses.fields(Profile)}


def test_every_argument_is_the_keyword_of_a_factory_and_explained_once() -> None:
    """Those that all factories take by the docstring of `profiles`, others by that of the one which takes them."""
    common = {"priority", *Job.__annotations__}
    own = {name: factory for factory in profiles.BUILT_IN for name in signature(factory).parameters}
    own = {name: factory for name, factory in own.items() if name not in common}
    lines = re.findall(r"^- (`.+?`): ", str(profiles.__doc__), re.MULTILINE)
    explained = [name for line in lines for name in re.findall(r"\w+", line)]

    assert sorted(explained) == sorted(common)
    assert common | own.keys() == KEYWORDS
    assert [name for name, factory in own.items() if f"    {name}: " not in str(factory.__doc__)] == []


WRITTEN: dict[str, type] = {"workload": Workload, "sizes": Size, "waive": Waiver}
"""Sections of a profile in igz-runtime.yaml, and the values that they become."""


def test_a_profile_that_is_written_down_has_every_argument() -> None:
    hints = get_type_hints(WrittenProfile)

    assert set(WrittenProfile.__annotations__) == KEYWORDS - {"cluster"} | {"extends", "bounds"}
    for name, value in WRITTEN.items():
        (model,) = [part for part in _parts(hints[name]) if hasattr(part, "parse_obj")]
        assert set(model.__annotations__) == {f.name for f in dataclasses.fields(value)}


def _parts(hint: Any) -> list[Any]:
    return [hint, *(inner for part in get_args(hint) for inner in _parts(part))]


PARTS: tuple[tuple[type[NamedTuple], dict[str, Any]], ...] = (
    (Toleration, dict(zip(Toleration._fields, OTHER["tolerations"][0], strict=True))),
    (Requirement, {"key": "zone", "operator": "In", "values": ("a",)}),
    (Term, {"expressions": (Requirement("zone", "Exists"),), "fields": (Requirement("metadata.name", "In", ("a",)),)}),
    (
        Affinity,
        {
            "required": AFFINITY.required,
            "preferred": ({"weight": 1, "preference": {}},),
            "empty_node": True,
            "pod": AFFINITY.pod,
        },
    ),
)


@pytest.mark.parametrize(
    ("of", "name"),
    [(of, name) for of, _ in PARTS for name in of._fields],
    ids=lambda part: getattr(part, "__name__", part),
)
def test_each_field_of_a_placement_passes_both_codecs(of: Any, name: str) -> None:
    value = dict(PARTS)[of][name]
    assert value != of._field_defaults.get(name)
    made = of._make([value if each == name else of._field_defaults.get(each, "In") for each in of._fields])

    if of is Toleration:
        assert codec.read_tolerations(codec.write_tolerations([made]), "tolerations") == (made,)
        assert v1.read_tolerations([v1.toleration_to_v1(made)], "tolerations") == (made,)
        return
    if of is Requirement:
        made = Term((made,))
    affinity = made if of is Affinity else Affinity((made,))
    assert codec.read_affinity(codec.write_affinity(affinity), "affinity") == affinity
    assert v1.read_affinity(v1.affinity_to_v1(affinity), "affinity") == affinity


def test_each_declaration_of_a_workload_is_read_by_a_rule() -> None:
    read = {name for rule in rules().values() if rule.on is Subject for name in behind(rule.reads or ())}

    assert set(DECLARATIONS) <= read


def test_each_fact_of_a_cluster_is_read_by_planning_or_a_rule() -> None:
    """What is accepted is used. Where facts come from is for messages, and how to reach a server for asking again."""
    read: set[str] = set()
    for cluster in (Cluster.iguazio(), Cluster(mlrun=Preemptible({"spot": "true"}), node_groups=GROUPS)):
        recording = recording_cluster(cluster, read.add)
        for document in ({"kind": "job"}, {"kind": "remote"}):
            fn: dict[str, Any] = {**document, "metadata": {"name": "etl"}, "spec": {}}
            profiles.production_job(cpu=1, memory="1Gi", priority="high").plan(fn, recording)
            check({**fn, "spec": {"preemption_mode": "allow"}}, recording)

    assert {field.name for field in dataclasses.fields(Cluster)} - read == {"source", "connection"}


GROUPS = (NodeGroup("gpu", {"pool": "gpu"}, gpu=True), NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"))
