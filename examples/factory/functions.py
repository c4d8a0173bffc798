"""A team's own factories: each function of the team is made here, with its profile, and nowhere else.

The team's own promises stand on top of the built-in profiles: production runs on the team's node group, and nothing
runs on spot nodes that nobody starts again. They are written once, and every factory uses them.
"""

from typing import Any

import mlrun

from igz_runtime import Waiver, Workload, profiles

IMAGE = "registry.example.com/churn:1"

churn_production = profiles.production_job(node_group="churn").replace(name="churn_production")
"""What the team runs in production: `production_job`, on the team's own node group, under the team's own name."""


def churn_spot(reason: str, **arguments: Any) -> Any:
    """A profile for the team's work on spot nodes, which nobody gets without saying what starts the work again.

    Args:
        reason: what restarts it after an eviction.
        **arguments: as `profiles.spot_stateless` takes them.
    """
    accepted = {"IGZ101": Waiver(reason)}
    return profiles.spot_stateless(workload=Workload(restartable=True), waive=accepted, **arguments)


def training_function(name: str = "train-churn", *, gpus: int | None = None) -> Any:
    """The training: on demand, Guaranteed, high priority."""
    fn = mlrun.new_function(name, kind="job", image=IMAGE, command="train.py")
    return fn.apply(churn_production.replace(cpu=8, memory="32Gi", gpus=gpus))


def tuning_function(name: str = "tune-churn") -> Any:
    """The search for hyperparameters: training as well, but each trial is small and is simply tried again."""
    fn = mlrun.new_function(name, kind="job", image=IMAGE, command="tune.py")
    return fn.apply(churn_spot("the search submits a trial again that did not report", cpu=2, memory="8Gi"))


def scoring_function(name: str = "score-churn") -> Any:
    """The service that scores: on demand, Guaranteed, two replicas at least."""
    fn = mlrun.new_function(name, kind="nuclio", image=IMAGE)
    return fn.apply(profiles.production_service(cpu=1, memory="2Gi"))
