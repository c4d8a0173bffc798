"""Promise: what a profile says of the pods that a function becomes, as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Self

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.pod import QoS
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.messages import did_you_mean
from igz_runtime.planning.arguments import CHECKS, Size
from igz_runtime.waiver import Waivers

Promised = Literal["on-demand", "spot", "any"]
"""Where the pods run: never on spot nodes; only on spot nodes; on either."""


@dataclass(frozen=True, repr=False)
class Promise:
    """A named promise as data: where the pods run, their QoS class, priority and size.

    Attributes:
        name: the profile's name, which is recorded on the function.
        lifecycle: `on-demand` (never on spot nodes), `spot` (only there) or `any`.
        qos: `Guaranteed` (requests equal limits for CPU and memory, in every container that can be reached) or
            `Burstable` (at least that).
        priority: `low`, `medium`, `high`, or the name of a priority class.
        cpu: cores for each role's own container; None: what the function has.
        memory: bytes for each role's own container; None: what the function has.
        gpus: accelerators for each role that computes; None: what the function has; 0: none.
        gpu_type: the accelerator's resource name.
        node_group: a node group's name, or the labels that select it.
        replicas: the least number of pods of a service.
        scale_to_zero: whether a Nuclio function may go down to no pods; None: nothing is said of it.
        waiting_limit: how long a run may wait unscheduled, such as `1h`.
        services_only: whether the profile is for Nuclio, serving and application functions alone.
        development: whether this is development work, which has no place on a production cluster.
        sizes: by role or container name, what differs from `cpu` and `memory`.
        workload: what is declared about the work.
        cluster: the cluster that the promise is proved on; None: the current one, at the time of planning.
        waive: accepted rules by id.
    """

    name: str
    lifecycle: Promised
    qos: QoS = "Guaranteed"
    priority: str = "medium"
    cpu: Quantity | None = None
    memory: Quantity | None = None
    gpus: int | None = None
    gpu_type: str = "nvidia.com/gpu"
    node_group: str | Mapping[str, str] | None = None
    replicas: int | None = None
    scale_to_zero: bool | None = None
    waiting_limit: str | None = None
    services_only: bool = False
    development: bool = False
    sizes: Mapping[str, Size] = field(default_factory=dict)
    workload: Workload = field(default_factory=Workload)
    cluster: Cluster | None = None
    waive: Waivers = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, check in CHECKS.items():
            value = getattr(self, name)
            try:
                checked = check(value)
            except InvalidValue as error:
                raise InvalidValue(f"{self.name if name != 'name' else 'name of a profile'}: {error}") from None
            if checked is not value:
                object.__setattr__(self, name, checked)

    def replace(self, **changes: Any) -> Self:
        """The same profile with other arguments.

        Raises:
            InvalidValue: an argument that does not exist (names the nearest), or an invalid value.

        >>> from igz_runtime import profiles
        >>> profiles.production_job(cpu=4, memory="16Gi").replace(cpu=8)
        production_job(cpu='8', memory='16Gi', priority='high')
        """
        known = {f.name for f in dataclasses.fields(self)}
        for name in changes:
            if name not in known:
                raise InvalidValue(f"{self.name} has no argument {name!r}{did_you_mean(name, known)}")
        return dataclasses.replace(self, **changes)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The arguments that were given, as plain data; the cluster and the waivers aside."""
        plain: dict[str, Any] = {}
        for name in ("cpu", "memory", "gpus", "node_group", "priority", "replicas", "waiting_limit", "scale_to_zero"):
            value = getattr(self, name)
            if value is not None:
                plain[name] = value.text if isinstance(value, Quantity) else _copied(value)
        if self.gpu_type != "nvidia.com/gpu":
            plain["gpu_type"] = self.gpu_type
        if self.sizes:
            plain["sizes"] = {
                name: {part: str(a) for part, a in (("cpu", s.cpu), ("memory", s.memory)) if a is not None}
                for name, s in self.sizes.items()
            }
        if self.workload.stated:
            plain["workload"] = self.workload.stated
        return MappingProxyType(plain)

    @cached_property
    def _text(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"

    def __repr__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        return hash((self.name, self.cpu, self.memory, self.gpus, self.priority))

    def __reduce__(self) -> tuple[Any, ...]:
        # Frozen mappings cannot be pickled, nor copied.
        return _restored, (type(self), {f.name: _copied(getattr(self, f.name)) for f in dataclasses.fields(self)})


def _restored(kind: type[Promise], arguments: dict[str, Any]) -> Promise:
    return kind(**arguments)


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
