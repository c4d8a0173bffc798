"""What the rules of an audit look at: a cluster as a whole, one of its node groups, and pods that are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from igz_runtime.cached import cached_property
from igz_runtime.cluster.bounds import Bounds, bounds_of
from igz_runtime.cluster.clouds import lifecycle_of
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.running import Identity, Load, Running, Work
from igz_runtime.functions.idle import Idle
from igz_runtime.functions.kinds import JUPYTER, KINDS
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.workload import UNDECLARED, Nature, nature_of
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import counted
from igz_runtime.rules.terms import Site, Terms
from igz_runtime.rules.waivers import FREE, on_terms

NOT_READ: Final = "what runs there was not read"
"""Why rules about pods skip, in the words of all of them."""

_NONE_DECLARED: Final[Mapping[tuple[str, str], Idle]] = MappingProxyType({})


class AuditedCluster:
    """A cluster as a whole, under audit.

    Args:
        cluster: what is known of it.
        development: the names of profiles for development work, among those whose label pods carry.
        idle: by namespace and name, what becomes of each declared Jupyter service that nobody uses.
        apart_from: clusters of other environments, which must be other clusters.
        terms: what the configuration says of waivers and declarations.
    """

    cluster: Cluster
    development: Collection[str]
    idle: Mapping[tuple[str, str], Idle]
    apart_from: tuple[Cluster, ...]
    terms: Terms

    def __init__(
        self,
        cluster: Cluster,
        development: Collection[str] = (),
        idle: Mapping[tuple[str, str], Idle] = _NONE_DECLARED,
        apart_from: tuple[Cluster, ...] = (),
        terms: Terms = FREE,
    ) -> None:
        self.cluster = cluster
        self.development = development
        self.idle = idle
        self.apart_from = apart_from
        self.terms = terms

    @cached_property
    def groups(self) -> tuple[AuditedGroup, ...]:
        """Its node groups, those of the core services first."""
        nodes: dict[str, list[Node]] = {group.name: [] for group in self.cluster.node_groups}
        for node in self.live.nodes if self.live else ():
            if node.group in nodes:
                nodes[node.group].append(node)
        found = (AuditedGroup(self, group, tuple(nodes[group.name])) for group in self.cluster.node_groups)
        return tuple(sorted(found, key=lambda each: (not each.group.core, each.group.name)))

    @cached_property
    def work(self) -> tuple[AuditedWork, ...]:
        """The user work that runs or waits there."""
        return tuple(AuditedWork(self, each) for each in (self.running.work if self.running else ()))

    @property
    def live(self) -> Live | None:
        """What its API server said."""
        return self.cluster.live

    @property
    def running(self) -> Running | None:
        """What runs there; None where that was not read."""
        return self.live.running if self.live else None

    @property
    def unread(self) -> str:
        """Why it is not known, or not wholly, what runs there; empty where it is."""
        if self.running is None:
            return NOT_READ
        pods = self.live.unknown.get("pods") if self.live else None
        return f"not every pod was read: {pods}" if pods else ""

    @property
    def empty_pools(self) -> tuple[str, ...]:
        """Node groups that an autoscaler scales and that have no node now: nothing is known of them but a name."""
        pools = self.live.pools if self.live else ()
        return tuple(each.name for each in pools if each.autoscaler == "cluster-autoscaler" and _is_empty(each))

    @cached_property
    def group_of(self) -> Mapping[str, str]:
        """The name of each node's group, by the node's name."""
        return {node.name: node.group for node in (self.live.nodes if self.live else ())}

    @cached_property
    def named(self) -> Mapping[str, NodeGroup]:
        """Its node groups by name."""
        return {group.name: group for group in self.cluster.node_groups}

    @cached_property
    def lifecycles(self) -> Mapping[str, str | None]:
        """By node, whether it is `spot` or `on-demand`: by its own labels, else as its group is; None: not known."""
        of_group = {name: group.lifecycle for name, group in self.named.items()}
        nodes = self.live.nodes if self.live else ()
        return {node.name: lifecycle_of(node.labels) or of_group.get(node.group) for node in nodes}

    @cached_property
    def roles(self) -> Mapping[tuple[str, Identity], Mapping[str, PodSettings]]:
        """By namespace and function, the pods of each of its roles, of whichever of its runs."""
        found: dict[tuple[str, Identity], dict[str, PodSettings]] = {}
        for work in self.running.work if self.running else ():
            found.setdefault(function_of(work), {})[work.identity.role] = work.pod
        return found


def _is_empty(pool: Pool) -> bool:
    """Whether a node group of an autoscaler is none of those that have nodes."""
    return not pool.group and pool.now == 0


class AuditedGroup:
    """One node group, under audit.

    Args:
        of: the cluster that it belongs to.
        group: the group.
        nodes: its nodes.
    """

    of: AuditedCluster
    group: NodeGroup
    nodes: tuple[Node, ...]

    def __init__(self, of: AuditedCluster, group: NodeGroup, nodes: tuple[Node, ...]) -> None:
        self.of = of
        self.group = group
        self.nodes = nodes

    @cached_property
    def bounds(self) -> Bounds:
        """How many nodes it may have."""
        return bounds_of(self.group, self.of.cluster)

    @cached_property
    def work(self) -> tuple[AuditedWork, ...]:
        """The user work of which it runs pods."""
        return tuple(each for each in self.of.work if self.group.name in each.on)

    @cached_property
    def loads(self) -> Mapping[str, Load]:
        """By node, what its pods ask for, whoever's they are."""
        loads = self.of.running.loads if self.of.running else {}
        return {node.name: loads[node.name] for node in self.nodes if node.name in loads}

    @cached_property
    def load(self) -> Load:
        """The same of all of its nodes together."""
        memory, priorities = Counter[str](), Counter[str]()
        for each in self.loads.values():
            memory.update(each.memory)
            priorities.update(each.priorities)
        gpus, user = (sum(getattr(each, of) for each in self.loads.values()) for of in ("gpus", "user"))
        return Load(memory, priorities, gpus, user)


class AuditedWork:
    """Pods of user work that are alike, under audit.

    Args:
        of: the cluster that they run on.
        work: the pods.
    """

    of: AuditedCluster
    work: Work

    def __init__(self, of: AuditedCluster, work: Work) -> None:
        self.of = of
        self.work = work

    @cached_property
    def on(self) -> Mapping[str, tuple[str, ...]]:
        """The nodes that run them, by group, the group with the most of their pods first."""
        found: dict[str, list[str]] = {}
        for node in self.work.nodes:
            found.setdefault(self.of.group_of.get(node, ""), []).append(node)
        pods = {group: sum(self.work.nodes[node] for node in nodes) for group, nodes in found.items()}
        return {group: tuple(found[group]) for group in sorted(found, key=lambda each: (-pods[each], each))}

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that run them, those of the group with the most of their pods first."""
        return tuple(node for nodes in self.on.values() for node in nodes)

    @property
    def is_judged(self) -> bool:
        """Whether rules are for them: of a kind that is known, and not of the platform's own.

        The pod that builds an image carries the name of its function, which says nothing of the build.
        """
        return self.work.identity.kind in KINDS and not self.work.identity.core

    @property
    def development(self) -> bool:
        """Whether it is development work, by its kind or by its profile."""
        whose = self.work.identity
        return KINDS[whose.kind].development or whose.profile in self.of.development

    @property
    def idle(self) -> Idle | None:
        """What becomes of the Jupyter service when nobody uses it, as its object says; None where there is none."""
        whose = self.work.identity
        return self.of.idle.get((self.work.namespace, whose.function)) if whose.kind == JUPYTER else None

    @cached_property
    def function(self) -> Function:
        """The function that they are of, as far as they tell: each of its roles asks for what its pods have."""
        whose, work = self.work.identity, self.work
        pod = work.pod.but(role=whose.role, node_name=None)  # it is the scheduler that wrote a node's name
        roles = {whose.role: pod}
        if KINDS[whose.kind].one_placement:
            of_others = self.of.roles.get(function_of(work), {})
            roles |= {role: each.but(role=role) for role, each in of_others.items() if role != whose.role}
        function = Function(
            whose.function,
            whose.kind,
            tuple(roles.values()),
            project=whose.project,
            evidence=Evidence(labels=work.labels),
            profile=whose.profile or None,
            waivers=work.waivers,
            workload=whose.workload or None,
        )
        return on_terms(function, self.of.terms, Site(whose.project, "", whose.function))

    @cached_property
    def nature(self) -> Nature:
        """Whether the work is stateful, and how that is known."""
        return nature_of(self.function, UNDECLARED)


def pods_on(group: AuditedGroup, work: Iterable[AuditedWork]) -> int:
    """How many pods of this work the group runs."""
    return sum(each.work.nodes[node] for each in work for node in each.on[group.group.name])


def nodes_with(group: AuditedGroup, work: Iterable[AuditedWork]) -> tuple[str, ...]:
    """The nodes of the group that run pods of this work."""
    return tuple(dict.fromkeys(node for each in work for node in each.on[group.group.name]))


def function_of(work: Work) -> tuple[str, Identity]:
    """Which function pods are of, whatever their role, their profile and what is declared of them."""
    whose = work.identity
    return work.namespace, Identity(whose.kind, whose.project, whose.function)


def whose(work: Sequence[AuditedWork]) -> str:
    """Whose pods some are, in words: the first of them, and how many more there are."""
    first = work[0].work.identity
    project = f" of project {first.project!r}" if first.project else ""
    more = f" and {counted(len(work) - 1, 'other')}" if work[1:] else ""
    return f"{first.kind} {first.function!r}{project}{more}"
