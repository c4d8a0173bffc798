"""Verdicts that could be others if what a file does not say were known: lint is silent about those."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from igz_runtime.functions.names import EXTRA_CONTAINERS, NUCLIO_NAMES
from igz_runtime.functions.places import path_of
from igz_runtime.k8s.pod import Field
from igz_runtime.text.place import Path


def depends_on_unknown(
    rule_id: str, role: str, unknown: Collection[Path], document: Mapping[str, Any], field: Field = ()
) -> bool:
    """Whether a rule's verdict could be another if what is unknown of a function were known.

    Args:
        rule_id: the rule's id.
        role: the role that it judged.
        unknown: the places of the document whose values are not known.
        document: the function's document.
        field: the field that causes the finding.
    """
    if not unknown or rule_id.startswith("IGZ9"):
        return False
    if rule_id in _OWN_VALUE and field:
        needed = [path_of(document, role, field)]
    elif rule_id in _OWN_AMOUNTS and len(field) == _AMOUNT:
        container, name, _, resource = field
        needed = [path_of(document, role, (container, name, each, resource)) for each in ("requests", "limits")]
    else:
        named = next((fields for prefix, fields in _NEEDED.items() if rule_id.startswith(prefix)), None)
        if named is None:
            return True  # an organisation's own rule may look at anything
        needed = [path for name in named for path in _places(document, role, name)]
    return any(_touch(path, each) for path in needed if path for each in unknown)


_MODE: Final = ("preemption_mode", "mode_annotation")
_PLACEMENT: Final = ("node_selector", "tolerations", "affinity", "node_name", *_MODE)
_OWN_VALUE: Final = frozenset({"IGZ110", "IGZ205", "IGZ302", "IGZ404"})
"""Rules to which the value that they find says it all."""
_OWN_AMOUNTS: Final = frozenset({"IGZ202", "IGZ203"})
_AMOUNT: Final = 4
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    # Evidence of state only adds up: what is not known of a handler or a name takes nothing away from what is.
    "IGZ101": _PLACEMENT,
    "IGZ109": (*_PLACEMENT, "waiting_limit"),
    "IGZ110": _MODE,
    "IGZ111": _MODE,
    "IGZ1": _PLACEMENT,
    "IGZ204": ("containers", "replicas", "target_cpu"),
    "IGZ208": ("containers", *_PLACEMENT),
    "IGZ2": ("containers",),
    "IGZ3": ("priority_class",),
    "IGZ402": ("containers", *_PLACEMENT),
    "IGZ404": ("node_name",),
    "IGZ4": _PLACEMENT,
}
"""What a rule looks at, by its id or its family, the closest first."""


def _places(document: Mapping[str, Any], role: str, name: str) -> Iterator[Path]:
    yield path_of(document, role, (name,))
    if name == "node_selector":
        yield ("spec", name)  # Spark's roles take the generic one where they have none
    passed = NUCLIO_NAMES.get({"priority_class": "priority_class_name"}.get(name, name))
    if passed:
        yield from (("spec", "config", f"spec.{passed}"), ("spec", "base_spec", "spec", passed))
    if name == "replicas":
        yield from (("spec", each) for each in ("min_replicas", "max_replicas", "minReplicas", "maxReplicas"))
    elif name == "containers":
        passed_on = ("resources", *(listed for listed, _ in EXTRA_CONTAINERS))
        yield from (("spec", each) for each in passed_on)
        yield from (("spec", "config", f"spec.{each}") for each in passed_on)
        yield from (("spec", "base_spec", "spec", each) for each in passed_on)


def _touch(one: Path, other: Path) -> bool:
    """Whether one of two places is inside of the other."""
    return all(left == right for left, right in zip(one, other, strict=False))
