"""Promise: what a profile says of the pods that a function becomes, as data."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Self

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.record import Promised, PromisedQoS
from igz_runtime.functions.workload import HIGHLY_AVAILABLE, Workload
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.planning.arguments import CHECKS, Size
from igz_runtime.planning.bounds import BOUNDED, Bound, require_within
from igz_runtime.planning.meant import other_argument
from igz_runtime.waiver import Waivers


@dataclass(frozen=True, repr=False)
class Promise:
    """A named promise as data: where the pods run, their QoS class, priority and size.

    Attributes:
        name: the profile's name, which is recorded on the function.
        lifecycle: `on-demand` (never on spot nodes), `spot` (only there) or `any`.
        qos: `Guaranteed` (requests equal limits for CPU and memory, in every container that can be reached) or
            `Burstable` (at least that).
        services_only: whether the profile is for Nuclio, serving and application functions alone.
        development: whether this is development work, which has no place on a production cluster.
        cpu: cores for each role's own container; None: what the function has.
        memory: bytes for each role's own container; None: what the function has.
        gpus: accelerators for each role that computes; None: what the function has; 0: none.
        node_group: a node group's name, or the labels that select it.
        priority: `low`, `medium`, `high`, or the name of a priority class.
        replicas: the least number of pods of a service.
        waiting_limit: how long a run may wait unscheduled, such as `1h`.
        running_limit: how long a run may take before MLRun aborts it, such as `36h`; `none`: as long as it takes.
        scale_to_zero: whether a Nuclio function may go down to no pods; None: nothing is said of it.
        gpu_type: the accelerator's resource name.
        sizes: by role or container name, what differs from `cpu` and `memory`.
        workload: what is declared about the work.
        cluster: the cluster that the promise is proved on; None: the current one, at the time of planning.
        waive: accepted rules by id.
        bounds: what `cpu`, `memory`, `gpus` and `replicas` may be.
        definition: how its organisation defines the profile of that name, as `definitions.definition` has it.
    """

    name: str
    lifecycle: Promised
    qos: PromisedQoS = "Guaranteed"
    services_only: bool = False
    development: bool = False
    cpu: Quantity | None = None
    memory: Quantity | None = None
    gpus: int | None = None
    node_group: str | Mapping[str, str] | None = None
    priority: str = "medium"
    replicas: int | None = None
    waiting_limit: str | None = None
    running_limit: str | None = None
    scale_to_zero: bool | None = None
    gpu_type: str = "nvidia.com/gpu"
    sizes: Mapping[str, Size] = field(default_factory=dict)
    workload: Workload = field(default_factory=Workload)
    cluster: Cluster | None = None
    waive: Waivers = field(default_factory=dict)
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    definition: str = ""

    def __post_init__(self) -> None:
        for name, check in CHECKS.items():
            value = getattr(self, name)
            try:
                checked = check(value)
            except InvalidValue as error:
                raise InvalidValue(f"{self.name if name != 'name' else 'name of a profile'}: {error}") from None
            if checked is not value:
                object.__setattr__(self, name, checked)
        if self.bounds:
            stated = ((name, name, getattr(self, name)) for name in BOUNDED)
            of_parts = (
                (each, f"sizes[{part!r}]: {each}", getattr(size, each))
                for part, size in self.sizes.items()
                for each in ("cpu", "memory")
            )
            require_within(self.name, self.bounds, (*stated, *of_parts))
        if self.services_only and not self.development and 0 < (self.replicas or 0) < HIGHLY_AVAILABLE:
            raise InvalidValue(
                f"{self.name}: replicas: {self.replicas}; a minimum of {HIGHLY_AVAILABLE} instances is required for "
                "high availability"
            )
        if self.services_only and self.running_limit:
            raise InvalidValue(f"{self.name}: running_limit: MLRun limits runs, and a service is kept running")
        if self.scale_to_zero and self.replicas:
            raise InvalidValue(
                f"{self.name}: replicas={self.replicas} and scale_to_zero=True exclude each other: a function that "
                "goes down to no pods keeps none"
            )

    def replace(self, **changes: Any) -> Self:
        """The same profile with other arguments.

        What makes a profile that profile (lifecycle, QoS class and their like) changes only together with its name.

        Raises:
            InvalidValue: an argument that does not exist (names the nearest), an invalid value, or another promise
                under the same name.

        >>> from igz_runtime import profiles
        >>> profiles.production_job(cpu=4, memory="16Gi").replace(cpu=8)
        production_job(cpu='8', memory='16Gi', priority='high')
        """
        known = {f.name for f in dataclasses.fields(self)}
        if changes.get("name", self.name) != self.name:
            changes = {"definition": "", **changes}
        for name in changes:
            if name not in known:
                raise InvalidValue(f"{self.name} has no argument {name!r}{other_argument(name, known - SHAPE)}")
        made = dataclasses.replace(self, **changes)
        if made.name == self.name:
            for name, value in made.shape.items():
                if value != getattr(self, name):
                    raise InvalidValue(
                        f"{self.name} promises {name}={getattr(self, name)!r}: with {name}={value!r} it is another "
                        f"profile, and needs another name: replace(name='…', {name}={value!r})"
                    )
        return made

    @cached_property
    def anywhere(self) -> Self:
        """The same promise without the cluster that it is proved on."""
        return self if self.cluster is None else dataclasses.replace(self, cluster=None)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The arguments that were given, as plain data; the cluster and the waivers aside."""
        arguments = (f for f in dataclasses.fields(self) if f.name not in _NO_ARGUMENTS)
        # A factory has a priority of its own, so that the default here says something.
        given = {f.name: getattr(self, f.name) for f in arguments if f.name == "priority" or _is_stated(self, f)}
        return MappingProxyType({name: _plain(value) for name, value in given.items()})

    @property
    def shape(self) -> Mapping[str, Any]:
        """What makes it the profile that it is, its name and the hash of its definition aside."""
        return {
            f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name in SHAPE - {"name", "definition"}
        }

    @cached_property
    def _text(self) -> str:
        usual = self._usual_shape()
        shape = {name: value for name, value in self.shape.items() if name != "bounds"}
        shown = {name: value for name, value in shape.items() if value != usual[name]} | {**self.parameters}
        shown |= {name: value for name, value in (("waive", dict(self.waive)),) if value}
        arguments = [f"{name}={value!r}" for name, value in shown.items()]
        if self.cluster is not None:
            arguments.append(f"cluster=<{self.cluster.source}>")
        return f"{self.name}({', '.join(arguments)})"

    def _usual_shape(self) -> Mapping[str, Any]:
        """What the name alone says of the shape."""
        return {f.name: f.default for f in dataclasses.fields(self)}

    def __repr__(self) -> str:
        return self._text

    def __hash__(self) -> int:
        # Equality looks at every field; few profiles share a name.
        return hash(self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        # Frozen mappings cannot be pickled, nor copied.
        return _restored, (type(self), {f.name: _copied(getattr(self, f.name)) for f in dataclasses.fields(self)})


SHAPE: Final = frozenset({"name", "lifecycle", "qos", "services_only", "development", "bounds", "definition"})
"""What makes a profile that profile: its factory fixes it. Every other field is an argument."""
_NO_ARGUMENTS: Final = SHAPE | {"cluster", "waive"}


def _is_stated(promise: Promise, f: dataclasses.Field[Any]) -> bool:
    default = f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
    return bool(getattr(promise, f.name) != default)


def _plain(value: Any) -> Any:
    """An argument as plain data, in which no default is spelled."""
    if isinstance(value, Quantity):
        return value.text
    if isinstance(value, Workload):
        return value.stated
    if isinstance(value, Size):
        amounts = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {name: amount.text for name, amount in amounts.items() if amount is not None}
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value


def _restored(kind: type[Promise], arguments: dict[str, Any]) -> Promise:
    return kind(**arguments)


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
