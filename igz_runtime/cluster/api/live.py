"""A cluster read from its Kubernetes API server: with least rights, in pages, and with what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any, TypeVar

from igz_runtime.cluster.api.answers import (
    AUTOSCALER,
    DEPLOYMENTS,
    DEVICE_CLASSES,
    IDENTITY,
    LIMIT_RANGES,
    NODE_POOLS,
    NODES,
    PLATFORM,
    PODS,
    PRIORITY_CLASSES,
    QUOTAS,
    SLICES,
    Answer,
    listed,
)
from igz_runtime.cluster.api.autoscaler_status import read_autoscaler_status
from igz_runtime.cluster.api.config_maps import read_platform_config
from igz_runtime.cluster.api.connection import NOT_FOUND, Connection, Session, Unread, reach
from igz_runtime.cluster.api.declared import SOURCES
from igz_runtime.cluster.api.deployments import read_deployment
from igz_runtime.cluster.api.devices import Devices, counted, read_device_class, read_slice
from igz_runtime.cluster.api.forms import taking
from igz_runtime.cluster.api.groups import Marks, in_groups, offered
from igz_runtime.cluster.api.node_pools import read_node_pool
from igz_runtime.cluster.api.objects import (
    Raw,
    each_readable,
    read_limit_range,
    read_node,
    read_priority_class,
    read_quota,
    read_uid,
)
from igz_runtime.cluster.api.parts import POD
from igz_runtime.cluster.api.scaled import with_groups
from igz_runtime.cluster.api.usage import Usage
from igz_runtime.cluster.api.work import Works
from igz_runtime.cluster.clouds import KARPENTER_POOL, KUBERNETES_PRIORITIES, RESERVED_PRIORITIES
from igz_runtime.cluster.facts import SCALED, LimitRangeItem, Live, Node, Pool, Quota
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.cluster.running import Running
from igz_runtime.text.limits import MOST_PAIRS, MOST_POOLS

T = TypeVar("T")


def read(connection: Connection, marks: Marks, base: Cluster, *, running: bool = False) -> Cluster:
    """What the API server says, beside what was known. See `Cluster.from_kubernetes`."""
    usage = Usage()
    works = Works(usage) if running else None
    with connection.open() as session:
        version = reach(session)
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
        {what: session.redacted(why) for what, why in reader.unknown.items()},
        devices.unsure,
        runs,
        preempting,
        uid,
        version,
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
        from kubernetes.client import CoreV1Api, CustomObjectsApi

        self._session = session
        self._core = CoreV1Api(session.client)
        self._custom = CustomObjectsApi(session.client).list_cluster_custom_object
        self.unknown: dict[str, str] = {}

    def nodes(self, usage: Usage, works: Works | None) -> tuple[Node, ...]:
        """Every node with what its pods request; with what works, pods that no node runs yet are looked at as well."""
        nodes = {node.name: node for node in self._listed(NODES, read_node, self._core.list_node)}
        alive = "status.phase!=Succeeded,status.phase!=Failed"
        which, add = (alive, works.add) if works else (f"spec.nodeName!=,{alive}", usage.add)
        of_pods = self._core.list_pod_for_all_namespaces
        for _ in self._listed(PODS, taking(POD, add), of_pods, field_selector=which):
            pass
        if usage.pods and not nodes:
            self.unknown.setdefault(NODES.what, "the API server lists none, and pods run on some")
        return tuple(usage.on(nodes))

    def running(self, works: Works) -> Running:
        """What runs, by its pods; what has none, by its Deployment; and what is declared."""
        from kubernetes.client import AppsV1Api

        deployments = AppsV1Api(self._session.client).list_deployment_for_all_namespaces
        refused = list(filter(None, self._listed(DEPLOYMENTS, read_deployment, deployments)))
        declared = [
            document for each in SOURCES for document in self._listed(each.answer, each.read, self._custom, *each.path)
        ]
        if works.strange:
            self.unknown["kinds of pods"] = works.not_known()
        told = self._session.redacted
        work = tuple(each._replace(said=told(each.said)) for each in (*works.work(), *refused))
        return Running(work, works.loads(), tuple(declared), dict(works.core))

    def uid(self) -> str:
        """The UID of the namespace kube-system; empty where it is not known."""
        return self._one(IDENTITY, read_uid, self._core.read_namespace, "kube-system") or ""

    def devices(self, claiming: Collection[str]) -> Devices:
        """What nodes offer by dynamic resource allocation; nothing where no device class stands for a resource."""
        of_group = ("resource.k8s.io", "v1")
        classes = list(self._listed(DEVICE_CLASSES, read_device_class, self._custom, *of_group, "deviceclasses"))
        slices = list(self._listed(SLICES, read_slice, self._custom, *of_group, "resourceslices"))
        if len(classes) * sum(1 + len(each.devices) for each in slices) > MOST_PAIRS:
            self.unknown[DEVICE_CLASSES.what] = "there are too many classes and devices"
            return counted((), (), claiming)
        return counted(classes, slices, claiming)

    def priorities(self) -> tuple[Mapping[str, int] | None, str | None, tuple[str, ...]]:
        """Priority classes with their values; the one of a pod that names none; and those whose pods may evict others.

        None where they are not known.
        """
        from kubernetes.client import SchedulingV1Api

        of_classes = SchedulingV1Api(self._session.client).list_priority_class
        classes = list(self._listed(PRIORITY_CLASSES, read_priority_class, of_classes))
        names = {each.name for each in classes}
        if not names >= KUBERNETES_PRIORITIES:
            lacking = ", ".join(sorted(KUBERNETES_PRIORITIES - names))
            self.unknown.setdefault(PRIORITY_CLASSES.what, f"the list lacks {lacking}, which every cluster has")
        if PRIORITY_CLASSES.what in self.unknown:
            return None, None, ()
        default = next((each.name for each in classes if each.default), None)
        preempting = tuple(sorted(each.name for each in classes if each.preempts))
        return {each.name: each.value for each in classes}, default, preempting

    def limit_ranges(self) -> tuple[LimitRangeItem, ...]:
        """The namespace's limit ranges."""
        found = self._listed(
            LIMIT_RANGES, read_limit_range, self._core.list_namespaced_limit_range, self._session.namespace
        )
        return tuple(chain.from_iterable(found))

    def quotas(self) -> tuple[Quota, ...]:
        """The namespace's resource quotas."""
        of_quotas = self._core.list_namespaced_resource_quota
        return tuple(self._listed(QUOTAS, read_quota, of_quotas, self._session.namespace))

    def node_pools(self) -> tuple[Pool, ...]:
        """Karpenter's NodePools; none where it is not installed."""
        pools = tuple(self._listed(NODE_POOLS, read_node_pool, self._custom, "karpenter.sh", "v1", "nodepools"))
        if len(pools) > MOST_POOLS:
            self.unknown[NODE_POOLS.what] = f"there are more than {MOST_POOLS:,}"
        return pools[:MOST_POOLS]

    def autoscaled(self) -> tuple[Pool, ...]:
        """The Cluster Autoscaler's node groups; none where it does not run."""
        where = ("cluster-autoscaler-status", "kube-system")
        return self._one(AUTOSCALER, read_autoscaler_status, self._core.read_namespaced_config_map, *where) or ()

    def scaled(self, pools: Sequence[Pool], groups: Sequence[NodeGroup], nodes: Sequence[Node]) -> tuple[Pool, ...]:
        """The pools with the groups that they scale, which are looked for among all groups and nodes."""
        if len(pools) * (len(groups) + len(nodes)) > MOST_PAIRS:
            self.unknown[SCALED] = "there are too many pools and nodes"
            return tuple(pools)
        return with_groups(pools, groups, nodes)

    def nuclio(self) -> Preemptible | None:
        """Nuclio's configuration of preemptible nodes; None where it is not there."""
        where = ("nuclio-platform-config", self._session.namespace)
        return self._one(PLATFORM, read_platform_config, self._core.read_namespaced_config_map, *where)

    def _one(self, answer: Answer, read_one: Callable[[Raw], T], call: Any, *arguments: Any) -> T | None:
        """One object as a value; None where it is absent, or not known."""
        try:
            raw = self._session.object(answer.kind, call, *arguments)
        except Unread as unread:
            if not answer.absent(unread):
                self.unknown[answer.what] = str(unread)
            return None
        faults: list[str] = []
        found = next(each_readable(read_one, (raw,), faults), None)
        if faults:
            self.unknown[answer.what] = faults[0]
        return found

    def _listed(
        self, answer: Answer, read_one: Callable[[Raw], T], call: Any, *arguments: Any, **options: Any
    ) -> Iterator[T]:
        """The objects of a list as values; what goes wrong is noted, with how many were read before."""
        faults: list[str] = []
        count = 0
        try:
            items = listed(self._session, answer.kind, call, *arguments, **options)
            for one in each_readable(read_one, items, faults):
                count += 1
                yield one
        except Unread as unread:
            if answer.absent(unread) and not count and not faults:
                return
            why = "the API server does not know of such a list (404)" if unread.status == NOT_FOUND else str(unread)
            self.unknown[answer.what] = f"only {count:,} were read: {why}" if count else why
            return
        if faults:
            self.unknown[answer.what] = (
                f"{len(faults):,} of {count + len(faults):,} cannot be read, the first: {faults[0]}"
            )


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
