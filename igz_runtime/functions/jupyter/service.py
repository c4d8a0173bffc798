"""A Jupyter service as a document has it: what is read of it, and where its fields stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.functions.kinds import JUPYTER, traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.values import PLACEMENT
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Field, PodSettings
from igz_runtime.text.place import Path

(ROLE,) = traits(JUPYTER).roles

IN_POD: Final = {
    name: SETTINGS[name].nuclio[0]
    for name in ("node_name", "node_selector", "tolerations", "affinity", "priority_class")
}
"""Each setting of the placement as Kubernetes spells it in the specification of a pod, and so does Nuclio."""


class Service(NamedTuple):
    """One Jupyter service in a document.

    Attributes:
        path: where it stands in the document.
        name: its name; empty where it has none.
        read: reads it; raises `BrokenFunction` for a field of the wrong type, whose place is seen from the document.
        place: where a field of its role stands, as seen from the document; `()` where it has no place for it.
        misspelled: finds the fields whose names are almost right, each with its place in the document.
    """

    path: Path
    name: str
    read: Callable[[], Function]
    place: Callable[[Field], Path]
    misspelled: Callable[[], Iterable[tuple[Path, str]]] | None = None


def placed(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the placement in the specification of a pod, by their names in `PodSettings`."""
    return {setting: PLACEMENT[setting](pod.get(key), key) for setting, key in IN_POD.items()}


def below(held: Any, path: Path) -> Mapping[str, Any]:
    """The mapping at a path; empty where there is none."""
    for part in path:
        held = held.get(part) if isinstance(held, Mapping) else None
    return held if isinstance(held, Mapping) else {}


def settings(**stated: Any) -> PodSettings:
    """What the pod of a Jupyter service asks for: no preemption mode ever decides about it."""
    return PodSettings(role=ROLE.role, preemption_mode="none", **stated)


def texts(value: object, field: str) -> dict[str, str]:
    """A mapping of texts, such as labels."""
    return {str(key): str(held) for key, held in codec.mapping(value, field).items()}
