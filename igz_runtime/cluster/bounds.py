"""How many nodes a node group has, and may have: as somebody declares, or as its autoscaler says."""

from __future__ import annotations

from typing import NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup


class Bounds(NamedTuple):
    """The size of a node group.

    Attributes:
        least: how many nodes it has at least; None: not known.
        most: how many it may have at most; None: not known, or not bounded by their number.
        static: whether its size is fixed; None: not known.
        because: how that is known, or why it is not, as a clause.
        scaled: whether an autoscaler adds nodes to it; None: not known.
    """

    least: int | None = None
    most: int | None = None
    static: bool | None = None
    because: str = ""
    scaled: bool | None = None


def bounds_of(group: NodeGroup, cluster: Cluster) -> Bounds:  # noqa: ARG001
    """The bounds of a node group of a cluster."""
    if group.least is not None or group.most is not None:
        return Bounds(group.least, group.most, group.least == group.most, "declared")
    return Bounds(because="neither a declaration nor an autoscaler says so")
