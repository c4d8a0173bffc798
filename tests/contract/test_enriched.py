"""What MLRun's own preemption mode wrote on a function, as an older client, a server or an export leaves it.

Each function is enriched by the MLRun that is installed, as a server does before it saves one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mlrun
import pytest

from igz_runtime import Cluster, check, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.functions import adapter_for
from igz_runtime.profiles import Profile
from tests.conftest import Mlconf
from tests.contract.functions import job

IGUAZIO = {"app.iguazio.com/lifecycle": "preemptible"}
# What Iguazio's installer configures on EKS: one of these labels no list of clouds has.
ON_EKS = {**IGUAZIO, "eks.amazonaws.com/capacityType": "SPOT", "node-lifecycle": "spot"}
LABELS = {"Iguazio": IGUAZIO, "EKS": ON_EKS}
PRODUCTION = profiles.production_job(cpu=1, memory="1Gi")
OPPORTUNISTIC = profiles.opportunistic_job(cpu=1, memory="1Gi", workload="stateless")
STATELESS = profiles.spot_stateless(cpu=1, memory="1Gi", workload="stateless")
GROUPS = (
    NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand"),
    NodeGroup("spot", {"pool": "spot", **ON_EKS}),
)


def enriched(mode: str, labels: Mapping[str, str], mlconf: Mlconf, **selection: Any) -> Any:
    """A function as MLRun's enrichment leaves it."""
    mlconf.preemptible(Preemptible(labels))
    fn = job()
    fn.with_preemption_mode(mode)
    if selection:
        fn.with_node_selection(**selection)
    selector, tolerations, affinity = mlrun.k8s_utils.enrich_preemption_mode(
        mode, dict(fn.spec.node_selector), fn.spec.tolerations, fn.spec.affinity
    )
    fn.spec.node_selector, fn.spec.tolerations, fn.spec.affinity = selector, tolerations, affinity
    mlconf.restore()
    return fn


def known(labels: Mapping[str, str]) -> dict[str, Cluster]:
    """What may be known of a cluster of such a server."""
    return {
        "nothing": Cluster.iguazio(),
        "its configuration": Cluster(mlrun=Preemptible(labels)),
        "its node groups": Cluster(mlrun=Preemptible(labels), node_groups=GROUPS),
        "node groups alone": Cluster(node_groups=GROUPS),
    }


CASES = [(name, what) for name, labels in LABELS.items() for what in known(labels)]


@pytest.mark.parametrize(("configured", "what"), CASES)
@pytest.mark.parametrize("mode", ["prevent", "constrain"])
def test_nothing_is_reported_where_only_that_would_go(mode: str, configured: str, what: str, mlconf: Mlconf) -> None:
    labels = LABELS[configured]
    fn = enriched(mode, labels, mlconf)
    assert fn.spec.affinity is not None

    for asked in (fn, fn.to_dict()):
        found = [str(finding) for finding in check(asked, known(labels)[what]) if finding.rule in ("IGZ104", "IGZ106")]
        assert found == []


@pytest.mark.parametrize(("configured", "what"), CASES)
@pytest.mark.parametrize(
    ("mode", "profile"), [("constrain", PRODUCTION), ("prevent", OPPORTUNISTIC), ("prevent", STATELESS)]
)
def test_a_profile_that_promises_otherwise_takes_it_back(
    mode: str, profile: Profile, configured: str, what: str, mlconf: Mlconf
) -> None:
    labels, cluster = LABELS[configured], known(LABELS[configured])[what]
    fn, plain = enriched(mode, labels, mlconf), job()
    original = adapter_for(fn).read().roles
    profile.apply(fn, cluster)
    profile.apply(plain, cluster)

    (with_it,), (without,) = adapter_for(fn).read().roles, adapter_for(plain).read().roles
    assert (with_it.affinity, with_it.preemption_mode) == (without.affinity, without.preemption_mode)
    assert adapter_for(profiles.remove(fn)).read().roles == original


@pytest.mark.parametrize(("mode", "labels"), [("prevent", ON_EKS), ("constrain", ON_EKS)])
def test_what_a_person_wrote_beside_it_is_theirs(mode: str, labels: Mapping[str, str], mlconf: Mlconf) -> None:
    fn = enriched(mode, labels, mlconf)
    [term, *_] = fn.spec.affinity.node_affinity.required_during_scheduling_ignored_during_execution.node_selector_terms
    term.match_expressions.append(type(term.match_expressions[0])(key="zone", operator="In", values=["a"]))

    found = check(fn, Cluster(mlrun=Preemptible(labels)))

    assert any("zone In [a]" in finding.message for finding in found if finding.rule == "IGZ106")


def test_a_selection_of_a_persons_own_labels_is_no_enrichment() -> None:
    fn = job()
    away = {"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["hdd"]}]}
    fn.with_node_selection(
        affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [away]}}}
    )

    assert "IGZ106" in [finding.rule for finding in check(fn, Cluster(mlrun=Preemptible(IGUAZIO)))]
