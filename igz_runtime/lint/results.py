"""What lint finds in files: functions with the places of their fields, findings, notes, and the report of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from igz_runtime.cluster.project import PARAMETER
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.pod import Field
from igz_runtime.rules.findings import SEVERITIES, Finding, Findings, Severity
from igz_runtime.text.place import Comment, Path, Position, Remark
from igz_runtime.text.tree import Tree

if TYPE_CHECKING:
    from igz_runtime.cluster.capacity import GroupCapacity
    from igz_runtime.cluster.reserves import Reserve
    from igz_runtime.rules.declarations import Declaration
    from igz_runtime.text.edits import Change


class Member(NamedTuple):
    """What a function gets from the project that it belongs to.

    Attributes:
        project: the project's name.
        name: what the project calls the function; empty where it does not say.
        selector: its default node selector.
        environment: the environment that its parameters name; empty: none.
    """

    project: str = ""
    name: str = ""
    selector: Mapping[str, str] = {}
    environment: str = ""


class Follow(NamedTuple):
    """A file that holds a function of a project.

    Attributes:
        position: where the project names it.
        file: the file, as seen from the project's.
        member: what the function gets from the project.
    """

    position: Position
    file: str
    member: Member


class WrittenProject(NamedTuple):
    """A project as a file has it.

    Attributes:
        name: its name.
        selector: its default node selector.
        parameters: its parameters.
        entries: its functions, each with its number in the list.
        workflows: its workflows, each with its number in the list.
        at: the place of a field, or of what is nearest to where it should be.
    """

    name: str
    selector: Mapping[str, str]
    parameters: Mapping[str, Any]
    entries: tuple[tuple[int, Mapping[str, Any]], ...]
    workflows: tuple[tuple[int, Mapping[str, Any]], ...]
    at: Callable[[Path], Position]

    @property
    def environment(self) -> str:
        """The environment that its parameters name; empty: none."""
        named = self.parameters.get(PARAMETER)
        return named if isinstance(named, str) else ""

    def member(self, name: str = "") -> Member:
        """What a function of that name gets from it."""
        return Member(self.name, name, dict(self.selector), self.environment)


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
        misspelled: finds the fields whose names are almost right, in that case.
        runs: the handlers that the file runs it with.
        member: the project that the file puts it into; None where it says none.
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
    misspelled: Callable[[], Iterable[tuple[Path, str]]] | None = None
    runs: tuple[str, ...] = ()
    member: Member | None = None
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
        files: files that hold further functions.
        projects: the projects that it holds.
    """

    functions: list[Written] = field(default_factory=list)
    subjects: list[Placed] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    broken: list[Remark] = field(default_factory=list)
    wrong: list[Remark] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    files: list[Follow] = field(default_factory=list)
    projects: list[WrittenProject] = field(default_factory=list)


class Located(NamedTuple):
    """A finding and its place.

    Attributes:
        finding: the finding.
        file: the file, as the user named it, with forward slashes.
        position: the field that causes the finding, or where it should be.
        known: whether the baseline has it.
        fixable: whether `--fix` can fix it.
        within: what it is in beside a file, each by kind and name, such as `("node group", "jobs")`.
        identity: what is the same of it in the next run, where that is not its message in its file.
    """

    finding: Finding
    file: str
    position: Position
    known: bool = False
    fixable: bool = False
    within: tuple[tuple[str, str], ...] = ()
    identity: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether the finding is neither waived nor in the baseline."""
        return self.finding.waived is None and not self.known

    def order(self) -> tuple[int, int, int, str, str]:
        """By what the findings of one file are sorted."""
        at = self.position
        return at.cell, at.line, at.column, self.finding.rule, self.finding.message


class Stated(NamedTuple):
    """A declaration and its place.

    Attributes:
        declaration: what is declared or waived, and by what.
        file: the file, as the user named it, with forward slashes.
        position: where it stands.
    """

    declaration: Declaration
    file: str
    position: Position | None


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


@dataclass(slots=True)
class Judged:
    """What became of one file.

    Attributes:
        findings: by place.
        notes: what was not checked.
        declared: what the file declares of work, and waives.
        skipped: for each rule and missing fact, how many functions it could not judge.
        functions: how many functions the file holds.
        unreadable: whether nothing of it could be read.
        files: files that hold further functions of its project.
        names: the names of its functions.
        nameless: whether a function's name is not known.
        changes: what `--fix` would change, by the root of the function's document.
        reserves: by the name of a project's function, its pods; where the size of no node group is known, nothing.
    """

    findings: list[Located] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    declared: list[Stated] = field(default_factory=list)
    skipped: Counter[tuple[str, str]] = field(default_factory=Counter)
    functions: int = 0
    unreadable: bool = False
    files: list[Follow] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    nameless: bool = False
    changes: list[tuple[Path, Change]] = field(default_factory=list)
    reserves: dict[str, tuple[Reserve, ...]] = field(default_factory=dict)


class Report(NamedTuple):
    """One run of lint, or of a command whose findings are reported as lint's are.

    Attributes:
        findings: by file and place.
        notes: what was not checked, by file and place.
        skipped: for each rule and fact that was missing, how many functions the rule could not judge.
        files: how many files were looked into.
        functions: how many functions were found.
        unreadable: how many files could not be read at all.
        command: the command.
        scope: what was judged, in words, where that is more than files and their functions.
        unchecked: what else was not checked, and why.
        capacity: of a project, what its functions take of each node group when all of them run as Guaranteed pods.
        declared: what was judged declares of its work and waives for itself, by file and place.
    """

    findings: tuple[Located, ...] = ()
    notes: tuple[Note, ...] = ()
    skipped: Mapping[tuple[str, str], int] = {}
    files: int = 0
    functions: int = 0
    unreadable: int = 0
    command: str = "lint"
    scope: str = ""
    unchecked: tuple[str, ...] = ()
    capacity: tuple[GroupCapacity, ...] = ()
    declared: tuple[Stated, ...] = ()

    def at_least(self, severity: Severity) -> tuple[Located, ...]:
        """The findings that stand, of this severity or graver."""
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(one for one in self.findings if one.stands and one.finding.severity in grave)


def standing(tree: Tree, root: Path, document: dict[str, Any]) -> Written:
    """A function that stands at `root`: the number of the document, then the path inside of it."""
    below = root[1:]
    return Written(document, lambda path: tree.at((*below, *path)), root=root)
