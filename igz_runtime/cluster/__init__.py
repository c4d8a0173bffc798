"""What is known of a cluster, and where a pod can land on it."""

import typing

__all__ = [
    "Addition",
    "Cluster",
    "DryRun",
    "Fit",
    "LimitRangeItem",
    "Live",
    "Node",
    "NodeGroup",
    "Pool",
    "Preemptible",
    "Quota",
    "Taint",
    "Toleration",
]

if typing.TYPE_CHECKING:
    from igz_runtime.cluster.api.dry_run import DryRun
    from igz_runtime.cluster.autoscaling import Addition
    from igz_runtime.cluster.facts import LimitRangeItem, Live, Node, Pool, Quota
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
    from igz_runtime.cluster.scheduling import Fit
    from igz_runtime.k8s.pod import Taint, Toleration
else:
    # The readers of a live cluster, for one, are not loaded for a description of one.
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "cluster.api.dry_run": ("DryRun",),
            "cluster.autoscaling": ("Addition",),
            "cluster.facts": ("LimitRangeItem", "Live", "Node", "Pool", "Quota"),
            "cluster.model": ("Cluster",),
            "cluster.node_groups": ("NodeGroup", "Preemptible"),
            "cluster.scheduling": ("Fit",),
            "k8s.pod": ("Taint", "Toleration"),
        },
    )
