"""What lint finds in files: functions with the places of their fields, findings, notes, and the report of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.pod import Field
from igz_runtime.rules.findings import SEVERITIES, Finding, Findings, Severity
from igz_runtime.text.place import Comment, Path, Position, Remark
from igz_runtime.text.tree import Tree


@dataclass(slots=True)
class Written:
    """A function as a file has it.

    Attributes:
        document: the function as MLRun or Nuclio would export it, as far as the file says.
        at: the place of a field, or of what is nearest to where it should be; `()` is the function's head.
        workload: what the file declares about the work; None where it says nothing.
        refused: what a profile was refused for, and where it was applied.
        unknown: fields whose values cannot be known from the file; rules are silent about them.
        filled_in: fields that MLRun fills in when the code runs; rules that go by them are silent, too.
        root: where the document stands in its file: the number of the YAML document, then keys and list indices;
            `()` where the file is not a document that could be written back.
        function: the function as rules see it, where no document of MLRun or Nuclio says the same (a pipeline's step).
        place: the path of a role's field in that case.
        runs: the handlers that the file runs it with.
        project: the project that the file puts it into; empty where it says none.
        selector: that project's default node selector.
    """

    document: MutableMapping[str, Any]
    at: Callable[[Path], Position]
    workload: Workload | None = None
    refused: list[tuple[Findings, Position]] = field(default_factory=list)
    unknown: set[Path] = field(default_factory=set)
    filled_in: tuple[Path, ...] = ()
    root: Path = ()
    function: Function | None = None
    place: Callable[[str, Field], Path] | None = None
    runs: tuple[str, ...] = ()
    project: str = ""
    selector: Mapping[str, str] = field(default_factory=dict)
    placed: Mapping[Path, object] = field(default_factory=dict)


class Placed(NamedTuple):
    """A subject of rules that is not a role of a function.

    Attributes:
        subject: the subject.
        at: the place of what a finding names as its field.
    """

    subject: object
    at: Callable[[Field], Position]


@dataclass(slots=True)
class Content:
    """What was read of one file.

    Attributes:
        functions: the functions that it holds, in their order.
        subjects: what else rules look at.
        notes: what could not be known or followed, and is said so.
        broken: what could not be read.
        wrong: fields of the wrong type.
        faults: calls of profiles that raise when they are made.
        comments: its comments for igz-runtime.
        files: files that hold further functions, relative to this one, and where it names them.
    """

    functions: list[Written] = field(default_factory=list)
    subjects: list[Placed] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    broken: list[Remark] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    files: list[Remark] = field(default_factory=list)


class Located(NamedTuple):
    """A finding and its place.

    Attributes:
        finding: the finding.
        file: the file, as the user named it, with forward slashes.
        position: the field that causes the finding, or where it should be.
        known: whether the baseline has it.
        fixable: whether `--fix` can fix it.
    """

    finding: Finding
    file: str
    position: Position
    known: bool = False
    fixable: bool = False

    @property
    def stands(self) -> bool:
        """Whether the finding is neither waived nor in the baseline."""
        return self.finding.waived is None and not self.known

    def order(self) -> tuple[int, int, int, str, str]:
        """By what the findings of one file are sorted."""
        at = self.position
        return at.cell, at.line, at.column, self.finding.rule, self.finding.message


class Note(NamedTuple):
    """Something in a file that was not checked, and why.

    Attributes:
        file: the file.
        position: the place in it, where there is one.
        text: what was not checked, and why.
        defect: whether that is a fault of lint's own.
    """

    file: str
    position: Position | None
    text: str
    defect: bool = False


class Report(NamedTuple):
    """One run of lint.

    Attributes:
        findings: by file and place.
        notes: what was not checked, by file and place.
        skipped: for each rule and fact that was missing, how many functions the rule could not judge.
        files: how many files were looked into.
        functions: how many functions were found.
        unreadable: how many files could not be read at all.
    """

    findings: tuple[Located, ...] = ()
    notes: tuple[Note, ...] = ()
    skipped: Mapping[tuple[str, str], int] = {}
    files: int = 0
    functions: int = 0
    unreadable: int = 0

    def at_least(self, severity: Severity) -> tuple[Located, ...]:
        """The findings that stand, of this severity or graver."""
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(one for one in self.findings if one.stands and one.finding.severity in grave)


def standing(tree: Tree, root: Path, document: dict[str, Any]) -> Written:
    """A function that stands at `root`: the number of the document, then the path inside of it."""
    below = root[1:]
    return Written(document, lambda path: tree.at((*below, *path)), root=root)
