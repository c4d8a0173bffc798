"""Unit tests of a team's factories: what must hold of its functions, whatever else changes. No server, no cluster.

Run them with `cd examples/factory && python -m pytest`.
"""

import functions

from igz_runtime import Cluster, profiles
from igz_runtime.testing import (
    assert_applied,
    assert_guaranteed,
    assert_may_run_on_spot,
    assert_never_on_spot,
    assert_no_refusal,
    assert_priority,
    assert_refused,
)

PRODUCTION = Cluster.from_dict(
    {
        "environment": "production",
        "mlrun": {"node_selector": {"app.iguazio.com/lifecycle": "preemptible"}},
        "node_groups": [
            {"name": "initial", "labels": {"app.iguazio.com/node-group": "initial"}, "core": True},
            {"name": "churn", "labels": {"app.iguazio.com/node-group": "churn"}, "lifecycle": "on-demand"},
        ],
    }
)


def test_training_is_on_demand_and_guaranteed() -> None:
    fn = functions.training_function(gpus=1)

    assert_guaranteed(fn)
    assert_never_on_spot(fn)
    assert_priority(fn, "high")


def test_training_runs_under_the_teams_own_profile() -> None:
    assert_applied(functions.training_function(), "churn_production")


def test_training_stays_off_the_core_services_in_production() -> None:
    assert_no_refusal(functions.training_function(), PRODUCTION)


def test_training_is_refused_on_spot() -> None:
    assert_refused(profiles.spot_stateless(cpu=8, memory="32Gi"), functions.training_function(), "IGZ101")


def test_tuning_may_run_on_spot_because_it_starts_again() -> None:
    fn = functions.tuning_function()

    assert_may_run_on_spot(fn)
    assert_no_refusal(fn)


def test_scoring_stays_up() -> None:
    fn = functions.scoring_function()

    assert_applied(fn, "production_service")
    assert_guaranteed(fn)
    assert_never_on_spot(fn)
