"""Devices by dynamic resource allocation (DRA): counted from resource slices, and judged by the real scheduler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, check, preflight
from igz_runtime.planning.preflight import RolePreflight
from tests.cluster.control_plane import PATIENCE
from tests.cluster.scheduler import Scheduler
from tests.cluster.shapes import ROOM

Plain = dict[str, Any]
Make = Callable[[str, Plain], None]
GROUP = ("resource.k8s.io", "v1")
GPU, DRIVER = "nvidia.com/gpu", "gpu.nvidia.com"
POOL = {"app.iguazio.com/node-group": "devices"}
WHOLE = f"device.driver == '{DRIVER}' && device.attributes['{DRIVER}'].type == 'gpu'"


@pytest.fixture
def make(kubernetes: Any) -> Iterator[Make]:
    """Makes an object of the group, and removes it in the end."""
    from kubernetes.client import CustomObjectsApi

    api, made = CustomObjectsApi(kubernetes), []

    def create(kind: str, body: Plain) -> None:
        plural = {"DeviceClass": "deviceclasses", "ResourceSlice": "resourceslices"}[kind]
        api.create_cluster_custom_object(*GROUP, plural, {"apiVersion": "/".join(GROUP), "kind": kind, **body})
        made.append((plural, body["metadata"]["name"]))

    yield create
    for plural, name in made:
        api.delete_cluster_custom_object(*GROUP, plural, name)


@pytest.fixture
def scheduler(kubernetes: Any, namespace: str) -> Iterator[Scheduler]:
    """The scheduler, and two nodes that have no GPU among their own amounts."""
    scheduler = Scheduler(kubernetes, namespace)
    labels = {name: {**POOL, "kubernetes.io/hostname": name} for name in ("devices-0", "devices-1")}
    nodes = [
        {"metadata": {"name": name, "labels": each}, "status": {"allocatable": ROOM, "capacity": ROOM}}
        for name, each in labels.items()
    ]
    scheduler.make_nodes(nodes)
    yield scheduler
    scheduler.remove(nodes)


@pytest.fixture
def read(kubeconfig: Path, namespace: str) -> Callable[[], Cluster]:
    return lambda: Cluster.from_kubernetes(kubeconfig=str(kubeconfig), namespace=namespace)


def device_class(expression: str) -> Plain:
    spec = {"extendedResourceName": GPU, "selectors": [{"cel": {"expression": expression}}]}
    return {"metadata": {"name": "gpu"}, "spec": spec}


def resource_slice(*types: str, node: str = "devices-0", **more: Any) -> Plain:
    """Devices of one node, of these types."""
    devices = [{"name": f"d{i}", "attributes": {"type": {"string": each}}} for i, each in enumerate(types)]
    pool = {"name": node, "generation": 1, "resourceSliceCount": 1}
    return {
        "metadata": {"name": node},
        "spec": {"driver": DRIVER, "nodeName": node, "pool": pool, "devices": devices, **more},
    }


def job(gpus: int) -> Plain:
    sizes = {"cpu": "1", "memory": "1Gi", GPU: str(gpus)}
    spec = {"resources": {"requests": sizes, "limits": sizes}, "node_selector": POOL}
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": spec}


def pod(gpus: int) -> Plain:
    sizes = {"cpu": "1", "memory": "1Gi", GPU: str(gpus)}
    container = {"name": "main", "image": "a", "resources": {"requests": sizes, "limits": sizes}}
    return {"metadata": {"generateName": "devices-"}, "spec": {"containers": [container], "nodeSelector": POOL}}


def ours(gpus: int, cluster: Cluster) -> RolePreflight:
    (role,) = preflight(job(gpus), cluster).roles
    return role


@pytest.fixture
def release(kubernetes: Any, namespace: str) -> Callable[[], None]:
    """Gives back the devices of pods that are gone, which is a controller's work where one runs."""
    from kubernetes.client import CustomObjectsApi

    api, claims = CustomObjectsApi(kubernetes), (*GROUP, namespace, "resourceclaims")

    def release() -> None:
        for claim in api.list_namespaced_custom_object(*claims)["items"]:
            name = claim["metadata"]["name"]
            api.patch_namespaced_custom_object(*claims, name, {"metadata": {"finalizers": None}})
            api.delete_namespaced_custom_object(*claims, name)

    return release


def bound(scheduler: Scheduler, gpus: int, *, keep: bool = False) -> str:
    return scheduler.decide(pod(gpus), keep=keep)[0]


def until_bound(scheduler: Scheduler, gpus: int) -> None:
    """Wait until the scheduler binds a pod that asks for so many devices: it has seen class, slice and free devices."""
    until = time.monotonic() + PATIENCE
    while not bound(scheduler, gpus):
        assert time.monotonic() < until, f"the scheduler does not see {gpus} devices"


def sizes_found(gpus: int, cluster: Cluster) -> list[str]:
    return [finding.message for finding in check(job(gpus), cluster) if finding.rule == "IGZ208"]


def test_devices_are_counted_as_the_scheduler_does(
    scheduler: Scheduler, make: Make, read: Callable[[], Cluster], release: Callable[[], None]
) -> None:
    assert bound(scheduler, 1) == ""
    assert ours(1, read()).verdict == "never scheduled"

    make("DeviceClass", device_class(WHOLE))
    make("ResourceSlice", resource_slice("gpu", "gpu", "part"))
    cluster = read()
    for gpus in (1, 2):
        until_bound(scheduler, gpus)
        release()
        assert (ours(gpus, cluster).verdict, ours(gpus, cluster).fit.eligible) == ("runs", ("devices-0",))
        assert sizes_found(gpus, cluster) == []
    assert bound(scheduler, 3) == ""
    assert ours(3, cluster).verdict == "never scheduled"
    assert f"requests {GPU} 3" in sizes_found(3, cluster)[0]
    assert next(group for group in cluster.node_groups if group.gpu).labels.items() >= POOL.items()

    until_bound(scheduler, 2)
    release()
    assert bound(scheduler, 1, keep=True) == "devices-0"
    assert bound(scheduler, 2) == ""
    assert (ours(1, read()).verdict, ours(2, read()).verdict) == ("runs", "waits for room")


UNSURE: dict[str, tuple[Plain, Plain, str]] = {
    "another way to select": (
        device_class(f"device.attributes['{DRIVER}'].type != 'part'"),
        {},
        "what that selects devices is not known",
    ),
    "a slice to come": (
        device_class(WHOLE),
        {"pool": {"name": "devices-0", "generation": 1, "resourceSliceCount": 2}},
        "not every resource slice",
    ),
}


@pytest.mark.usefixtures("scheduler")
@pytest.mark.parametrize("what", UNSURE)
def test_what_cannot_be_counted_is_not_known(
    what: str, make: Make, read: Callable[[], Cluster], tmp_path: Path
) -> None:
    of, more, why = UNSURE[what]
    make("DeviceClass", of)
    make("ResourceSlice", resource_slice("gpu", **more))
    cluster = read()
    cluster.save(tmp_path / "cluster.json")

    for each in (cluster, Cluster.load(tmp_path / "cluster.json")):
        role = ours(1, each)
        assert role.verdict == "not known"
        assert any(why in reason for reason in role.missing), role.missing
        skipped = [skip.because for skip in check(job(1), each).skipped if skip.rule == "IGZ208"]
        assert [why in because for because in skipped] == [True]
        assert sizes_found(1, each) == []
    plain: Plain = job(1)
    plain["spec"]["resources"]["limits"].pop(GPU)  # the requests are the same mapping
    assert preflight(plain, cluster).roles[0].verdict == "runs"
