"""Device classes and resource slices as values, and the devices that they say a node has."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime.cluster.api.devices import counted, read_device_class, read_slice

DRIVER = "gpu.nvidia.com"
GPU = "nvidia.com/gpu"
EVERY = "deviceclass.resource.kubernetes.io/gpu"


def class_of(*expressions: str, name: str | None = GPU) -> Any:
    selectors = [{"cel": {"expression": expression}} for expression in expressions]
    spec = {"selectors": selectors, **({"extendedResourceName": name} if name else {})}
    return read_device_class({"metadata": {"name": "gpu"}, "spec": spec})


def slice_of(*types: str, node: str = "n", generation: int = 1, device: Any = None, **spec: Any) -> Any:
    attributes = [{"attributes": {"type": {"string": each}, "index": {"int": 0}}, **(device or {})} for each in types]
    pool = {"name": node, "generation": generation, "resourceSliceCount": 1}
    return read_slice({"spec": {"driver": DRIVER, "nodeName": node, "pool": pool, "devices": attributes, **spec}})


WHOLE = class_of(f"device.driver == '{DRIVER}' && device.attributes[\"{DRIVER}\"].type == 'gpu'")


@pytest.mark.parametrize(
    ("of", "number"),
    [
        (WHOLE, 2),
        (class_of(f'device.driver == "{DRIVER}"'), 3),
        (class_of(f"device.driver == '{DRIVER}'", f"device.attributes['{DRIVER}'].type == 'part'"), 1),
        (class_of("device.driver == 'other.example'"), 0),
    ],
)
def test_a_class_that_selects_by_driver_and_attributes_is_counted(of: Any, number: int) -> None:
    devices = counted([of], [slice_of("gpu", "gpu", "part")], ())

    assert devices.unsure == {}
    assert devices.offered == ({"n": {GPU: number, EVERY: number}} if number else {})


@pytest.mark.parametrize(
    ("slices", "number"),
    [
        ([slice_of("gpu"), slice_of("gpu", node="m")], 1),
        ([slice_of("gpu", "gpu", generation=1), slice_of("gpu", generation=2)], 1),
    ],
)
def test_slices_count_by_node_and_in_their_pools_latest_generation(slices: list[Any], number: int) -> None:
    assert counted([WHOLE], slices, ()).offered["n"][GPU] == number


@pytest.mark.parametrize(
    ("of", "of_node", "claiming", "why"),
    [
        (class_of(), slice_of("gpu"), (), "by what that selects devices"),
        (class_of("device.capacity['x'].memory > 1"), slice_of("gpu"), (), "by what that selects devices"),
        (WHOLE, slice_of("gpu", sharedCounters=[{"name": "c"}]), (), "shared, divided or tainted"),
        (WHOLE, slice_of("gpu", device={"taints": [{"key": "broken"}]}), (), "shared, divided or tainted"),
        (WHOLE, slice_of("gpu", nodeName=None, allNodes=True), (), "not those of one node"),
        (WHOLE, slice_of("gpu", pool={"name": "n", "generation": 1, "resourceSliceCount": 2}), (), "not every"),
        (WHOLE, slice_of("gpu"), {"n"}, "pods on node 'n' hold claims"),
    ],
)
def test_what_cannot_be_counted_is_said(of: Any, of_node: Any, claiming: Any, why: str) -> None:
    devices = counted([of], [of_node], claiming)

    assert devices.offered == {}
    assert why in devices.unsure[GPU]


def test_a_class_that_stands_for_no_resource_has_the_name_that_every_class_has() -> None:
    assert class_of(f"device.driver == '{DRIVER}'", name=None).resources == (EVERY,)
