"""What a profile wrote on a function, and taking it back: what was written and still stands goes, and nothing else.

Three states meet here: what stood before the profile, what it wrote, and what stands now. A part that is no longer as
it was written is a person's, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied, no_record
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings, Replicas, Resources, ScaleResource
from igz_runtime.k8s.quantity import Quantity

Plain = dict[str, Any]

ITSELF: Final = ""
"""The role under which a record has what was written on the function itself."""

# A profile owns single labels, annotations, tolerations and amounts beside those of the user; any other field
# it owns as a whole.
BY_KEY: Final = ("node_selector", "annotations")
_IN_PARTS: Final = frozenset({*BY_KEY, "tolerations", "containers"})
_WHOLE: Final = tuple(name for name in PodSettings._fields if name != "role" and name not in _IN_PARTS)


def difference(
    before: Function, after: Function, decided: Collection[str] = (), labels: Collection[str] = ()
) -> tuple[dict[str, Plain], dict[str, Plain]]:
    """What stands in `after` and what stood in `before`, by role and field, as plain data.

    Args:
        before: the function without the profile.
        after: the function with it.
        decided: fields that are recorded also where the two are alike, because the profile would have written them; of
            the others, what differs.
        labels: keys of the node selector of which the same is true.
    """
    wrote: dict[str, Plain] = {}
    was: dict[str, Plain] = {}
    for old, new in zip(before.roles, after.roles, strict=True):
        new_fields, old_fields = _changed(old, new, decided, labels)
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


def _changed(
    old: PodSettings, new: PodSettings, decided: Collection[str], labels: Collection[str]
) -> tuple[Plain, Plain]:
    wrote: Plain = {}
    was: Plain = {}
    for name in _WHOLE:
        before, after = getattr(old, name), getattr(new, name)
        if before != after or (name in decided and after is not None):
            wrote[name], was[name] = _plain(after), _plain(before)
    for name, owned in (
        ("node_selector", labels),
        ("annotations", new.annotations if "annotations" in decided else ()),
    ):
        stood, stands = getattr(old, name), getattr(new, name)
        keys = [key for key in {**stood, **stands} if stood.get(key) != stands.get(key) or key in owned]
        if keys:
            wrote[name] = {key: stands.get(key) for key in keys}
            was[name] = {key: stood.get(key) for key in keys}
    if old.tolerations != new.tolerations:
        added = [t for t in new.tolerations or () if t not in (old.tolerations or ())]
        wrote["tolerations"] = codec.write_tolerations(added)
        was["tolerations"] = None if old.tolerations is None else []
    for had, has in zip(old.containers, new.containers, strict=True):
        if had != has or ("containers" in decided and has.reachable):
            wrote.setdefault("containers", {})[key_of(has)] = _sizes(has)
            was.setdefault("containers", {})[key_of(has)] = _sizes(had)
    return wrote, was


def _restored(now: PodSettings, wrote: Plain, was: Plain) -> PodSettings:
    changes: Plain = {}
    for name in _WHOLE:
        if name in wrote and _plain(getattr(now, name)) == wrote[name]:
            changes[name] = read_back(name, was[name])
    for name in BY_KEY:
        if name in wrote:
            changes[name] = _given_back(getattr(now, name), wrote[name], was[name])
    if "tolerations" in wrote:
        added = codec.read_tolerations(wrote["tolerations"], "tolerations") or ()
        kept = tuple(t for t in now.tolerations or () if t not in added)
        changes["tolerations"] = kept if kept or was["tolerations"] is not None else None
    if "containers" in wrote:
        changes["containers"] = tuple(
            _container(c, wrote["containers"].get(key_of(c)), was["containers"].get(key_of(c))) for c in now.containers
        )
    return now.but(**changes)


def key_of(container: Container) -> str:
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
    return now._replace(requests=read_amounts(was["requests"]), limits=read_amounts(was["limits"]))


def _same_sizes(now: Container, wrote: Plain) -> bool:
    return now.requests == read_amounts(wrote["requests"]) and now.limits == read_amounts(wrote["limits"])


def _sizes(container: Container) -> Plain:
    return {"requests": _texts(container.requests), "limits": _texts(container.limits)}


def _texts(amounts: Resources) -> dict[str, Any]:
    """Texts; beside the number where the dialect reads the text differently (Spark's `4g`)."""
    return {name: a.text if a.is_plain else [a.text, str(a.number)] for name, a in amounts.items()}


def read_amounts(plain: Mapping[str, Any]) -> dict[str, Quantity]:
    """Amounts as a record has them."""
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
    if type(value) is tuple:
        return [list(each) for each in value]
    if value is None or isinstance(value, str | int):
        return value
    return codec.write_affinity(value)


def read_back(name: str, plain: Any) -> Any:
    """The value of a field that a record has as a whole."""
    if plain is None:
        if PodSettings._field_defaults[name] is not None:
            raise ValueError("nothing, where the field always has a value")
        return None
    if name == "replicas":
        return Replicas(*(codec.whole(number, name) for number in plain))
    if name == "scale_to_zero":
        return tuple(
            ScaleResource(codec.text(metric, name), codec.text(window, name), codec.whole(threshold, name))
            for metric, window, threshold in plain
        )
    if name == "affinity":
        return codec.read_affinity(plain, name)
    return codec.whole(plain, name) if _is_number(name) else codec.text(plain, name)


@cache
def _is_number(name: str) -> bool:
    return int in (hint := get_type_hints(PodSettings)[name], *get_args(hint))
