"""What a profile wrote on a function, so that the next profile, or nobody, can take it back.

A field that someone changed by hand after the profile is theirs: taking back leaves it alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.function import Function
from igz_runtime.functions import kubernetes as codec
from igz_runtime.pod import Container, PodSettings, Replicas, Resources
from igz_runtime.quantity import Quantity
from igz_runtime.record import Applied, no_record

Plain = dict[str, Any]

_WHOLE: Final = ("affinity", "priority_class", "preemption_mode", "mode_annotation", "replicas", "waiting_limit")


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
    except (AttributeError, TypeError, LookupError, ValueError, ArithmeticError):
        raise no_record(function.name) from None
    return function.but(roles=roles, record=None, profile=None)


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
        changes["node_selector"] = _selector(now.node_selector, wrote["node_selector"], was["node_selector"])
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


def _selector(now: Mapping[str, str], wrote: Mapping[str, str | None], was: Mapping[str, str | None]) -> dict[str, str]:
    selector = dict(now)
    for key, value in wrote.items():
        if now.get(key) == value:
            before = codec.text(was[key], key)
            if before is None:
                selector.pop(key, None)
            else:
                selector[key] = before
    return selector


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
        return [value.fixed, value.least, value.most]
    if value is None or isinstance(value, str):
        return value
    return codec.write_affinity(value)


def _value(name: str, plain: Any) -> Any:
    if plain is None:
        return None
    if name == "replicas":
        return Replicas(*(codec.whole(number, name) for number in plain))
    return codec.read_affinity(plain, name) if name == "affinity" else codec.text(plain, name)
