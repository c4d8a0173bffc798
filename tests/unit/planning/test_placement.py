"""On whatever cluster, whatever a function asks for: a profile keeps its promise, or refuses.

The function is a document and the cluster a value, so that much more is tried than with real objects. tests/contract
holds the effective pod to MLRun's and Nuclio's own; here it is judged by a scheduler that knows nothing of igz_runtime,
on nodes with every combination of the labels that are spoken of.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, UnsafeCombination, Waiver, profiles
from igz_runtime.cluster import NodeGroup, Preemptible
from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, SPOT_LABELS
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.names import SETTINGS
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, PodSettings, Taint, Toleration
from igz_runtime.planning.plan import Plan
from igz_runtime.profiles.profile import Profile
from tests import strategies
from tests.unit.cluster.scheduler import Node, fits

Label = tuple[str, str]

RESUBMITTED = {"IGZ101": Waiver("resubmitted by cron")}
ON_DEMAND = (profiles.production_job(cpu=1, memory="2Gi"), profiles.development_job(cpu=1, memory="2Gi"))
SPOT_ONLY = profiles.opportunistic_job(cpu=1, memory="2Gi", waive=RESUBMITTED)
EITHER = profiles.spot_stateless(cpu=1, memory="2Gi", waive=RESUBMITTED)
PREFIXES = {kind: [role.prefix for role in KINDS[kind].roles] for kind in ("job", "remote", "nuclio", "dask", "spark")}
STEADY = KINDS["spark"].steady_roles

LIFECYCLES = {
    "spot": ("app.iguazio.com/lifecycle", "preemptible"),
    "on-demand": ("app.iguazio.com/lifecycle", "non-preemptible"),
}


@st.composite
def node_groups(draw: st.DrawFn) -> NodeGroup:
    lifecycle = draw(st.sampled_from(["spot", "on-demand"]))
    labels = {"zone": draw(st.sampled_from("ab")), "pool": f"pool-{draw(st.integers(1, 9))}"}
    if draw(st.booleans()):
        labels |= [LIFECYCLES[lifecycle]]
    taints = draw(st.sampled_from([(), (Taint("spot", "true"),), (Taint("team", "fraud", "NoExecute"),)]))
    core = lifecycle == "on-demand" and draw(st.booleans())
    return NodeGroup(labels["pool"], labels, taints, lifecycle, core)  # type: ignore[arg-type]


groups: st.SearchStrategy[list[NodeGroup]] = st.just([]) | st.lists(
    node_groups(), min_size=1, max_size=3, unique_by=lambda group: group.name
)


def configured_labels(cluster: Cluster) -> tuple[Label, ...]:
    return (*cluster.mlrun.node_selector.items(), *(cluster.nuclio or cluster.mlrun).node_selector.items())


def is_coherent(cluster: Cluster) -> bool:
    """Whether no node group is on demand by its lifecycle and spot by the platforms' configuration."""
    steady = [group for group in cluster.node_groups if group.lifecycle == "on-demand"]
    return not any(group.labels.get(key) == value for group in steady for key, value in configured_labels(cluster))


clusters = st.tuples(
    strategies.preemptibles, st.none() | strategies.preemptibles, groups, st.sampled_from([None, "1.9.2", "1.12.1"])
).map(lambda parts: Cluster(mlrun=parts[0], nuclio=parts[1], node_groups=tuple(parts[2]), mlrun_version=parts[3]))


def document(kind: str, asked: PodSettings) -> dict[str, Any]:
    """A function of a kind that asks for such a placement in each of its roles."""
    values = {
        "node_selector": dict(asked.node_selector),
        "tolerations": None if asked.tolerations is None else codec.write_tolerations(asked.tolerations),
        "affinity": None if asked.affinity is None else codec.write_affinity(asked.affinity),
        "preemption_mode": asked.preemption_mode,
    }
    if kind == "nuclio":
        names = [SETTINGS[name].nuclio[0] for name in values]
        spec = dict(zip(names, copy.deepcopy(list(values.values())), strict=True))
        return {"kind": "NuclioFunction", "metadata": {"name": "scorer"}, "spec": spec}
    spec = {f"{prefix}{name}": copy.deepcopy(value) for prefix in PREFIXES[kind] for name, value in values.items()}
    return {"kind": kind, "metadata": {"name": "scorer"}, "spec": spec}


def spot_nodes(cluster: Cluster) -> Iterator[Node]:
    """Every node that would be a spot node here."""
    if cluster.node_groups:
        for group in cluster.node_groups:
            if group.lifecycle == "spot":
                yield from combined(group.labels, ON_DEMAND_LABELS, group.taints)
        return
    platforms = (cluster.mlrun, cluster.nuclio or cluster.mlrun)
    for key, value in configured_labels(cluster) or SPOT_LABELS:
        yield from combined({key: value}, ON_DEMAND_LABELS, ())
    for one in platforms:
        for toleration in one.tolerations:
            if not one.node_selector and toleration.key:
                taint = Taint(toleration.key, toleration.value, toleration.effect or "NoSchedule")
                yield from combined({}, ON_DEMAND_LABELS, (taint,))


def on_demand_nodes(cluster: Cluster, *, core: bool = False) -> Iterator[Node]:
    """Every node that would be on demand here; those of the core services, or the others."""
    of_spot = (*SPOT_LABELS, *configured_labels(cluster))
    for group in cluster.node_groups:
        if group.lifecycle == "on-demand" and group.core is core:
            yield from combined(group.labels, of_spot, group.taints)
    if not cluster.node_groups and not core:
        yield from combined({}, of_spot, ())


def combined(labels: Mapping[str, str], never: tuple[Label, ...], taints: tuple[Taint, ...]) -> list[Node]:
    """Nodes with these labels and any others that are spoken of, but for those that such nodes never carry."""
    return [
        Node({**more, **labels}, taints) for more in _extensions(frozenset(never)) if not more.keys() & labels.keys()
    ]


@lru_cache(maxsize=256)
def _extensions(never: frozenset[Label]) -> list[dict[str, str]]:
    choices = [(None, *(v for v in strategies.VALUES if (key, v) not in never)) for key in strategies.KEYS]
    chosen = product(*choices)
    return [{k: v for k, v in zip(strategies.KEYS, values, strict=True) if v is not None} for values in chosen]


def anywhere(pod: PodSettings, nodes: Iterator[Node]) -> bool:
    return any(fits(pod, node) for node in nodes)


def assert_kept(plan: Plan, profile: Profile, cluster: Cluster) -> None:
    """Each role's effective pod runs where it was promised, and still runs somewhere."""
    for role in plan.roles:
        pod = role.effective
        asked = role.before.but(preemption_mode=None)
        steady = profile in ON_DEMAND or role.role in STEADY
        if steady:
            assert not anywhere(pod, spot_nodes(cluster)), role
        elif profile is SPOT_ONLY:
            assert not anywhere(pod, on_demand_nodes(cluster)), role
        assert not anywhere(pod, on_demand_nodes(cluster, core=True)), role
        if (steady or profile is EITHER) and anywhere(asked, on_demand_nodes(cluster)):
            assert anywhere(pod, on_demand_nodes(cluster)), role


@pytest.mark.parametrize("profile", [*ON_DEMAND, SPOT_ONLY, EITHER], ids=lambda profile: profile.name)
def test_the_promise_is_kept_on_any_cluster_or_the_plan_refused(profile: Profile) -> None:
    outcomes: Counter[bool] = Counter()

    @settings(max_examples=250)
    @given(kind=st.sampled_from(sorted(PREFIXES)), asked=strategies.placements, cluster=clusters)
    def law(kind: str, asked: PodSettings, cluster: Cluster) -> None:
        assume(is_coherent(cluster))
        plan = profile.plan(document(kind, asked), cluster)
        outcomes[plan.refused] += 1
        if plan.refused:
            with pytest.raises(UnsafeCombination):
                plan.apply()
        else:
            assert_kept(plan, profile, cluster)

    law()
    assert min(outcomes[True], outcomes[False]) > 2


SPOT_TAINT = Toleration("spot", "Equal", "true", "NoSchedule")
LABEL = dict([LIFECYCLES["spot"]])


@pytest.mark.parametrize(
    ("profile", "configured", "mode", "affine"),
    [
        (ON_DEMAND[0], Preemptible(LABEL), "prevent", False),
        (ON_DEMAND[0], Preemptible(LABEL, (SPOT_TAINT,)), "prevent", True),
        (ON_DEMAND[0], Preemptible({}, (SPOT_TAINT,)), "none", True),
        (ON_DEMAND[0], Preemptible(), "prevent", True),
        (SPOT_ONLY, Preemptible(LABEL), "constrain", False),
        (SPOT_ONLY, Preemptible({}, (SPOT_TAINT,)), "none", True),
        (EITHER, Preemptible(LABEL), "allow", False),
        (EITHER, Preemptible(), "allow", False),
    ],
)
def test_the_plainest_means_that_suffices_is_taken(
    profile: Profile, configured: Preemptible, mode: str, *, affine: bool
) -> None:
    after = profile.plan(document("job", PodSettings()), Cluster(mlrun=configured)).roles[0].after

    assert (after.preemption_mode, after.affinity is not None) == (mode, affine)


def test_a_users_zone_outlives_the_mode_that_would_delete_it() -> None:
    asked = PodSettings(node_selector={"zone": "a"})
    plan = ON_DEMAND[0].plan(document("job", asked), Cluster(mlrun=Preemptible({}, (SPOT_TAINT,))))

    assert plan.roles[0].after.preemption_mode == "none"
    assert dict(plan.roles[0].effective.node_selector) == {"zone": "a"}


@pytest.mark.parametrize("configured", [Preemptible(), Preemptible(LABEL), Preemptible({}, (SPOT_TAINT,))])
@pytest.mark.parametrize("profile", [*ON_DEMAND, SPOT_ONLY, EITHER], ids=lambda profile: profile.name)
def test_a_pod_that_kubernetes_refuses_keeps_no_promise(profile: Profile, configured: Preemptible) -> None:
    """The API server takes no empty list of node selector terms."""
    plan = profile.plan(document("job", PodSettings(affinity=Affinity(required=()))), Cluster(mlrun=configured))
    affinity = plan.roles[0].effective.affinity

    assert plan.refused or affinity is None or affinity.required != ()


@pytest.mark.parametrize("annotated", ["allow", "constrain", "prevent", "none"])
@pytest.mark.parametrize("profile", [*ON_DEMAND, SPOT_ONLY, EITHER], ids=lambda profile: profile.name)
def test_the_annotation_goes_so_that_the_mode_stands_in_one_place(profile: Profile, annotated: str) -> None:
    fn = document("nuclio", PodSettings("main"))
    fn["metadata"]["annotations"] = {"nuclio.io/preemptible-mode": annotated}

    (role,) = profile.plan(fn, Cluster(mlrun=Preemptible({"spot": "true"}))).roles

    assert role.after.mode_annotation is None
    assert role.after.preemption_mode
