"""A report as one page without scripts: a table of the rules, the findings by file, and why each rule is there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import igz_runtime
from igz_runtime.lint.results import Located, Report
from igz_runtime.messages import counted, shortened
from igz_runtime.report.lint import content
from igz_runtime.report.markup import BREAK, Markup, badge, page, tag
from igz_runtime.report.severity import accepted, severity_of, standing, tone_of
from igz_runtime.report.style import PAGE_STYLE, STYLE
from igz_runtime.rules.findings import SEVERITIES
from igz_runtime.rules.registry import rule_of

_STYLE: Final = """
.igz-report .igz-place { font-family: ui-monospace, monospace; }
@media (max-width: 40em) {
  .igz-report table.igz-table { font-size: 0.85em; }
  .igz-report table.igz-table .igz-title { display: none; }
}
"""
_COLUMNS: Final = ("errors", "warnings", "infos", "accepted", "files")


def rendered(report: Report) -> str:
    """The report as a page."""
    return page("igz-runtime lint", f"{STYLE}{PAGE_STYLE}{_STYLE}", tag("main", *_parts(report), class_="igz-report"))


def _parts(report: Report) -> Iterator[Markup]:
    yield tag("h1", "igz-runtime lint")
    yield tag("p", badge(content.summary(report), tone_of(standing(report.findings))), class_="igz-summary")
    by_rule: dict[str, list[Located]] = {}
    for one in report.findings:
        by_rule.setdefault(one.finding.rule, []).append(one)
    if by_rule:
        yield _table(by_rule)
        yield from _findings(report)
        yield tag("h2", "The rules")
        yield from (_rule(found) for _, found in sorted(by_rule.items()))
    if report.declared:
        yield tag("h2", "Declared")
        yield _places((content.place(one), content.declared(one)) for one in report.declared)
    yield from _unchecked(report)
    yield tag("p", f"igz-runtime {igz_runtime.__version__}", class_="igz-note")


def _table(by_rule: dict[str, list[Located]]) -> Markup:
    counted_columns = (tag("th", name, scope="col", class_="igz-count") for name in _COLUMNS)
    title = tag("th", "what it finds", scope="col", class_="igz-title")
    head = tag("thead", tag("tr", tag("th", "rule", scope="col"), *counted_columns, title))
    body = tag("tbody", *(_row(found) for _, found in sorted(by_rule.items())))
    return tag(
        "div", tag("table", tag("caption", "Findings by rule"), head, body, class_="igz-table"), class_="igz-wide"
    )


def _row(found: Sequence[Located]) -> Markup:
    finding, rule = found[0].finding, rule_of(found[0].finding.rule)
    standing = Counter(one.finding.severity for one in found if one.stands)
    accepted, files = len(found) - standing.total(), len({one.file for one in found})
    counts = (*(standing[severity] for severity in SEVERITIES), accepted, files)
    return tag(
        "tr",
        tag("th", tag("a", finding.rule, href=f"#{finding.rule}"), scope="row"),
        *(tag("td", str(count or ""), class_="igz-count") for count in counts),
        tag("td", rule.title if rule else "", class_="igz-title"),
    )


def _findings(report: Report) -> Iterator[Markup]:
    often, shown = content.repeated(report.findings)
    if shown:
        yield tag("h2", "Findings by file")
    for file, findings in content.by_file(shown).items():
        yield Markup(BREAK + tag("section", *_file(file, findings)))
    if often:
        yield tag("h2", "Infos that are given often")
        yield from map(_once, often)


def _once(alike: Sequence[Located]) -> Markup:
    """Infos that are given often, with its places behind a button of the browser's own."""
    same, said = content.told_once(alike)
    about = content.who if same else content.sentence
    places = _places((content.place(one), about(one.finding)) for one in alike)
    details = tag("details", tag("summary", counted(len(alike), "place")), places)
    return _framed(alike[0], "", said, details)


def _file(file: str, findings: Sequence[Located]) -> Iterator[Markup]:
    """The findings of a file; those that are accepted behind a button of the browser's own."""
    accepted = [one for one in findings if not one.stands]
    yield tag("h3", file)
    yield from (_finding(one) for one in findings if one.stands)
    if accepted:
        yield tag("details", tag("summary", f"{len(accepted)} accepted"), *map(_finding, accepted))


def _finding(one: Located) -> Markup:
    place = tag("span", str(one.position), class_="igz-place")
    return _framed(one, Markup(f"{place} "), content.sentence(one.finding))


def _framed(one: Located, place: str, said: str, *more: Markup) -> Markup:
    finding = one.finding
    severity = badge(severity_of(one), finding.severity if one.stands else "plain")
    link = tag("a", tag("strong", finding.rule), href=f"#{finding.rule}")
    fix = (tag("strong", "fix"), f" {finding.fix}", " [--fix]" if one.fixable else "")
    last = tag("p", *(fix if one.stands else (accepted(one),)), class_="igz-note")
    return Markup(
        BREAK + tag("div", tag("p", place, severity, " ", link, f" {said}"), last, *more, class_="igz-finding")
    )


def _rule(found: Sequence[Located]) -> Markup:
    finding = found[0].finding
    heading = tag("h3", content.title(finding), id=finding.rule)
    return Markup(BREAK + heading + tag("p", tag("strong", "why"), f" {finding.why}"))


def _unchecked(report: Report) -> Iterator[Markup]:
    if not (report.skipped or report.notes):
        return
    yield tag("h2", "Not checked")
    yield from (tag("p", line) for line in content.skipped(report))
    if report.notes:
        places = counted(len(report.notes), "place")
        notes = _places((content.place(note), shortened(note.text)) for note in report.notes)
        yield tag("details", tag("summary", f"{places} that cannot be known from the files"), notes)


def _places(said: Iterable[tuple[str, str]]) -> Markup:
    """What is said of places."""
    return tag("ul", *(tag("li", tag("span", place, class_="igz-place"), f" {text}") for place, text in said))
