"""Verdicts that depend on what a file does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.functions import adapter_for
from igz_runtime.k8s.pod import Field
from igz_runtime.lint.unknown import Unknown
from igz_runtime.rules import Rule, rules
from igz_runtime.text.place import Path

HANDBOOK: Mapping[str, Any] = {
    "title": "t",
    "severity": "info",
    "source": "s.",
    "origin": "o",
    "fix": "f",
    "waivable": True,
}


def own_rule(*reads: str) -> Rule[Any]:
    """An organisation's rule, which says what it reads, or nothing of it."""
    return Rule("ACME101", "a-b", **HANDBOOK, check=lambda _: (), reads=reads or None)


def left_open(rule: Rule[Any], role: str, paths: set[Path], document: dict[str, Any], field: Field = ()) -> bool:
    unknown = Unknown(paths, document, adapter_for(document).read(), Cluster.iguazio())
    return unknown.leaves_open(rule, role, field)


@pytest.mark.parametrize(
    ("kind", "role", "unknown"),
    [
        ("remote", "main", ("spec", "config", "spec.nodeSelector")),
        ("serving", "main", ("spec", "base_spec")),
        ("spark", "executor", ("spec", "node_selector")),
        ("spark", "executor", ("spec", "executor_node_selector")),
    ],
)
def test_a_selector_is_unknown_wherever_a_role_may_take_it_from(kind: str, role: str, unknown: Path) -> None:
    document = {"kind": kind, "metadata": {"name": "etl"}, "spec": {}}

    assert left_open(rules()["IGZ104"], role, {unknown}, document, ("node_selector", "pool"))


@pytest.mark.parametrize(
    ("rule_id", "unknown", "field", "depends"),
    [
        ("IGZ104", ("spec", "node_selector"), ("node_selector", "pool"), True),
        ("IGZ104", ("spec", "node_selector", "zone"), ("node_selector", "pool"), True),
        ("IGZ104", ("spec", "resources"), (), False),
        ("IGZ101", ("metadata", "name"), (), False),
        ("IGZ101", ("spec", "default_handler"), (), False),
        ("IGZ101", ("spec", "node_selector"), (), True),
        ("IGZ103", ("metadata", "name"), (), False),
        ("IGZ109", ("spec", "state_thresholds"), (), True),
        ("IGZ201", ("spec", "resources", "limits", "cpu"), ("containers", "base", "limits", "memory"), True),
        ("IGZ202", ("spec", "resources", "limits", "cpu"), ("containers", "base", "requests", "memory"), False),
        ("IGZ202", ("spec", "resources", "limits", "cpu"), ("containers", "base", "requests", "cpu"), True),
        ("IGZ205", ("spec", "resources", "limits", "cpu"), ("containers", "base", "limits", "memory"), False),
        ("IGZ205", ("spec", "resources"), ("containers", "base", "limits", "memory"), True),
        ("IGZ208", ("spec", "affinity"), ("containers", "base", "requests", "cpu"), True),
        ("IGZ301", ("spec", "priority_class_name"), ("priority_class",), True),
        ("IGZ301", ("spec", "node_selector"), ("priority_class",), False),
        ("IGZ402", ("spec", "resources"), (), True),
        ("IGZ404", ("spec", "tolerations"), ("node_name",), False),
        ("IGZ404", (), ("node_name",), True),
        ("IGZ903", ("spec",), (), False),
    ],
)
def test_a_verdict_depends_on_what_its_rule_looks_at(
    rule_id: str, unknown: Path, field: Field, *, depends: bool
) -> None:
    document = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": {"limits": {"memory": "1Gi"}}}}

    assert left_open(rules()[rule_id], "main", {unknown}, document, field) is depends
    assert not left_open(rules()[rule_id], "main", set(), document, field)


@pytest.mark.parametrize(
    ("reads", "unknown", "depends"),
    [
        ((), ("spec", "image"), True),
        (("labels",), ("spec", "image"), False),
        (("labels",), ("metadata", "labels"), True),
        (("labels",), ("metadata", "labels", "team"), True),
        (("handler",), ("spec", "function_handler"), True),
        (("nature",), ("spec", "default_handler"), False),
        (("mission_critical", "node_groups", "planned"), ("spec",), False),
        (("node_selector",), ("spec", "preemption_mode"), True),
    ],
)
def test_an_organisations_rule_is_left_open_where_what_it_says_it_reads_is_unknown(
    reads: tuple[str, ...], unknown: Path, *, depends: bool
) -> None:
    document = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}

    assert left_open(own_rule(*reads), "main", {unknown}, document) is depends


@pytest.mark.parametrize("unknown", [("spec", "scheduler_resources"), ("spec", "worker_resources")])
def test_what_every_role_asks_for_is_unknown_where_one_roles_is(unknown: Path) -> None:
    document = {"kind": "dask", "metadata": {"name": "etl"}, "spec": {}}

    assert left_open(rules()["IGZ209"], "scheduler", {unknown}, document, ("containers", "scheduler"))


def test_containers_decide_about_tolerations_where_nuclio_tolerates_gpu_nodes() -> None:
    document = {"kind": "remote", "metadata": {"name": "etl"}, "spec": {}}
    gpus = {"nuclio": {"gpu_tolerations": [{"key": "gpu", "operator": "Exists"}]}}
    for facts, depends in (({}, False), (gpus, True)):
        unknown = Unknown({("spec", "resources")}, document, adapter_for(document).read(), Cluster.from_dict(facts))
        assert unknown.leaves_open(rules()["IGZ107"], "main", ()) is depends
