"""Finding and Findings: what the rules say of a function, as values that print themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from igz_runtime.display import Displayed
from igz_runtime.k8s.pod import Field
from igz_runtime.messages import printable, without_credentials
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from igz_runtime.cluster.capacity import GroupCapacity
    from igz_runtime.rules.declarations import Declaration

Severity = Literal["error", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")

PROJECT: Final = "project"
"""The kind of a finding that is about a project as a whole, which it calls its function."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's verdict on one role of a function.

    Attributes:
        rule: the rule's id.
        severity: `error` refuses, `warning` is shown, `info` advises.
        message: what was found: the value found and the value required.
        why: the sentence of the best practice, or the behaviour, behind the rule.
        fix: what to do.
        function: the function's name; empty where a file could not be read that far.
        kind: the function's kind.
        role: the role, such as `main` or `executor`; empty where it is about the function as a whole.
        waived: the waiver that accepts the finding; None where it stands.
        field: what causes it, in the words of `PodSettings`, such as `("containers", "base", "limits", "cpu")`.
    """

    rule: str
    severity: Severity
    message: str
    why: str
    fix: str
    function: str
    kind: str
    role: str
    waived: Waiver | None = None
    field: Field = ()

    def __post_init__(self) -> None:
        """A value may be an address: what is quoted of it holds no password."""
        for name in ("message", "fix"):
            said: str = getattr(self, name)
            if ":/" in said:
                object.__setattr__(self, name, without_credentials(said))

    @property
    def refuses(self) -> bool:
        """Whether this finding alone keeps a plan from being applied."""
        return self.severity == "error" and self.waived is None

    @property
    def _subject(self) -> str:
        """Which function and role, as the beginning of a sentence; a file that cannot be read has none."""
        if not self.function:
            return ""
        return f"{self.kind} {self.function!r} ({self.role}): " if self.role else f"{self.kind} {self.function!r}: "

    def __str__(self) -> str:
        text = f"{self.rule} {self.severity}: {self._subject}{self.message}"
        return printable(f"{text} [waived: {self.waived}]" if self.waived else text)

    def _repr_html_(self) -> str:
        return Findings((self,))._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data: its attributes, None for what is empty, and a waiver by reason and last day."""
        stated = {each.name: getattr(self, each.name) for each in fields(self)}
        waived = {"reason": self.waived.reason, "until": str(self.waived.until or "") or None} if self.waived else None
        empty = {name: stated[name] or None for name in ("function", "kind", "role")}
        return {**stated, **empty, "waived": waived, "field": list(self.field)}


def order(finding: Finding) -> tuple[bool, int, str]:
    """The gravest first, then by rule."""
    return not finding.refuses, SEVERITIES.index(finding.severity), finding.rule


class Skipped(NamedTuple):
    """A rule that could not decide for one role, and why."""

    rule: str
    function: str
    role: str
    because: str

    def __str__(self) -> str:
        return printable(f"{self.rule} skipped for {self.function!r} ({self.role}), because {self.because}")

    def _repr_html_(self) -> str:
        return Findings(skipped=(self,))._repr_html_()


class Findings(Displayed, Sequence[Finding]):
    """Findings of a function, gravest first: a sequence that prints well.

    Attributes:
        skipped: rules that could not decide, each with the fact that is missing.
        unread: parts of the function that no rule saw, each with the reason.
        capacity: of a project, what its functions take of each node group when all of them run as Guaranteed pods.
        declared: what the function declares of its work and waives for itself.
    """

    __slots__ = ("_findings", "capacity", "declared", "skipped", "unread")
    display_name = "findings"

    def __init__(
        self,
        findings: Iterable[Finding] = (),
        skipped: Iterable[Skipped] = (),
        unread: Iterable[str] = (),
        capacity: Iterable[GroupCapacity] = (),
        declared: Iterable[Declaration] = (),
    ) -> None:
        self._findings = tuple(findings)
        self.skipped = tuple(skipped)
        self.unread = tuple(unread)
        self.capacity = tuple(capacity)
        self.declared = tuple(declared)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204  (overloads of Sequence)
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Findings):
            return self._parts == other._parts
        return list(self._findings) == other if isinstance(other, list) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._parts)

    def __add__(self, others: Findings) -> Findings:
        """These and others on the same function, gravest first."""
        unread = tuple(dict.fromkeys((*self.unread, *others.unread)))
        findings, capacity = sorted((*self, *others), key=order), (*self.capacity, *others.capacity)
        declared = dict.fromkeys((*self.declared, *others.declared))
        return Findings(findings, (*self.skipped, *others.skipped), unread, capacity, declared)

    @property
    def _parts(self) -> tuple[object, ...]:
        return self._findings, self.skipped, self.unread, self.capacity, self.declared

    @property
    def refusing(self) -> tuple[Finding, ...]:
        """Those that keep a plan from being applied."""
        return tuple(finding for finding in self._findings if finding.refuses)

    def __repr__(self) -> str:
        return f"<{len(self)} findings, {len(self.skipped)} rules skipped>"

    def to_df(self) -> Any:
        """The findings as a pandas DataFrame: one row for each, one column for each of its attributes."""
        import pandas as pd

        return pd.DataFrame([each.to_dict() for each in self], columns=[each.name for each in fields(Finding)])


def each_refusal(findings: Findings) -> Iterator[str]:
    """The refusing findings as lines of an error message, each with its fix."""
    for finding in findings.refusing:
        yield f"  {finding}"
        yield f"      fix: {finding.fix}"
