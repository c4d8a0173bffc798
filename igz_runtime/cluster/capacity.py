"""What node groups have of CPU, memory and accelerators, what is reserved, and what Guaranteed pods would use up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from igz_runtime.cluster.bounds import Bounds, bounds_of, pools_of, total
from igz_runtime.cluster.facts import Amounts, Live, Node, amounts
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.reserves import COMPUTE, Reserve, Taken, taken_by_groups
from igz_runtime.k8s.pod import is_accelerator
from igz_runtime.messages import counted

_NOTHING: Final[Amounts] = MappingProxyType({})
_MOST_NAMED: Final = 3


class GroupCapacity(NamedTuple):
    """What a node group has of each resource, and what is taken of it.

    Amounts are those of the scheduler, by resource name: `cpu` in thousandths of a core, `memory` in bytes,
    accelerators (`nvidia.com/gpu`) in units. A resource that is not in a mapping is not known, or not bounded;
    `unknown` says why.

    Attributes:
        groups: the node group; several where pods may land on any of them, which are counted together.
        nodes: how many nodes there are; None: not known.
        most: how many there may be; None: not known, or not bounded by their number.
        has: what the nodes offer to pods.
        may_have: what they offer at most, once there are as many as there may be.
        reserved: what the pods that run there request, whoever's they are.
        running: what of that the work requests that is looked at: user work, or a project's functions.
        requested: what all of that work requests, also what is to run.
        guaranteed: what the same work uses up when every pod of it is Guaranteed: its limits, as requests.
        lasting: what of that services use up, whose pods stay.
        pods: how many pods that work has.
        unknown: what is not known, as sentences.
    """

    groups: tuple[str, ...]
    nodes: int | None = None
    most: int | None = None
    has: Amounts = _NOTHING
    may_have: Amounts = _NOTHING
    reserved: Amounts = _NOTHING
    running: Amounts = _NOTHING
    requested: Amounts = _NOTHING
    guaranteed: Amounts = _NOTHING
    lasting: Amounts = _NOTHING
    pods: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The group's name; of several, all of them."""
        *others, last = self.groups
        return f"{', '.join(others)} or {last}" if others else last

    @property
    def resources(self) -> tuple[str, ...]:
        """What it is about: CPU, memory, then the accelerators that there are or that are asked for."""
        named = (*self.has.items(), *self.may_have.items(), *self.guaranteed.items())
        return (*COMPUTE, *sorted({name for name, amount in named if amount and is_accelerator(name)}))

    @property
    def if_guaranteed(self) -> Amounts:
        """What would be reserved if all of the work ran, Guaranteed, and everything else stayed as it is."""
        return {
            name: amount - self.running.get(name, 0) + self.guaranteed.get(name, 0)
            for name, amount in self.reserved.items()
        }


def capacity_of(cluster: Cluster, work: Iterable[Reserve]) -> tuple[GroupCapacity, ...]:
    """What each node group has and what is taken of it, the groups in the cluster's order.

    Pods that may land on several groups count for these together, after the groups themselves: with the pods that may
    land on some of them only, since all of these share the room.

    Args:
        cluster: the cluster.
        work: the pods to look at: user work that runs there, or a project's functions.
    """
    taken = taken_by_groups(cluster, work)
    named, nodes = _resources(cluster, taken.values()), _by_group(cluster.live)
    alone = {group.name: _of_group(group, cluster, nodes, named) for group in cluster.node_groups}
    together = sorted((each for each in taken if len(each) > 1), key=len)
    rows = (*alone.values(), *(_together([alone[name] for name in each]) for each in together))
    return tuple(_with_work(row, taken) for row in rows)


def knows_sizes(cluster: Cluster) -> bool:
    """Whether what the nodes of a group offer is known of any."""
    return any(group.allocatable for group in cluster.node_groups)


def taken_of(cluster: Cluster, work: Iterable[Reserve], unknown: Sequence[str] = ()) -> tuple[GroupCapacity, ...]:
    """The same of the groups that the work lands on, as far as their size is known.

    Args:
        cluster: the cluster.
        work: the pods to look at.
        unknown: what is not known of the work, as sentences.
    """
    rows = capacity_of(cluster, work)
    return tuple(
        row._replace(unknown=(*row.unknown, *unknown)) for row in rows if row.pods and (row.has or row.may_have)
    )


def _resources(cluster: Cluster, taken: Iterable[Taken]) -> tuple[str, ...]:
    """CPU, memory, and the accelerators that there are or that are asked for."""
    names = {name for each in taken for name in each.guaranteed}
    names |= {name for node in (cluster.live.nodes if cluster.live else ()) for name in node.allocatable}
    names |= {name for group in cluster.node_groups for name in group.allocatable}
    return (*COMPUTE, *sorted(filter(is_accelerator, names)))


def _by_group(live: Live | None) -> Mapping[str, Sequence[Node]] | None:
    """The nodes of each group; None where nothing tells."""
    if live is None or "nodes" in live.unknown or not any(node.group for node in live.nodes):
        return None
    found: dict[str, list[Node]] = {}
    for node in live.nodes:
        found.setdefault(node.group, []).append(node)
    return found


def _of_group(
    group: NodeGroup, cluster: Cluster, by_group: Mapping[str, Sequence[Node]] | None, named: Sequence[str]
) -> GroupCapacity:
    """What one group has, and may have."""
    live, bounds = cluster.live, bounds_of(group, cluster)
    unsure = {name: said for name in named if live and (said := live.unsure({name: 1}))}
    sure = [name for name in named if name not in unsure]
    nodes = None if by_group is None else by_group.get(group.name, ())
    has = {} if nodes is None else {name: sum(node.allocatable.get(name, 0) for node in nodes) for name in sure}
    unread = live.unknown.get("pods", "") if live else ""
    reserved = (
        {} if nodes is None or unread else {name: sum(node.used.get(name, 0) for node in nodes) for name in named}
    )
    may_have, why = _may_have(group, cluster, bounds, has, None if nodes is None else len(nodes))
    unknown = list(dict.fromkeys(text for said in unsure.values() for text in said))
    if nodes is None:
        unknown.append("what its nodes have now: " + ("no API server told" if live is None else "not read"))
    elif unread:
        unknown.append(f"what is reserved: not all pods were read ({unread})")
    return GroupCapacity(
        (group.name,),
        None if nodes is None else len(nodes),
        bounds.most,
        has,
        {name: amount for name, amount in may_have.items() if name in sure},
        reserved,
        unknown=(*unknown, *([f"what it may grow to: {why}"] if why else [])),
    )


def _may_have(
    group: NodeGroup, cluster: Cluster, bounds: Bounds, has: Amounts, nodes: int | None
) -> tuple[Amounts, str]:
    """What a group offers at most, and why that is not known, or not of every resource."""
    if has and bounds.most is not None and bounds.most <= (nodes or 0):
        return has, ""
    pools = pools_of(group, cluster.live) if cluster.live else ()
    by_karpenter = bool(pools) and all(pool.autoscaler == "karpenter" for pool in pools)
    if by_karpenter and not bounds.static and group.most is None:
        room = {name: sum(pool.room.get(name, 0) for pool in pools) for name in has}
        limited = {name for name in has if all(name in pool.room for pool in pools)}
        missing = [name for name in COMPUTE if name not in limited]
        why = f"Karpenter chooses how large a node is, and its NodePool has no limit on {' and '.join(missing)}"
        return {name: has[name] + max(room[name], 0) for name in has if name in limited}, why if missing else ""
    if bounds.most is None:
        return {}, bounds.because
    one = amounts(group.allocatable)
    if not one:
        return {}, "the size of its nodes is not known"
    more = bounds.most - (nodes or 0)
    return {name: has.get(name, 0) + more * one.get(name, 0) for name in has or one}, ""


def _together(rows: Sequence[GroupCapacity]) -> GroupCapacity:
    """Several groups as one: of each resource that is known of all of them."""
    return GroupCapacity(
        tuple(name for row in rows for name in row.groups),
        total([row.nodes for row in rows]),
        total([row.most for row in rows]),
        _summed([row.has for row in rows]),
        _summed([row.may_have for row in rows]),
        _summed([row.reserved for row in rows]),
        unknown=tuple(f"{row.name}: {text}" for row in rows for text in row.unknown),
    )


def _with_work(row: GroupCapacity, taken: Mapping[tuple[str, ...], Taken]) -> GroupCapacity:
    """A group with the pods that land nowhere else."""
    work = Taken()
    for groups, each in taken.items():
        if set(groups) <= set(row.groups):
            work.add(each)
    return row._replace(
        running=_counted(work.running),
        requested=_counted(work.requested),
        guaranteed=_counted(work.guaranteed),
        lasting=_counted(work.lasting),
        pods=work.pods,
        unknown=(*row.unknown, *_without_limits(tuple(work.unlimited))),
    )


def _without_limits(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield (
            f"what {counted(len(names), 'function')} may use, without a limit on cpu or memory, and counted by their "
            f"requests: {', '.join(names[:_MOST_NAMED])}{more}"
        )


def _counted(found: Amounts) -> Amounts:
    accelerators = {name: amount for name, amount in found.items() if is_accelerator(name)}
    return {**{name: found.get(name, 0) for name in COMPUTE}, **accelerators}


def _summed(found: Sequence[Amounts]) -> Amounts:
    """Amounts together, of the resources that each of them has."""
    return {name: sum(each[name] for each in found) for name in found[0] if all(name in each for each in found)}
