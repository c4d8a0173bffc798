"""Replicas that stay up: kept apart on MLRun's own objects, whatever becomes of them on the way to the scheduler."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import mlrun
import mlrun.k8s_utils
import pytest
from hypothesis import given, settings
from mlrun.runtimes.nuclio.function import get_fullname

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.effective import effective_pod, nuclio
from igz_runtime.functions import adapter_for
from igz_runtime.functions.pod_labels import FUNCTION_NAME, pod_labels
from igz_runtime.k8s.pod import Affinity, Toleration
from igz_runtime.k8s.spreading import HOST, ZONE, keeps_apart, pod_terms
from igz_runtime.k8s.v1 import api_client
from igz_runtime.lint.judging import lint_text
from tests.conftest import Mlconf
from tests.contract.functions import serving_graph
from tests.contract.test_enrichment import recorded
from tests.contract.test_promises import Asked, Server, by_hand, function_with, servers
from tests.examples import examples
from tests.unit.effective.test_deciding import GPU_TOLERATIONS

LIFECYCLE = "app.iguazio.com/lifecycle"
SERVICE = profiles.production_service(cpu=1, memory="1Gi", replicas=3)
TAINT = (Toleration("spot", "Equal", "true", "NoSchedule"),)
CONFIGURED = {
    "labels": Preemptible({LIFECYCLE: "preemptible"}),
    "tolerations": Preemptible(tolerations=TAINT),
    "both": Preemptible({LIFECYCLE: "preemptible"}, TAINT),
    "nothing": Preemptible(),
}


def service(kind: str = "remote", name: str = "scorer", project: str = "fraud", tag: str = "") -> Any:
    fn = mlrun.new_function(name, kind=kind, image="mlrun/mlrun", project=project)
    fn.metadata.tag = tag
    return fn


def affinity_of(fn: Any) -> Affinity:
    affinity = adapter_for(fn).read().roles[0].affinity
    assert affinity is not None
    return affinity


def topologies(affinity: Affinity | None, name: str) -> list[str]:
    """By which labels of nodes pods of that name keep apart, in order."""
    return [term.topology for term in pod_terms(affinity) if term.selects({FUNCTION_NAME: name})]


def found(fn: Any, cluster: Cluster | None = None) -> list[str]:
    return [finding.rule for finding in check(fn, cluster) if finding.severity != "info"]


@pytest.mark.parametrize("tag", ["", "latest", "v2"])
@pytest.mark.parametrize("kind", ["remote", "serving", "application"])
def test_the_name_of_the_pods_is_the_one_that_mlrun_gives_them(kind: str, tag: str) -> None:
    fn = service(kind, tag=tag).apply(SERVICE)
    name = get_fullname("scorer", "fraud", tag)

    assert pod_labels(adapter_for(fn).read(), "main")[FUNCTION_NAME] == name
    assert topologies(affinity_of(fn), name) == [HOST]


def test_the_children_of_a_graph_are_kept_apart_by_names_of_their_own() -> None:
    graph = serving_graph()
    graph.metadata.project = "fraud"
    graph.apply(SERVICE)

    reference = graph.spec.function_refs["enrich"]
    for fn, name in ((graph, "graph"), (reference.function_object, reference.fullname(graph))):
        assert topologies(affinity_of(fn), get_fullname(name, "fraud", "")) == [HOST]
    assert "IGZ407" not in found(graph)


@pytest.mark.parametrize(("mlrun_has", "nuclio_has"), list(product(CONFIGURED, CONFIGURED)))
def test_both_enrichments_leave_them_apart_and_on_demand(mlrun_has: str, nuclio_has: str, mlconf: Mlconf) -> None:
    """MLRun's part is judged by its own function; Nuclio's by the model that its recorded pods are held to."""
    cluster = Cluster(mlrun=CONFIGURED[mlrun_has], nuclio=CONFIGURED[nuclio_has])
    plan = SERVICE.plan(service(), cluster)
    assert not plan.refused
    assert [finding.rule for finding in plan.findings if finding.severity == "warning"] == []
    fn = plan.apply()
    mlconf.preemptible(CONFIGURED[mlrun_has])

    made = mlrun.k8s_utils.enrich_preemption_mode(
        fn.spec.preemption_mode, fn.spec.node_selector, fn.spec.tolerations, fn.spec.affinity
    )

    affinity = api_client().sanitize_for_serialization(made[2])
    assert affinity["podAntiAffinity"] == api_client().sanitize_for_serialization(fn.spec.affinity.pod_anti_affinity)
    assert topologies(plan.roles[0].effective.affinity, "fraud-scorer") == [HOST]


def test_where_prevent_would_take_them_together_the_mode_is_none(mlconf: Mlconf) -> None:
    mlconf.preemptible(CONFIGURED["tolerations"])
    fn = service().apply(SERVICE)
    made = mlrun.k8s_utils.enrich_preemption_mode("prevent", {}, None, fn.spec.affinity)

    assert made[2] is None
    assert fn.spec.preemption_mode == "none"


@pytest.mark.parametrize(("configured", "asked", "case"), recorded("nuclio-enrichment.json"))
def test_what_nuclio_makes_of_the_rest_does_not_depend_on_it(configured: Preemptible, asked: Any, case: Any) -> None:
    """Nuclio prunes node affinity alone (`PruneAffinityNodeSelectorRequirement`): the recorded pod, and this beside."""
    if "error" in case:
        return
    apart = affinity_of(service().apply(SERVICE)).pod
    with_it = asked.but(affinity=(asked.affinity or Affinity())._replace(pod=apart))

    affinity = nuclio.enrich(with_it, configured).affinity
    alone = nuclio.enrich(asked, configured).affinity

    assert affinity is not None
    assert affinity.pod == apart
    assert affinity.required == (alone.required if alone else None)


@settings(max_examples=examples(300))
@given(by_hand, servers)
def test_a_plan_keeps_them_apart_or_is_refused_for_what_would_be_refused_anyway(asked: Asked, server: Server) -> None:
    fn = function_with("remote", asked)
    fn.metadata.project = "fraud"
    cluster = Cluster(mlrun=server.mlrun, nuclio=server.nuclio, mlrun_version=server.version)
    plan = SERVICE.plan(fn, cluster)
    without = SERVICE.replace(name="alone", services_only=False, replicas=None).plan(fn, cluster)

    assert "IGZ407" not in {finding.rule for finding in plan.findings}
    if plan.refused:
        assert {f.rule for f in plan.findings.refusing} == {f.rule for f in without.findings.refusing}
    else:
        assert keeps_apart(plan.roles[0].effective.affinity, {FUNCTION_NAME: f"fraud-{fn.metadata.name}"}, HOST)


def test_by_zone_too_where_the_cluster_has_several() -> None:
    groups = [NodeGroup(f"jobs-{zone}", {ZONE: zone, "pool": zone}, lifecycle="on-demand") for zone in ("a", "b")]
    for known, expected in ((groups, [HOST, ZONE]), (groups[:1], [HOST])):
        plan = SERVICE.plan(service(), Cluster.iguazio(node_groups=tuple(known)))
        assert topologies(plan.roles[0].after.affinity, "fraud-scorer") == expected


def test_what_a_person_wrote_stays_and_comes_back_alone() -> None:
    own = {
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": ZONE, "labelSelector": {}}]},
        "podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "trainer"}}}
            ]
        },
    }
    fn, before = service(), service()
    for each in (fn, before):
        each.with_node_selection(affinity=own)

    fn.apply(SERVICE)
    pod = affinity_of(fn).pod
    assert pod["podAffinity"] == own["podAffinity"]
    assert pod_terms(Affinity(pod=pod))[0] == pod_terms(Affinity(pod=own))[0]
    assert topologies(Affinity(pod=pod), "fraud-scorer") == [HOST]
    assert found(fn) == []

    assert profiles.remove(fn).to_dict() == before.to_dict()


def test_one_that_keeps_them_apart_already_is_left_as_it_is() -> None:
    fn = service()
    fn.set_label("app", "scorer")
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "scorer"}}}
    fn.with_node_selection(affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    fn.apply(SERVICE)

    affinity = affinity_of(fn)
    assert len(pod_terms(affinity)) == 1
    assert keeps_apart(affinity, {"app": "scorer"}, HOST)
    assert found(fn) == []


def test_what_a_person_adds_beside_it_is_no_drift() -> None:
    fn = service().apply(SERVICE)
    affinity = api_client().sanitize_for_serialization(fn.spec.affinity)
    (ours,) = affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = [ours["podAffinityTerm"]]
    fn.with_node_selection(affinity=affinity)
    assert found(fn) == []

    affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = []
    fn.with_node_selection(affinity=affinity)
    assert found(fn) == ["IGZ907"]


def test_functions_that_differ_by_their_names_alone_are_kept_apart_each_by_its_own() -> None:
    for name in ("one", "two"):
        fn = service(name=name).apply(SERVICE)
        assert topologies(affinity_of(fn), f"fraud-{name}") == [HOST]


def test_a_function_that_moves_to_another_project_is_found() -> None:
    fn = service()
    fn.metadata.project = ""
    fn.apply(SERVICE)
    assert found(fn) == ["IGZ407"]
    fn.metadata.project = "fraud"
    assert found(fn) == ["IGZ407"]
    fn.apply(SERVICE)
    assert found(fn) == []
    fn.metadata.project = "risk"
    assert found(fn) == ["IGZ407"]
    fn.spec.affinity = None
    assert "IGZ407" not in found(fn)
    assert "IGZ907" in found(fn)


@pytest.mark.parametrize("profile", [profiles.production_job(cpu=1, memory="1Gi"), SERVICE.replace(replicas=None)])
def test_without_a_promise_of_replicas_nothing_is_written(profile: Any) -> None:
    plan = profile.plan(service())
    assert not pod_terms(plan.roles[0].after.affinity)


def test_a_function_of_nuclios_own_is_called_by_its_name() -> None:
    document = {"apiVersion": "nuclio.io/v1beta1", "kind": "NuclioFunction", "metadata": {"name": "scorer"}, "spec": {}}
    cluster = Cluster(nuclio=Preemptible({LIFECYCLE: "preemptible"}, TAINT, GPU_TOLERATIONS))
    function = adapter_for(SERVICE.apply(document, cluster)).read()

    assert topologies(effective_pod(function, function.roles[0], cluster).settings.affinity, "scorer") == [HOST]
    assert json.loads(json.dumps(document)) == document


CODE = """\
import mlrun
from igz_runtime import profiles

fn = mlrun.code_to_function("scorer", kind="nuclio", image="mlrun/mlrun"{more})
fn.apply(profiles.production_service(cpu=1, memory="1Gi"))
{then}
"""


@pytest.mark.parametrize(
    ("more", "then", "expected"),
    [
        ("", "", []),
        (', project="fraud"', "", []),
        (', project="fraud"', 'fn.metadata.name = "scorer-2"', ["IGZ407"]),
        (', project="fraud", tag="v2"', 'fn.metadata.tag = "v3"', ["IGZ407"]),
    ],
)
def test_in_code_the_project_may_be_the_current_one(more: str, then: str, expected: list[str]) -> None:
    """MLRun gives a function the current project where the code names none, so that nothing is said of it."""
    report = lint_text("service.py", CODE.format(more=more, then=then))
    assert [located.finding.rule for located in report.findings] == expected


def test_in_a_file_it_is_found_at_its_line() -> None:
    text = service().apply(SERVICE).to_yaml().replace("project: fraud", "project: risk")
    (located,) = lint_text("function.yaml", text).findings

    assert located.finding.rule == "IGZ407"
    assert "affinity" in text.splitlines()[located.position.line - 1]
