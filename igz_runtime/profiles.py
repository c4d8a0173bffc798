"""The built-in profiles: what each promises, and the arguments that it takes.

Every profile takes these arguments:

- `cpu`, `memory`: cores and bytes, as numbers or Kubernetes quantities (`0.5`, `"500m"`, `"16Gi"`). What is left out
  is taken from the function; where the function says nothing either, planning raises `MissingResources`.
- `gpus`, `gpu_type`: accelerators for each role that computes, and their resource name.
- `node_group`: a node group's name, or the labels that select it.
- `priority`: `low`, `medium`, `high`, or the name of a priority class.
- `sizes`: what differs from `cpu` and `memory`, by role or container name: `{"driver": {"cpu": 1, "memory": "2Gi"}}`.
- `workload`: what the function does: `"stateless"`, `"stateful"`, `"mission-critical"` or a `Workload`.
- `cluster`: the `Cluster` that the promise is proved on; else the current one, at the time of planning.
- `waive`: accepted rules: `{"IGZ101": Waiver("resubmitted by cron", until="2027-01-31")}`.

They raise `InvalidValue` for a value that could never be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from igz_runtime.arguments import Amount, Size
from igz_runtime.cluster.model import Cluster
from igz_runtime.profile import Profile
from igz_runtime.record import Applied
from igz_runtime.waiver import Waiver
from igz_runtime.workload import Workload

if TYPE_CHECKING:
    from typing_extensions import Unpack


class _Common(TypedDict, total=False):
    """Arguments that every profile takes; the module's docstring says what each means."""

    cpu: Amount | None
    memory: Amount | None
    gpu_type: str
    node_group: str | Mapping[str, str] | None
    sizes: Mapping[str, Size | Mapping[str, Amount]]
    workload: Workload | str
    cluster: Cluster | None
    waive: Mapping[str, Waiver]


class Placement(_Common, total=False):
    """The same, and accelerators."""

    gpus: int | None


def production_job(*, priority: str = "high", **placement: Unpack[Placement]) -> Profile:
    """Work whose completion must be guaranteed: on demand, Guaranteed, high priority. For any kind of function.

    Source: "For workloads whose completion must be guaranteed, the Kubernetes Guaranteed QoS class is recommended."

    >>> production_job(cpu=4, memory="16Gi")
    production_job(cpu='4', memory='16Gi', priority='high')
    """
    return _profile("production_job", lifecycle="on-demand", priority=priority, **placement)


def production_service(*, replicas: int = 2, priority: str = "high", **placement: Unpack[Placement]) -> Profile:
    """A Nuclio, serving or application function that must stay up: on demand, Guaranteed, at least two replicas.

    Args:
        replicas: the least number of pods.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see the module.

    Source: "A minimum of 2 instances are required for high availability."
    """
    return _profile(
        "production_service",
        lifecycle="on-demand",
        priority=priority,
        replicas=replicas,
        services_only=True,
        **placement,
    )


def spot_stateless(*, priority: str = "medium", **placement: Unpack[Placement]) -> Profile:
    """Stateless work that may run on spot nodes, and on demand where there are none: Guaranteed, medium priority.

    Evidence of state (a handler called `train`, say) refuses, until the workload is declared stateless or the rule is
    waived. Spark's driver stays on demand.

    Source: "This is a viable choice if you can be flexible about when your applications run and if your applications
    can be interrupted."
    """
    return _profile("spot_stateless", lifecycle="any", priority=priority, **placement)


def opportunistic_job(*, waiting_limit: str = "1h", priority: str = "low", **placement: Unpack[Placement]) -> Profile:
    """A job that runs only when inexpensive resources are there: spot nodes only, low priority, a limit on waiting.

    Args:
        waiting_limit: how long a run may wait for a node before MLRun aborts it, such as `30m` or `4h`.
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see the module.

    Source: "Is this a job that should run only when there are inexpensive resources available?"
    """
    return _profile("opportunistic_job", lifecycle="spot", priority=priority, waiting_limit=waiting_limit, **placement)


def gpu_notebook(
    *, gpus: int = 1, scale_to_zero: bool = True, priority: str = "medium", **placement: Unpack[_Common]
) -> Profile:
    """A GPU function started from a notebook: on demand, Guaranteed, bound to the GPU node group where it is known.

    Args:
        gpus: accelerators for each role that computes.
        scale_to_zero: whether a Nuclio function gives its GPU back when it is idle (`minReplicas: 0`).
        priority: `low`, `medium`, `high`, or a priority class.
        **placement: see the module.

    Source: "If GPUs are needed, use a dedicated node group for the GPUs."
    """
    return _profile(
        "gpu_notebook",
        lifecycle="on-demand",
        priority=priority,
        development=True,
        **{**placement, "gpus": gpus, "scale_to_zero": scale_to_zero},
    )


def development_job(*, priority: str = "low", **placement: Unpack[Placement]) -> Profile:
    """Development work: on demand, low priority, memory secured, and the CPU request left to the platform.

    Source: "The development environment's compute resource requirements are usually more lenient"; "Avoid changing
    this value [the CPU request] except in cases where your workload requires Guaranteed QoS".
    """
    return _profile(
        "development_job", lifecycle="on-demand", qos="Burstable", priority=priority, development=True, **placement
    )


BUILT_IN = (
    production_job,
    production_service,
    spot_stateless,
    opportunistic_job,
    gpu_notebook,
    development_job,
)
"""The factories of the built-in profiles."""


def named(name: str, **arguments: Any) -> Profile:
    """The profile of that name: a built-in one, one of another distribution, or one of igz-runtime.yaml.

    Args:
        name: the profile's name. The entry points `igz_runtime.profiles` name those of other distributions; the
            configuration is the nearest igz-runtime.yaml above the working directory.
        **arguments: what differs from the profile.

    Raises:
        InvalidValue: there is no such profile or argument; names the nearest.
        ConfigurationError: the configuration or a plug-in cannot be read.

    >>> named("production_job", cpu=4, memory="16Gi")
    production_job(cpu='4', memory='16Gi', priority='high')
    """
    from igz_runtime.named import factories, factory

    if name in factories():
        return factory(name)(**arguments)
    from igz_runtime.lint.settings import nearest_settings

    return factory(name, nearest_settings().profiles)(**arguments)


def applied_to(fn: Any) -> Applied | None:
    """The profile that was applied to a function, with its parameters and waivers; None where none was.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.

    Raises:
        UnsupportedFunction: no function.
        BrokenFunction: the record was changed by hand and cannot be read.
    """
    from igz_runtime.functions import adapter_for

    function = adapter_for(fn).read()
    return Applied.from_text(function.record, function.name)


def _profile(name: str, **arguments: Any) -> Profile:
    """A profile; an argument that does not exist is named beside the nearest that does."""
    base = Profile(name, arguments.pop("lifecycle"))
    return base.replace(**arguments)
