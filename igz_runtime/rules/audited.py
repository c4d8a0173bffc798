"""What the rules of an audit look at: a cluster as a whole, one of its node groups, and pods that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from igz_runtime.cached import cached_property
from igz_runtime.cluster.bounds import Bounds, bounds_of
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.running import Load, Running, Work
from igz_runtime.messages import counted

NOT_READ: Final = "what runs there was not read"
"""Why rules about pods skip, in the words of all of them."""


class AuditedCluster:
    """A cluster as a whole, under audit.

    Args:
        cluster: what is known of it.
    """

    cluster: Cluster

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    @cached_property
    def groups(self) -> tuple[AuditedGroup, ...]:
        """Its node groups, those of the core services first."""
        nodes: dict[str, list[Node]] = {group.name: [] for group in self.cluster.node_groups}
        for node in self.live.nodes if self.live else ():
            group = self.group_of.get(node.name, "")
            if group in nodes:
                nodes[group].append(node)
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

    @cached_property
    def group_of(self) -> Mapping[str, str]:
        """The name of each node's group, by the node's name."""
        return {node.name: node.group for node in (self.live.nodes if self.live else ())}


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


def whose(work: Sequence[AuditedWork]) -> str:
    """Whose pods some are, in words: the first of them, and how many more there are."""
    first = work[0].work.identity
    project = f" of project {first.project!r}" if first.project else ""
    more = f" and {counted(len(work) - 1, 'other')}" if work[1:] else ""
    return f"{first.kind} {first.function!r}{project}{more}"
