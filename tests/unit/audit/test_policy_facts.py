"""Facts of clusters of every sort: what is carried over to admission policies, and what is not, which is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from igz_runtime import Cluster
from igz_runtime.audit.policies.accepted import accepted_in
from igz_runtime.audit.policies.facts import MOST_DAYS, MOST_SHAPES, About, Facts, Granted, Plain, plain
from igz_runtime.audit.policies.known import asked_at_admission, known_of
from igz_runtime.audit.policies.schema import definition, schema
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.config.file import NO_FILE, ConfigFile, nearest_file, read_file
from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.pod import Taint, Toleration
from igz_runtime.k8s.quantity import quantity
from igz_runtime.rules.configured import terms_in

ROOT = Path(__file__).parents[3]
READ = "2026-11-28T05:00:00Z"


def configuration(folder: Path, **sections: Any) -> ConfigFile:
    file = folder / "igz-runtime.yaml"
    file.write_text(yaml.safe_dump(sections))
    return read_file(file)


def spec_of(cluster: Cluster, file: ConfigFile = NO_FILE, **asked: Any) -> Plain:
    spec: Plain = plain(known_of(cluster, file, **asked).facts)
    return spec


def group(number: int, **facts: Any) -> NodeGroup:
    return NodeGroup(f"group-{number}", {"pool": f"group-{number}"}, **{"lifecycle": "on-demand", **facts})


TOLD = Cluster(node_groups=(group(1), group(0, core=True)), environment="production", priority_classes=("low",))
"""A cluster of which all is known that rules ask of it."""


def test_node_groups_are_the_nodes_with_what_rules_ask_of_them() -> None:
    spot = NodeGroup("spot", {"app.iguazio.com/lifecycle": "preemptible"}, (Taint("spot", "true"), Taint("x")))
    initial = NodeGroup("initial", {"pool": "a"}, core=True, gpu=True, allocatable={"cpu": quantity("16")})

    spec = spec_of(Cluster(node_groups=(spot, initial), environment="production"))

    assert spec["environment"] == "production"
    assert spec["nodes"] == [
        {
            "name": "node group 'spot'",
            "group": True,
            "labels": {"app.iguazio.com/lifecycle": "preemptible"},
            "taints": [{"key": "spot", "effect": "NoSchedule", "value": "true"}, {"key": "x", "effect": "NoSchedule"}],
            "lifecycle": "spot",
            "core": False,
            "gpu": False,
            "perhaps": False,
            "allocatable": {},
        },
        {
            "name": "node group 'initial'",
            "group": True,
            "labels": {"pool": "a"},
            "taints": [],
            "lifecycle": "",
            "core": True,
            "gpu": True,
            "perhaps": False,
            "allocatable": {"cpu": "16"},
        },
    ]
    assert spec["spotTaints"] == spec["nodes"][0]["taints"]


def test_without_node_groups_spot_nodes_are_those_that_are_configured() -> None:
    configured = Preemptible({"pool": "spot"}, (Toleration("spot", "Equal", "true", "NoSchedule"),))

    known, perhaps = spec_of(Cluster(mlrun=configured))["nodes"]

    assert known["name"] == "spot nodes (pool=spot, taint spot=true:NoSchedule)"
    assert not known.get("perhaps")
    assert perhaps["perhaps"]
    assert perhaps["lifecycle"] == "spot"


def test_classes_that_nobody_knows_are_not_known_and_none_are_none() -> None:
    assert "priorityClasses" not in spec_of(Cluster())
    assert spec_of(Cluster(priority_classes=()))["priorityClasses"] == []
    assert spec_of(Cluster.iguazio())["assumed"] is True


def test_of_too_many_groups_those_are_left_out_of_which_a_rule_says_the_least() -> None:
    telling = (group(0, core=True), group(1, gpu=True), group(2, lifecycle="spot"), group(3, lifecycle=None))
    many = replace(TOLD, node_groups=(*(group(number) for number in range(10, 10 + MOST_SHAPES)), *telling))

    known = known_of(many, NO_FILE)

    names = [each.name for each in known.facts.nodes]
    assert len(names) == MOST_SHAPES
    assert {f"node group 'group-{number}'" for number in range(4)} <= set(names)
    assert known.facts.unread
    assert [note for note in known.notes if "4 others" in note and "'group-57'" in note]
    assert len(known.notes) == 1


def test_too_many_groups_that_all_tell_something_are_refused_with_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"49 node groups, .* describe the cluster in a file for --cluster"):
        known_of(Cluster(node_groups=tuple(group(number, lifecycle="spot") for number in range(49))), NO_FILE)


def test_what_is_not_known_is_said_with_the_rules_that_find_less() -> None:
    assert known_of(TOLD, NO_FILE).notes == ()
    assert known_of(replace(TOLD, environment=None), NO_FILE).notes == (
        "what the cluster is for is not known (rules that find nothing, or less: IGZ403)",
    )
    assert "IGZ301" in known_of(replace(TOLD, priority_classes=None), NO_FILE).notes[0]
    assert "under cluster.node_groups (rules " in known_of(replace(TOLD, node_groups=()), NO_FILE).notes[0]
    (without_core,) = known_of(replace(TOLD, node_groups=(group(1),)), NO_FILE).notes
    assert without_core == "which node group hosts the core services is not known (rules that find nothing: IGZ401)"
    assert "Iguazio's defaults" in known_of(replace(TOLD, assumed=True), NO_FILE).notes[0]


def test_what_could_not_be_read_is_said_and_not_taken_for_nothing() -> None:
    refused = dict.fromkeys(("nodes", "quotas", "priority classes"), "this user may not (403)")
    live = Live(READ, "ml", unknown=refused)

    known = known_of(replace(TOLD, live=live), NO_FILE)

    assert known.facts.unread
    assert known.notes == (
        "not read: priority classes: this user may not (403)",
        "not everything was read, so that what fits no node is not found: nodes: this user may not (403)",
    )


def test_nodes_that_an_autoscaler_chooses_have_no_size() -> None:
    def unsized(pool: Pool) -> bool:
        cluster = Cluster(node_groups=(group(1),), live=Live(READ, "ml", pools=(pool,)))
        return known_of(cluster, NO_FILE).facts.unsized

    assert unsized(Pool("karpenter", "jobs"))
    assert not unsized(Pool("cluster-autoscaler", "jobs", {"pool": "jobs"}, allocatable={"cpu": 4000}))


def test_every_profile_that_is_known_is_promised(tmp_path: Path) -> None:
    critical = {"extends": "production_job", "workload": {"mission_critical": True}}
    file = configuration(tmp_path, profiles={"nightly": critical})

    profiles = spec_of(Cluster(), file)["profiles"]

    assert profiles["production_job"] == {"qos": "Guaranteed", "lifecycle": "on-demand"}
    assert profiles["nightly"] == {"qos": "Guaranteed", "lifecycle": "on-demand", "missionCritical": True}
    assert profiles["gpu_notebook"]["development"] is True


def test_rules_are_off_where_the_configuration_leaves_them_out_and_as_grave_as_it_says(tmp_path: Path) -> None:
    rules = {"ignore": ["IGZ4"], "severities": {"IGZ1": "info", "IGZ402": "error", "IGZ210": "error"}}
    file = configuration(tmp_path, rules=rules)

    spec = spec_of(Cluster(), file, enforced=("IGZ302",))

    assert {rule for rule, action in spec["rules"].items() if action == "Deny"} == {"IGZ302"}
    off = {rule for rule, action in spec["rules"].items() if action == "Off"}
    assert {"IGZ401", "IGZ402", "IGZ404"} <= off
    assert all(rule.startswith("IGZ4") for rule in off)
    assert spec["severities"]["IGZ101"] == "info"
    assert spec["severities"]["IGZ402"] == "error"
    assert "IGZ210" not in spec["severities"], "no policy asks it"


def test_waivers_are_carried_over_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    written = [
        {"rule": "IGZ101", "function": "train-*", "project": "churn", "reason": "resubmitted", "until": "2027-01-31"},
        {"rule": "IGZ401", "reason": "in words " * 60},
        {"rule": "IGZ101", "files": "functions/*.yaml", "reason": "of files"},
        {"rule": "IGZ101", "project": "team-[ab]", "reason": "a set"},
        {"rule": "IGZ402", "reason": "long ago", "until": "0999-01-31"},
        {"rule": "IGZ210", "reason": "no policy asks it"},
    ]
    file = configuration(tmp_path, waivers=written)

    known = known_of(TOLD, file)

    first, second = known.facts.waivers
    assert first == Granted("IGZ101", "resubmitted", "churn", "train-*", "2027-01-31")
    assert (second.rule, len(second.reason)) == ("IGZ401", 500)
    assert [note.split(" (line")[0] for note in known.notes] == [
        "the waiver of IGZ101",
        "the waiver of IGZ101",
        "the waiver of IGZ402",
    ]
    assert "functions/*.yaml" in known.notes[0]
    assert "team-[ab]" in known.notes[1]
    assert "0999-01-31" in known.notes[2]


def test_what_may_be_waived_and_declared_is_said_by_each_configuration(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "team"
    inner.mkdir()
    waivable = [
        {"reason": "a", "rules": ["IGZ1"], "projects": ["churn"], "days": 30},
        {"reason": "b", "rules": ["IGZ4"], "files": ["functions/"]},
        {"reason": "c", "projects": ["[ab]"]},
        {"reason": "d", "days": MOST_DAYS + 1},
    ]
    configuration(tmp_path, waivable=waivable, declarable=[])
    configuration(inner, waivable=[{"reason": "e", "rules": ["IGZ101"]}])

    accepted = accepted_in(nearest_file(inner).meaning(terms_in), asked_at_admission())

    assert plain(accepted.waivable) == [
        {"entries": [{"rules": ["IGZ101"]}]},
        {
            "entries": [
                {"rules": ["IGZ1"], "projects": ["churn"], "days": 30},
                {"rules": ["IGZ4"], "nowhere": True},
                {"nowhere": True},
                {"days": MOST_DAYS},
            ]
        },
    ]
    assert plain(accepted.declarable) == [{}], "nothing may be declared, which is not the same as no limit"
    assert accepted.notes == (
        "waivable: nothing is allowed in projects like [ab]: policies know * and ? alone",
        f"waivable: {MOST_DAYS + 1} days are more than policies reckon with; they allow {MOST_DAYS}",
    )


def test_what_an_api_server_would_refuse_is_said_with_its_place() -> None:
    strange = NodeGroup("jobs", {"pool": "x" * 64})

    with pytest.raises(ConfigurationError) as raised:
        known_of(Cluster(node_groups=(strange,), priority_classes=("a",) * 301), NO_FILE)

    said = str(raised.value).split("\n")
    assert [line.split(": ")[1] for line in said] == [
        "priorityClasses",
        "nodes[0].labels.pool",
        "carried.pool[0]",
    ]
    assert "301; at most 300 are taken" in said[0]


def test_a_large_cluster_that_was_saved_stays_small(tmp_path: Path) -> None:
    labels = {f"node.example.com/label-{number}": "x" * 30 for number in range(40)}
    groups = tuple(
        NodeGroup(f"group-{n}", {**labels, "pool": f"group-{n}"}, (Taint("a", "b"),), "spot", allocatable={})
        for n in range(MOST_SHAPES)
    )
    nodes = tuple(Node(f"node-{n}", labels, (), {"cpu": 1000}, group="group-1") for n in range(5000))
    Cluster(node_groups=groups, live=Live(READ, "ml", nodes)).save(tmp_path / "cluster.json")

    spec = spec_of(Cluster.load(tmp_path / "cluster.json"))

    assert len(spec["nodes"]) == MOST_SHAPES
    assert len(json.dumps(spec)) < 256 * 1024


def test_the_example_cluster_has_facts() -> None:
    spec = spec_of(Cluster.load(ROOT / "examples" / "cluster.json"))

    assert [each["name"] for each in spec["nodes"]] == [f"node group {n!r}" for n in ("gpu", "initial", "jobs", "spot")]
    assert len(json.dumps(spec)) < 256 * 1024


def forms(form: Plain, place: str = "spec") -> Iterator[tuple[str, Plain]]:
    """Every part of a schema, with its place."""
    yield place, form
    for name, each in form.get("properties", {}).items():
        yield from forms(each, f"{place}.{name}")
    for inner in ("items", "additionalProperties"):
        if inner in form:
            yield from forms(form[inner], f"{place}[]")


def test_everything_in_the_schema_has_words_and_bounds() -> None:
    (of_spec,) = schema()["properties"].values()

    unbounded = [
        place
        for place, form in forms(of_spec)
        if not {
            "array": "maxItems" in form,
            "string": "maxLength" in form or "enum" in form,
            "integer": "maximum" in form,
            "object": "properties" in form or "maxProperties" in form,
        }.get(form.get("type", ""), True)
    ]
    assert unbounded == []
    assert [place for place, form in forms(of_spec) if "[]" not in place and not form.get("description")] == []


def test_the_schema_follows_from_the_types_alone() -> None:
    (of_spec,) = schema()["properties"].values()
    hints = get_type_hints(Facts, include_extras=True)
    words = [next(each.words for each in get_args(hint) if isinstance(each, About)) for hint in hints.values()]

    assert len(of_spec["properties"]) == len(Facts._fields)
    assert all(
        form["description"].startswith(said) for form, said in zip(of_spec["properties"].values(), words, strict=True)
    )


def test_the_rules_that_may_be_named_are_those_that_admission_asks() -> None:
    (version,) = definition()["spec"]["versions"]
    rules = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["rules"]

    assert rules["additionalProperties"]["enum"] == ["Deny", "Warn", "Off"]
    assert all(f'"{rule}"' in rules["x-kubernetes-validations"][0]["rule"] for rule in asked_at_admission())
    assert "IGZ210" not in rules["x-kubernetes-validations"][0]["rule"]
