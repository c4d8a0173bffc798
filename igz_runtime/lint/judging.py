"""One file under judgement: what it holds is read, judged by every rule, and each finding gets its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.misspelled import unknown_fields
from igz_runtime.functions.model import Function
from igz_runtime.functions.places import path_of, place_of_error
from igz_runtime.lint.assigned import NAME, RECORD, Given, cluster_of, given
from igz_runtime.lint.capacity import reserved
from igz_runtime.lint.comments import Beside, fault_at, reasons_for, waivers_in
from igz_runtime.lint.reading import join, read_file
from igz_runtime.lint.results import Content, Judged, Located, Member, Note, Report, Stated, Written
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.unknown import Unknown
from igz_runtime.messages import where_raised
from igz_runtime.planning.subjects import declared_of, subjects_as_they_are
from igz_runtime.rules.declarations import Declaration, commented, declarations_on, of_record
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.engine import NOBODY, judge
from igz_runtime.rules.findings import Finding, Findings
from igz_runtime.rules.registry import require_rule
from igz_runtime.rules.terms import Site
from igz_runtime.rules.waivers import known_waivers, on_terms, waived
from igz_runtime.text.limits import MOST_COMMENTS
from igz_runtime.text.place import Comment, Path, Position
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from igz_runtime.functions.record import Applied


def lint_text(name: str, text: str | bytes, settings: Settings | None = None) -> Report:
    """The report on one text, such as standard input.

    Args:
        name: what the file is called; its ending says how it is read.
        text: what the file holds.
        settings: the configuration; else none.
    """
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return _report(judge_file(name, content, settings or Settings(), named=True))


def _report(judged: Judged) -> Report:
    counts = 1, judged.functions, int(judged.unreadable)
    findings, declared = tuple(judged.findings), tuple(judged.declared)
    return Report(findings, tuple(judged.notes), judged.skipped, *counts, declared=declared)


def judge_content(name: str, read: Content, settings: Settings) -> Report:
    """The report on what was read of one file already.

    Args:
        name: what the file is called.
        read: what it holds.
        settings: the configuration.
    """
    judged = Judged()
    _FileJudge(name, settings, read, judged).judge()
    return _report(judged)


def judge_file(
    name: str, content: bytes, settings: Settings, *, named: bool = False, member: Member | None = None
) -> Judged:
    """Read a file's content, and judge what it holds.

    Args:
        name: the file, as reports call it.
        content: its bytes.
        settings: the configuration.
        named: whether a person named this very file.
        member: what its functions get from the project that they belong to; None: they belong to none.
    """
    try:
        return _judged(name, content, settings, named=named, member=member)
    except Exception as error:
        if os.environ.get("IGZ_RUNTIME_TRACEBACK"):
            raise
        # One file must not end the run, nor pass for one without findings.
        message = f"was not judged: igz-runtime itself failed ({where_raised(error)})"
        finding = document_finding("IGZ901", message, fix="report this as a bug in igz_runtime")
        return Judged([Located(finding, name, Position())], unreadable=True)


def _judged(name: str, content: bytes, settings: Settings, *, named: bool, member: Member | None) -> Judged:
    judged, read = Judged(), read_file(name, content, settings, named=named)
    if member:
        join(read, member)
    _FileJudge(name, settings, read, judged).judge()
    judged.unreadable = bool(read.broken and not read.functions)
    return judged


class _FileJudge:
    """Judges what was read of one file, and collects it."""

    def __init__(self, name: str, settings: Settings, read: Content, judged: Judged) -> None:
        self._name = name
        self._settings = settings
        self._read = read
        self._judged = judged
        self._seen: set[tuple[object, ...]] = set()
        self._beside: Beside = {}
        # The engine knows no comments, and these go before the configuration's waivers.
        self._terms = settings.terms._replace(waivers=())
        self._site = Site(file=name)
        self._sites: set[Site] = set()

    def judge(self) -> None:
        for rule_id, remarks in (
            ("IGZ901", self._read.broken),
            ("IGZ902", self._read.wrong),
            ("IGZ905", self._read.faults),
        ):
            for remark in remarks:
                self._add(document_finding(rule_id, remark.text), remark.position)
        comments = self._read.comments[:MOST_COMMENTS]
        for comment in comments:
            for rule_id, waiver in waivers_in(comment.text)[0].items():
                self._beside.setdefault(rule_id, []).append((comment, waiver))
        for written in self._read.functions:
            self._function(written)
        for placed in self._read.subjects:
            for finding in judge([placed.subject], None, self._terms, self._site, about=NOBODY):
                self._add(replace(finding, field=()), placed.at(finding.field))
        self._comments_without_effect(comments)
        self._judged.notes += [Note(self._name, *remark) for remark in dict.fromkeys(self._read.notes)]
        self._judged.files = self._read.files
        self._judged.findings.sort(key=Located.order)

    def _comments_without_effect(self, comments: Sequence[Comment]) -> None:
        """Report the comments that waive nothing, now that the projects of the functions are known."""
        sites = tuple(self._sites) or (self._site,)
        for comment in comments:
            said, fault = waivers_in(comment.text, self._terms, sites)
            if fault:
                self._add(document_finding("IGZ904", fault), comment.position)
            for rule_id, waiver in said.items():
                if not fault or not fault_at(sites, rule_id, waiver, self._terms):
                    self._judged.declared.append(Stated(commented(rule_id, waiver), self._name, comment.position))
        if len(self._read.comments) > MOST_COMMENTS:
            place = self._read.comments[MOST_COMMENTS].position
            self._add(document_finding("IGZ904", f"is beyond the {MOST_COMMENTS:,} that one file may have"), place)

    def _function(self, written: Written) -> None:
        self._site = Site(file=self._name)
        try:
            function = written.function or adapter_for(written.document).read()
            self._note_name(function, written)
            gets, as_written = given(written, function, self._settings, self._name), function
            function = function if gets.written is written else adapter_for(gets.written.document).read()
            stated, written = written, gets.written
            of_project = written.member.project if written.member else ""
            applied = _applied(function) if function.record else None
            cluster = cluster_of(written.member, self._settings)
            site = Site(of_project or function.project, self._name, function.name)
            function = function.but(evidence=function.evidence._replace(runs=written.runs))
            function = on_terms(function, self._settings.terms, site, reasons_for(written, self._beside))
            function = function.seen_from(self._name.rpartition("/")[0])
            defined = self._settings.definition_now(applied)
            declared = declared_of(applied, function, written.workload)
            subjects = list(subjects_as_they_are(function, applied, cluster, declared, defined))
        except UnsupportedFunction:
            return
        except BrokenFunction as error:
            self._judged.functions += 1
            self._broken(error, written)
            return
        self._judged.functions += 1
        self._site = site
        self._sites.add(site)
        self._refused(gets)
        self._declared(as_written.but(evidence=function.evidence), stated)
        if gets.refusal and written.member is not None and not function.record:
            return  # as it is, it will never be
        if gets.written is not stated:
            self._without_effect(function, applied, written)
        findings = judge(subjects, known_waivers(applied), self._terms, self._site)
        unknown = Unknown(written.unknown, written.document, function, cluster, written.filled_in)
        for finding in findings + self._assignment(gets, function):
            if not unknown.leaves_open(require_rule(finding.rule), finding.role, finding.field):
                place = written.place or partial(path_of, written.document)
                self._at(finding, written, place(finding.role, finding.field))
        for refused, position in written.refused:
            for finding in refused.refusing:
                self._add(finding, position)
        if written.function is None or written.misspelled:
            self._spelling(function, stated)
        judges = self._settings.chosen.judges
        self._judged.skipped.update({(each.rule, each.because) for each in findings.skipped if judges(each.rule)})
        notes = (*function.unreachable, *filter(None, (gets.unknown,)))
        self._judged.notes += [Note(self._name, written.at(()), text) for text in notes]
        self._judged.reserves |= reserved(written, function, subjects, applied, self._settings)

    def _note_name(self, function: Function, written: Written) -> None:
        if NAME in written.unknown:
            self._judged.nameless = True
        elif written.function is None:
            self._judged.names.add(function.name)

    def _refused(self, gets: Given) -> None:
        """Add what setting the project up is refused for, which asks neither comments nor the choice of rules."""
        document, chosen = gets.written.document, self._settings.chosen
        for finding in gets.refusal:
            if finding.refuses or chosen.judges(finding.rule):
                found = finding if finding.refuses else chosen.told(finding)
                position = gets.written.at(path_of(document, finding.role, finding.field))
                self._judged.findings.append(Located(found, self._name, position))

    def _assignment(self, gets: Given, function: Function) -> Findings:
        """Whether the function has its profile; of one whose record is not known, nothing is said."""
        assigner, written = self._settings.assigner, gets.written
        if assigner is None or {NAME, RECORD} & written.unknown or written.refused or written.function:
            return Findings()
        from igz_runtime.planning.assigned import judged_assignment

        return judged_assignment(function, gets.profile, self._settings.entries, self._terms, self._site)

    def _broken(self, error: BrokenFunction, written: Written) -> None:
        """A field of the wrong type; of one that is not known nothing is said but that."""
        path = place_of_error(written.document, error.field)
        if any(path[: len(each)] == each or each[: len(path)] == path for each in written.unknown):
            text = "what the function asks for is not known without running the code"
            self._judged.notes.append(Note(self._name, written.at(()), text))
            return
        self._at(document_finding("IGZ902", str(error)), written, path)

    def _spelling(self, function: Function, written: Written) -> None:
        for path, message in written.misspelled() if written.misspelled else unknown_fields(written.document):
            finding = document_finding("IGZ903", message, function=function.name, kind=function.kind)
            self._at(finding, written, path)

    def _declared(self, function: Function, written: Written) -> None:
        """Note what a function declares and waives as its file has it."""
        applied = _applied(function) if function.record else None
        said = list(self._without_effect(function, applied, written))
        if applied and written.root:  # of code, lint itself applied it
            said.append(of_record(function, applied))
        for one in said:
            self._judged.declared.append(Stated(one, self._name, written.at(_place_of(one, written))))

    def _without_effect(self, function: Function, applied: Applied | None, written: Written) -> Sequence[Declaration]:
        """Report what a function declares or waives and that does not count; returns what does."""
        said = list(dict.fromkeys(declarations_on(function, applied, self._terms, self._site)))
        for one in filter(lambda one: one.refused, said):
            fix = "" if one.rule else _FIX_OF_DECLARATION
            finding = document_finding("IGZ904", one.refused, fix=fix, function=function.name, kind=function.kind)
            self._at(finding, written, _place_of(one, written))
        return [one for one in said if not one.refused]

    def _at(self, finding: Finding, written: Written, path: Path) -> None:
        """Add a finding about a field of a function, with what fixes it."""
        from igz_runtime.lint.fix.changes import change_for

        change = change_for(finding, written.document, path) if written.root else None
        if self._add(finding, written.at(path), fixable=change is not None) and change is not None:
            self._judged.changes.append((written.root, change))

    def _add(self, finding: Finding, position: Position, *, fixable: bool = False) -> bool:
        """Add a finding once, as the configuration and the waivers have it; returns whether it is new and stands."""
        mark = (finding.rule, finding.message, position, finding.role)
        if mark in self._seen or not self._settings.chosen.judges(finding.rule):
            return False
        self._seen.add(mark)
        finding = self._settings.chosen.told(finding)
        if finding.waived is None:
            finding = waived(finding, self._waivers(finding, position), self._terms, self._site)
        self._judged.findings.append(Located(finding, self._name, position, fixable=fixable))
        return finding.waived is None

    def _waivers(self, finding: Finding, position: Position) -> Iterator[Waiver]:
        for comment, waiver in self._beside.get(finding.rule, ()):
            if comment.covers(position):
                yield waiver
        yield from self._settings.terms.granted(finding.rule, self._site._replace(function=finding.function))


_FIX_OF_DECLARATION: Final = "remove it, or have the platform allow it, under declarable in igz-runtime.yaml"


def _place_of(one: Declaration, written: Written) -> Path:
    return path_of(written.document, "main", one.field)


def _applied(function: Function) -> Applied | None:
    from igz_runtime.functions.record import Applied

    return Applied.on(function)
