"""Where an effective pod can land, in words."""

from __future__ import annotations

from typing import Final

from igz_runtime.cluster.landing import can_land, every_spot_shape, on_demand_shapes, shape_of, where
from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.record import Promised
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import shortened
from igz_runtime.report.severity import Row


def landing_row(pod: PodSettings, cluster: Cluster, promised: Promised) -> Row:
    """Where the effective pod can land, judged at worst, and whether that keeps the promise."""
    groups = [group for group in cluster.node_groups if can_land(pod, shape_of(group))]
    # Where the groups are known, spot nodes that the pod asks for and no group has are no place to land.
    spot = bool(where(pod, every_spot_shape(cluster, None if cluster.node_groups else pod)))
    on_demand = bool(where(pod, on_demand_shapes(cluster)))
    if pod.node_name:
        nodes = f"node {shortened(repr(pod.node_name))} alone, bypassing the scheduler"
    elif groups:
        names = (f"{shortened(group.name)} ({group.lifecycle or 'not known whether spot'})" for group in groups)
        nodes = f"node group{'s' if len(groups) > 1 else ''} {', '.join(names)}"
    else:
        nodes = _NODES[spot, on_demand]
    if not (spot or on_demand):
        return Row("can land on", (nodes,), "warning")
    if promised == "any" or any(group.lifecycle is None for group in groups):
        return Row("can land on", (nodes,))
    if (spot, on_demand) == (promised == "spot", promised == "on-demand"):
        return Row("can land on", (f"{nodes}, as promised",), "good")
    return Row("can land on", (f"{nodes}, although only {promised} nodes are promised",), "error")


_NODES: Final = {
    (False, False): "no node that is known: it would wait for one",
    (False, True): "on-demand nodes only",
    (True, False): "spot nodes only",
    (True, True): "spot and on-demand nodes",
}
