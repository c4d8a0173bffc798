"""What an applied profile leaves on the function: who was applied, with what, under which waivers, and what it wrote.

The record is JSON in one annotation. It lets a later profile take back what the earlier one wrote and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.waiver import Waiver

ANNOTATION: Final = "igz-runtime/applied"
LABEL: Final = "igz-runtime/profile"
_FORMAT: Final = 1
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Applied:
    """A profile as it was applied to a function.

    Attributes:
        profile: the profile's name.
        parameters: the arguments that it was made with, as plain data.
        waivers: the accepted rules by id.
        promised: what it promised, as plain data: lifecycle, QoS class and workload.
        wrote: by role and field, what it wrote.
        was: by role and field, what stood there before.
    """

    profile: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    promised: Mapping[str, Any] = field(default_factory=dict)
    wrote: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    was: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    def to_text(self) -> str:
        """The record as the annotation's value."""
        waivers = {
            rule: {"reason": w.reason} | ({"until": str(w.until)} if w.until else {})
            for rule, w in self.waivers.items()
        }
        return _encode(
            {
                "format": _FORMAT,
                "profile": self.profile,
                "parameters": self.parameters,
                "waivers": waivers,
                "promised": self.promised,
                "wrote": self.wrote,
                "was": self.was,
            }
        )

    @classmethod
    def from_text(cls, text: str | None, function: str) -> Applied | None:
        """The record of a function; None where no profile was applied.

        Raises:
            BrokenFunction: the annotation was changed by hand and cannot be read.
        """
        if not text:
            return None
        try:
            raw = json.loads(text)
            _require_form(raw)
            return cls(
                profile=raw["profile"],
                parameters=raw["parameters"],
                waivers={rule: Waiver(w["reason"], w.get("until")) for rule, w in raw["waivers"].items()},
                promised=raw["promised"],
                wrote=raw["wrote"],
                was=raw["was"],
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise no_record(function) from None


def no_record(function: str) -> BrokenFunction:
    """The error for a record that was changed by hand."""
    return BrokenFunction(
        f"function {function!r}: annotation {ANNOTATION} is no record of igz_runtime; remove it, and apply again"
    )


def _require_form(raw: Any) -> None:
    """Raise ValueError where a record is not as `to_text` writes it; the fields are read when they are taken back."""
    promised, wrote, was = raw["promised"], raw["wrote"], raw["was"]
    mappings = (raw["parameters"], promised, promised.get("workload", {}), wrote, was, *wrote.values(), *was.values())
    words = promised.get("lifecycle", "any") in _LIFECYCLES and promised.get("qos", "Burstable") in _QOS
    declared = set(promised.get("workload", {})) <= _WORKLOAD
    roles = {role: set(fields) for role, fields in wrote.items()} == {role: set(fields) for role, fields in was.items()}
    named = isinstance(raw["profile"], str)
    if not (named and words and declared and roles and all(isinstance(each, dict) for each in mappings)):
        raise ValueError("no record")


_LIFECYCLES = frozenset({"on-demand", "spot", "any"})
_QOS = frozenset({"Guaranteed", "Burstable"})
_WORKLOAD = frozenset({"stateful", "mission_critical", "restartable", "opportunistic"})
