"""What each setting of a pod is called: in reports, in the spec of an MLRun function, and in Nuclio's."""

from __future__ import annotations

from typing import Final, NamedTuple

from igz_runtime.functions.annotations import MODE_ANNOTATION
from igz_runtime.k8s.pod import ContainerSort


class Setting(NamedTuple):
    """A field of `PodSettings`, and its names elsewhere.

    Attributes:
        name: its name in `PodSettings`.
        label: what a report calls it.
        mlrun: the fields of an MLRun function's spec that state it, the first of them first; empty where none does.
        nuclio: the same for a function of Nuclio's own.
        of_role: whether each role may have a field of its own, whose name MLRun prefixes with the role's.
        passed_on: whether MLRun's Nuclio kinds fall back on Nuclio's field where MLRun's own is empty.
    """

    name: str
    label: str
    mlrun: tuple[str, ...] = ()
    nuclio: tuple[str, ...] = ()
    of_role: bool = False
    passed_on: bool = False


SETTINGS: Final[dict[str, Setting]] = {
    each.name: each
    for each in (
        Setting("node_name", "node name", ("node_name",), ("nodeName",), passed_on=True),
        Setting("node_selector", "node selector", ("node_selector",), ("nodeSelector",), of_role=True, passed_on=True),
        Setting("affinity", "affinity", ("affinity",), ("affinity",), of_role=True, passed_on=True),
        Setting("tolerations", "tolerations", ("tolerations",), ("tolerations",), of_role=True, passed_on=True),
        Setting("priority_class", "priority class", ("priority_class_name",), ("priorityClassName",), passed_on=True),
        # MLRun always sends a mode of its own, so that Nuclio's is never fallen back on.
        Setting("preemption_mode", "preemption mode", ("preemption_mode",), ("preemptionMode",), of_role=True),
        Setting("mode_annotation", MODE_ANNOTATION),
        Setting(
            "replicas",
            "replicas",
            ("replicas", "min_replicas", "max_replicas"),
            ("replicas", "minReplicas", "maxReplicas"),
        ),
        Setting("waiting_limit", "waiting limit", ("state_thresholds",)),
        Setting("running_limit", "running limit", ("state_thresholds",)),
        Setting("annotations", "annotations"),
        Setting("target_cpu", "target CPU", nuclio=("targetCPU",)),
        Setting("scale_to_zero", "scale to zero", nuclio=("scaleToZero",)),
        Setting("pods", "pods"),
        Setting("containers", "resources", ("resources",), ("resources",)),
    )
}
"""Every field of `PodSettings` but the role, in the order of a report."""

NUCLIO_NAMES: Final = {each.mlrun[0]: each.nuclio[0] for each in SETTINGS.values() if each.passed_on}
"""Nuclio's name of each MLRun field that falls back on it."""

EXTRA_CONTAINERS: Final[tuple[tuple[str, ContainerSort], ...]] = (("sidecars", "sidecar"), ("initContainers", "init"))
"""The lists of Nuclio's spec that hold further containers, and of which sort these are."""

PASSED_ON: Final = ("config", "base_spec")
"""The fields of an MLRun function's spec that hold parts of Nuclio's."""

THRESHOLDS: Final = {"waiting_limit": "pending_not_scheduled", "running_limit": "executing"}
"""MLRun's state threshold of each limit: how long a run may wait unscheduled, and how long it may take."""

RELEASED_THRESHOLDS: Final = {
    "pending_scheduled": "1h",
    "pending_not_scheduled": "-1",
    "image_pull_backoff": "1h",
    "executing": "24h",
}
"""Every state threshold, as MLRun 1.6 to 1.12 were released: their clients write them to each new function."""

MODES: Final = ("none", "allow", "constrain", "prevent")
"""The preemption modes of MLRun and of Nuclio."""

GPU_RESOURCE: Final = "nvidia.com/gpu"
GPU: Final = "nvidia_gpu"
"""How a specification of Iguazio's application services calls `nvidia.com/gpu`."""
