"""What a function declares of its work and waives for itself: said in every report, beside what was found.

Whoever reads that nothing was found must see whether it is so because the function itself says so, and where it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.cluster.project import PARAMETER
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX, WORKLOAD
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import UNDECLARED, Workload, nature_of
from igz_runtime.k8s.pod import Field
from igz_runtime.rules.findings import PROJECT, Finding
from igz_runtime.rules.terms import Site, Terms
from igz_runtime.rules.waivers import waiver_fault
from igz_runtime.text.place import Position
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from igz_runtime.functions.record import Applied


class Declaration(NamedTuple):
    """Something that a function, a comment or the configuration says of it, and that findings depend on.

    Attributes:
        says: what it says, such as `stateless` or `waives IGZ101: resubmitted by cron`.
        by: what says it, such as `its label igz-runtime/workload`.
        function: the function's name; empty where it is not said of one function alone.
        kind: the function's kind.
        rule: the rule that it waives; empty where it waives none.
        refused: why it does not count; empty where it does.
        contrary: what is seen of the function that says otherwise; empty where nothing does.
        field: where it stands, as `path_of` takes it.
        project: the project of the pods that say it, on a cluster.
    """

    says: str
    by: str
    function: str = ""
    kind: str = ""
    rule: str = ""
    refused: str = ""
    contrary: str = ""
    field: Field = ()
    project: str = ""

    def __str__(self) -> str:
        said = f"{self.by} {self.says if self.rule else f'says {self.says}'}"
        otherwise = f"; without it stateful ({self.contrary})" if self.contrary else ""
        refused = f"; does not count: {self.refused}" if self.refused else ""
        return f"{said}{otherwise}{refused}"

    def to_dict(self) -> dict[str, Any]:
        """The declaration as plain data, None for what is empty."""
        stated = {name: getattr(self, name) or None for name in self._fields if name != "field"}
        return {**stated, "field": list(self.field)}


def declarations_on(function: Function, applied: Applied | None, terms: Terms, site: Site) -> Iterator[Declaration]:
    """What stands on a function: in its record, its labels and its annotations.

    Args:
        function: the function.
        applied: its record; None: no profile was applied.
        terms: what the configuration says of waivers and declarations.
        site: the function, as the configuration is asked about it.
    """
    refused, record = terms.undeclarable(site), ("record", ANNOTATION)
    by = _OF_RECORD.format(applied.profile) if applied else ""
    recorded = words_of(Workload(**applied.promised.get("workload", {}))) if applied else ()
    for word in recorded:
        yield declared(function, word, by, refused)._replace(field=record)
    if function.workload in _OF_LABEL and function.workload not in recorded:
        of_label = declared(function, function.workload, f"its label {WORKLOAD}", refused)
        yield of_label._replace(field=("workload", WORKLOAD))
    for rule_id, waiver in (applied.waivers if applied else {}).items():
        fault, annotated = waiver_fault(rule_id, waiver, terms, site), function.waivers.get(rule_id)
        # The profile wrote the annotation as well, or a person wrote over it: then one that counts still does.
        if annotated is None or not (fault or annotated == waiver.to_text()):
            yield _waives(function, rule_id, waiver, by)._replace(refused=fault, field=record)
    yield from _annotated(function, terms, site)


_OF_LABEL: Final = ("stateful", "stateless")
_OF_RECORD: Final = "its record of profile {!r}"


def _annotated(function: Function, terms: Terms, site: Site) -> Iterator[Declaration]:
    for rule_id, text in function.waivers.items():
        said: Waiver | str = text
        try:
            said = Waiver.of(text)
            fault = waiver_fault(rule_id, said, terms, site)
        except InvalidValue as error:
            fault = str(error)
        by = f"its annotation {ANNOTATION_PREFIX}{rule_id}"
        yield _waives(function, rule_id, said, by)._replace(refused=fault, field=("waivers", rule_id))


def declared(function: Function, word: str, by: str, refused: Mapping[str, str]) -> Declaration:
    """What is declared of a function's work, in a word, and what is seen of the function that says otherwise.

    Args:
        function: the function.
        word: what is declared.
        by: what declares it.
        refused: what the platform does not let it declare, and why.
    """
    seen = nature_of(function.but(workload=None), UNDECLARED) if word == "stateless" else None
    contrary = seen.reason if seen and seen.stateful else ""
    return Declaration(word, by, function.name, function.kind, refused=refused.get(word, ""), contrary=contrary)


def of_record(function: Function, applied: Applied) -> Declaration:
    """That a profile was applied, of which nothing but the record tells."""
    by = _OF_RECORD.format(applied.profile)
    return Declaration("applied", by, function.name, function.kind, field=("record", ANNOTATION))


def of_project(name: str, environment: str) -> Declaration:
    """The environment that a project calls its own."""
    return Declaration(environment, f"its parameter {PARAMETER!r}", name, PROJECT)


def commented(rule_id: str, waiver: Waiver) -> Declaration:
    """What a comment waives."""
    return Declaration(f"waives {rule_id}: {waiver}", "a comment", rule=rule_id)


def configured(terms: Terms, findings: Iterable[Finding]) -> Iterator[tuple[Declaration, Position]]:
    """The waivers of the configuration that accept one of these findings, each with its place."""
    accepted = {(each.rule, each.waived) for each in findings if each.waived}
    for one in terms.waivers:
        if (one.rule, one.waiver) in accepted:
            yield Declaration(f"waives {one.rule}: {one.waiver}", "the configuration", rule=one.rule), one.position


def _waives(function: Function, rule_id: str, waiver: Waiver | str, by: str) -> Declaration:
    return Declaration(f"waives {rule_id}: {waiver}", by, function.name, function.kind, rule_id)


def words_of(workload: Workload) -> tuple[str, ...]:
    """What is declared of work, each in words."""
    words = (
        workload.word,
        "mission-critical" if workload.mission_critical else None,
        "restartable" if workload.restartable else None,
        f"a run may take {workload.duration}" if workload.duration else None,
    )
    return tuple(filter(None, words))
