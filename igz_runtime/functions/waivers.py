"""Waivers that stand on a function: annotations `igz-runtime/waive-IGZ101: "[until 2027-01-31] reason"`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from igz_runtime.functions.kubernetes import text
from igz_runtime.waiver import ANNOTATION_PREFIX

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def read_waivers(annotations: Any) -> Mapping[str, str]:
    """The text of each waiver in a function's annotations, by rule id.

    Raises:
        BrokenFunction: a value that is no text.
    """
    if not annotations or not isinstance(annotations, Mapping):
        return _NONE
    found = {
        key.removeprefix(ANNOTATION_PREFIX): text(value, f"metadata.annotations.{key}") or ""
        for key, value in annotations.items()
        if isinstance(key, str) and key.startswith(ANNOTATION_PREFIX)
    }
    return found or _NONE
