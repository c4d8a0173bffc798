"""What an applied profile leaves on the function: who was applied, with what, under which waivers, and what it wrote.

The record is JSON in one annotation. It lets a later profile take back what the earlier one wrote and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Final, Literal, get_args, get_type_hints

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import ANNOTATION
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import DECLARATIONS
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings, Replicas, Resources
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.waiver import Waiver

_FORMAT: Final = 1
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode

Promised = Literal["on-demand", "spot", "any"]
"""Where a promise has the pods run: never on spot nodes; only on spot nodes; on either."""
PromisedQoS = Literal["Guaranteed", "Burstable"]
"""The QoS class that it gives them at least."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A profile as it was applied to a function.

    Attributes:
        profile: the profile's name.
        parameters: the arguments that it was made with, as plain data.
        waivers: the accepted rules by id.
        promised: what it promised, as plain data: lifecycle, QoS class and workload.
        wrote: by role and field, what it wrote; marks on the function itself stand under the empty role.
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
        stated = {name: getattr(self, name) for name in _FIELDS}
        return _encode({"format": _FORMAT, **stated, "waivers": waivers})

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
    mappings = (raw["parameters"], promised, promised.get("workload", {}), wrote, was, *wrote.values(), *was.values())
    words = promised.get("lifecycle", "any") in _LIFECYCLES and promised.get("qos", "Burstable") in _QOS
    declared = set(promised.get("workload", {})) <= set(DECLARATIONS)
    roles = {role: set(written) for role, written in wrote.items()} == {role: set(had) for role, had in was.items()}
    named = isinstance(raw["profile"], str)
    if not (named and words and declared and roles and all(isinstance(each, dict) for each in mappings)):
        raise ValueError("no record")


_LIFECYCLES: Final = frozenset(get_args(Promised))
_QOS: Final = frozenset(get_args(PromisedQoS))


Plain = dict[str, Any]

ITSELF: Final = ""
"""The role under which a record has what was written on the function itself."""

# A profile owns single labels, tolerations and amounts beside those of the user; any other field it owns as a whole.
_IN_PARTS: Final = frozenset({"node_selector", "tolerations", "containers"})
_WHOLE: Final = tuple(name for name in PodSettings._fields if name != "role" and name not in _IN_PARTS)


def difference(before: Function, after: Function) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """What stands in `after` and what stood in `before`, by role and field, as plain data, where the two differ."""
    wrote: dict[str, Plain] = {}
    was: dict[str, Plain] = {}
    for old, new in zip(before.roles, after.roles, strict=True):
        if old is new:
            continue
        new_fields, old_fields = _changed(old, new)
        if new_fields:
            wrote[new.role], was[new.role] = new_fields, old_fields
    new_marks, old_marks = _changed_marks(before, after)
    if new_marks:
        wrote[ITSELF], was[ITSELF] = new_marks, old_marks
    return wrote, was


def take_back(function: Function, applied: Applied | None) -> Function:
    """The function as it would be had the recorded profile not been applied.

    Raises:
        BrokenFunction: the record was changed by hand.
    """
    if applied is None:
        return function
    try:
        roles = tuple(
            _restored(role, dict(applied.wrote[role.role]), dict(applied.was[role.role]))
            if role.role in applied.wrote
            else role
            for role in function.roles
        )
        marks = _restored_marks(function, dict(applied.wrote.get(ITSELF, {})), dict(applied.was.get(ITSELF, {})))
    except (AttributeError, TypeError, LookupError, ValueError, ArithmeticError):
        raise no_record(function.name) from None
    return function.but(roles=roles, record=None, profile=None, **marks)


def _changed_marks(before: Function, after: Function) -> tuple[Plain, Plain]:
    wrote: Plain = {}
    was: Plain = {}
    rule_ids = [r for r in {**before.waivers, **after.waivers} if before.waivers.get(r) != after.waivers.get(r)]
    if rule_ids:
        wrote["waivers"] = {rule_id: after.waivers.get(rule_id) for rule_id in rule_ids}
        was["waivers"] = {rule_id: before.waivers.get(rule_id) for rule_id in rule_ids}
    if before.workload != after.workload:
        wrote["workload"], was["workload"] = after.workload, before.workload
    return wrote, was


def _restored_marks(now: Function, wrote: Plain, was: Plain) -> Plain:
    """The marks without those that were written and still stand; what a person wrote over them stays."""
    marks: Plain = {}
    if "waivers" in wrote:
        marks["waivers"] = _given_back(now.waivers, wrote["waivers"], was["waivers"])
    if "workload" in wrote and now.workload == wrote["workload"]:
        marks["workload"] = codec.text(was["workload"], "workload")
    return marks


def _changed(old: PodSettings, new: PodSettings) -> tuple[Plain, Plain]:
    wrote: Plain = {}
    was: Plain = {}
    for name in _WHOLE:
        if getattr(old, name) != getattr(new, name):
            wrote[name], was[name] = _plain(getattr(new, name)), _plain(getattr(old, name))
    if old.node_selector != new.node_selector:
        keys = [k for k in {**old.node_selector, **new.node_selector} if _label(old, k) != _label(new, k)]
        wrote["node_selector"] = {key: _label(new, key) for key in keys}
        was["node_selector"] = {key: _label(old, key) for key in keys}
    if old.tolerations != new.tolerations:
        added = [t for t in new.tolerations or () if t not in (old.tolerations or ())]
        wrote["tolerations"] = codec.write_tolerations(added)
        was["tolerations"] = None if old.tolerations is None else []
    for before, after in zip(old.containers, new.containers, strict=True):
        if before != after:
            wrote.setdefault("containers", {})[_key(after)] = _sizes(after)
            was.setdefault("containers", {})[_key(after)] = _sizes(before)
    return wrote, was


def _label(settings: PodSettings, key: str) -> str | None:
    return settings.node_selector.get(key)


def _restored(now: PodSettings, wrote: Plain, was: Plain) -> PodSettings:
    changes: Plain = {}
    for name in _WHOLE:
        if name in wrote and _plain(getattr(now, name)) == wrote[name]:
            changes[name] = _value(name, was[name])
    if "node_selector" in wrote:
        changes["node_selector"] = _given_back(now.node_selector, wrote["node_selector"], was["node_selector"])
    if "tolerations" in wrote:
        added = codec.read_tolerations(wrote["tolerations"], "tolerations") or ()
        kept = tuple(t for t in now.tolerations or () if t not in added)
        changes["tolerations"] = kept if kept or was["tolerations"] is not None else None
    if "containers" in wrote:
        changes["containers"] = tuple(
            _container(c, wrote["containers"].get(_key(c)), was["containers"].get(_key(c))) for c in now.containers
        )
    return now.but(**changes)


def _key(container: Container) -> str:
    """A sidecar may have the name that the function's own container has here."""
    return container.name if container.sort == "main" else f"{container.sort} {container.name}"


def _given_back(
    now: Mapping[str, str], wrote: Mapping[str, str | None], was: Mapping[str, str | None]
) -> dict[str, str]:
    kept = dict(now)
    for key, value in wrote.items():
        if now.get(key) == value:
            before = codec.text(was[key], key)
            if before is None:
                kept.pop(key, None)
            else:
                kept[key] = before
    return kept


def _container(now: Container, wrote: Plain | None, was: Plain | None) -> Container:
    if wrote is None or was is None or not _same_sizes(now, wrote):
        return now
    return now._replace(requests=_amounts(was["requests"]), limits=_amounts(was["limits"]))


def _same_sizes(now: Container, wrote: Plain) -> bool:
    return now.requests == _amounts(wrote["requests"]) and now.limits == _amounts(wrote["limits"])


def _sizes(container: Container) -> Plain:
    return {"requests": _texts(container.requests), "limits": _texts(container.limits)}


def _texts(amounts: Resources) -> dict[str, Any]:
    """Texts; beside the number where the dialect reads the text differently (Spark's `4g`)."""
    return {name: a.text if a.is_plain else [a.text, str(a.number)] for name, a in amounts.items()}


def _amounts(plain: Mapping[str, Any]) -> dict[str, Quantity]:
    return {name: _amount(*each) if isinstance(each, list) else Quantity(each) for name, each in plain.items()}


def _amount(text: str, number: str) -> Quantity:
    """An amount whose text alone does not say the number."""
    from decimal import Decimal

    if not isinstance(text, str) or not Decimal(number).is_finite():
        raise ValueError("no amount")
    return Quantity(text, Decimal(number))


def _plain(value: Any) -> Any:
    if isinstance(value, Replicas):
        return list(value)
    if value is None or isinstance(value, str | int):
        return value
    return codec.write_affinity(value)


def _value(name: str, plain: Any) -> Any:
    if plain is None:
        if PodSettings._field_defaults[name] is not None:
            raise ValueError("nothing, where the field always has a value")
        return None
    if name == "replicas":
        return Replicas(*(codec.whole(number, name) for number in plain))
    if name == "affinity":
        return codec.read_affinity(plain, name)
    return codec.whole(plain, name) if _is_number(name) else codec.text(plain, name)


@cache
def _is_number(name: str) -> bool:
    return int in (hint := get_type_hints(PodSettings)[name], *get_args(hint))
