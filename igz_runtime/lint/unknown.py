"""Verdicts that could be others if what a file does not say were known: lint is silent about those."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.described import DESCRIBED, described_in
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import EXTRA_CONTAINERS, NUCLIO_NAMES
from igz_runtime.functions.places import path_of
from igz_runtime.k8s.pod import Field
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.reads import EVERY_ROLE, NATURE, ROLE, behind
from igz_runtime.text.place import Path


class Unknown(NamedTuple):
    """What is not known of a function.

    Attributes:
        paths: the places of its document whose values are not known.
        document: the document.
        function: what was read of it.
        cluster: the cluster that it is judged on.
        filled_in: the places of what is not there, and is filled in when its code runs.
    """

    paths: Collection[Path]
    document: Mapping[str, Any]
    function: Function
    cluster: Cluster
    filled_in: tuple[Path, ...] = ()

    def leaves_open(self, rule: Rule[Any], role: str, field: Field) -> bool:
        """Whether a rule's verdict could be another if what is unknown were known.

        Args:
            rule: the rule.
            role: the role that it judged.
            field: the field that causes the finding.
        """
        if rule.reads is None:
            return bool(self.paths)
        paths = (*self.paths, *self.filled_in)
        return bool(paths) and any(
            _touch(path, each) for path in self._needed(rule, role, field) if path for each in paths
        )

    def _needed(self, rule: Rule[Any], role: str, field: Field) -> Iterator[Path]:
        """The places of all that a rule went by."""
        if rule.each == "value" and field:
            yield path_of(self.document, role, field)
        elif rule.each == "amount" and len(field) == _AMOUNT:
            container, name, _, resource = field
            for section in ("requests", "limits"):
                yield path_of(self.document, role, (container, name, section, resource))
        else:
            for read in rule.reads or ():
                yield from self._places(read, role)

    def _places(self, read: str, role: str) -> Iterator[Path]:
        """The places of what is behind one thing that a rule reads."""
        if read == NATURE:
            return  # Evidence only adds up: what is not known of a name or handler takes nothing away from what is.
        if read.startswith(EVERY_ROLE):
            for each in self.function.roles:
                yield from _places(self.document, each.role, read.removeprefix(EVERY_ROLE))
        for name in behind([read], self.cluster):
            if name in ROLE:
                yield from _places(self.document, role, name)
            elif name in DESCRIBED:
                yield from described_in(self.document, name)


_AMOUNT: Final = 4


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
