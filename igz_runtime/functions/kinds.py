"""Each kind of function once: what is fixed for it, its roles, and how both dialects spell its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from igz_runtime.k8s.pod import ContainerSort


@dataclass(frozen=True, slots=True)
class KindTraits:
    """What is fixed for every function of one kind.

    Attributes:
        service: kept running by Kubernetes (replicas, restarted after an eviction).
        stateful: stateful by nature, whatever the function says.
        steady_roles: roles that must stay on demand wherever the others go.
        gpu_roles: roles that do the computing, and get the accelerators; empty: every role.
        one_placement: all roles share one node selection, so they can only be placed together.
        waits: the platform knows a limit on waiting unscheduled.
        jvm_memory: memory is spelled in the JVM's units, whole KiB at the least.
        retried: MLRun can restart a run of this kind (`retry=`, from 1.10 on).
    """

    service: bool = False
    stateful: bool = False
    steady_roles: frozenset[str] = frozenset()
    gpu_roles: frozenset[str] = frozenset()
    one_placement: bool = False
    waits: bool = True
    jvm_memory: bool = False
    retried: bool = False


_SERVICE = KindTraits(service=True, waits=False)


KINDS: Mapping[str, KindTraits] = {
    "job": KindTraits(retried=True),
    "databricks": KindTraits(),
    "remote-spark": KindTraits(stateful=True),
    "spark": KindTraits(
        stateful=True,
        steady_roles=frozenset({"driver", "step"}),
        gpu_roles=frozenset({"executor"}),
        jvm_memory=True,
    ),
    "mpijob": KindTraits(stateful=True, gpu_roles=frozenset({"worker"}), one_placement=True),
    "dask": KindTraits(stateful=True, gpu_roles=frozenset({"worker"}), one_placement=True, waits=False),
    "remote": _SERVICE,
    "nuclio": _SERVICE,
    "serving": _SERVICE,
    "application": _SERVICE,
}
"""Every kind that runs pods of its own. Source: MLRun's RuntimeKinds (mlrun/runtimes/constants.py)."""


STEP = "step"
"""What the pod of a pipeline's step is called where a function's kind is asked for. It is not a kind of MLRun's."""


_STEP = KindTraits(waits=False)


def traits(kind: str) -> KindTraits:
    """The traits of a kind."""
    return KINDS[kind] if kind != STEP else _STEP


WAITING = "pending_not_scheduled"


@dataclass(frozen=True)
class RoleFields:
    """Where a role's settings stand in the spec of an MLRun function.

    Attributes:
        role: the role's name.
        resources: the field with its resources; empty where the function has none for it.
        prefix: what stands before `node_selector`, `tolerations`, `affinity` and `preemption_mode`.
        container: name of the container that the resources are for.
        pods: the fields that may say how many pods run the role, the first of them first.
        jvm: whether memory is spelled for Spark's JVM, as a request that is the limit as well.
    """

    role: str
    resources: str = "resources"
    prefix: str = ""
    container: str = "base"
    pods: tuple[str, ...] = ()
    jvm: bool = False

    @cached_property
    def placement(self) -> tuple[str, str, str, str]:
        """Names of the fields for node selector, tolerations, affinity and preemption mode."""
        names = (f"{self.prefix}{name}" for name in ("node_selector", "tolerations", "affinity", "preemption_mode"))
        return tuple(names)  # type: ignore[return-value]


_MAIN = (RoleFields("main"),)


_NUCLIO = (RoleFields("main", container="main"),)


ROLES: Mapping[str, tuple[RoleFields, ...]] = {
    "job": _MAIN,
    "databricks": _MAIN,
    "remote-spark": _MAIN,
    # The launcher's resources come from the server's configuration: the function has no field for them.
    "mpijob": (
        RoleFields("worker", container="worker", pods=("replicas",)),
        RoleFields("launcher", resources="", container="launcher"),
    ),
    # The generic fields reach only the pod of a pipeline step, which starts the Spark job and waits for it.
    "spark": (
        RoleFields("driver", "driver_resources", "driver_", "driver", jvm=True),
        RoleFields("executor", "executor_resources", "executor_", "executor", ("replicas",), jvm=True),
        RoleFields("step", resources="", container=""),
    ),
    "dask": (
        RoleFields("scheduler", "scheduler_resources", container="scheduler"),
        RoleFields("worker", "worker_resources", container="worker", pods=("replicas", "min_replicas")),
    ),
    "remote": _NUCLIO,
    "serving": _NUCLIO,
    "application": (RoleFields("main", container="application"),),
}


EXTRA_CONTAINERS: tuple[tuple[str, ContainerSort], ...] = (("sidecars", "sidecar"), ("initContainers", "init"))


NUCLIO_NAMES = {
    "node_name": "nodeName",
    "node_selector": "nodeSelector",
    "tolerations": "tolerations",
    "affinity": "affinity",
    "priority_class_name": "priorityClassName",
}


MODES = ("none", "allow", "constrain", "prevent")
