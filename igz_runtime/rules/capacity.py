"""IGZ208: requests against the size of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from igz_runtime.cluster.autoscaling import additions, best
from igz_runtime.cluster.facts import Amounts, Node, amounts, spelled, whole
from igz_runtime.cluster.landing import can_land, shape_of
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN
from igz_runtime.cluster.scheduling import admitted, demand_of
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.causes import of_most
from igz_runtime.rules.cel import capacity as cel
from igz_runtime.rules.reads import PLACEMENT
from igz_runtime.rules.resources import REQUESTS_AND_LIMITS
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ208",
    "larger-than-any-node",
    "a request larger than the largest node: never scheduled",
    severity="error",
    waivable=True,
    source="Requests and Limits define how much the pod must have to be able to start to work, and its maximum allowed "
    "consumption.",
    origin=REQUESTS_AND_LIMITS,
    fix="ask for less, or for a node group with larger nodes",
    reads=("containers", *PLACEMENT, "node_groups", "live"),
    cel=cel.LARGER_THAN_ANY_NODE,
)
def larger_than_any_node(subject: Subject) -> Iterator[Found | Skip]:
    demand = {
        name: min(amount, whole(name, Decimal(cel.LARGEST)))
        for name, amount in demand_of(subject.pod).items()
        if amount
    }
    if not demand or subject.pod.node_name or subject.effective.refusal:
        return
    live = subject.cluster.live
    if live and any(_holds(node, demand) for node in admitted(subject.pod, live).nodes):
        return
    sizes, unknown = _sizes(subject, demand)
    if any(all(amount <= size[name] for name, amount in demand.items()) for size in sizes):
        return
    if unknown:
        yield Skip(unknown)
    elif sizes and best(additions(subject.pod, live.pools if live else ())) == "no":
        lacking = sorted(name for name, amount in demand.items() if any(amount > size[name] for size in sizes))
        beyond = [name for name in lacking if all(demand[name] > size[name] for size in sizes)]
        asked = [_spelled(name, demand[name]) for name in beyond or lacking]
        most = [_spelled(name, max(size[name] for size in sizes)) for name in beyond or lacking]
        yield Found(
            f"its pod requests {' and '.join(asked)}, and no node that it can land on is that large, even when empty: "
            f"the largest {'has' if beyond else 'of each have'} {' and '.join(most)}",
            field=of_most(subject, (beyond or lacking)[0]),
        )


def _spelled(name: str, amount: int) -> str:
    most = whole(name, Decimal(cel.LARGEST))
    return f"{name} {spelled(name, min(amount, most))}{cel.OR_MORE if amount >= most else ''}"


def _holds(node: Node, demand: Amounts) -> bool:
    return all(amount <= node.allocatable.get(name, 0) for name, amount in demand.items())


def _sizes(subject: Subject, demand: Amounts) -> tuple[list[dict[str, int]], str]:
    """What each node that the pod can land on offers of what is asked, and why there may be others."""
    live = subject.cluster.live
    if live is not None:
        nodes = admitted(subject.pod, live).nodes
        sizes = [{name: node.allocatable.get(name, 0) for name in demand} for node in nodes]
        unread = (*live.missing, *live.unsure(demand))
        return sizes, f"not everything was read ({'; '.join(unread)})" if unread else ""
    groups = [group for group in subject.cluster.node_groups if can_land(subject.pod, shape_of(group))]
    if not subject.cluster.node_groups:
        return [], GROUPS_UNKNOWN
    if not all(group.allocatable for group in groups):
        return [], "the size of the nodes that its pod can land on is not known"
    offered = (amounts(group.allocatable) for group in groups)
    # What a description leaves out may be there.
    return [{name: offers.get(name, amount) for name, amount in demand.items()} for offers in offered], ""
