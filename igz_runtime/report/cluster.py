"""What a report shows of a cluster: what is known of it, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.cluster.platform import PLATFORMS
from igz_runtime.k8s.pod import Resources
from igz_runtime.messages import counted, shortened
from igz_runtime.report.severity import Row
from igz_runtime.report.words import Lines, labels, tolerations


class ClusterContent(NamedTuple):
    """Where the facts come from, each of them as a row, and what is only assumed."""

    source: str
    rows: tuple[Row, ...]
    assumption: str


def cluster_content(cluster: Cluster) -> ClusterContent:
    """What a report shows of a cluster."""
    assumption = "assumed: the labels of spot nodes are Iguazio's defaults, not this cluster's own"
    rows = [row for row in _rows(cluster) if row.lines and any(row.lines)]
    return ClusterContent(shortened(cluster.source), tuple(rows), assumption if cluster.assumed else "")


def _rows(cluster: Cluster) -> Iterator[Row]:
    yield Row("environment", (cluster.environment or "not said",))
    yield Row("platform", (PLATFORMS[cluster.platform] if cluster.platform else "not known",))
    yield Row("spot nodes", _marks(cluster.mlrun) or ("not configured in MLRun",))
    yield Row("mode by default", (cluster.mlrun.default_mode,))
    if cluster.nuclio not in (None, cluster.mlrun):
        yield Row("spot nodes for Nuclio", _marks(cluster.nuclio) or ("not configured",))
    yield Row("node groups", tuple(map(_group, cluster.node_groups)) or ("not known",))
    yield Row("priority classes", ("not known",) if cluster.priority_classes is None else cluster.priority_classes)
    yield Row("class by default", (cluster.default_priority or "",))
    yield Row("requests by default", _amounts(cluster.default_requests))
    yield Row("limits by default", _amounts(cluster.default_limits))
    yield Row("selector by default", labels(cluster.default_node_selector))
    yield Row("MLRun", (cluster.mlrun_version or "",))
    if cluster.live is not None:
        live = cluster.live
        read = f"{counted(len(live.nodes), 'node')}, read {live.read}, namespace {live.namespace!r}"
        yield Row("API server", (read, *(f"{what} not known: {why}" for what, why in live.unknown.items())))


def _marks(preemptible: Preemptible | None) -> Lines:
    if preemptible is None:
        return ()
    return (*labels(preemptible.node_selector), *(f"taint {each}" for each in tolerations(preemptible.tolerations)))


def _group(group: NodeGroup) -> str:
    """One node group in a line."""
    kind = [
        group.lifecycle or "lifecycle not known",
        "core services" if group.core else "",
        "GPUs" if group.gpu else "",
    ]
    selector = ", ".join(f"{key}={value}" for key, value in group.selector.items())
    return shortened(f"{group.name}: {', '.join(filter(None, kind))}" + (f" ({selector})" if selector else ""))


def _amounts(amounts: Resources) -> Lines:
    return tuple(f"{name} {amount}" for name, amount in amounts.items())
