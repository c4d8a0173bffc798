"""Our marks on a function: the profile that was applied, what was declared, and the waivers that stand on it.

The record says all of it, in JSON. Admission cannot read that, so each waiver has an annotation of its own, and what
was declared of the work a label: labels reach the pods of every kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from igz_runtime.k8s.codec import text

LABEL: Final = "igz-runtime/profile"
"""The label that names the profile."""
WORKLOAD: Final = "igz-runtime/workload"
"""The label that says whether the work was declared `stateful` or `stateless`."""
ANNOTATION: Final = "igz-runtime/applied"
"""The annotation that holds its record."""
ANNOTATION_PREFIX: Final = "igz-runtime/waive-"
"""What stands before the rule's id in the annotation that waives it, such as `igz-runtime/waive-IGZ101`."""
MODE_ANNOTATION: Final = "nuclio.io/preemptible-mode"
"""Nuclio's own annotation, which wins over the mode."""

PROTECTION: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "karpenter": ("karpenter.sh/do-not-disrupt", "true"),
        "cluster-autoscaler": ("cluster-autoscaler.kubernetes.io/safe-to-evict", "false"),
    }
)
"""By autoscaler, the annotation and its value with which it ends no pod to empty a node.

Source: Karpenter, `IsDoNotDisruptActive`; the Cluster Autoscaler's FAQ, "What types of pods can prevent CA from
removing a node?"
"""

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def read_waivers(annotations: Any) -> Mapping[str, str]:
    """The text of each waiver in a function's annotations, by rule id.

    Raises:
        BrokenFunction: a value that is not text.
    """
    if not annotations or not isinstance(annotations, Mapping):
        return _NONE
    found = {
        key.removeprefix(ANNOTATION_PREFIX): text(value, f"metadata.annotations.{key}") or ""
        for key, value in annotations.items()
        if isinstance(key, str) and key.startswith(ANNOTATION_PREFIX)
    }
    return found or _NONE


def read_protection(annotations: Any) -> Mapping[str, str]:
    """What a function's annotations tell autoscalers, by name.

    Raises:
        BrokenFunction: a value that is not text.
    """
    if not annotations or not isinstance(annotations, Mapping):
        return _NONE
    return {
        name: text(annotations[name], f"metadata.annotations.{name}", ("metadata", "annotations", name)) or ""
        for name, _ in PROTECTION.values()
        if name in annotations
    }
