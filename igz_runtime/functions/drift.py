"""What a profile wrote on a function and no longer stands there, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.taking_back import BY_KEY, Plain, key_of, read_amounts, read_back
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, Container, Field, PodSettings, Replicas, is_accelerator
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
        label = SETTINGS[name].label
        if name == "containers":
            for container in now.containers:
                if key_of(container) in plain:
                    yield from _resized(container, plain[key_of(container)])
        elif name in BY_KEY:
            found = getattr(now, name)
            changed = [key for key, value in plain.items() if found.get(key) != value]
            yield from (
                Drift((name, key), f"{label.removesuffix('s')} {key}", _said(found.get(key)), _said(plain[key]))
                for key in changed
            )
        elif name == "tolerations":
            written = codec.read_tolerations(plain, name) or ()
            gone = [each for each in written if each not in (now.tolerations or ())]
            yield from (Drift((name,), f"toleration {each}", "not there", "it") for each in gone)
        else:
            value, written = getattr(now, name), read_back(name, plain)
            stands = _narrows(value, written) if name == "affinity" else value == written
            if not stands:
                yield Drift((name,), label, _said(value), _said(written))


def _resized(now: Container, wrote: Plain) -> Iterator[Drift]:
    """Amounts that are others, and accelerators that nobody wrote."""
    for section, present in (("requests", now.requests), ("limits", now.limits)):
        written = read_amounts(wrote[section])
        for resource in dict.fromkeys((*written, *filter(is_accelerator, present))):
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


def _said(value: Any) -> str:
    if isinstance(value, Affinity):
        return " or ".join(map(str, value.required or ())) or "what only ranks nodes"
    return "not set" if value is None or value == Replicas() else repr(value) if isinstance(value, str) else str(value)
