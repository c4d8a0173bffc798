"""Verdicts that depend on what a file does not say."""

from __future__ import annotations

import pytest

from igz_runtime.k8s.pod import Field
from igz_runtime.lint.unknown import depends_on_unknown
from igz_runtime.text.place import Path


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

    assert depends_on_unknown("IGZ104", role, {unknown}, document, ("node_selector", "pool"))


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
        ("ACME101", ("spec", "image"), (), True),
    ],
)
def test_a_verdict_depends_on_what_its_rule_looks_at(
    rule_id: str, unknown: Path, field: Field, *, depends: bool
) -> None:
    document = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": {"limits": {"memory": "1Gi"}}}}

    assert depends_on_unknown(rule_id, "main", {unknown}, document, field) is depends
    assert not depends_on_unknown(rule_id, "main", set(), document, field)
