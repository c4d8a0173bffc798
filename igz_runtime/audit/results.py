"""What an audit found, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from igz_runtime.audit.earlier import Earlier, Was
from igz_runtime.audit.sentences import Answer, answers_to
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.display import Displayed
from igz_runtime.messages import printable
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.declarations import Declaration
from igz_runtime.rules.findings import Finding, Findings, Skipped, order


class AuditFinding(NamedTuple):
    """A finding of an audit, and where it is.

    Attributes:
        finding: the finding; its function is the node group, the function or the service that it is about.
        group: the node group beside which it is shown; empty: the cluster as a whole.
        nodes: names of the nodes that it is about.
        project: the project of its function; empty where it is about none.
        known: whether the baseline has it.
        namespace: the namespace of its pods or its object: another's function of that name is another one.
    """

    finding: Finding
    group: str = ""
    nodes: tuple[str, ...] = ()
    project: str = ""
    known: bool = False
    namespace: str = ""

    @property
    def stands(self) -> bool:
        """Whether it is neither waived nor in the baseline."""
        return self.finding.waived is None and not self.known

    @property
    def told(self) -> Was:
        """What a later audit knows of it, by its report."""
        one, field = self.finding, tuple(map(str, self.finding.field))
        whose = (one.function, one.kind, one.role, self.namespace, self.project, self.group)
        return Was(one.rule, one.severity, one.message, *whose, self.nodes, field, one.waived is not None)

    @property
    def identity(self) -> tuple[str, ...]:
        """What is the same of it in the next audit."""
        return self.told.identity


class Changed(NamedTuple):
    """A finding that both audits have, and that is not the same any more.

    Attributes:
        was: as it was.
        now: as it is.
        what: each difference, as a clause: `a warning, was an error`.
    """

    was: Was
    now: AuditFinding
    what: tuple[str, ...]


class Comparison(NamedTuple):
    """What has become of the findings of an earlier audit.

    Attributes:
        earlier: the earlier audit.
        new: findings that it did not have.
        gone: its findings that are no more.
        changed: findings of both that differ.
        same: how many findings of both do not.
        undecided: its findings of which nobody can say, because a fact that their rules need is missing now.
        remarks: why the two can hardly be compared, as sentences.
    """

    earlier: Earlier
    new: tuple[AuditFinding, ...] = ()
    gone: tuple[Was, ...] = ()
    changed: tuple[Changed, ...] = ()
    same: int = 0
    undecided: tuple[Was, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Audit(Displayed):
    """What an audit found on a cluster.

    Attributes:
        view: the cluster, with its node groups and what runs there.
        found: the findings with their places, gravest first.
        skipped: rules that could not decide, each with the fact that is missing.
        unread: what no rule saw, each with the reason.
        capacity: by node group, what it has, what is reserved, and what user work would use up as Guaranteed pods.
        unasked: by rule, why it was asked of nothing: nothing of what it is about is there.
        off: ids of the rules that the configuration leaves out.
        since: what has become of the findings of an earlier audit; None where there is none to compare with.
        declared: what functions declare of their work and waive for themselves, on their pods and their objects.
    """

    display_name = "audit"

    view: AuditedCluster
    found: tuple[AuditFinding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unread: tuple[str, ...] = ()
    capacity: tuple[GroupCapacity, ...] = ()
    unasked: Mapping[str, str] = field(default_factory=dict)
    off: tuple[str, ...] = ()
    since: Comparison | None = None
    declared: tuple[Declaration, ...] = ()

    def __repr__(self) -> str:
        counts = f"{len(self.found)} findings, {len(self.skipped)} rules skipped"
        return printable(f"<Audit of {self.view.cluster.source}: {counts}>")

    @cached_property
    def findings(self) -> Findings:
        """The findings, gravest first, with the rules that could not decide in `.skipped`."""
        return Findings((each.finding for each in self.found), self.skipped, self.unread, declared=self.declared)

    @property
    def nothing_read(self) -> bool:
        """Whether nothing could be read: neither a node nor a pod."""
        live = self.view.live
        if live is None:
            return True
        work = live.running.work if live.running else ()
        return not live.nodes and not work and "nodes" in live.unknown

    def knowing(self, known: Iterable[bool]) -> Audit:
        """The same, with a mark on each finding whether the baseline has it, in their order."""
        return replace(self, found=tuple(one._replace(known=mark) for one, mark in zip(self.found, known, strict=True)))

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What it says to each sentence of the best practices, in their order."""
        return answers_to(self.findings, self.view.cluster.environment, self.unasked, self.off)

    def beside(self, group: str) -> tuple[AuditFinding, ...]:
        """The findings on one node group; those on the cluster as a whole under the empty name."""
        return tuple(each for each in self.found if each.group == group)


def in_order(found: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """The gravest first; alike ones by rule, group, project and function."""
    return tuple(
        sorted(found, key=lambda each: (*order(each.finding), each.group, each.project, each.finding.function))
    )
