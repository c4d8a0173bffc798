"""Iguazio's application services: a specification, the manifest of all of them, and their object in Kubernetes.

A specification is what igz-mgmt's `AppServiceSpec` writes. In the manifest each stands as `{spec, meta, status}`; in
Kubernetes' IguazioTenantAppServiceSet by its name. Of all kinds of service only Jupyter's are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.idle import ENDS, Idle, is_go_duration
from igz_runtime.functions.jupyter.service import ROLE, Service, below, settings, texts
from igz_runtime.functions.kinds import JUPYTER, traits
from igz_runtime.functions.model import UNNAMED, Evidence, Function
from igz_runtime.functions.names import GPU, GPU_RESOURCE
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field
from igz_runtime.messages import shown
from igz_runtime.text.place import Path

ENTRIES: Final = "entries"
"""The key below `advanced.node_selector` that holds its labels, each as `{key, value}`."""
SIDECAR: Final = Container(traits(JUPYTER).added[0], sort="proxy", reachable=False)
"""What the platform's chart adds to the pod, without resources. Its init container has none either."""
METRICS: Final = ("num_of_requests", "jupyter_kernel_busyness")
"""What the scaler can go by. Source: igz_mgmt 0.4.2, AppServicesScaleToZeroMetrics."""

_SELECTOR: Final = ("advanced", "node_selector")
_SCALE: Final = "scale_to_zero"


def specifications(document: Mapping[str, Any]) -> Iterator[Service]:
    """The Jupyter services of a specification, a manifest, or a set of a tenant's services in Kubernetes."""
    if str(document.get("apiVersion") or "").startswith("iguazio.com/"):
        yield from _in_set(document)
    elif not document.get("apiVersion"):
        yield from _in_manifest(document, ())


def _in_set(document: Mapping[str, Any]) -> Iterator[Service]:
    tenants = below(document, ("spec", "spec")).get("tenants")
    for index, tenant in enumerate(tenants if isinstance(tenants, list) else ()):
        services = below(tenant, ("spec", "services"))
        for name, held in services.items():
            if isinstance(held, Mapping) and is_jupyter(held):
                yield _service(held, ("spec", "spec", "tenants", index, "spec", "services", name), str(name))


def _in_manifest(held: Any, path: Path) -> Iterator[Service]:
    if not isinstance(held, Mapping):
        return
    if is_jupyter(held):
        yield _service(held, path, str(held.get("name") or ""))
    elif isinstance(held.get("spec"), Mapping) and is_jupyter(held["spec"]):
        labels = below(held, ("meta", "labels"))
        spec = held["spec"]
        yield _service(spec, (*path, "spec"), str(spec.get("name") or ""), labels)
    else:
        for key in _HOLDERS:
            holder = held.get(key)
            for index, each in enumerate(holder if isinstance(holder, list) else ()):
                yield from _in_manifest(each, (*path, key, index))
            if isinstance(holder, Mapping):
                yield from _in_manifest(holder, (*path, key))


_HOLDERS: Final = ("app_services", "data", "attributes")


def is_jupyter(held: Mapping[str, Any]) -> bool:
    """Whether a mapping is the specification of a Jupyter service, whose `kind` igz-mgmt lets be left out."""
    kind, own = held.get("kind"), held.get(JUPYTER)
    if kind is not None:
        return kind == JUPYTER and "metadata" not in held and not isinstance(held.get("spec"), Mapping)
    return isinstance(own, Mapping) and "image_name" in own


def _service(spec: Mapping[str, Any], path: Path, name: str, labels: Mapping[str, Any] | None = None) -> Service:
    return Service(
        path,
        name,
        partial(_read, spec, path, name, labels),
        lambda field: (*path, *_place(spec, field)),
        partial(_misspelled, spec, path),
    )


def _misspelled(spec: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    from igz_runtime.functions.misspelled import unknown_in_app_service

    yield from (((*path, *place), message) for place, message in unknown_in_app_service(spec))


def _read(spec: Mapping[str, Any], path: Path, name: str, labels: Mapping[str, Any] | None) -> Function:
    name = name or UNNAMED
    try:
        return _function(spec, name, labels)
    except BrokenFunction as error:
        raise error.inside(f"{JUPYTER} {name!r}: ", *path) from None


def _function(spec: Mapping[str, Any], name: str, labels: Mapping[str, Any] | None) -> Function:
    advanced = codec.mapping(spec.get("advanced"), "advanced")
    own = codec.mapping(spec.get(JUPYTER), JUPYTER)
    requests, limits = codec.read_resources(_renamed(spec.get("resources")), "resources")
    role = settings(
        containers=(Container(ROLE.container, requests, limits), SIDECAR),
        node_selector=_selector(advanced.get("node_selector")),
        priority_class=codec.text(advanced.get("priority_class_name"), "advanced.priority_class_name") or None,
    )
    evidence = Evidence(image=str(own.get("image_name") or ""), labels=texts(labels, "meta.labels"))
    return Function(name, JUPYTER, (role,), evidence=evidence, idle=idle_of(spec.get(_SCALE)))


def _renamed(resources: Any) -> Any:
    """The resources with Kubernetes' name of the GPU."""
    if not isinstance(resources, Mapping):
        return resources
    return {
        section: {GPU_RESOURCE if name == GPU else name: amount for name, amount in amounts.items()}
        if isinstance(amounts, Mapping)
        else amounts
        for section, amounts in resources.items()
    }


def _selector(value: Any) -> dict[str, str]:
    at = ".".join(_SELECTOR)
    held = codec.mapping(value, at)
    if held and ENTRIES not in held:
        raise BrokenFunction(f"{at}: its labels stand under {ENTRIES!r}, each as {{key, value}}", _SELECTOR)
    entries = codec.sequence(held.get(ENTRIES), f"{at}.{ENTRIES}")
    listed = [codec.mapping(each, f"{at}.{ENTRIES}[{i}]") for i, each in enumerate(entries)]
    return codec.read_selector({str(each.get("key")): each.get("value") for each in listed}, at)


def idle_of(scale: Any) -> Idle:
    """Whether the scaler ends a service that nobody uses.

    It takes a specification of scale to zero whole or not at all, and only logs what it does not take.

    Source: v3io/app-resource-scaler, which reads each scale resource before it looks at any metric.
    """
    held = codec.mapping(scale, _SCALE)
    if held.get("mode") != "enabled":
        stated = f" (mode {_shown(held['mode'])})" if held.get("mode") is not None else ""
        return Idle(ends=False, because=f"its scale to zero is not enabled{stated}")
    resources = codec.sequence(held.get("scale_resources"), f"{_SCALE}.scale_resources")
    if not resources:
        return Idle(ends=False, because="its scale to zero is enabled without scale_resources, so it never happens")
    for index, resource in enumerate(resources):
        fault = _fault(codec.mapping(resource, f"{_SCALE}.scale_resources[{index}]"))
        if fault:
            because = f"the platform's scaler skips its scale to zero: scale_resources[{index}] {fault}"
            return Idle(ends=False, because=because)
    return ENDS


def _fault(resource: Mapping[str, Any]) -> str:
    metric, threshold, window = (resource.get(name) for name in ("metric_name", "threshold", "window_size"))
    if not isinstance(metric, str) or not metric:
        return "names no metric (metric_name)"
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        return "has no threshold" if threshold is None else f"has the threshold {_shown(threshold)}, not a number"
    if window is None:
        return "has no window_size, a duration of Go's such as '1h' or '90m'"
    if not isinstance(window, str) or not is_go_duration(window):
        return f"has the window_size {_shown(window)}, not a duration of Go's such as '1h' or '90m'"
    return ""


def _shown(value: object) -> str:
    """A value as a message shows it; of one that has others in it, what it is."""
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list) else shown(value)


def _place(spec: Mapping[str, Any], field: Field) -> Path:
    """Where a field stands in a specification."""
    name, *rest = field or ("",)
    if name == "containers":
        return ("resources", *(GPU if part == GPU_RESOURCE else part for part in rest[1:]))
    if name == "node_selector":
        entries = below(spec, _SELECTOR).get(ENTRIES)
        listed = entries if isinstance(entries, list) else []
        for index, each in enumerate(listed if rest else ()):
            if isinstance(each, Mapping) and each.get("key") == rest[0]:
                return (*_SELECTOR, ENTRIES, index)
        return _SELECTOR
    return _FIELDS.get(str(name), ())


_FIELDS: Final[Mapping[str, Path]] = {
    "priority_class": ("advanced", "priority_class_name"),
    "idle": (_SCALE,),
    "name": ("name",),
    "image": (JUPYTER, "image_name"),
}
