"""A run of lint: every file is judged, many of them by several processes, and the results become one report."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from igz_runtime.lint.capacity import beyond, capacity_in
from igz_runtime.lint.judging import judge_file
from igz_runtime.lint.projects import Project, Projects, beside, findings_on, undecided, unmatched
from igz_runtime.lint.results import Follow, Judged, Located, Note, Report
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import File
from igz_runtime.rules.document import document_finding
from igz_runtime.text.bounded import beginning_of
from igz_runtime.text.limits import LARGEST
from igz_runtime.text.place import Position

if TYPE_CHECKING:
    from igz_runtime.cluster.capacity import GroupCapacity
    from igz_runtime.cluster.reserves import Reserve

_WORTH_A_POOL: Final = 150
"""So many files take as long as starting the processes does."""

_CHUNK: Final = 50


class Run:
    """Collects what was found, file by file, in their order.

    Args:
        settings: the configuration.
        jobs: how many processes at most; None: one for each core.
        whole: the project that is judged as a whole: a file that it names and that is not there is an error.

    Attributes:
        fixable: the files in which `--fix` has something to change.
    """

    def __init__(self, settings: Settings, jobs: int | None = None, *, whole: Project | None = None) -> None:
        self._settings = settings
        self._whole = whole
        self._jobs = jobs or len(
            os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        )
        self._findings: list[Located] = []
        self._notes: list[Note] = []
        self._skipped: Counter[tuple[str, str]] = Counter()
        self._files = self._functions = self._unreadable = 0
        self._seen: set[str] = set()
        self._projects = Projects(whole)
        self._names: set[str] = set()
        self._nameless = False
        self._reserves: dict[str, tuple[Reserve, ...]] = {}
        self._capacity: tuple[GroupCapacity, ...] = ()
        self.fixable: set[str] = set()

    def content(self, name: str, content: bytes) -> None:
        """Judge what is not a file, such as standard input."""
        self._add(name, judge_file(name, content, self._settings, named=True))

    def unread(self, folder: str, why: str) -> None:
        """Say that a folder was not looked into."""
        self._notes.append(Note(folder, None, why))

    def files(self, files: Iterable[File]) -> None:
        """Judge files, and those that they name."""
        listed = self._projects.joined(file for file in files if file.name not in self._seen)
        while listed:
            self._seen.update(file.name for file in listed)
            further: dict[str, File] = {}
            for file, judged in zip(listed, self._judged(listed), strict=True):
                self._add(file.name, judged)
                for follow in judged.files:
                    self._follow(file.name, follow, further)
            listed = list(further.values())

    def _judged(self, files: Sequence[File]) -> Iterator[Judged]:
        # Documents are made of many small values that refer to none above them: the collector finds nothing there.
        gc.freeze()
        gc.set_threshold(100_000)
        gc.enable()
        judge = partial(judge_path, settings=self._settings)
        if self._jobs == 1 or len(files) < _WORTH_A_POOL:
            return map(judge, files)
        return _in_processes(judge, files, self._jobs)

    def _follow(self, name: str, follow: Follow, further: dict[str, File]) -> None:
        """Take up a file that another names, or say that it is not there."""
        target = beside(name, follow.file)
        if not os.path.isfile(target):
            self._missing(name, follow.file, follow.position)
        elif target not in self._seen:
            further[target] = File(target, named=True, member=follow.member)

    def _missing(self, name: str, file: str, position: Position) -> None:
        """Say that a file is not there that a project names: MLRun raises when it makes the function."""
        text = f"{file}: there is no such file beside the project"
        if self._whole:
            finding = document_finding("IGZ901", text, fix="correct the path; MLRun raises when it makes the function")
            self._findings.append(Located(finding, name, position))
        else:
            self._notes.append(Note(name, position, text))

    def waivers_without_effect(self) -> None:
        """Report the configuration's waivers whose last day has passed, or that the platform does not allow."""
        for remark in self._settings.without_effect():
            finding = document_finding("IGZ904", remark.text)
            self._findings.append(Located(finding, self._settings.source, remark.position))

    def projects(self) -> None:
        """Report what keeps the functions of the projects among the files from the profiles that are assigned."""
        for project in self._projects.among(self._seen):
            self._findings += findings_on(project, self._settings)
            for file, position in project.missing_code if self._whole else ():
                self._missing(project.file, file, position)

    def assignments(self, *, for_others: bool = False) -> None:
        """Report the assignments that match no function. Every function must be in the files.

        Args:
            for_others: whether assignments may be for functions that are elsewhere.
        """
        source, names = self._settings.source, self._names.copy()
        for project in self._projects.among(self._seen):
            names.update(project.names)
        found = list(unmatched(self._settings, names))
        if found and (for_others or self._nameless):
            self._notes.append(Note(source, None, undecided(source, len(found), nameless=self._nameless)))
        else:
            self._findings += found

    def capacity(self, project: Project) -> None:
        """Say what the project's functions take of each node group, and report what is more than there may ever be."""
        self._capacity = capacity_in(self._reserves, self._settings)
        place = project.written.at(())
        self._findings += beyond(self._capacity, project.written.name, project.file, place, self._settings)

    def _add(self, name: str, judged: Judged) -> None:
        self._files += 1
        self._findings += judged.findings
        self._notes += judged.notes
        self._skipped += judged.skipped
        self._functions += judged.functions
        self._names |= judged.names
        self._nameless |= judged.nameless
        # A function of project.yaml may be made in code as well.
        self._reserves = judged.reserves | self._reserves
        self._unreadable += judged.unreadable
        if judged.changes:
            self.fixable.add(name)

    def report(self) -> Report:
        """What was found so far."""
        findings = sorted(self._findings, key=lambda one: (one.file, one.order()))
        notes = sorted(self._notes, key=_by_place)
        counts = self._files, self._functions, self._unreadable
        return Report(tuple(findings), tuple(notes), self._skipped, *counts, capacity=self._capacity)


def _by_place(note: Note) -> tuple[str, int, int, int]:
    position = note.position or Position()
    return note.file, position.cell, position.line, position.column


def fix_text(name: str, content: bytes, settings: Settings) -> bytes:
    """A file's content after every change that has one right answer; what one change reveals is fixed too."""
    from igz_runtime.lint.fix.fixes import fixed

    for _ in range(_MOST_ROUNDS):
        changes = judge_file(name, content, settings, named=True).changes
        after = fixed(content, name, changes) if changes else content
        if after == content:
            break
        content = after
    return content


_MOST_ROUNDS: Final = 10


def judge_path(file: File, settings: Settings) -> Judged:
    """Judge a file of this computer."""
    try:
        content = beginning_of(file.name, LARGEST + 1)
    except OSError as error:
        finding = document_finding("IGZ901", f"cannot be read: {error.strerror}")
        return Judged([Located(finding, file.name, Position())], unreadable=True)
    return judge_file(file.name, content, settings, named=file.named, member=file.member)


def _in_processes(judge: partial[Judged], files: Sequence[File], jobs: int) -> Iterator[Judged]:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    forks = "fork" in multiprocessing.get_all_start_methods()
    chunk = max(1, min(_CHUNK, len(files) // (4 * jobs)))
    context = multiprocessing.get_context("fork" if forks else None)
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        yield from pool.map(judge, files, chunksize=chunk)
