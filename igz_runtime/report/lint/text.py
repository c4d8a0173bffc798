"""A report for people: file by file, infos that repeat themselves once, what was not checked, and a summary last.

Without colour and width the lines are put together without rich, whose import takes longer than reading many files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from igz_runtime.lint.results import Located, Note, Report
from igz_runtime.messages import printable, shortened
from igz_runtime.report.capacity import HEADING, capacity_rows
from igz_runtime.report.lint import content
from igz_runtime.report.severity import severity_of, standing, tone_of
from igz_runtime.report.terminal import STYLES

_Listed = TypeVar("_Listed")

_MOST_PLACES = 10
_MOST_NOTES = 3
_UNWRAPPED = 1_000_000


class Line(NamedTuple):
    """What stands before a line, which is blank where the line is wrapped, and its parts with their styles."""

    lead: str = ""
    parts: tuple[tuple[str, str], ...] = ()


def rendered(report: Report, *, color: bool = False, width: int | None = None, verbose: bool = False) -> str:
    """The report as text. See `igz_runtime.report.lint.render`."""
    lines = _Page(report, verbose=verbose).lines()
    if color or width:
        return _styled(lines, width or _UNWRAPPED, color=color) + "\n"
    return "".join(f"{_plain(line)}\n" for line in lines)


class _Page:
    """The lines of one report: each rule is explained where it is first named."""

    def __init__(self, report: Report, *, verbose: bool) -> None:
        self._report = report
        self._verbose = verbose
        self._explained: set[str] = set()
        shown = [one for one in report.findings if verbose or one.stands]
        self._repeated, others = ([], shown) if verbose else content.repeated(shown)
        self._files = content.by_file(others)
        self._notes: dict[str, list[Note]] = {}
        # What is folded away is at the end: never a defect of our own.
        self._all_notes = sorted(report.notes, key=lambda note: not note.defect)
        for note in self._all_notes:
            self._notes.setdefault(note.file, []).append(note)

    def lines(self) -> Iterator[Line]:
        parts = [list(self._file(file, findings)) for file, findings in self._files.items()]
        parts += [list(self._once(repeated)) for repeated in self._repeated]
        parts += [list(self._declared()), list(self._unchecked()), list(self._capacity())]
        for part in filter(None, parts):
            yield from part
            yield Line()
        yield _line("", content.summary(self._report), f"bold {STYLES[tone_of(standing(self._report.findings))]}")

    def _file(self, file: str, findings: Sequence[Located]) -> Iterator[Line]:
        notes = self._notes.get(file, [])
        places: list[Located | Note] = [*findings, *notes]
        column = max(len(_place(one)) for one in places) + 4
        yield _line("", file, "bold")
        for one in findings:
            yield Line(f"  {_place(one)}".ljust(column), tuple(_headline(one)))
            yield from self._reasons(one, " " * column)
        listed, more = self._folded(notes, _MOST_NOTES)
        yield from (_line(f"  {_place(note)}".ljust(column), f"not checked: {shortened(note.text)}") for note in listed)
        if more:
            yield _line(" " * column, f"not checked: {more} places more")

    def _reasons(self, one: Located, inset: str) -> Iterator[Line]:
        finding = one.finding
        if finding.rule not in self._explained:
            self._explained.add(finding.rule)
            yield _line(f"{inset}why  ", finding.why, "dim")
        if finding.waived is None:
            yield _line(f"{inset}fix  ", finding.fix)
        else:
            yield _line(f"{inset}waived  ", str(finding.waived))

    def _once(self, repeated: Sequence[Located]) -> Iterator[Line]:
        """Infos that are given often: once, with its places, and with what differs between them."""
        alike, said = content.told_once(repeated)
        yield Line("", ((f"{repeated[0].finding.rule} info", STYLES["info"]), (f", {said}", "")))
        yield from self._reasons(repeated[0], "  ")
        listed, more = self._folded(repeated, _MOST_PLACES)
        for one in listed:
            yield _line(f"  {content.place(one)}  ", (content.who if alike else content.sentence)(one.finding))
        if more:
            yield _line("  ", f"and {more} more; --verbose shows all")

    def _declared(self) -> Iterator[Line]:
        """What was declared and waived; alike ones are folded, and nothing that is said but once is."""
        if not self._report.declared:
            return
        from igz_runtime.report.declared import alike

        yield _line("", "declared:")
        for said, places in alike(self._report.declared, lambda one: one.declaration):
            listed, more = self._folded(places, _MOST_PLACES)
            yield from (_line(f"  {content.place(one)}  ", content.declared(one)) for one in listed)
            if more:
                yield _line("  ", f"and {more} more: {said}; --verbose shows all")

    def _unchecked(self) -> Iterator[Line]:
        """What was not checked of files that are not named above, and the rules that lacked a fact."""
        notes = [note for note in self._all_notes if note.file not in self._files]
        listed, more = self._folded(notes, _MOST_PLACES)
        said = [*content.skipped(self._report), *(f"{content.place(note)}  {shortened(note.text)}" for note in listed)]
        if more:
            said.append(f"and {more} more; --verbose shows all")
        if len(said) == 1:
            yield _line("not checked: ", said[0])
        elif said:
            yield _line("", "not checked:")
            yield from (_line("  ", one) for one in said)

    def _capacity(self) -> Iterator[Line]:
        """What a project's functions take of node groups; nothing where their size is not known."""
        rows = capacity_rows(self._report.capacity)
        column = max((len(row.name) for row in rows), default=0) + 4
        if rows:
            yield _line("", f"{HEADING}:")
        for row in rows:
            names = (f"  {row.name}", *("" for _ in row.lines[1:]))
            yield from (_line(name.ljust(column), line) for name, line in zip(names, row.lines, strict=True))

    def _folded(self, listed: Sequence[_Listed], most: int) -> tuple[Sequence[_Listed], int]:
        """What is shown of a list, and how much more there is; one alone takes no more room than its count."""
        return (listed, 0) if self._verbose or len(listed) <= most + 1 else (listed[:most], len(listed) - most)


def _headline(one: Located) -> Iterator[tuple[str, str]]:
    tone = one.finding.severity if one.stands else "plain"
    yield f"{one.finding.rule} {severity_of(one)}", STYLES[tone]
    yield f"  {content.sentence(one.finding)}", ""
    if one.fixable and one.stands:
        yield " [--fix]", STYLES["good"]


def _place(one: Located | Note) -> str:
    return str(one.position or "")


def _line(lead: str, text: str, style: str = "") -> Line:
    return Line(lead, ((text, style),))


def _plain(line: Line) -> str:
    return printable(line.lead + "".join(text for text, _ in line.parts)).rstrip()


def _styled(lines: Iterable[Line], width: int, *, color: bool) -> str:
    from rich.cells import cell_len
    from rich.console import Group

    from igz_runtime.report.terminal import Hanging, assembled, plain

    shown = (Hanging(assembled(*one.parts), printable(one.lead), " " * cell_len(one.lead)) for one in lines)
    return plain(Group(*shown), width, color=color)
