"""Our marks on a function: the profile that was applied, what was declared, and the waivers that stand on it.

The record says all of it, in JSON. Admission cannot read that, so each waiver has an annotation of its own, and what
was declared of the work a label: labels reach the pods of every kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.functions.model import Function
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


class Marks(NamedTuple):
    """Marks to write, by name; None: to remove.

    Attributes:
        annotations: annotations of the function.
        labels: its labels.
    """

    annotations: Mapping[str, str | None]
    labels: Mapping[str, str | None]


def changed_marks(before: Function, after: Function) -> Marks:
    """The marks that differ between two states of a function, as the later one has them."""
    annotations = {ANNOTATION: after.record} if before.record != after.record else {}
    for rule_id in {**before.waivers, **after.waivers}:
        if before.waivers.get(rule_id) != after.waivers.get(rule_id):
            annotations[f"{ANNOTATION_PREFIX}{rule_id}"] = after.waivers.get(rule_id)
    labels = {
        name: mark
        for name, was, mark in ((LABEL, before.profile, after.profile), (WORKLOAD, before.workload, after.workload))
        if was != mark
    }
    return Marks(annotations, labels)
