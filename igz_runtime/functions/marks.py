"""What differs between the marks on two states of a function, for each adapter to write in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX, LABEL, WORKLOAD
from igz_runtime.functions.model import Function

MARKS: Final = ("record", "profile", "waivers", "workload")
"""The fields of a `Function` that are ours to write and to take back, beside its roles."""


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
