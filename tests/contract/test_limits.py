"""How long a run may wait and run, on MLRun's own functions of every kind: written, taken back, and said by a plan."""

from __future__ import annotations

from typing import Any

import mlrun
import pytest

from igz_runtime import Cluster, Workload, check, profiles
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.durations import seconds_of
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.names import RELEASED_THRESHOLDS
from igz_runtime.profiles import Plan
from igz_runtime.report.plan import plan_content
from tests.contract.functions import job

SIZES: dict[str, Any] = {"cpu": 1, "memory": "2Gi"}
RUNS = [kind.name for kind in KINDS.values() if kind.waits]
OTHERS = [kind.name for kind in KINDS.values() if kind.roles and kind.of_mlrun and not kind.waits]


def said_of(plan: Plan, name: str = "lifetime") -> str:
    return next((row.lines[0] for row in plan_content(plan).lifetime if row.name == name), "")


@pytest.mark.parametrize("kind", RUNS)
@pytest.mark.parametrize(("limit", "written"), [("36h", "36h"), ("none", "-1")])
def test_the_limit_is_written_as_mlruns_threshold_and_taken_back(kind: str, limit: str, written: str) -> None:
    fn = job(kind)
    before = dict(fn.spec.state_thresholds)

    profiles.production_job(running_limit=limit, **SIZES).apply(fn)

    assert fn.spec.state_thresholds == {**before, "executing": written}
    assert "IGZ210" not in {finding.rule for finding in check(fn)}
    profiles.remove(fn)
    assert fn.spec.state_thresholds == before


@pytest.mark.parametrize("kind", RUNS)
def test_a_limit_that_a_person_set_stays(kind: str) -> None:
    fn = job(kind)
    fn.set_state_thresholds({"executing": "3h"})

    plan = profiles.production_job(**SIZES).plan(fn)
    plan.apply()

    assert fn.spec.state_thresholds["executing"] == "3h"
    assert "3h of running;" in said_of(plan)


@pytest.mark.parametrize("kind", OTHERS)
def test_a_kind_without_limits_says_so(kind: str) -> None:
    fn = job(kind)
    plan = profiles.production_job(running_limit="36h", **SIZES).plan(fn)

    assert said_of(plan) == f"no time limit: MLRun has none for kind '{kind}', so that running_limit='36h' does nothing"
    plan.apply()
    assert fn.spec.state_thresholds is None


PLANS: dict[str, tuple[dict[str, str], str]] = {
    "nothing said": ({}, "MLRun aborts it after 24h of running (its default); it waits for a node without limit"),
    "the default, said": (
        {"running_limit": "24h"},
        "MLRun aborts it after 24h of running; it waits for a node without limit",
    ),
    "no limit": ({"running_limit": "none"}, "waits for a node and runs without limit"),
    "both": (
        {"waiting_limit": "30m", "running_limit": "2h"},
        "MLRun aborts it after 30m of waiting for a node, or 2h of running",
    ),
    "waiting alone": (
        {"waiting_limit": "30m", "running_limit": "none"},
        "MLRun aborts it after 30m of waiting for a node; it runs without limit",
    ),
}


@pytest.mark.parametrize(("limits", "said"), PLANS.values(), ids=PLANS)
def test_a_plan_says_how_long_a_run_may_wait_and_run(limits: Any, said: str) -> None:
    assert said_of(profiles.production_job(**SIZES).replace(**limits).plan(job("job"))) == said


NOT_AGAIN = ", and is not started again"
KILLED = {
    "job": "the run fails; fn.run(**plan.run_options(retries=3)) retries it",
    **dict.fromkeys(("databricks", "remote-spark", "mpijob"), f"the run fails{NOT_AGAIN}"),
    "spark": f"Spark replaces an executor; without its driver the run fails{NOT_AGAIN}",
    "dask": f"Dask goes on with the workers that are left; without its scheduler the cluster is lost{NOT_AGAIN}",
    **dict.fromkeys(("remote", "serving", "application"), ""),
}
"""By kind; that Kubernetes starts a service again goes without saying."""


def test_every_kind_of_mlrun_is_here() -> None:
    assert KILLED.keys() == {*RUNS, *OTHERS}


@pytest.mark.parametrize(("kind", "said"), KILLED.items())
def test_a_plan_says_what_becomes_of_a_pod_that_is_killed_for_its_memory(kind: str, said: str) -> None:
    plan = profiles.production_job(**SIZES).plan(job(kind))

    text, _, _ = said_of(plan, "restart").removeprefix("out of memory: ").partition(" (MLRun")
    assert text == said


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        (each, kind)
        for each in profiles.BUILT_IN
        for kind in ("job", "spark", "remote")
        if each is not profiles.production_service or kind == "remote"
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_no_profile_leaves_a_memory_limit_above_its_request(profile: Any, kind: str) -> None:
    fn = job(kind)
    if kind == "spark":
        fn.with_executor_requests(mem="1g", cpu=1)
    else:
        fn.with_requests(mem="1Gi", cpu=1)
        fn.with_limits(mem="64Gi")
        assert "IGZ207" in {finding.rule for finding in check(fn)}
    plan = profile(workload="stateless", **SIZES).plan(fn)

    assert "IGZ207" not in {finding.rule for finding in plan.findings}
    for role in plan.roles:
        assert [c.requests["memory"] for c in role.after.containers if c.reachable] == [
            c.limits["memory"] for c in role.after.containers if c.reachable
        ]


def test_mlrun_before_its_limits_has_none() -> None:
    plan = profiles.production_job(**SIZES).plan(job("job"), Cluster.iguazio(mlrun_version="1.5.2"))

    assert said_of(plan) == "no time limit: MLRun 1.5.2 has none"


def test_a_service_that_is_kept_running_takes_no_limit() -> None:
    with pytest.raises(InvalidValue, match="production_service: running_limit: MLRun limits runs"):
        profiles.production_service(running_limit="36h", **SIZES)  # type: ignore[call-arg]


@pytest.mark.parametrize("duration", ["-1", "none", "30", 30, "1h 30m", True])
def test_a_duration_is_one_number_with_its_unit(duration: Any) -> None:
    with pytest.raises(InvalidValue, match=r"workload: duration: .* is not one number with one unit"):
        Workload(duration=duration)


def test_what_is_declared_of_the_duration_is_recorded() -> None:
    fn = job("job")
    fn.set_state_thresholds({"executing": "25h"})
    profiles.production_job(workload=Workload(duration="30h"), **SIZES).apply(fn)

    assert [(f.rule, f.severity) for f in check(fn)] == [("IGZ210", "warning")]


def test_a_limit_that_was_changed_by_hand_is_said_once() -> None:
    fn = job("job")
    profiles.production_job(running_limit="36h", workload=Workload(duration="30h"), **SIZES).apply(fn)
    fn.set_state_thresholds({"executing": "24h"})

    assert [(f.rule, f.severity) for f in check(fn)] == [("IGZ907", "error")]


def test_the_released_thresholds_are_those_of_the_installed_mlrun() -> None:
    assert mlrun.mlconf.function.spec.state_thresholds.default.to_dict() == RELEASED_THRESHOLDS


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(
            ("24h", 86400),
            ("1 day and 30min", 88200),
            ("90 minutes, 5s", 5405),
            ("2hrs", 7200),
            ("1.5 h", 5400),
            ("1 week", 604800),
        ),
        *(("1 month", None), ("", None), ("h", None), ("2 h soon", None), ("-1", float("inf"))),
    ],
)
def test_a_threshold_is_understood_or_not_known(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds
