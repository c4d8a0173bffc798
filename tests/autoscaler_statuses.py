"""What the Cluster Autoscaler writes into its ConfigMap, in the form of each cloud and age.

The forms are those of EKS, GKE (one group for each zone, names truncated) and AKS (the text before 1.30); names and
numbers are made up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

EKS = """
time: 2026-11-24 08:00:00.123456789 +0000 UTC
autoscalerStatus: Running
clusterWide:
  health: {status: Healthy, nodeCounts: {registered: {total: 2, ready: 2, notStarted: 0}, unregistered: 0}}
  scaleUp: {status: NoActivity, lastProbeTime: "2026-11-24T08:00:00.123456789Z"}
nodeGroups:
- name: eks-initial-11aa22bb-0011-2233-4455-66778899aabb
  health:
    status: Healthy
    nodeCounts: {registered: {total: 2, ready: 2, notStarted: 0}, longUnregistered: 0, unregistered: 0}
    cloudProviderTarget: 2
    minSize: 2
    maxSize: 2
    lastProbeTime: "2026-11-24T08:00:00.123456789Z"
  scaleUp: {status: NoActivity}
  scaleDown: {status: NoCandidates}
- name: eks-gpu-22bb33cc-0011-2233-4455-66778899aabb
  health:
    status: Healthy
    cloudProviderTarget: 0
    minSize: 0
    maxSize: 4
  scaleUp:
    status: Backoff
    backoffInfo: {errorCode: placeholder-cannot-be-fulfilled, errorMessage: no capacity}
"""
ZONE = """
- health:
    cloudProviderTarget: {now}
    lastProbeTime: null
    lastTransitionTime: null
    maxSize: 8
    minSize: 1
    nodeCounts: {{longUnregistered: 0, registered: {{notStarted: 0, ready: 0, total: 0, unready: {{total: 0}}}}}}
    status: Healthy
  name: https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-{zone}/instanceGroups/{name}-grp
  scaleUp: {{backoffInfo: {{}}, lastProbeTime: null, status: NoActivity}}
"""
GKE = "autoscalerStatus: Running\nnodeGroups:" + "".join(
    ZONE.format(zone=zone, name=f"gke-prod-clu-user-wor-{number}a2b3c4d", now=number)
    for number, zone in enumerate("bcd")
)
AKS = """\
Cluster-autoscaler status at 2026-11-24 08:00:00.512874633 +0000 UTC:
Cluster-wide:
  Health:      Healthy (ready=3 unready=0 notStarted=0 longNotStarted=0 registered=3 longUnregistered=0)
               LastProbeTime:      2026-11-24 08:00:00.512874633 +0000 UTC
  ScaleUp:     Backoff (ready=3 registered=3)
  ScaleDown:   NoCandidates (candidates=0)

NodeGroups:
  Name:        aks-system-31415926-vmss
  Health:      Healthy (ready=2 unready=0 (resourceUnready=0) registered=2 cloudProviderTarget=2 (minSize=2, maxSize=2))
               LastProbeTime:      0001-01-01 00:00:00 +0000 UTC
  ScaleUp:     NoActivity (ready=2 cloudProviderTarget=2)
               LastProbeTime:      2026-11-24 08:00:00.512874633 +0000 UTC
  ScaleDown:   NoCandidates (candidates=0)

  Name:        aks-spot-27182818-vmss
  Health:      Unhealthy (ready=0 unready=1 registered=1 cloudProviderTarget=1 (minSize=0, maxSize=6))
  ScaleUp:     Backoff (ready=1 cloudProviderTarget=1)
  ScaleDown:   NoCandidates (candidates=0)
"""


class Scaled(NamedTuple):
    """A group of the Cluster Autoscaler: its name, and how many nodes it has, keeps and may have."""

    name: str
    now: int
    least: int
    most: int


def since_1_30(groups: Iterable[Scaled]) -> str:
    """A status in YAML. A group without nodes has no counts."""
    lines = ["time: 2026-11-24 08:00:00 +0000 UTC", "autoscalerStatus: Running", "clusterWide:", "  health:"]
    lines += ["    status: Healthy", "nodeGroups:"]
    for name, now, least, most in groups:
        lines += [f"- name: {name}", "  health:", "    status: Healthy"]
        if now:
            counts = f"{{registered: {{total: {now}, ready: {now}, notStarted: 0}}, longUnregistered: 0}}"
            lines += [f"    nodeCounts: {counts}", f"    cloudProviderTarget: {now}"]
        lines += [f"    minSize: {least}", f"    maxSize: {most}", "    lastProbeTime: null"]
        lines += ["  scaleUp:", "    status: NoActivity", "  scaleDown:", "    status: NoCandidates"]
    return "\n".join(lines) + "\n"


def before_1_30(groups: Iterable[Scaled]) -> str:
    """A status as text."""
    lines = ["Cluster-autoscaler status at 2026-11-24 08:00:00.000000000 +0000 UTC:", "Cluster-wide:"]
    lines += [
        "  Health:      Healthy (ready=7 unready=0 notStarted=0 longNotStarted=0 registered=7 longUnregistered=0)"
    ]
    lines += ["  ScaleUp:     NoActivity (ready=7 registered=7)", "", "NodeGroups:"]
    probed = "               LastProbeTime:      2026-11-24 08:00:00.000000000 +0000 UTC m=+34.1"
    for name, now, least, most in groups:
        counts = f"ready={now} unready=0 notStarted=0 longNotStarted=0 registered={now} longUnregistered=0"
        bounds = f"cloudProviderTarget={now} (minSize={least}, maxSize={most})"
        lines += [f"  Name:        {name}", f"  Health:      Healthy ({counts} {bounds})", probed]
        lines += [f"  ScaleUp:     NoActivity (ready={now} cloudProviderTarget={now})", probed]
        lines += ["  ScaleDown:   NoCandidates (candidates=0)", probed, ""]
    return "\n".join(lines) + "\n"
