"""The built-in profiles as factories. Their arguments are explained in `igz_runtime.profiles`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igz_runtime.profiles.factory import Job, Placement, Run, factory, profile_of
from igz_runtime.profiles.profile import Profile

if TYPE_CHECKING:
    from typing_extensions import Unpack


@factory
def production_job(*, priority: str = "high", **placement: Unpack[Job]) -> Profile:
    """Work whose completion must be guaranteed: on demand, Guaranteed, high priority. For any kind of function.

    Source: "For workloads whose completion must be guaranteed, the Kubernetes Guaranteed QoS class is recommended."

    >>> production_job(cpu=4, memory="16Gi")
    production_job(cpu='4', memory='16Gi', priority='high')
    """
    return profile_of("production_job", lifecycle="on-demand", priority=priority, **placement)


@factory
def production_service(*, replicas: int = 2, priority: str = "high", **placement: Unpack[Placement]) -> Profile:
    """A Nuclio, serving or application function that must stay up: on demand, Guaranteed, at least two replicas.

    Args:
        replicas: the least number of pods.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see `igz_runtime.profiles`.

    Source: "A minimum of 2 instances are required for high availability."
    """
    return profile_of(
        "production_service",
        lifecycle="on-demand",
        priority=priority,
        replicas=replicas,
        services_only=True,
        **placement,
    )


@factory
def spot_stateless(*, priority: str = "medium", **placement: Unpack[Job]) -> Profile:
    """Stateless work that may run on spot nodes, and on demand where there are none: Guaranteed, medium priority.

    Evidence of state (a handler called `train`, say) refuses, until the workload is declared stateless or the rule is
    waived. Spark's driver stays on demand.

    Source: "This is a viable choice if you can be flexible about when your applications run and if your applications
    can be interrupted."
    """
    return profile_of("spot_stateless", lifecycle="any", priority=priority, **placement)


@factory
def opportunistic_job(*, waiting_limit: str = "1h", priority: str = "low", **placement: Unpack[Job]) -> Profile:
    """A job that runs only when inexpensive resources are available: spot nodes only, low priority, a limit on waiting.

    Args:
        waiting_limit: how long a run may wait for a node before MLRun aborts it, such as `30m` or `4h`.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see `igz_runtime.profiles`.

    Source: "Is this a job that should run only when there are inexpensive resources available?"
    """
    return profile_of(
        "opportunistic_job", lifecycle="spot", priority=priority, waiting_limit=waiting_limit, **placement
    )


@factory
def gpu_notebook(
    *, gpus: int = 1, scale_to_zero: bool = True, priority: str = "medium", **placement: Unpack[Run]
) -> Profile:
    """A GPU function started from a notebook: on demand, Guaranteed, bound to the GPU node group where it is known.

    Args:
        gpus: accelerators for each role that computes.
        scale_to_zero: whether a Nuclio function (`minReplicas: 0`) or a Jupyter service gives its GPU back when it is
            idle.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see `igz_runtime.profiles`.

    Source: "If GPUs are needed, use a dedicated node group for the GPUs."
    """
    return profile_of(
        "gpu_notebook",
        lifecycle="on-demand",
        priority=priority,
        development=True,
        **{**placement, "gpus": gpus, "scale_to_zero": scale_to_zero},
    )


@factory
def development_notebook(
    *, gpus: int = 0, scale_to_zero: bool = True, priority: str = "medium", **placement: Unpack[Run]
) -> Profile:
    """A Jupyter service, or what is started from one: on demand, memory guaranteed, no GPU, given back when idle.

    Args:
        gpus: accelerators for each role that computes; 0: none, whatever the function asks for.
        scale_to_zero: whether a Jupyter service or a Nuclio function goes down to no pods when it is idle.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see `igz_runtime.profiles`.

    Source: "In a development environment, resource consumption may vary on a regular basis and users may employ
    different strategies."
    """
    return profile_of(
        "development_notebook",
        lifecycle="on-demand",
        qos="Burstable",
        priority=priority,
        development=True,
        **{**placement, "gpus": gpus, "scale_to_zero": scale_to_zero},
    )


@factory
def development_job(*, priority: str = "low", **placement: Unpack[Job]) -> Profile:
    """Development work: on demand, low priority, memory guaranteed, and the CPU request left to the platform.

    Source: "The development environment's compute resource requirements are usually more lenient"; "Avoid changing
    this value [the CPU request] except in cases where your workload requires Guaranteed QoS".
    """
    return profile_of(
        "development_job", lifecycle="on-demand", qos="Burstable", priority=priority, development=True, **placement
    )


BUILT_IN = (
    production_job,
    production_service,
    spot_stateless,
    opportunistic_job,
    gpu_notebook,
    development_notebook,
    development_job,
)
"""The factories of the built-in profiles."""
