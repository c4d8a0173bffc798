"""A cluster read from its Kubernetes API server: with least rights, in pages, and with what could not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from igz_runtime.cluster.api.autoscaler_status import read_autoscaler_status
from igz_runtime.cluster.api.connection import Connection, Session, Unread, absent, reach
from igz_runtime.cluster.api.declared import SOURCES
from igz_runtime.cluster.api.deployments import read_deployment
from igz_runtime.cluster.api.devices import Devices, counted, read_device_class, read_slice
from igz_runtime.cluster.api.groups import Marks, in_groups, offered
from igz_runtime.cluster.api.objects import (
    Raw,
    each_readable,
    read_limit_range,
    read_node,
    read_node_pool,
    read_platform_config,
    read_priority_class,
    read_quota,
)
from igz_runtime.cluster.api.scaled import with_groups
from igz_runtime.cluster.api.usage import Usage
from igz_runtime.cluster.api.work import Works
from igz_runtime.cluster.clouds import KARPENTER_POOL, RESERVED_PRIORITIES
from igz_runtime.cluster.facts import LimitRangeItem, Live, Node, Pool, Quota
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.cluster.running import Running
from igz_runtime.errors import ConfigurationError
from igz_runtime.text.limits import MOST_PAIRS, MOST_POOLS


def read(connection: Connection, marks: Marks, base: Cluster, *, running: bool = False) -> Cluster:
    """What the API server says, beside what was known. See `Cluster.from_kubernetes`."""
    usage = Usage()
    works = Works(usage) if running else None
    with connection.open() as session:
        reach(session)
        reader = _Reader(session)
        nodes = reader.nodes(usage, works)
        devices = reader.devices(usage.claiming)
        classes, global_default, preempting = reader.priorities()
        pools = (*reader.node_pools(), *reader.autoscaled())
        nuclio = reader.nuclio()
        limit_ranges, quotas = reader.limit_ranges(), reader.quotas()
        runs, uid = (reader.running(works), reader.uid()) if works else (None, "")
    groups, nodes = in_groups((_with_devices(node, devices) for node in nodes), marks, usage.core)
    to_come = tuple(_to_come(pools, groups))
    live = Live(
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        session.namespace,
        nodes,
        reader.scaled(pools, (*groups, *to_come), nodes),
        limit_ranges,
        quotas,
        classes or {},
        global_default,
        reader.unknown,
        devices.unsure,
        runs,
        preempting,
        uid,
    )
    return replace(
        base,
        source=f"the Kubernetes API of {session.name}, read {live.read}",
        node_groups=(*groups, *to_come) or base.node_groups,
        priority_classes=base.priority_classes if classes is None else _of_users(classes),
        default_priority=_default_priority(base, classes, global_default),
        nuclio=nuclio or base.nuclio,
        live=live,
        connection=replace(connection, context=session.context or None),
    )


class _Reader:
    """Reads one resource after the other; what fails is noted and the rest is read.

    Attributes:
        unknown: what could not be read, and why.
    """

    def __init__(self, session: Session) -> None:
        from kubernetes.client import CoreV1Api

        self._session = session
        self._core = CoreV1Api(session.client)
        self.unknown: dict[str, str] = {}

    def nodes(self, usage: Usage, works: Works | None) -> tuple[Node, ...]:
        """Every node with what its pods request; with what works, pods that no node runs yet are looked at as well."""
        nodes = {node.name: node for node in self._listed("nodes", "NodeList", read_node, self._core.list_node)}
        alive = "status.phase!=Succeeded,status.phase!=Failed"
        which, add = (alive, works.add) if works else (f"spec.nodeName!=,{alive}", usage.add)
        listed = self._core.list_pod_for_all_namespaces
        for _ in self._listed("pods", "PodList", add, listed, field_selector=which):
            pass
        return tuple(usage.on(nodes))

    def running(self, works: Works) -> Running:
        """What runs, by its pods; what has none, by its Deployment; and what is declared."""
        from kubernetes.client import AppsV1Api, CustomObjectsApi

        deployments = AppsV1Api(self._session.client).list_deployment_for_all_namespaces
        refused = list(filter(None, self._listed("Deployments", "DeploymentList", read_deployment, deployments)))
        listed = CustomObjectsApi(self._session.client).list_cluster_custom_object
        declared = [
            document
            for each in SOURCES
            for document in self._listed(each.what, f"{each.kind}List", each.read, listed, *each.path, optional=True)
        ]
        if works.strange:
            self.unknown["kinds of pods"] = works.not_known()
        return Running((*works.work(), *refused), works.loads(), tuple(declared), dict(works.core))

    def uid(self) -> str:
        """The UID of the namespace kube-system; empty where it is not known."""
        what = "the cluster's identity"
        try:
            found = self._session.object("Namespace", self._core.read_namespace, "kube-system")
        except Unread as unread:
            self.unknown[what] = str(unread)
            return ""
        metadata = found.get("metadata")
        uid = metadata.get("uid") if isinstance(metadata, dict) else None
        if not uid:
            self.unknown[what] = "the API server's answer is a Namespace without a UID"
        return str(uid or "")

    def devices(self, claiming: Collection[str]) -> Devices:
        """What nodes offer by dynamic resource allocation; nothing where no device class stands for a resource."""
        from kubernetes.client import CustomObjectsApi

        listed, of_group = CustomObjectsApi(self._session.client).list_cluster_custom_object, ("resource.k8s.io", "v1")
        found = [
            tuple(self._listed(what, kind, read_one, listed, *of_group, plural, optional=True))
            for what, kind, read_one, plural in (
                ("device classes", "DeviceClassList", read_device_class, "deviceclasses"),
                ("resource slices", "ResourceSliceList", read_slice, "resourceslices"),
            )
        ]
        if len(found[0]) * sum(1 + len(each.devices) for each in found[1]) > MOST_PAIRS:
            self.unknown["device classes"] = "there are too many classes and devices"
            return counted((), (), claiming)
        return counted(found[0], found[1], claiming)

    def priorities(self) -> tuple[Mapping[str, int] | None, str | None, tuple[str, ...]]:
        """Priority classes with their values; the one of a pod that names none; and those whose pods may evict others.

        None where they are not known.
        """
        from kubernetes.client import SchedulingV1Api

        listed = SchedulingV1Api(self._session.client).list_priority_class
        classes = list(self._listed("priority classes", "PriorityClassList", read_priority_class, listed))
        if "priority classes" in self.unknown:
            return None, None, ()
        default = next((each.name for each in classes if each.default), None)
        preempting = tuple(sorted(each.name for each in classes if each.preempts))
        return {each.name: each.value for each in classes}, default, preempting

    def limit_ranges(self) -> tuple[LimitRangeItem, ...]:
        """The namespace's limit ranges."""

        def items(raw: Raw) -> tuple[LimitRangeItem, ...]:
            return tuple(read_limit_range(raw))

        listed, namespace = self._core.list_namespaced_limit_range, self._session.namespace
        return tuple(chain.from_iterable(self._listed("limit ranges", "LimitRangeList", items, listed, namespace)))

    def quotas(self) -> tuple[Quota, ...]:
        """The namespace's resource quotas."""
        listed = self._core.list_namespaced_resource_quota
        return tuple(self._listed("quotas", "ResourceQuotaList", read_quota, listed, self._session.namespace))

    def node_pools(self) -> tuple[Pool, ...]:
        """Karpenter's NodePools; none where it is not installed."""
        from kubernetes.client import CustomObjectsApi

        what, listed = "Karpenter's node pools", CustomObjectsApi(self._session.client).list_cluster_custom_object
        where = ("karpenter.sh", "v1", "nodepools")
        pools = tuple(self._listed(what, "NodePoolList", read_node_pool, listed, *where, optional=True))
        if len(pools) > MOST_POOLS:
            self.unknown[what] = f"there are more than {MOST_POOLS:,}"
        return pools[:MOST_POOLS]

    def autoscaled(self) -> tuple[Pool, ...]:
        """The Cluster Autoscaler's node groups; none where it does not run."""
        what = "the Cluster Autoscaler's status"
        raw = self._config_map(what, "cluster-autoscaler-status", "kube-system")
        try:
            return read_autoscaler_status(raw) if raw else ()
        except ConfigurationError as error:
            self.unknown[what] = str(error)
            return ()

    def scaled(self, pools: Sequence[Pool], groups: Sequence[NodeGroup], nodes: Sequence[Node]) -> tuple[Pool, ...]:
        """The pools with the groups that they scale, which are looked for among all groups and nodes."""
        if len(pools) * (len(groups) + len(nodes)) > MOST_PAIRS:
            self.unknown["which node group a pool of an autoscaler scales"] = "there are too many pools and nodes"
            return tuple(pools)
        return with_groups(pools, groups, nodes)

    def nuclio(self) -> Preemptible | None:
        """Nuclio's configuration of preemptible nodes; None where it is not there."""
        what = "Nuclio's platform configuration"
        raw = self._config_map(what, "nuclio-platform-config", self._session.namespace)
        try:
            return read_platform_config(raw) if raw else None
        except ConfigurationError as error:
            self.unknown[what] = str(error)
            return None

    def _config_map(self, what: str, name: str, namespace: str) -> Raw | None:
        try:
            return self._session.object("ConfigMap", self._core.read_namespaced_config_map, name, namespace)
        except Unread as unread:
            if not absent(unread):
                self.unknown[what] = str(unread)
            return None

    def _listed(
        self, what: str, kind: str, read_one: Any, call: Any, *arguments: Any, optional: bool = False, **options: Any
    ) -> Iterator[Any]:
        """The objects of a list as values; what goes wrong is noted, with how many were read before.

        Only what need not be installed can be absent. Every API server has nodes, pods and quotas: one that says 404 of
        them is none, and it is not known that there are none.
        """
        faults: list[str] = []
        count = 0
        try:
            items = self._session.items(kind, call, *arguments, **options)
            for one in each_readable(read_one, items, faults):
                count += 1
                yield one
        except Unread as unread:
            if absent(unread) and optional and not count:
                return
            why = "the API server does not know of such a list (404)" if absent(unread) else str(unread)
            self.unknown[what] = f"only {count:,} were read: {why}" if count else why
            return
        if faults:
            self.unknown[what] = f"{len(faults):,} of {count + len(faults):,} cannot be read, the first: {faults[0]}"


def _with_devices(node: Node, devices: Devices) -> Node:
    """A node with the devices that it has beside its own amounts, of which it may have the same resource."""
    offered = devices.offered.get(node.name)
    return node._replace(allocatable={**offered, **node.allocatable}) if offered else node


def _of_users(classes: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(name for name in sorted(classes) if not name.startswith(RESERVED_PRIORITIES))


def _default_priority(base: Cluster, classes: Mapping[str, int] | None, global_default: str | None) -> str | None:
    """The class of a function that states none: MLRun's default where it is known, or might be; else Kubernetes'."""
    if classes is None or not base.assumed or base.default_priority in classes:
        return base.default_priority
    return global_default


def _to_come(pools: tuple[Pool, ...], groups: tuple[NodeGroup, ...]) -> Iterator[NodeGroup]:
    """What Karpenter may add that no node shows yet: a pool without nodes, or one that adds spot nodes too."""
    of_pool: dict[str, list[NodeGroup]] = {}
    for group in groups:
        of_pool.setdefault(group.labels.get(KARPENTER_POOL, ""), []).append(group)
    for pool in pools:
        if pool.autoscaler != "karpenter":
            continue
        new, alike = offered(pool), of_pool.get(pool.name, [])
        if not any(group.lifecycle == new.lifecycle for group in alike):
            yield replace(new, name=f"{new.name} (to come)") if alike else new
