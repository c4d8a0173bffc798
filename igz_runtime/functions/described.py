"""Where a document says what a function is: its name, its labels, and what else is evidence of what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.functions.fields import spelled
from igz_runtime.functions.recognition import NUCLIO, kind_of
from igz_runtime.text.place import Path

_OF_BOTH: Final[Mapping[str, tuple[Path, ...]]] = {
    "name": (("metadata", "name"),),
    "labels": (("metadata", "labels"),),
    "record": (("metadata", "annotations"),),
    "profile": (("metadata", "labels"),),
    "waivers": (("metadata", "annotations"),),
    "workload": (("metadata", "labels"),),
    # The reader finds these, not the document says them.
    "runs": (),
    "reasons": (),
    "undeclarable": (),
    "unreachable": (),
    # Of Jupyter services alone, whose reader knows its place.
    "idle": (),
}
_IN_MLRUN: Final[Mapping[str, tuple[Path, ...]]] = {
    **_OF_BOTH,
    "triggers": (("spec", "config"),),
    "project": (("metadata", "project"),),
    "tag": (("metadata", "tag"),),
    "categories": (("metadata", "categories"),),
    "handler": (("spec", "default_handler"), ("spec", "function_handler")),
    "image": (("spec", "image"),),
    "command": (("spec", "command"), ("spec", "args")),
    "base_image": (("spec", "build", "base_image"),),
    "volumes": (("spec", "volumes"),),
    "requirements": (("spec", "build", "requirements"), ("spec", "build", "commands")),
    "code": (("spec", "build", "functionSourceCode"), ("spec", "command"), ("spec", "build", "origin_filename")),
    "helpers": (
        *(("spec", "build", "commands"), ("spec", "build", "requirements"), ("spec", "build", "source")),
        ("spec", "track_models"),
    ),
}
_IN_NUCLIO: Final[Mapping[str, tuple[Path, ...]]] = {
    **_OF_BOTH,
    "triggers": (("spec", "triggers"),),
    "project": (("metadata", "labels", "nuclio.io/project-name"),),
    "tag": (),
    "categories": (),
    "handler": (("spec", "handler"),),
    "image": (("spec", "image"), ("spec", "build", "baseImage")),
    "command": (),
    "base_image": (("spec", "build", "baseImage"),),
    "volumes": (("spec", "volumes"),),
    "requirements": (("spec", "build", "commands"),),
    "code": (("spec", "build", "functionSourceCode"), ("spec", "handler")),
    "helpers": (),
}
DESCRIBED: Final = frozenset(_IN_MLRUN)
"""Fields of `Function` and `Evidence` that a document says, or that reading it finds."""


def described_in(document: Mapping[str, Any], name: str) -> tuple[Path, ...]:
    """The places of a field of `Function` or `Evidence` in a document, the first of them where it should be.

    >>> described_in({"kind": "job", "spec": {}}, "handler")
    (('spec', 'default_handler'), ('spec', 'function_handler'))
    """
    places = (_IN_NUCLIO if kind_of(document) == NUCLIO else _IN_MLRUN)[name]
    return tuple(tuple(_as_it_is(document, place)) for place in places)


def _as_it_is(document: Mapping[str, Any], place: Path) -> Iterator[str | int]:
    """The place as the document spells it."""
    top, *rest = place
    if top == "metadata" and document.get("metadata") is None and "meta" in document:
        top = "meta"
    yield top
    held: Any = document.get(str(top))
    for part in rest:
        key = spelled(held, str(part)) if top == "spec" and isinstance(held, Mapping) else part
        yield key
        held = held.get(key) if isinstance(held, Mapping) else None
