"""What one role of a function asks of Kubernetes, as values. This module imports no adapter and no platform.

Every value is immutable. They are named tuples rather than frozen dataclasses, which take three times as long to make
and to compare. Mappings inside are never changed after construction: make another value with `but` or `_replace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from igz_runtime.k8s.quantity import Quantity

QoS = Literal["Guaranteed", "Burstable", "BestEffort"]
ContainerSort = Literal["main", "sidecar", "init", "proxy"]
Resources = Mapping[str, Quantity]
TaintEffect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
TolerationOperator = Literal["Equal", "Exists"]


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Toleration(NamedTuple):
    """A taint that the pod tolerates. Empty fields stand as None, as Kubernetes omits them.

    Source: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None
    seconds: int | None = None

    def __str__(self) -> str:
        left = self.key or "(any key)"
        if self.operator == "Exists":
            return f"{left} Exists:{self.effect or '(any effect)'}"
        return f"{left}={self.value or ''}:{self.effect or '(any effect)'}"


class Taint(NamedTuple):
    """A taint on a node: key, value and effect (NoSchedule, PreferNoSchedule, NoExecute)."""

    key: str
    value: str | None = None
    effect: str = "NoSchedule"

    def __str__(self) -> str:
        return f"{self.key}={self.value or ''}:{self.effect}"


class Requirement(NamedTuple):
    """One expression of a node selector term. Operators: In, NotIn, Exists, DoesNotExist, Gt, Lt."""

    key: str
    operator: str
    values: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return f"{self.key} {self.operator}" + (f" [{', '.join(self.values)}]" if self.values else "")


class Term(NamedTuple):
    """A node selector term: all of its expressions and fields must hold. None means absent, () an empty list."""

    expressions: tuple[Requirement, ...] | None = None
    fields: tuple[Requirement, ...] | None = None

    def __str__(self) -> str:
        return " and ".join(map(str, self.requirements)) or "(nothing)"

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Its expressions and its fields."""
        return (*(self.expressions or ()), *(self.fields or ()))


class Affinity(NamedTuple):
    """Affinity of a pod: the required node selector terms are read, the rest is carried as it is.

    Attributes:
        required: terms of which one must hold; None where no required node affinity stands.
        preferred: preferred node affinity, each entry as Kubernetes spells it.
        empty_node: whether a nodeAffinity stands with nothing in it; MLRun tells that from none.
        pod: `podAffinity` and `podAntiAffinity`, as Kubernetes spells them.
    """

    required: tuple[Term, ...] | None = None
    preferred: tuple[Mapping[str, Any], ...] | None = None
    empty_node: bool = False
    pod: Mapping[str, Any] = _NOTHING

    @property
    def node(self) -> bool:
        """Whether a nodeAffinity stands at all."""
        return self.empty_node or self.required is not None or self.preferred is not None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return self.required is None and not self.preferred and not self.pod


class Container(NamedTuple):
    """One container of a pod, as far as the QoS class and the scheduler care.

    Attributes:
        name: the container's name.
        requests: amounts by resource name (`cpu` in cores, `memory` in bytes, extended resources in units).
        limits: amounts by resource name.
        sort: main, sidecar, init, or proxy (a container that the platform adds).
        reachable: whether the function has a field that sets these resources.
    """

    name: str
    requests: Resources = _NOTHING
    limits: Resources = _NOTHING
    sort: ContainerSort = "main"
    reachable: bool = True


class Replicas(NamedTuple):
    """How many pods a service keeps: a fixed number, or a range that an autoscaler moves in."""

    fixed: int | None = None
    least: int | None = None
    most: int | None = None

    def __str__(self) -> str:
        if self.fixed is not None:
            return str(self.fixed)
        if self.most is None:
            return "" if self.least is None else f"at least {self.least}"
        return f"at most {self.most}" if self.least is None else f"{self.least} to {self.most}"


class ScaleResource(NamedTuple):
    """What Nuclio's scaler measures to find a function idle: a metric that is not above a threshold in a window."""

    metric: str | None = None
    window: str | None = None
    threshold: int | None = None

    def __str__(self) -> str:
        return f"{self.metric} at most {self.threshold or 0} in {self.window}"


class PodSettings(NamedTuple):
    """What one role of a function asks of Kubernetes, before or after the platform's enrichment.

    Attributes:
        role: `main`, `driver`, `executor`, `scheduler`, `worker`, `launcher`, or `child NAME` in a serving graph.
        priority_class: the class; `""` asks for none, None leaves it to the platform's default.
        preemption_mode: as written, also where no such mode exists; None leaves it to the platform's default.
        mode_annotation: Nuclio's `nuclio.io/preemptible-mode`, which wins over the mode.
        waiting_limit: how long a run may wait unscheduled (`pending_not_scheduled`); None where that does not apply,
            `-1` forever.
        running_limit: how long a run may take (`executing`), `-1` as long as it takes; None leaves it to the
            platform's default, where the kind has one.
        annotations: what its annotations tell an autoscaler about ending the pod, by name; no other annotation.
        target_cpu: the CPU utilisation, in percent of the request, by which replicas are scaled; None: not stated.
        scale_to_zero: when Nuclio takes the last pod of an idle service; None leaves it to the platform's default.
        pods: how many of a job's pods run this role at the same time: MPI or Dask workers, Spark executors.
    """

    role: str = "main"
    containers: tuple[Container, ...] = ()
    node_name: str | None = None
    node_selector: Mapping[str, str] = _NOTHING
    tolerations: tuple[Toleration, ...] | None = None
    affinity: Affinity | None = None
    priority_class: str | None = None
    preemption_mode: str | None = None
    mode_annotation: str | None = None
    replicas: Replicas | None = None
    waiting_limit: str | None = None
    running_limit: str | None = None
    annotations: Mapping[str, str] = _NOTHING
    target_cpu: int | None = None
    scale_to_zero: tuple[ScaleResource, ...] | None = None
    pods: int = 1

    @property
    def least_pods(self) -> int:
        """How many pods of the role there are at least, once it runs."""
        replicas = self.replicas
        return (replicas.fixed or replicas.least or 1) if replicas else self.pods

    def but(self, **changes: Any) -> PodSettings:
        """The same settings with some fields changed."""
        return self._replace(**changes)

    @property
    def scales_on_cpu(self) -> bool:
        """Whether an autoscaler decides by the CPU request: a target is stated, or the replicas are a range."""
        ranged = self.replicas is not None and self.replicas.fixed is None and self.replicas.least != self.replicas.most
        return bool(self.target_cpu) or ranged

    @property
    def gpu_types(self) -> tuple[str, ...]:
        """Names of the accelerators asked for, such as `nvidia.com/gpu`."""
        return tuple(
            dict.fromkeys(
                name
                for c in self.containers
                for name, amount in (*c.limits.items(), *c.requests.items())
                if is_accelerator(name) and not amount.is_zero
            )
        )


def is_accelerator(resource: str) -> bool:
    """Whether a resource name is an extended resource (`vendor/thing`), and not cpu, memory or storage."""
    return "/" in resource and not resource.startswith(("hugepages-", "kubernetes.io/"))


Field = tuple[str | int, ...]
"""A field of `PodSettings`, and the place inside of it; `()` is the role as a whole."""
