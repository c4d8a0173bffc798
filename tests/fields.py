"""An example for each field of a role's settings, which the tests of every field go through."""

from __future__ import annotations

from typing import Any

from igz_runtime.k8s.pod import Affinity, Container, Replicas, Requirement, ScaleResource, Term, Toleration
from igz_runtime.k8s.quantity import quantity

AFFINITY = Affinity((Term((Requirement("zone", "In", ("a", "b")),)),), pod={"podAntiAffinity": {}})
OTHER: dict[str, Any] = {
    "containers": (Container("base", {"cpu": quantity("1")}, {"memory": quantity("2Gi")}),),
    "node_name": "node-7",
    "node_selector": {"zone": "a"},
    "tolerations": (Toleration("spot", "Equal", "true", "NoSchedule", 30),),
    "affinity": AFFINITY,
    "priority_class": "igz-workload-high",
    "preemption_mode": "none",
    "mode_annotation": "allow",
    "replicas": Replicas(least=1, most=3),
    "waiting_limit": "1h",
    "annotations": {"karpenter.sh/do-not-disrupt": "true"},
    "running_limit": "36h",
    "target_cpu": 60,
    "scale_to_zero": (ScaleResource("handled_events", "10m", 0), ScaleResource("gpu", "1h", 5)),
    "pods": 3,
}
"""For each field of a role a value that differs from its default; the role's own name aside."""
