"""The assertions for users' unit tests: each both ways, on documents, so that nothing of MLRun is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Waiver, profiles, testing
from igz_runtime.errors import InvalidValue
from igz_runtime.testing import (
    assert_applied,
    assert_guaranteed,
    assert_may_run_on_spot,
    assert_never_on_spot,
    assert_no_refusal,
    assert_only_on_spot,
    assert_priority,
    assert_refused,
)

pytestmark = pytest.mark.every_environment

PRODUCTION = profiles.production_job(cpu=1, memory="2Gi")
SPOT = profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless")
SPOT_ONLY = profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless")

CONFIGURED = Cluster.from_dict({"mlrun": {"node_selector": {"app.iguazio.com/lifecycle": "preemptible"}}})
TAINTS_ONLY = Cluster.from_dict({"mlrun": {"tolerations": [{"key": "spot", "operator": "Exists"}]}})
DEFAULT_REQUESTS = Cluster.from_dict(
    {"mlrun": {}, "default_resources": {"requests": {"cpu": "25m", "memory": "1Mi"}, "limits": {}}}
)
TWO_GROUPS = Cluster.from_dict(
    {
        "mlrun": {},
        "node_groups": [
            {"name": "workers", "labels": {"pool": "workers"}, "lifecycle": "on-demand"},
            {"name": "spot", "labels": {"pool": "spot"}, "lifecycle": "spot"},
        ],
    }
)
ONE_CPU = {"cpu": "1", "memory": "1Gi"}


def document(kind: str = "job", name: str = "prep", **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name}, "spec": {"image": "registry/prep", **spec}}


def nuclio(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "nuclio.io/v1", "kind": "NuclioFunction", "metadata": {"name": "scorer"}, "spec": spec}


def applied(profile: Any, fn: dict[str, Any]) -> dict[str, Any]:
    profile.apply(fn)
    return fn


def failure(assertion: Any, *args: Any, **options: Any) -> str:
    """The message of an assertion that fails."""
    with pytest.raises(AssertionError) as caught:
        assertion(*args, **options)
    return str(caught.value)


def test_every_assertion_is_public_and_documented() -> None:
    defined = sorted(name for name in vars(testing) if name.startswith("assert_"))

    assert [*defined, "judge_rule"] == testing.__all__
    assert all("Raises:" in (getattr(testing, name).__doc__ or "") for name in testing.__all__)


def test_neither_pytest_nor_mlrun_is_imported() -> None:
    code = "import sys, igz_runtime.testing; print({'pytest', 'mlrun', 'kubernetes'} & set(sys.modules))"

    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path.cwd()) == "set()\n"


class TestGuaranteed:
    def test_holds(self) -> None:
        assert_guaranteed(applied(PRODUCTION, document()))
        assert_guaranteed(applied(PRODUCTION, nuclio()))
        assert_guaranteed(document(resources={"requests": ONE_CPU, "limits": ONE_CPU}))

    def test_fails_with_the_container_and_what_it_lacks(self) -> None:
        message = failure(assert_guaranteed, document(resources={"limits": {"cpu": "1"}}))

        assert message.startswith(
            "job 'prep' (main): the pod is Burstable, and Guaranteed is required: container 'base'"
        )
        assert "memory has no limit" in message
        assert "production_job" in message

    def test_limits_alone_depend_on_the_servers_default_requests(self) -> None:
        """Kubernetes copies the limits into the requests that are missing; a server with default requests is first."""
        limits_only = document(resources={"limits": ONE_CPU})

        assert_guaranteed(limits_only, CONFIGURED)
        assert "cpu request 25m differs from its limit 1" in failure(assert_guaranteed, limits_only, DEFAULT_REQUESTS)
        assert "not configured as is assumed here" in failure(assert_guaranteed, limits_only)

    def test_a_bare_sidecar_counts(self) -> None:
        fn = nuclio(resources={"requests": ONE_CPU, "limits": ONE_CPU}, sidecars=[{"name": "cache"}])

        assert "container 'cache' is not Guaranteed" in failure(assert_guaranteed, fn)

    def test_every_role_must_hold_unless_one_is_named(self) -> None:
        guaranteed = {"requests": ONE_CPU, "limits": ONE_CPU}
        dask = document("dask", scheduler_resources=guaranteed, worker_resources={"requests": ONE_CPU})

        assert_guaranteed(dask, role="scheduler")
        assert failure(assert_guaranteed, dask).startswith("dask 'prep' (worker): the pod is Burstable")

    @pytest.mark.parametrize(("kind", "container"), [("mpijob", "launcher"), ("application", "reverse proxy")])
    def test_a_container_that_the_platform_adds_counts_unless_it_is_left_out(self, kind: str, container: str) -> None:
        fn = applied(PRODUCTION, document(kind))

        message = failure(assert_guaranteed, fn)

        assert f"container '{container}' takes its resources from the platform" in message
        assert "reachable_only=True" in message
        assert_guaranteed(fn, reachable_only=True)

    def test_reachable_only_still_judges_what_the_function_sets(self) -> None:
        message = failure(assert_guaranteed, document("application"), reachable_only=True)

        assert "container 'application'" in message
        assert "proxy" not in message

    def test_guaranteed_default_resources_make_the_platforms_container_guaranteed(self) -> None:
        cluster = Cluster.from_dict({"mlrun": {}, "default_resources": {"requests": ONE_CPU, "limits": ONE_CPU}})

        assert_guaranteed(applied(PRODUCTION, document("mpijob")), cluster)

    def test_a_role_with_nothing_to_judge_never_passes(self) -> None:
        mpi = applied(PRODUCTION, document("mpijob"))
        spark = applied(profiles.production_job(cpu=1, memory="2Gi"), document("spark"))

        assert_guaranteed(spark)
        assert "no container takes its resources" in failure(assert_guaranteed, spark, role="step")
        assert "no container takes its resources" in failure(
            assert_guaranteed, mpi, role="launcher", reachable_only=True
        )


class TestNeverOnSpot:
    def test_holds(self) -> None:
        assert_never_on_spot(applied(PRODUCTION, document()))
        assert_never_on_spot(applied(PRODUCTION, nuclio()))
        assert_never_on_spot(document(preemption_mode="prevent"), CONFIGURED)

    def test_fails_with_the_spot_nodes(self) -> None:
        message = failure(assert_never_on_spot, document(preemption_mode="allow"), CONFIGURED)

        assert message == (
            "job 'prep' (main): the pod can land on spot nodes (app.iguazio.com/lifecycle=preemptible), and must land "
            "on no spot node; apply profiles.production_job(…)"
        )

    def test_a_mode_alone_is_no_proof_where_the_servers_configuration_is_assumed(self) -> None:
        message = failure(assert_never_on_spot, document(preemption_mode="prevent"))

        assert "on a server that is not configured as is assumed here" in message
        assert "cluster=" in message

    def test_is_judged_at_worst_with_spot_nodes_that_carry_no_taint(self) -> None:
        """Where only tolerations are configured, `prevent` leans on taints, which EKS' spot nodes do not carry."""
        message = failure(assert_never_on_spot, document(preemption_mode="prevent"), TAINTS_ONLY)

        assert "spot nodes (app.iguazio.com/lifecycle=preemptible; perhaps untainted: the node groups" in message
        assert_never_on_spot(PRODUCTION.apply(document(), TAINTS_ONLY), TAINTS_ONLY)

    def test_a_known_node_group_is_named(self) -> None:
        assert "node group 'spot'" in failure(assert_never_on_spot, document(), TWO_GROUPS)
        assert_never_on_spot(document(node_selector={"pool": "workers"}), TWO_GROUPS)

    def test_one_role_can_be_judged(self) -> None:
        spark = document("spark", driver_preemption_mode="prevent", executor_preemption_mode="allow")

        assert_never_on_spot(spark, CONFIGURED, role="driver")
        assert failure(assert_never_on_spot, spark, CONFIGURED).startswith("spark 'prep' (executor): ")

    def test_a_pod_that_kubernetes_refuses_does_not_pass_as_landing_nowhere(self) -> None:
        message = failure(assert_never_on_spot, nuclio(preemptionMode="constrain"), TAINTS_ONLY)

        assert message.startswith("nuclio 'scorer' (main): Kubernetes refuses the pod, and it never runs")


class TestMayRunOnSpot:
    def test_holds(self) -> None:
        assert_may_run_on_spot(applied(SPOT, document()))
        assert_may_run_on_spot(applied(SPOT_ONLY, document()))
        assert_may_run_on_spot(document(preemption_mode="allow"), TAINTS_ONLY)

    def test_fails(self) -> None:
        message = failure(assert_may_run_on_spot, applied(PRODUCTION, document()))

        assert message.startswith("job 'prep' (main): the pod cannot land on spot nodes (app.iguazio.com/lifecycle")
        assert "spot_stateless" in message

    def test_a_spark_driver_stays_on_demand(self) -> None:
        waived = SPOT.replace(waive={"IGZ101": Waiver("shuffle files are on the platform's file system")})
        spark = applied(waived, document("spark"))

        assert_may_run_on_spot(spark, role="executor")
        assert failure(assert_may_run_on_spot, spark).startswith("spark 'prep' (driver): ")

    def test_a_mode_without_the_toleration_is_not_enough(self) -> None:
        """`allow` tolerates what MLRun is configured with, and the spot group carries another taint."""
        cluster = Cluster.from_dict(
            {
                "mlrun": {"tolerations": [{"key": "spot", "operator": "Exists"}]},
                "node_groups": [{"name": "cheap", "lifecycle": "spot", "taints": [{"key": "preemptible"}]}],
            }
        )

        assert "node group 'cheap'" in failure(assert_may_run_on_spot, document(preemption_mode="allow"), cluster)

    def test_a_cluster_without_spot_nodes_has_nowhere_to_land(self) -> None:
        cluster = Cluster.from_dict({"mlrun": {}, "node_groups": [{"name": "workers", "lifecycle": "on-demand"}]})

        assert "the cluster has none" in failure(assert_may_run_on_spot, document(), cluster)


class TestOnlyOnSpot:
    def test_holds(self) -> None:
        assert_only_on_spot(applied(SPOT_ONLY, document()))
        assert_only_on_spot(document(preemption_mode="constrain"), CONFIGURED)
        assert_only_on_spot(document(node_selector={"pool": "spot"}), TWO_GROUPS)

    def test_fails_on_what_may_run_on_demand_as_well(self) -> None:
        message = failure(assert_only_on_spot, applied(SPOT, document()))

        assert message.startswith(
            "job 'prep' (main): the pod can land on on-demand nodes, and must land on spot nodes only"
        )
        assert "opportunistic_job" in message

    def test_fails_on_what_cannot_run_on_spot(self) -> None:
        assert "the pod cannot land on" in failure(assert_only_on_spot, applied(PRODUCTION, document()))

    def test_the_mode_alone_does_not_constrain_where_only_tolerations_are_configured(self) -> None:
        assert "can land on on-demand nodes" in failure(
            assert_only_on_spot, document(preemption_mode="constrain"), TAINTS_ONLY
        )


class TestPriority:
    def test_holds(self) -> None:
        assert_priority(applied(PRODUCTION, document()), "high")
        assert_priority(applied(PRODUCTION, document()), "igz-workload-high")
        assert_priority(document(priority_class_name="gold"), "gold")

    def test_fails_with_both_classes(self) -> None:
        assert failure(assert_priority, applied(PRODUCTION, document()), "low") == (
            "job 'prep' (main): the pod has priority class 'igz-workload-high', and 'igz-workload-low' is required; "
            "give priority='low' to the profile"
        )

    def test_an_alias_stands_for_the_clusters_own_class(self) -> None:
        cluster = Cluster.from_dict({"mlrun": {}, "priority_aliases": {"high": "gold"}})

        assert_priority(document(priority_class_name="gold"), "high", cluster)
        assert "'gold' is required" in failure(assert_priority, applied(PRODUCTION, document()), "high", cluster)

    def test_the_servers_default_counts_where_it_is_known_and_not_where_it_is_assumed(self) -> None:
        known = Cluster.from_dict({"mlrun": {}, "default_priority": "igz-workload-medium"})

        assert_priority(document(), "medium", known)
        assert "no priority class" in failure(assert_priority, document(), "medium")


class TestApplied:
    def test_holds(self) -> None:
        fn = applied(PRODUCTION, document())

        assert_applied(fn, "production_job")
        assert_applied(fn, PRODUCTION)

    def test_what_a_user_adds_beside_the_profile_is_no_change_of_it(self) -> None:
        fn = applied(PRODUCTION, document(node_selector={"zone": "a"}))
        fn["spec"]["node_selector"]["disk"] = "nvme"
        fn["spec"]["tolerations"] = [{"key": "dedicated", "operator": "Exists"}]

        assert_applied(fn, "production_job")

    def test_fails_without_a_profile(self) -> None:
        assert failure(assert_applied, document(), "production_job").startswith("job 'prep': no profile is applied")

    def test_fails_on_another_profile(self) -> None:
        message = failure(assert_applied, applied(PRODUCTION, document()), "spot_stateless")

        assert message == "job 'prep': production_job is applied, and spot_stateless is required"

    @pytest.mark.parametrize("profile", ["production_job", PRODUCTION])
    @pytest.mark.parametrize(
        ("field", "value", "role_and_field"),
        [
            ("priority_class_name", "igz-workload-low", "main: priority class is 'igz-workload-low'"),
            ("affinity", None, "main: affinity is not set, and app.iguazio.com/lifecycle NotIn [preemptible]"),
            ("resources", {"limits": ONE_CPU}, "main: cpu request of container 'base' is not set, and "),
            ("preemption_mode", "allow", "main: preemption mode is 'allow'"),
        ],
    )
    def test_a_field_that_was_changed_since_is_named(
        self, profile: Any, field: str, value: Any, role_and_field: str
    ) -> None:
        fn = applied(PRODUCTION, document(preemption_mode="constrain"))
        fn["spec"][field] = value

        message = failure(assert_applied, fn, profile)

        assert message.startswith("job 'prep': production_job is applied, and does not stand; apply it again\n")
        assert role_and_field in message
        assert "is required" in message

    def test_a_selector_and_a_toleration_of_the_profile_that_were_removed_are_named(self) -> None:
        fn = SPOT_ONLY.replace(node_group="batch").apply(document(), TAINTS_ONLY)
        del fn["spec"]["node_selector"]
        del fn["spec"]["tolerations"]

        message = failure(assert_applied, fn, "opportunistic_job")

        assert "main: node selector app.iguazio.com/node-group is not set, and 'batch' is required" in message
        assert "main: toleration spot Exists:(any effect) is not there, and it is required" in message

    def test_a_profile_with_other_arguments_or_waivers_is_another(self) -> None:
        fn = applied(PRODUCTION, document())

        assert "its arguments are" in failure(assert_applied, fn, PRODUCTION.replace(cpu=2))
        assert "its waivers are" in failure(assert_applied, fn, PRODUCTION.replace(waive={"IGZ101": Waiver("cron")}))

    def test_what_stood_there_before_is_required_as_well(self) -> None:
        """The record says what the profile decides, and not only what it had to change."""
        fn = applied(PRODUCTION, document(priority_class_name="igz-workload-high"))
        fn["spec"]["priority_class_name"] = "igz-workload-low"

        for profile in ("production_job", PRODUCTION):
            assert "priority class is 'igz-workload-low'" in failure(assert_applied, fn, profile)


class TestRefusals:
    def test_no_refusal_holds(self) -> None:
        assert_no_refusal(applied(PRODUCTION, document(name="trainer")))

    def test_no_refusal_fails_with_each_finding_and_its_fix(self) -> None:
        trainer = document(name="trainer", preemption_mode="allow")

        message = failure(assert_no_refusal, trainer)

        assert message.startswith(
            "job 'trainer': no rule may refuse it\n  IGZ101 error: job 'trainer' (main): stateful"
        )
        assert "fix: keep it on demand" in message
        assert_no_refusal(trainer, workload="stateless")

    def test_a_waived_finding_does_not_refuse(self) -> None:
        waived = SPOT.replace(workload="stateful", waive={"IGZ101": Waiver("resubmitted by cron")})

        assert_no_refusal(applied(waived, document()))

    def test_no_refusal_judges_one_role_where_it_is_named(self) -> None:
        spark = document("spark", driver_preemption_mode="prevent", executor_preemption_mode="allow")

        assert_no_refusal(spark, CONFIGURED, role="driver")
        assert "(executor)" in failure(assert_no_refusal, spark, CONFIGURED)

    def test_refused_holds_and_changes_nothing(self) -> None:
        trainer = document(name="trainer")

        assert_refused(profiles.spot_stateless(cpu=1, memory="1Gi"), trainer, "IGZ101")
        assert_refused(profiles.spot_stateless(cpu=1, memory="1Gi"), trainer)

        assert trainer == document(name="trainer")

    def test_refused_fails_where_the_profile_can_be_applied(self) -> None:
        message = failure(assert_refused, PRODUCTION, document(), "IGZ101")

        assert message.startswith("job 'prep': production_job(cpu='1', memory='2Gi', priority='high') can be applied")
        assert "IGZ101 (stateful work that can land on spot nodes)" in message
        assert "must be refused: a refusal" in failure(assert_refused, PRODUCTION, document())

    def test_refused_fails_where_another_rule_refuses(self) -> None:
        message = failure(
            assert_refused, profiles.spot_stateless(cpu=1, memory="1Gi"), document(name="trainer"), "IGZ101", "IGZ302"
        )

        assert "must be refused by IGZ101 (stateful" in message
        assert "IGZ302 (a priority class that is reserved" in message
        assert "it is refused by\n  IGZ101 error" in message

    def test_refused_is_planned_on_the_given_cluster(self) -> None:
        unknown_class = PRODUCTION.replace(priority="gold")
        has_gold = Cluster.from_dict({"mlrun": {}, "priority_classes": ["gold"]})

        assert_refused(unknown_class, document(), "IGZ301")
        assert "can be applied" in failure(assert_refused, unknown_class, document(), "IGZ301", cluster=has_gold)


def test_a_part_out_of_sight_fails_unless_a_role_is_named() -> None:
    """MLRun keeps no more than the name of a serving graph's child function after a round trip."""
    import mlrun

    fn = mlrun.new_function("graph", kind="serving", image="registry/graph")
    fn.set_topology("flow", engine="async").to("dict", name="enrich", function="child").respond()
    fn.add_child_function("child", url=__file__, image="registry/child", kind="remote")
    fn = mlrun.new_function(runtime=fn.to_dict())

    message = failure(assert_may_run_on_spot, fn, CONFIGURED)

    assert message.startswith("serving 'graph': a part cannot be judged (child function 'child': MLRun keeps only")
    assert "name the role to judge" in message
    assert_never_on_spot(fn, CONFIGURED, role="main")


class TestMistakesOfTheTest:
    """Not AssertionErrors: a test that asks for what does not exist must not look like a function that fails."""

    @pytest.mark.parametrize(
        "assertion",
        [assert_guaranteed, assert_never_on_spot, assert_may_run_on_spot, assert_only_on_spot, assert_no_refusal],
    )
    def test_a_role_that_does_not_exist(self, assertion: Any) -> None:
        with pytest.raises(InvalidValue, match="job 'prep' has no role 'executor'; it has: main"):
            assertion(document(), role="executor")

    def test_a_rule_that_does_not_exist(self) -> None:
        with pytest.raises(InvalidValue, match="there is no rule 'IGZ11'"):
            assert_refused(PRODUCTION, document(), "IGZ11")
