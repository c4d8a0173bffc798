"""A layout on a real API server, for as long as a test looks at it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from igz_runtime import Cluster
from igz_runtime.cluster.model import Environment
from tests.cluster.control_plane import PATIENCE
from tests.cluster.declaring import declarable, declare, lists, undeclare, wait
from tests.cluster.layouts import OURS, Layout

STATUS = ("cluster-autoscaler-status", "kube-system")
POOLS = ("karpenter.sh", "v1", "nodepools")


@contextlib.contextmanager
def defined(kubernetes: Any, manifests: Path) -> Iterator[None]:
    """Karpenter's NodePool, and what declares functions and Jupyter services, for as long as the context lasts."""
    from kubernetes.client import ApiextensionsV1Api

    api = ApiextensionsV1Api(kubernetes)
    pools = YAML(typ="safe").load(manifests / "karpenter.sh_nodepools.yaml")
    api.create_custom_resource_definition(pools)
    try:
        wait(lambda: lists(kubernetes, POOLS))
        with declarable(kubernetes):
            yield
    finally:
        api.delete_custom_resource_definition(pools["metadata"]["name"])
        wait(lambda: not lists(kubernetes, POOLS))


@contextlib.contextmanager
def standing(kubernetes: Any, namespace: str, layout: Layout) -> Iterator[None]:
    """Everything of a layout, for as long as the context lasts."""
    with contextlib.ExitStack() as stack:
        _make_classes(kubernetes, layout, stack)
        _make_nodes(kubernetes, layout, stack)
        _make_settings(kubernetes, namespace, layout, stack)
        _make_declared(kubernetes, namespace, layout, stack)
        _make_pods(kubernetes, namespace, layout, stack)
        yield


def read(kubeconfig: Path, namespace: str, layout: Layout) -> Cluster:
    """The cluster as it is now, or some minutes later, and as somebody describes it beside that."""
    environment: Environment = "production" if layout.environment == "production" else "development"
    cluster = Cluster.from_kubernetes(kubeconfig=str(kubeconfig), namespace=namespace, running=True)
    assert cluster.live is not None
    moment = datetime.fromisoformat(cluster.live.read) + timedelta(minutes=layout.later)
    live = replace(cluster.live, read=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
    nuclio = layout.told if "Nuclio's platform configuration" in live.unknown else cluster.nuclio
    return replace(cluster, mlrun=layout.told, nuclio=nuclio, environment=environment, assumed=False, live=live)


def _make_classes(kubernetes: Any, layout: Layout, stack: contextlib.ExitStack) -> None:
    from kubernetes.client import SchedulingV1Api

    api = SchedulingV1Api(kubernetes)
    for name, body in layout.classes.items():
        api.create_priority_class({"metadata": {"name": name}, **body})
        stack.callback(api.delete_priority_class, name)


def _make_nodes(kubernetes: Any, layout: Layout, stack: contextlib.ExitStack) -> None:
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(kubernetes)
    stack.callback(api.delete_collection_node, label_selector=OURS)
    for node in layout.nodes():
        api.create_node(node)


def _make_settings(kubernetes: Any, namespace: str, layout: Layout, stack: contextlib.ExitStack) -> None:
    """The Cluster Autoscaler's status, and what Nuclio is told of spot nodes."""
    from kubernetes.client import CoreV1Api

    api, told = CoreV1Api(kubernetes), layout.told
    tolerations = [
        {"key": t.key, "operator": t.operator, "value": t.value, "effect": t.effect} for t in told.tolerations
    ]
    nodes = {"nodeSelector": dict(told.node_selector), "tolerations": tolerations}
    platform = json.dumps({"kube": {"preemptibleNodes": nodes}})
    maps = [("nuclio-platform-config", namespace, {"platform.yaml": platform})]
    if layout.status and layout.cloud.name != "karpenter":
        maps.append((*STATUS, {"status": layout.autoscaled()}))
    for name, where, data in maps:
        api.create_namespaced_config_map(where, {"metadata": {"name": name}, "data": data})
        stack.callback(api.delete_namespaced_config_map, name, where)


def _make_declared(kubernetes: Any, namespace: str, layout: Layout, stack: contextlib.ExitStack) -> None:
    from kubernetes.client import CustomObjectsApi

    api = CustomObjectsApi(kubernetes)
    for body in layout.declared:
        declare(kubernetes, namespace, body)
        stack.callback(undeclare, kubernetes, namespace, body)
    for body in layout.node_pools() if layout.cloud.name == "karpenter" else ():
        api.create_cluster_custom_object(*POOLS, body)
        stack.callback(partial(api.delete_cluster_custom_object, *POOLS, body["metadata"]["name"]))


def _make_pods(kubernetes: Any, namespace: str, layout: Layout, stack: contextlib.ExitStack) -> None:
    from kubernetes.client import AppsV1Api, CoreV1Api

    api = CoreV1Api(kubernetes)
    stack.callback(api.delete_collection_namespaced_pod, namespace, grace_period_seconds=0)
    for pod in layout.pods:
        made = _admitted(partial(api.create_namespaced_pod, namespace, pod))
        if "status" in pod:
            api.patch_namespaced_pod_status(made.metadata.name, namespace, {"status": pod["status"]})
    apps = AppsV1Api(kubernetes)
    stack.callback(apps.delete_collection_namespaced_deployment, namespace)
    for each in layout.deployments:
        apps.create_namespaced_deployment(namespace, each)


def _admitted(create: Callable[[], Any]) -> Any:
    """What is made, as soon as admission has heard of its priority class."""
    from kubernetes.client.exceptions import ApiException

    until = time.monotonic() + PATIENCE
    while True:
        try:
            return create()
        except ApiException as error:
            if "no PriorityClass" not in str(error.body) or time.monotonic() > until:
                raise
            time.sleep(0.02)
