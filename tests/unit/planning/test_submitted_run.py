"""A run's own request decides about retries and limits, whatever its function declares."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster, Workload, profiles
from igz_runtime.config.file import NO_FILE
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.functions import adapter_for
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.record import Applied
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.planning.judge_function import judged
from igz_runtime.planning.submitted_run import OF_THE_RUN, SubmittedRun
from igz_runtime.rules import rules
from igz_runtime.rules.findings import Findings

NEWEST = Cluster.iguazio()
BEFORE_RETRIES = Cluster.iguazio(mlrun_version="1.8.0")
DECLARED = Workload(stateful=False, restartable=True)


def function(profile: Any, kind: str = "job") -> dict[str, Any]:
    document: dict[str, Any] = {"kind": kind, "metadata": {"name": "scorer", "project": "churn"}, "spec": {}}
    return profile.apply(document, NEWEST)  # type: ignore[no-any-return]


def on_spot(workload: Any = DECLARED, **arguments: Any) -> dict[str, Any]:
    return function(profiles.spot_stateless(cpu=1, memory="2Gi", workload=workload, **arguments))


def findings(document: dict[str, Any], run: SubmittedRun | None, cluster: Cluster = NEWEST) -> Findings:
    return judged(adapter_for(document).read(), grounds_for(document, cluster, NO_FILE), run=run)[1]


def found(document: dict[str, Any], run: SubmittedRun | None, cluster: Cluster = NEWEST) -> set[str]:
    return {finding.rule for finding in findings(document, run, cluster)}


def test_these_rules_read_what_a_run_decides() -> None:
    """IGZ907 reads it too, on the function: what drifted there was drifted before the run."""
    of_the_run = {"restartable", "waiting_limit", "running_limit"}
    reading = [each.id for each in rules().values() if each.id.startswith("IGZ") and of_the_run & set(each.reads or ())]
    assert sorted(reading) == sorted((*OF_THE_RUN, "IGZ907"))


@pytest.mark.parametrize(
    ("run", "restarted"),
    [
        (None, True),
        (SubmittedRun(), False),
        (SubmittedRun(retries=1), True),
        (SubmittedRun(resubmitted=True), True),
    ],
)
def test_a_declaration_restarts_nothing(run: SubmittedRun | None, *, restarted: bool) -> None:
    assert ("IGZ103" not in found(on_spot(), run)) is restarted


def test_a_retry_needs_no_declaration() -> None:
    assert "IGZ103" not in found(on_spot("stateless"), SubmittedRun(retries=3))
    assert "IGZ103" in found(on_spot("stateless"), SubmittedRun(resubmitted=True))


def test_a_retry_that_the_server_does_not_know_is_none() -> None:
    assert "IGZ103" in found(on_spot("stateless"), SubmittedRun(retries=3), BEFORE_RETRIES)
    assert "IGZ103" not in found(on_spot(), SubmittedRun(), BEFORE_RETRIES)


def test_the_runs_own_limit_on_waiting_counts() -> None:
    opportunistic = function(profiles.opportunistic_job(cpu=1, memory="2Gi", waiting_limit="1h", workload="stateless"))
    assert "IGZ109" not in found(opportunistic, SubmittedRun(limits={"waiting_limit": "30m"}))
    assert "IGZ109" in found(opportunistic, SubmittedRun(limits={"waiting_limit": UNLIMITED}))


def test_the_runs_own_limit_on_running_counts_and_is_no_drift() -> None:
    workload = Workload(stateful=False, duration="30h")
    job = function(profiles.production_job(cpu=1, memory="2Gi", running_limit="36h", workload=workload))
    assert found(job, SubmittedRun(limits={"running_limit": "36h"})) & {"IGZ210", "IGZ907"} == set()
    assert found(job, SubmittedRun(limits={"running_limit": "48h"})) & {"IGZ210", "IGZ907"} == set()
    assert found(job, SubmittedRun(limits={"running_limit": "24h"})) & {"IGZ210", "IGZ907"} == {"IGZ210"}


def test_what_drifted_beside_it_is_found() -> None:
    job = function(profiles.production_job(cpu=1, memory="2Gi", running_limit="36h"))
    job["spec"]["preemption_mode"] = "allow"
    assert "IGZ907" in found(job, SubmittedRun(limits={"running_limit": "48h"}))


@pytest.mark.parametrize(
    ("run", "decides"),
    [
        (SubmittedRun(limits={"waiting_limit": "1h", "running_limit": "24h"}), False),
        (SubmittedRun(limits={"waiting_limit": "2h", "running_limit": "24h"}), True),
        (SubmittedRun(limits={"waiting_limit": "1h", "running_limit": "25h"}), True),
        (SubmittedRun(retries=1), True),
    ],
)
def test_whether_a_run_says_anything_of_its_own(run: SubmittedRun, *, decides: bool) -> None:
    document = function(profiles.opportunistic_job(cpu=1, memory="2Gi", waiting_limit="1h", workload="stateless"))
    read = adapter_for(document).read()
    assert run.decides(read, Workload(stateful=False), NEWEST) is decides
    assert run.decides(read, DECLARED, NEWEST)


PROFILES = (profiles.production_job, profiles.spot_stateless, profiles.opportunistic_job, profiles.development_job)


@pytest.mark.parametrize("kind", ["job", "mpijob", "databricks"])
@pytest.mark.parametrize("make", PROFILES, ids=lambda make: make.__name__)
def test_a_run_that_says_nothing_of_its_own_is_judged_as_its_function(make: Any, kind: str) -> None:
    try:
        document = function(make(cpu=1, memory="2Gi"), kind)
    except IgzRuntimeError:
        pytest.skip("the profile is not for this kind")
    read = adapter_for(document).read()
    limits = {"waiting_limit": read.roles[0].waiting_limit or UNLIMITED, "running_limit": "24h"}
    run = SubmittedRun(limits=limits)
    assert not run.decides(read, Workload(), NEWEST)
    assert findings(document, run) == findings(document, None)


def test_kinds_that_mlrun_does_not_retry_are_restarted_by_who_submits_them() -> None:
    workload = Workload(restartable=True)
    spark = function(profiles.production_job(cpu=1, memory="2Gi", workload=workload), "spark")
    read = adapter_for(spark).read()
    assert SubmittedRun().declared(read, Applied.on(read), NEWEST) == workload
