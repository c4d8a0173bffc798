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

RETRIES: Final[Release] = (1, 10)
"""The first release that starts a failed run again (`retry=`, `set_retry`)."""


def enrichment_of(cluster: Cluster) -> Enrichment:
    """The newest enrichment that the cluster's MLRun server has."""
    return [each for each in ENRICHMENTS if each.since <= cluster.mlrun_release][-1]
