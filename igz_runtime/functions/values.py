"""Values of settings, as the documents of both dialects spell them: read, and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from igz_runtime.functions.fields import spelled
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import PodSettings, Replicas, ScaleResource
from igz_runtime.k8s.v1 import read_affinity, read_tolerations

Field = Callable[[str, None], Any]
"""Reads a field by its name; None, its second argument, where it is absent: so `mapping.get` is one, and `getattr`."""


def _text(value: Any, what: str) -> str | None:
    return codec.text(value, what) or None


PLACEMENT: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "node_name": _text,
    "node_selector": codec.read_selector,
    "tolerations": read_tolerations,
    "affinity": read_affinity,
    "priority_class": codec.text,
    "preemption_mode": _text,
}
"""Reads each setting of the placement, whichever field it stands in."""


def read_replicas(field: Field, names: tuple[str, ...], at: str = "") -> Replicas:
    """How many pods a service keeps.

    Args:
        field: reads a field by its name.
        names: the three fields, as this dialect calls them.
        at: what stands before their names in an error.

    Raises:
        BrokenFunction: a field of the wrong type.
    """
    return Replicas(*(codec.whole(field(name, None), f"{at}{name}") for name in names))


def read_scale_to_zero(value: Any, what: str) -> tuple[ScaleResource, ...] | None:
    """When Nuclio takes the last pod of an idle service.

    Raises:
        BrokenFunction: a field of the wrong type.
    """
    if value is None:
        return None
    held = codec.mapping(value, what)
    listed = codec.sequence(held.get(spelled(held, LISTED)), f"{what}.{LISTED}")
    return tuple(_scale_resource(each, f"{what}.{LISTED}[{index}]") for index, each in enumerate(listed))


def _scale_resource(value: Any, what: str) -> ScaleResource:
    held = codec.mapping(value, what)
    metric, window, threshold = (held.get(spelled(held, name)) for name in MEASURED)
    return ScaleResource(
        codec.text(metric, f"{what}.{MEASURED[0]}"),
        codec.text(window, f"{what}.{MEASURED[1]}"),
        codec.whole(threshold, f"{what}.{MEASURED[2]}"),
    )


def write_scale_to_zero(resources: tuple[ScaleResource, ...] | None) -> dict[str, Any] | None:
    """The same as Nuclio spells it; None where the field goes."""
    if resources is None:
        return None
    return {LISTED: [{k: v for k, v in zip(MEASURED, each, strict=True) if v is not None} for each in resources]}


LISTED: Final = "scaleResources"
MEASURED: Final = ("metricName", "windowSize", "threshold")


def plain(setting: str, settings: PodSettings) -> Any:
    """A setting as a document holds it; None where the field goes."""
    value = getattr(settings, setting)
    written = _WRITTEN.get(setting)
    return value if value is None or written is None else written(value)


_WRITTEN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "node_selector": lambda selector: dict(selector) or None,
    "tolerations": codec.write_tolerations,
    "affinity": codec.write_affinity,
    "annotations": lambda annotations: dict(annotations) or None,
    "scale_to_zero": write_scale_to_zero,
}


def plain_settings(settings: PodSettings) -> dict[str, Any]:
    """Settings as plain data: placements and amounts as Kubernetes spells them; without what is not set."""
    containers = [{"name": each.name, "sort": each.sort, **codec.write_resources(each)} for each in settings.containers]
    stated = {name: plain(name, settings) for name in settings._fields if name not in ("role", "containers")}
    replicas = None if settings.replicas is None else settings.replicas._asdict()
    found = {**stated, "replicas": replicas, "containers": containers}
    return {name: value for name, value in found.items() if value is not None}


def replicas_by_field(replicas: Replicas | None, names: tuple[str, ...]) -> Mapping[str, int | None]:
    """What each of the three fields of the replicas holds; nothing where none are asked for."""
    return {} if replicas is None else dict(zip(names, replicas, strict=True))
