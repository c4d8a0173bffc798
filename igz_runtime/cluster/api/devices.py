"""Devices that a node offers by dynamic resource allocation, where a device class stands for an extended resource.

Since Kubernetes 1.36 a pod that asks for `nvidia.com/gpu` may get it from a node whose allocatable amounts have none.
Source: KEP-5004, DRA: handle extended resource requests.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.api.forms import Form, anything, boolean, count, needed, takes, text
from igz_runtime.cluster.api.parts import OF_OBJECT

_TEXT: Final = r"""(?P<quote>['"])(?P<value>[^'"]+)(?P=quote)"""
_OF_DRIVER: Final = re.compile(rf"\s*device\.driver\s*==\s*{_TEXT}\s*")
_OF_ATTRIBUTE: Final = re.compile(
    rf"""\s*device\.attributes\[['"](?P<domain>[^'"]+)['"]\]\.(?P<name>\w+)\s*==\s*{_TEXT}\s*"""
)
_DRIVER: Final = "driver"

Condition = tuple[str, str]
"""What a device must be: `driver`, or an attribute with its domain (`gpu.nvidia.com/type`), and the value."""


class DeviceClass(NamedTuple):
    """A device class, as far as pods can ask for its devices by the name of a resource.

    Attributes:
        resources: the names of the resource: its own, and the one that every class has.
        conditions: what its devices are; None: it selects by more than can be read here.
    """

    resources: tuple[str, ...]
    conditions: frozenset[Condition] | None


class Slice(NamedTuple):
    """A resource slice: devices of one driver.

    Attributes:
        pool: its driver, and the name of its pool.
        generation: the pool's generation; the latest counts.
        slices: how many slices that generation has.
        node: the node that has the devices; empty where it is not one node.
        devices: what is true of each of them.
        whole: whether each is one whole device that any pod may have.
    """

    pool: tuple[str, str]
    generation: int
    slices: int
    node: str
    devices: tuple[frozenset[Condition], ...]
    whole: bool


class Devices(NamedTuple):
    """What nodes offer beside their own amounts.

    Attributes:
        offered: by node and resource, how many devices.
        unsure: by resource, why nobody knows how many.
    """

    offered: Mapping[str, Mapping[str, int]]
    unsure: Mapping[str, str]


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "spec": {"extendedResourceName": text, "selectors": [{"cel": needed({"expression": needed(text)})}]},
    }
)
def read_device_class(raw: Mapping[str, Any]) -> DeviceClass:
    """A device class."""
    name, spec = raw["metadata"]["name"], raw.get("spec") or {}
    resources = (spec.get("extendedResourceName"), f"deviceclass.resource.kubernetes.io/{name}")
    expressions = [each["cel"]["expression"] for each in spec.get("selectors") or ()]
    conditions = [_condition(part) for expression in expressions for part in expression.split("&&")]
    known = frozenset(each for each in conditions if each)
    return DeviceClass(tuple(filter(None, resources)), known if known and all(conditions) else None)


def _condition(expression: str) -> Condition | None:
    if found := _OF_DRIVER.fullmatch(expression):
        return _DRIVER, found["value"]
    found = _OF_ATTRIBUTE.fullmatch(expression)
    return (f"{found['domain']}/{found['name']}", found["value"]) if found else None


_PARTLY: Final[Form] = {
    "consumesCounters": [anything],
    "taints": [anything],
    "allowMultipleAllocations": boolean,
    "nodeName": text,
    "nodeSelector": {},
    "allNodes": boolean,
}
"""What says of a device that it is not one whole device of the slice's node."""


@takes(
    {
        "spec": needed(
            {
                "driver": needed(text),
                "nodeName": text,
                "pool": needed(
                    {"name": needed(text), "generation": needed(count), "resourceSliceCount": needed(count)}
                ),
                "sharedCounters": [anything],
                "devices": [{**_PARTLY, "attributes": {"*": {"string": text}}}],
            }
        )
    }
)
def read_slice(raw: Mapping[str, Any]) -> Slice:
    """A resource slice."""
    spec = raw["spec"]
    pool, devices, driver = spec["pool"], spec.get("devices") or (), spec["driver"]
    whole = not spec.get("sharedCounters") and not any(each.get(key) for each in devices for key in _PARTLY)
    true = tuple(frozenset({(_DRIVER, driver), *_attributes(each, driver)}) for each in devices)
    of_pool = (driver, pool["name"])
    return Slice(of_pool, pool["generation"], pool["resourceSliceCount"], spec.get("nodeName") or "", true, whole)


def _attributes(device: Mapping[str, Any], driver: str) -> Iterator[Condition]:
    """Its attributes of text; one without a domain has the driver's."""
    for name, value in (device.get("attributes") or {}).items():
        if value.get("string") is not None:
            yield name if "/" in name else f"{driver}/{name}", value["string"]


def counted(classes: Iterable[DeviceClass], slices: Collection[Slice], claiming: Collection[str]) -> Devices:
    """The devices of each class by node, or why they cannot be counted.

    Args:
        classes: every device class.
        slices: every resource slice.
        claiming: nodes that run pods with claims of their own, whose devices are not counted.
    """
    latest = Counter[tuple[str, str]]()
    for each in slices:
        latest[each.pool] = max(latest[each.pool], each.generation)
    current = [each for each in slices if each.generation == latest[each.pool]]
    offered: dict[str, dict[str, int]] = defaultdict(dict)
    unsure: dict[str, str] = {}
    for of in classes:
        having = [each for each in current if of.conditions and any(of.conditions <= true for true in each.devices)]
        why = _why_unsure(of, having, current, claiming)
        for resource in of.resources:
            if why:
                unsure[resource] = why
                continue
            for each in having:
                number = sum((of.conditions or frozenset()) <= true for true in each.devices)
                offered[each.node][resource] = offered[each.node].get(resource, 0) + number
    return Devices(offered, unsure)


def _why_unsure(of: DeviceClass, having: Iterable[Slice], current: Iterable[Slice], claiming: Collection[str]) -> str:
    if of.conditions is None:
        return "a device class stands for it, and by what that selects devices is not known"
    there = Counter(each.pool for each in current)
    for each in having:
        if not each.node or not each.whole:
            return "its devices are shared, divided or tainted, or are not those of one node"
        if there[each.pool] != each.slices:
            return f"not every resource slice of {each.pool[1]!r} is there yet"
        if each.node in claiming:
            return f"pods on node {each.node!r} hold claims of devices, which were not read"
    return ""
