"""What decides each field of the effective pod: the fields that a function asks for, and what is known of the cluster.

Held to `effective_pod` itself, on random settings and clusters, by tests/unit/test_deciding.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.model import Cluster

MODE: Final = ("preemption_mode", "mode_annotation", "mlrun", "nuclio", "mlrun_version")
"""What decides the preemption mode in force, and what it does."""

DECIDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("containers", "default_requests", "default_limits"),
    "node_selector": ("node_selector", "default_node_selector", *MODE),
    "tolerations": ("tolerations", *MODE),
    "affinity": ("affinity", *MODE),
    "priority_class": ("priority_class", "default_priority"),
    "running_limit": ("running_limit", "default_running_limit", "mlrun_version"),
    "preemption_mode": MODE,
}
"""By field of the effective pod. What is not named here is as the function asks for it."""


def deciding(field: str, cluster: Cluster | None = None) -> tuple[str, ...]:
    """The names of what decides a field of the effective pod.

    Args:
        field: a field of `PodSettings`.
        cluster: the cluster, where it is known: on one whose Nuclio tolerates spot nodes with GPUs for functions that
            ask for GPUs, the containers decide about tolerations too.
    """
    decided_by = DECIDED_BY.get(field, (field,))
    if field == "tolerations" and (cluster is None or (cluster.nuclio and cluster.nuclio.gpu_tolerations)):
        return (*decided_by, "containers")
    return decided_by
