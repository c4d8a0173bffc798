"""What an applied profile leaves on the function: who was applied, with what, under which waivers, and what it wrote.

The record is JSON in one annotation. It lets a later profile take back what the earlier one wrote and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal, get_args

from igz_runtime.display import Displayed
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import ANNOTATION
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import DECLARATIONS
from igz_runtime.waiver import Waiver

_FORMAT: Final = 1
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode

Promised = Literal["on-demand", "spot", "any"]
"""Where a promise has the pods run: never on spot nodes; only on spot nodes; on either."""
PromisedQoS = Literal["Guaranteed", "Burstable"]
"""The QoS class that it gives them at least."""


@dataclass(frozen=True, slots=True)
class Applied(Displayed):
    """A profile as it was applied to a function. It prints as a short table.

    Attributes:
        profile: the profile's name.
        parameters: the arguments that it was made with, as plain data.
        waivers: the accepted rules by id.
        promised: what it promised, as plain data: lifecycle, QoS class, workload, whether for development, and how its
            organisation defined it then.
        wrote: by role and field, what it wrote; marks on the function itself stand under the empty role.
        was: by role and field, what stood there before.
    """

    display_name = "applied"

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
        stated = {name: getattr(self, name) for name in _FIELDS}
        return _encode({"format": _FORMAT, **stated, "waivers": waivers})

    @classmethod
    def on(cls, function: Function) -> Applied | None:
        """The record of a function; None where no profile was applied.

        Raises:
            BrokenFunction: the annotation was changed by hand and cannot be read.
        """
        return cls.from_text(function.record, function.name)

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
            waivers = {rule: Waiver(w["reason"], w.get("until")) for rule, w in raw["waivers"].items()}
            return cls(**{**{name: raw[name] for name in _FIELDS}, "waivers": waivers})
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise no_record(function) from None


_FIELDS: Final = tuple(each.name for each in fields(Applied))


def no_record(function: str) -> BrokenFunction:
    """The error for a record that was changed by hand."""
    return BrokenFunction(
        f"function {function!r}: annotation {ANNOTATION} is not a record of igz_runtime; remove it, and apply again"
    )


def _require_form(raw: Any) -> None:
    """Raise ValueError where a record is not as `to_text` writes it; the fields are read when they are taken back."""
    promised, wrote, was = raw["promised"], raw["wrote"], raw["was"]
    stated = promised.get("workload", {})
    mappings = (raw["parameters"], promised, stated, wrote, was, *wrote.values(), *was.values())
    words = promised.get("lifecycle", "any") in _LIFECYCLES and promised.get("qos", "Burstable") in _QOS
    words = words and isinstance(promised.get("development", False), bool)
    words = words and isinstance(promised.get("definition", ""), str)
    declared = set(stated) <= set(DECLARATIONS) and all(isinstance(each, bool) for each in stated.values())
    roles = {role: set(written) for role, written in wrote.items()} == {role: set(had) for role, had in was.items()}
    named = isinstance(raw["profile"], str)
    if not (named and words and declared and roles and all(isinstance(each, dict) for each in mappings)):
        raise ValueError("no record")


_LIFECYCLES: Final = frozenset(get_args(Promised))
_QOS: Final = frozenset(get_args(PromisedQoS))
