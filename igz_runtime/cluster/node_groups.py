"""How nodes are known: node groups, and what a platform takes for preemptible nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, get_args

from igz_runtime.cluster.clouds import IGUAZIO_NODE_GROUP, Lifecycle, lifecycle_of
from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.pod import Resources, Taint, Toleration

GROUPS_UNKNOWN: Final = "the node groups are not known; igz-runtime.yaml can describe them, under cluster.node_groups"
"""What is missing where something depends on node groups, in the words of all who say so: it is then said once."""


class Frozen:
    """A frozen dataclass whose mappings are its own: a caller who changes one afterwards changes nothing that is known.

    What is worked out of a cluster is remembered for as long as it is the same object.
    """

    __slots__ = ()

    def _freeze(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # who derives from it is one
            value = getattr(self, each.name)
            if isinstance(value, Mapping):
                object.__setattr__(self, each.name, MappingProxyType(dict(value)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Such mappings cannot be pickled, nor copied.
        stated = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]  # as above
        copied = {name: dict(value) if isinstance(value, Mapping) else value for name, value in stated.items()}
        return _restored, (type(self), copied)


def _restored(kind: type[Any], stated: dict[str, Any]) -> Any:
    return kind(**stated)


@dataclass(frozen=True, slots=True)
class Preemptible(Frozen):
    """One platform's configuration of preemptible nodes.

    MLRun: `mlconf.preemptible_nodes`; Nuclio: `kube.preemptibleNodes` of the platform configuration.

    Attributes:
        node_selector: labels that spot nodes carry; a node that carries any of them is a spot node.
        tolerations: tolerations for the taints of spot nodes.
        gpu_tolerations: Nuclio's tolerations for GPU functions on spot nodes.
        default_mode: the mode of a function that states none.
    """

    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    gpu_tolerations: tuple[Toleration, ...] = ()
    default_mode: str = "prevent"

    def __post_init__(self) -> None:
        self._freeze()

    @property
    def is_configured(self) -> bool:
        """Whether preemption modes do anything."""
        return bool(self.node_selector or self.tolerations)


@dataclass(frozen=True, slots=True)
class NodeGroup(Frozen):
    """Nodes that are alike: a node group, a node pool, a Karpenter NodePool.

    Attributes:
        name: the group's name.
        labels: labels that every node of the group carries.
        taints: taints that every node of the group carries.
        lifecycle: `spot` or `on-demand`; read off the labels where it is left out, None where they do not tell.
        core: whether the group hosts the core services (Iguazio's initial node group).
        gpu: whether the nodes have accelerators.
        allocatable: the most that one node offers, by resource name.
        selected_by: the label key that selects it; None: its node-group label where it has one, else all of them.
        least: how many nodes it has at least, as somebody declares; None: not said.
        most: how many nodes it may have at most, likewise.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    lifecycle: Lifecycle | None = None
    core: bool = False
    gpu: bool = False
    allocatable: Resources = field(default_factory=dict)
    selected_by: str | None = None
    least: int | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        self._freeze()
        if self.lifecycle not in (None, *get_args(Lifecycle)):
            raise InvalidValue(f"node group {self.name!r}: lifecycle {self.lifecycle!r}; use 'spot' or 'on-demand'")
        for key, size in (("least", self.least), ("most", self.most)):
            if size is not None and size < 0:
                raise InvalidValue(f"node group {self.name!r}: {key} {size}; a number of nodes is required")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise InvalidValue(f"node group {self.name!r}: least {self.least} is above most {self.most}")
        if self.lifecycle is None:
            object.__setattr__(self, "lifecycle", lifecycle_of(self.labels))

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels that select this group: its node-group label where it has one, else all of them."""
        key = self.selected_by or IGUAZIO_NODE_GROUP
        return {key: self.labels[key]} if key in self.labels else self.labels
