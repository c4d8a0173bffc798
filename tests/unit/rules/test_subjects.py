"""A rule is asked of subjects of its own type only, and a function is not the only one that there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from igz_runtime import Cluster, Waiver, check, profiles
from igz_runtime.cluster import NodeGroup
from igz_runtime.rules import About, Found, Rule, Skip, Subject, judge, rule
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.document import Document
from igz_runtime.rules.registry import rules_on

asked_of: list[object] = []


def too_few_groups(cluster: Cluster) -> Iterator[Found | Skip]:
    asked_of.append(cluster)
    if cluster.environment is None:
        yield Skip("what the cluster is for is not known")
    elif cluster.environment == "production" and len(cluster.node_groups) == 1:
        yield Found(f"it has one node group, {cluster.node_groups[0].name!r}")


def idle_service(service: Service) -> Iterator[Found | Skip]:
    asked_of.append(service)
    if service.idle_days > 7:
        yield Found(f"idle for {service.idle_days} days")


@pytest.fixture(autouse=True)
def rules_on_others(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One of igz_runtime's own rules, on clusters, and one of an organisation, on services."""
    about: Mapping[str, Any] = {"severity": "error", "source": "s.", "origin": "o", "fix": "add one"}
    on_clusters = Rule("IGZ699", "a-b", "t", **about, waivable=True, check=too_few_groups, on=Cluster)
    monkeypatch.setitem(REGISTRY, "IGZ699", on_clusters)
    rule("ACME599", "a-b", "t", severity="info", source="s.", origin="o", fix="f", reads=("idle_days",), on=Service)(
        idle_service
    )
    asked_of.clear()
    yield
    del REGISTRY["ACME599"]


@dataclass(frozen=True, slots=True)
class Service:
    """Something to judge that the library does not know."""

    idle_days: int


PRODUCTION = Cluster(environment="production", node_groups=(NodeGroup("initial", core=True),))


def etl() -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}


def test_a_cluster_is_judged_by_the_rules_on_clusters_alone() -> None:
    findings = judge([PRODUCTION], about=About("prod", "cluster"))

    assert [(one.rule, one.message, one.fix) for one in findings] == [
        ("IGZ699", "it has one node group, 'initial'", "add one")
    ]
    assert str(findings[0]) == "IGZ699 error: cluster 'prod': it has one node group, 'initial'"
    assert (findings[0].field, findings[0].role) == ((), "")
    assert asked_of == [PRODUCTION]


def test_a_fact_that_is_missing_and_a_waiver_count_as_on_a_function() -> None:
    (skipped,) = judge([Cluster()], about=About("prod", "cluster")).skipped
    (waived,) = judge([PRODUCTION], {"IGZ699": Waiver("a second one is ordered")}, about=About("prod", "cluster"))

    assert (skipped.rule, skipped.function) == ("IGZ699", "prod")
    assert not waived.refuses


def test_each_type_has_its_own_rules() -> None:
    findings = judge([Service(3), Service(30)], about=About("jupyter", "service", ("quiet", "idle")))

    assert [(one.rule, one.role) for one in findings] == [("ACME599", "idle")]
    assert asked_of == [Service(3), Service(30)]


def test_judging_functions_never_asks_a_rule_on_anything_else() -> None:
    check(etl(), PRODUCTION)
    profiles.production_job(cpu=1, memory="1Gi").plan(etl(), PRODUCTION)

    assert asked_of == []
    every = (*rules_on(Subject).built_in, *rules_on(Subject).plug_ins)
    assert {each.on for each in every} == {Subject}
    assert {each.id[:4] for each in rules_on(Document).built_in} == {"IGZ9"}
    assert rules_on(Document).built_in


def test_a_subject_of_a_type_that_is_derived_is_asked_the_same() -> None:
    class OurCluster(Cluster):
        pass

    (finding,) = judge(
        [OurCluster(environment="production", node_groups=PRODUCTION.node_groups)], about=About("a", "b")
    )

    assert finding.rule == "IGZ699"


def test_what_a_rule_on_another_type_reads_is_a_field_of_that_type() -> None:
    with pytest.raises(ValueError, match=r"rule ACME101: reads 'idle_day', and Service has nothing of that name"):
        rule("ACME101", "a-b", "t", severity="info", source="s.", origin="o", fix="f", reads=("idle_day",), on=Service)(
            lambda _: ()
        )
