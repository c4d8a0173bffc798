"""The built-in profiles: what each promises, and the arguments that it takes.

Every profile takes these arguments:

- `cpu`, `memory`: cores and bytes, as numbers or Kubernetes quantities (`0.5`, `"500m"`, `"16Gi"`). What is left out
  is taken from the function; where the function says nothing either, planning raises `MissingResources`.
- `gpus`, `gpu_type`: accelerators for each role that computes, and their resource name.
- `node_group`: a node group's name, or the labels that select it.
- `priority`: `low`, `medium`, `high`, or the name of a priority class.
- `running_limit`: how long a run may take before MLRun aborts it: `36h`, or `none`. Of every profile but
  `production_service`: a service is kept running.
- `sizes`: what differs from `cpu` and `memory`, by role or container name: `{"driver": {"cpu": 1, "memory": "2Gi"}}`.
- `workload`: what the function does: `"stateless"`, `"stateful"`, `"mission-critical"` or a `Workload`.
- `cluster`: the `Cluster` that the promise is proved on; else the current one, at the time of planning.
- `waive`: accepted rules: `{"IGZ101": Waiver("resubmitted by cron", until="2027-01-31")}`.

They raise `InvalidValue` for an invalid value.
"""

from igz_runtime.functions.record import Applied
from igz_runtime.planning.arguments import Size
from igz_runtime.planning.plan import Plan, RolePlan
from igz_runtime.profiles.applied import applied_to, remove
from igz_runtime.profiles.assignment import assigned
from igz_runtime.profiles.builtin import (
    BUILT_IN,
    development_job,
    development_notebook,
    gpu_notebook,
    opportunistic_job,
    production_job,
    production_service,
    spot_stateless,
)
from igz_runtime.profiles.catalog import named
from igz_runtime.profiles.profile import Profile

__all__ = [
    "BUILT_IN",
    "Applied",
    "Plan",
    "Profile",
    "RolePlan",
    "Size",
    "applied_to",
    "assigned",
    "development_job",
    "development_notebook",
    "gpu_notebook",
    "named",
    "opportunistic_job",
    "production_job",
    "production_service",
    "remove",
    "spot_stateless",
]


def __dir__() -> list[str]:
    """The public names alone: what completion offers."""
    return __all__
