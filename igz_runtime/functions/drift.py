"""What a profile wrote on a function and no longer stands there, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.taking_back import BY_KEY, key_of, read_amounts, read_back
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, Container, Field, PodSettings, Replicas, Resources, Toleration, is_accelerator
from igz_runtime.k8s.spreading import includes


class Drift(NamedTuple):
    """One thing that no longer stands as it was written.

    Attributes:
        field: the field that says something else now.
        what: what it is called.
        found: what stands there, in words.
        wrote: what was written, in words.
    """

    field: Field
    what: str
    found: str
    wrote: str


def drifted(now: PodSettings, wrote: Mapping[str, Any]) -> Iterator[Drift]:
    """What a profile wrote on a role and no longer stands there. What was added beside it is not drift.

    Args:
        now: the role's settings.
        wrote: what the record says that was written on the role.

    Raises:
        BrokenFunction: the record was changed by hand.
    """
    for name, plain in wrote.items():
        yield from _differing(now, name, _value(name, plain))


def undone(promised: PodSettings, now: PodSettings) -> Iterator[Drift]:
    """What a promise needs of an effective pod, and the pod that admission makes of it has otherwise.

    Args:
        promised: the effective pod.
        now: the settings of the pod that came back.
    """
    sizes = {key_of(each): (each.requests, each.limits) for each in promised.containers}
    tolerations = tuple(map(_without_blanks, promised.tolerations or ()))
    now = now.but(tolerations=tuple(map(_without_blanks, now.tolerations or ())))
    for name, value in (
        ("containers", sizes),
        ("node_selector", promised.node_selector),
        ("tolerations", tolerations),
        ("affinity", promised.affinity),
        ("priority_class", promised.priority_class),
        ("annotations", promised.annotations),
    ):
        if value:
            yield from _differing(now, name, value)


def _value(name: str, plain: Any) -> Any:
    """What a record says of a field, as a value."""
    if name == "containers":
        return {key: tuple(read_amounts(sizes[each]) for each in _SECTIONS) for key, sizes in plain.items()}
    if name == "tolerations":
        return codec.read_tolerations(plain, name) or ()
    return plain if name in BY_KEY else read_back(name, plain)


def _differing(now: PodSettings, name: str, value: Any) -> Iterator[Drift]:
    label, found = SETTINGS[name].label, getattr(now, name)
    if name == "containers":
        for container in found:
            if key_of(container) in value:
                yield from _resized(container, value[key_of(container)])
    elif name in BY_KEY:
        one, changed = label.removesuffix("s"), [key for key, each in value.items() if found.get(key) != each]
        yield from (Drift((name, key), f"{one} {key}", _said(found.get(key)), _said(value[key])) for key in changed)
    elif name == "tolerations":
        gone = [each for each in value if each not in (found or ())]
        yield from (Drift((name,), f"toleration {each}", "not there", "it") for each in gone)
    elif not (_narrows(found, value) if name == "affinity" else found == value):
        yield Drift((name,), label, _said(found), _said(value))


_SECTIONS: Final = ("requests", "limits")


def _resized(now: Container, wrote: tuple[Resources, ...]) -> Iterator[Drift]:
    """Amounts that are others, and accelerators that nobody wrote: their limit, which is their request as well."""
    for section, present, written in zip(_SECTIONS, (now.requests, now.limits), wrote, strict=True):
        added = filter(is_accelerator, present) if section == "limits" else ()
        for resource in dict.fromkeys((*written, *added)):
            if present.get(resource) != written.get(resource):
                what = f"{resource} {section.removesuffix('s')} of container {now.name!r}"
                field = ("containers", now.name, section, resource)
                yield Drift(field, what, _said(present.get(resource)), _said(written.get(resource)))


def _narrows(now: Affinity | None, wrote: Affinity | None) -> bool:
    """Whether an affinity asks for all that was written: each of its terms has every expression of one of those."""
    if now is None or wrote is None:
        return now == wrote
    kept = now.preferred == wrote.preferred and includes(now.pod, wrote.pod)
    written = [set(term.requirements) for term in wrote.required or ()]
    terms = [set(term.requirements) for term in now.required or ()]
    return kept and bool(terms) >= bool(written) and all(any(each <= term for each in written) for term in terms)


def _without_blanks(toleration: Toleration) -> Toleration:
    """A toleration as an API server gives it back, which leaves out what is empty."""
    key, operator, value, effect, seconds = toleration
    return Toleration(key or None, operator or None, value or None, effect or None, seconds)


def _said(value: Any) -> str:
    if isinstance(value, Affinity):
        return " or ".join(map(str, value.required or ())) or "what only ranks nodes"
    if type(value) is tuple:
        return " and ".join(map(str, value)) or "without a metric"
    return "not set" if value is None or value == Replicas() else repr(value) if isinstance(value, str) else str(value)
