"""What must hold of the functions' pods, whatever else changes. No server, no cluster."""

from typing import Any

from igz_runtime import profiles
from igz_runtime.testing import (
    assert_applied,
    assert_guaranteed,
    assert_may_run_on_spot,
    assert_never_on_spot,
    assert_no_refusal,
    assert_priority,
    assert_refused,
)


def test_every_function_has_a_profile(project: Any) -> None:
    for name in project.get_function_names():
        assert profiles.applied_to(project.get_function(name)), name


def test_training_is_on_demand_and_guaranteed(project: Any) -> None:
    train = project.get_function("train")

    assert_applied(train, "production_job")
    assert_guaranteed(train)
    assert_never_on_spot(train)
    assert_priority(train, "high")


def test_training_is_refused_on_spot(project: Any) -> None:
    spot = profiles.spot_stateless(cpu=4, memory="8Gi", workload="stateful")

    assert_refused(spot, project.get_function("train"), "IGZ101")


def test_batch_scoring_may_run_on_spot_because_it_is_started_again(project: Any) -> None:
    score = project.get_function("score-daily")

    assert_may_run_on_spot(score)
    assert_no_refusal(score)


def test_what_answers_customers_stays_up(project: Any) -> None:
    for name in ("model-server", "portal"):
        service = project.get_function(name)
        assert_applied(service, "production_service")
        assert_never_on_spot(service)
        assert service.spec.min_replicas >= 2
