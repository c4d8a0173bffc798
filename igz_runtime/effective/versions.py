"""MLRun's versions in order: which module says what a server of each makes of a placement, and what came with which.

A version that decides differently is one new module and one row of `ENRICHMENTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.cluster.releases import Release
from igz_runtime.effective import mlrun_1_10, mlrun_before_1_10
from igz_runtime.functions.kind import Kind
from igz_runtime.functions.names import RELEASED_THRESHOLDS, THRESHOLDS
from igz_runtime.k8s.pod import PodSettings


class Enrichment(NamedTuple):
    """What MLRun's servers make of a placement, from one release up to the next row's.

    Attributes:
        since: the first release that decides so.
        build: a role's settings as the server builds its pod, from the settings, MLRun's configuration of preemptible
            nodes and the function's kind.
    """

    since: Release
    build: Callable[[PodSettings, Preemptible, str], PodSettings]


ENRICHMENTS: Final[tuple[Enrichment, ...]] = (
    Enrichment((0, 0), mlrun_before_1_10.build),
    Enrichment((1, 10), mlrun_1_10.build),
)
"""The oldest first."""

LIMITS: Final[Release] = (1, 6)
"""The first release that aborts a run by its state thresholds."""

RETRIES: Final[Release] = (1, 10)
"""The first release that starts a failed run again (`retry=`, `set_retry`)."""


def running_limit(asked: PodSettings, cluster: Cluster) -> str | None:
    """How long the cluster's MLRun lets a run take, of a kind that it limits; None before it had limits."""
    if cluster.mlrun_release < LIMITS:
        return None
    return asked.running_limit or default_limit(cluster)


def default_limit(cluster: Cluster) -> str:
    """How long it lets a run take that states no limit."""
    return cluster.default_running_limit or RELEASED_THRESHOLDS[THRESHOLDS["running_limit"]]


def not_retried(kind: Kind, cluster: Cluster) -> str:
    """Why the cluster's MLRun does not start a failed run of a kind again, in words; empty where it can."""
    if not kind.retried:
        return f"MLRun retries runs of kind 'job' only, not {kind.name!r}"
    if cluster.mlrun_release < RETRIES:
        return f"MLRun {cluster.mlrun_version} has no retry ({'.'.join(map(str, RETRIES))} introduced it)"
    return ""


def enrichment_of(cluster: Cluster) -> Enrichment:
    """The newest enrichment that the cluster's MLRun server has."""
    return [each for each in ENRICHMENTS if each.since <= cluster.mlrun_release][-1]
