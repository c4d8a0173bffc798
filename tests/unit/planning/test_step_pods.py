"""What a step's pod asks for, by its function, by `steps:`, and by the cluster: on demand wherever that is possible."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import profiles
from igz_runtime.cluster import Cluster, NodeGroup, Preemptible
from igz_runtime.cluster.landing import can_land, every_spot_shape, on_demand_shapes, shape_of
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Toleration
from igz_runtime.k8s.quantity import quantity
from igz_runtime.planning.step_pods import UNSAID, StepSettings, step_pod
from tests import strategies
from tests.examples import examples

LIFECYCLE = "app.iguazio.com/lifecycle"
LABELS = Preemptible(node_selector={LIFECYCLE: "preemptible"})
TAINTS = Preemptible(tolerations=(Toleration("spot", "Equal", "true", "NoSchedule"),))
BOTH = Preemptible(node_selector=LABELS.node_selector, tolerations=TAINTS.tolerations)
GROUPS = (
    NodeGroup("workers", {"pool": "workers", LIFECYCLE: "od"}, lifecycle="on-demand"),
    NodeGroup("cheap", {"pool": "cheap", LIFECYCLE: "preemptible"}, lifecycle="spot"),
    NodeGroup("gpus", {"pool": "gpus", LIFECYCLE: "od"}, lifecycle="on-demand", gpu=True),
)
CLUSTERS = {
    "nothing is configured": Cluster(),
    "labels": Cluster(mlrun=LABELS),
    "taints": Cluster(mlrun=TAINTS),
    "both": Cluster(mlrun=BOTH),
    "labels and groups": Cluster(mlrun=LABELS, node_groups=GROUPS),
    "a project on spot nodes": Cluster(mlrun=LABELS).in_project({LIFECYCLE: "preemptible"}),
}
each_cluster = pytest.mark.parametrize("cluster", CLUSTERS.values(), ids=CLUSTERS)

SPOT_PROFILES = {
    "spot_stateless": profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless"),
    "opportunistic_job": profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless"),
}


def function(kind: str = "job", profile: Any = None, cluster: Cluster | None = None, **spec: Any) -> Function:
    document = {"kind": kind, "metadata": {"name": "etl", "project": "churn"}, "spec": {"image": "i", **spec}}
    if profile is not None:
        profile.replace(cluster=cluster)(document)
    return adapter_for(document).read()


def step(**amounts: str) -> Function:
    limits = {name: quantity(text) for name, text in amounts.items()}
    pod = PodSettings(STEP, (Container("main", {}, limits),), priority_class="from-the-step", preemption_mode="none")
    return Function("etl", STEP, (pod,))


def placed(
    of: Function | None, cluster: Cluster, said: StepSettings = UNSAID, at: Function | None = None
) -> PodSettings:
    return step_pod(at or step(), of, said, cluster)


def on_demand(pod: PodSettings, cluster: Cluster) -> bool:
    spot = any(can_land(pod, shape) for shape in every_spot_shape(cluster, pod))
    return not spot and any(can_land(pod, shape) for shape in on_demand_shapes(cluster))


def sizes(pod: PodSettings) -> tuple[dict[str, str], dict[str, str]]:
    main = pod.containers[0]
    requests, limits = ({name: str(each) for name, each in of.items()} for of in (main.requests, main.limits))
    return requests, limits


class TestOnDemand:
    @each_cluster
    @pytest.mark.parametrize("profile", SPOT_PROFILES.values(), ids=SPOT_PROFILES)
    def test_also_where_the_run_is_on_spot(self, cluster: Cluster, profile: Any) -> None:
        of = function(profile=profile, cluster=cluster) if not cluster.default_node_selector else function()

        assert on_demand(placed(of, cluster), cluster)

    @each_cluster
    @pytest.mark.parametrize("selector", [{}, {LIFECYCLE: "preemptible"}, {"pool": "cheap"}], ids=str)
    def test_whatever_the_function_selects(self, cluster: Cluster, selector: dict[str, str]) -> None:
        pod = placed(function(node_selector=selector, preemption_mode="allow"), cluster)

        # Where it is not known what that group is, its name alone is not taken for one of spot nodes.
        assert on_demand(pod, cluster)
        assert pod.node_selector.get("pool") == (None if cluster.node_groups else selector.get("pool"))

    @each_cluster
    def test_a_step_whose_function_is_not_known(self, cluster: Cluster) -> None:
        pod = placed(None, cluster, at=step(cpu="1"))

        assert on_demand(pod, cluster)
        assert pod.priority_class == "from-the-step"
        assert sizes(pod) == ({}, {"cpu": "1"})

    def test_a_function_that_names_its_node(self) -> None:
        assert placed(function(node_name="spot-1"), Cluster(mlrun=LABELS)).node_name is None


class TestPlacement:
    def test_it_is_the_functions(self) -> None:
        cluster = Cluster(mlrun=LABELS, node_groups=GROUPS)
        of = function(profile=profiles.production_job(cpu=4, memory="16Gi", node_group="workers"), cluster=cluster)

        assert placed(of, cluster).node_selector == GROUPS[0].labels

    def test_a_steps_own_group_goes_before_the_one_of_the_functions_profile(self) -> None:
        cluster = Cluster(mlrun=LABELS)
        of = function(profile=profiles.production_job(cpu=4, memory="16Gi", node_group={"pool": "a"}), cluster=cluster)

        pod = placed(of, cluster, StepSettings.of({"node_group": {"zone": "b"}}))

        assert pod.node_selector == {"zone": "b"}

    @pytest.mark.parametrize(
        ("group", "fault"),
        [
            ("none", "step 'etl': job 'etl': the cluster has no node group 'none'; it has: workers, cheap, gpus"),
            ("cheap", "step 'etl': .* node group 'cheap' has spot nodes, and step promises on-demand nodes"),
        ],
    )
    def test_a_group_that_cannot_be(self, group: str, fault: str) -> None:
        said = StepSettings.of({"node_group": group})

        with pytest.raises(InvalidValue, match=fault):
            placed(function(), Cluster(mlrun=LABELS, node_groups=GROUPS), said)

    def test_a_function_with_gpus_does_not_keep_its_step_on_their_nodes(self) -> None:
        cluster = Cluster(mlrun=LABELS, node_groups=GROUPS)
        of = function(profile=profiles.production_job(cpu=4, memory="16Gi", gpus=1, node_group="gpus"), cluster=cluster)

        pod = placed(of, cluster)

        assert sizes(pod) == ({"cpu": "4", "memory": "16Gi"}, {"cpu": "4", "memory": "16Gi"})
        assert [group.name for group in GROUPS if can_land(pod, shape_of(group))] == ["workers"]

    def test_where_groups_are_not_known_the_functions_selection_stays(self) -> None:
        of = function(node_selector={"pool": "gpus"}, resources={"limits": {"nvidia.com/gpu": "1"}})

        assert placed(of, Cluster()).node_selector == {"pool": "gpus"}


class TestPriority:
    def test_it_is_the_functions(self) -> None:
        assert placed(function(priority_class_name="ours"), Cluster()).priority_class == "ours"

    def test_where_the_function_has_none_neither_has_the_step(self) -> None:
        """A class that is only assumed may not be there, and a pod that names it is refused."""
        assert placed(function(), Cluster(default_priority="usual")).priority_class is None

    def test_what_is_said_of_the_step(self) -> None:
        said = StepSettings.of({"priority": "low"})

        assert placed(function(priority_class_name="ours"), Cluster(), said).priority_class == "igz-workload-low"


class TestSizes:
    OURS: ClassVar = {
        "requests": {"cpu": "1", "memory": "4Gi"},
        "limits": {"cpu": "2", "memory": "8Gi", "amd.com/gpu": "1"},
    }

    def test_the_functions_cpu_and_memory_without_its_devices(self) -> None:
        pod = placed(function(resources=self.OURS), Cluster())

        assert sizes(pod) == ({"cpu": "1", "memory": "4Gi"}, {"cpu": "2", "memory": "8Gi"})

    def test_what_the_workflow_gave_to_the_step_stays(self) -> None:
        pod = placed(function(resources=self.OURS), Cluster(), at=step(memory="512Mi"))

        assert sizes(pod) == ({"cpu": "1"}, {"cpu": "2", "memory": "512Mi"})

    def test_mlruns_default_pod_resources_do_not(self) -> None:
        cluster = Cluster(default_limits={"memory": quantity("1Gi")})

        pod = placed(function(resources=self.OURS), cluster, at=step(memory="1Gi"))

        assert sizes(pod)[1] == {"cpu": "2", "memory": "8Gi"}

    def test_what_is_said_of_the_step_counts_most(self) -> None:
        said = StepSettings.of({"cpu": "100m"})

        pod = placed(function(resources=self.OURS), Cluster(), said, step(cpu="3"))

        assert sizes(pod) == ({"cpu": "100m", "memory": "4Gi"}, {"cpu": "100m", "memory": "8Gi"})

    def test_a_function_without_any_leaves_the_step_as_it_is(self) -> None:
        assert sizes(placed(function(), Cluster(), at=step(memory="1Gi"))) == ({}, {"memory": "1Gi"})

    def test_spark_sizes_its_driver_and_spells_memory_for_the_jvm(self) -> None:
        driver = {"requests": {"memory": "2g", "cpu": "1"}, "limits": {"cpu": "2"}}

        pod = placed(function("spark", driver_resources=driver), Cluster())

        assert sizes(pod) == ({"cpu": "1", "memory": "2Gi"}, {"cpu": "2", "memory": "2Gi"})

    @pytest.mark.parametrize(("kind", "field"), [("dask", "scheduler_resources"), ("mpijob", "resources")])
    def test_kinds_of_several_roles(self, kind: str, field: str) -> None:
        pod = placed(function(kind, None, None, **{field: self.OURS}), Cluster())

        assert sizes(pod) == ({"cpu": "1", "memory": "4Gi"}, {"cpu": "2", "memory": "8Gi"})

    def test_an_amount_that_is_a_pipelines_parameter_is_none(self) -> None:
        asked = {"limits": {"cpu": "{{inputs.parameters.cpu}}", "memory": "8Gi"}}

        assert sizes(placed(function(resources=asked), Cluster())) == ({}, {})


@each_cluster
@pytest.mark.parametrize("profile", SPOT_PROFILES.values(), ids=SPOT_PROFILES)
def test_placing_twice_is_placing_once(cluster: Cluster, profile: Any) -> None:
    of = function(profile=profile, cluster=cluster) if not cluster.default_node_selector else function()
    once = placed(of, cluster)

    assert placed(of, cluster, at=step().but(roles=(once,))) == once


clusters = st.builds(
    lambda preemptible, groups: Cluster(mlrun=preemptible, node_groups=groups),
    strategies.preemptibles,
    st.sampled_from([(), GROUPS, GROUPS[:2]]),
)


@settings(max_examples=examples(600))
@given(clusters, strategies.placements, st.sampled_from(["", "nvidia.com/gpu"]), st.sampled_from(["job", "remote"]))
def test_whatever_a_function_asks_for_its_step_stays_on_demand_without_devices(
    cluster: Cluster, asked: PodSettings, device: str, kind: str
) -> None:
    amounts = {name: quantity("1") for name in ("cpu", "memory", device) if name}
    role = asked.but(containers=(Container("base", {}, amounts),))
    of = Function("etl", kind, (role,))

    pod = placed(of, cluster)

    assert pod.gpu_types == ()
    assert on_demand(pod, cluster) or not on_demand(_off_spot(cluster), cluster)
    assert placed(of, cluster, at=step().but(roles=(pod,))) == pod


def _off_spot(cluster: Cluster) -> PodSettings:
    """The pod that asks for nothing but to be kept off spot nodes."""
    return PodSettings(STEP, affinity=Affinity((cluster.off_spot,)))
