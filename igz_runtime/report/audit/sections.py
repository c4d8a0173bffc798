"""The sections of an audit in HTML, which the page and a notebook have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from igz_runtime.report.audit.bars import Bar
from igz_runtime.report.audit.content import GPUS, MEMORY, PODS, AuditContent, GroupContent
from igz_runtime.report.audit.drawing import bar_svg, look_of, swatch
from igz_runtime.report.audit.folding import Folded, RuleRow, Said, more_text
from igz_runtime.report.audit.nodes import Drawn
from igz_runtime.report.audit.since import Since
from igz_runtime.report.markup import BREAK, Markup, badge, tag
from igz_runtime.report.severity import Tone, counts_of
from igz_runtime.report.words import NONE
from igz_runtime.rules.findings import SEVERITIES, Severity

_GLANCE: Final = ("node group", "nodes", "bounds", MEMORY, PODS, GPUS, "findings")
_ASIDE: Final = frozenset({"bounds", PODS, GPUS, "infos", "accepted", "groups"})
"""Columns that a narrow screen leaves to the cards."""


class Sheet(NamedTuple):
    """What the sections stand on.

    Attributes:
        whole: whether it is a page of its own: with headings, and links from a finding to its rule. A notebook would
            list headings in its own table of contents, and may show two audits.
    """

    whole: bool

    def heading(self, level: int, *text: str, name: str = "") -> Markup:
        """The heading of a section, which a link may lead to by its name."""
        return tag(f"h{level}", *text, id=name) if self.whole else tag("p", tag("strong", *text))

    def link(self, name: str, text: str) -> Markup:
        """Text that leads to what is so named on a page."""
        return tag("a", text, href=f"#{name}") if self.whole else tag("span", text)


def glance(content: AuditContent, sheet: Sheet) -> Markup:
    """Every node group in a row."""
    head = tag("tr", *(tag("th", name, scope="col", class_=_aside(name)) for name in _GLANCE))
    rows = (Markup(BREAK + _glanced(number, group, sheet)) for number, group in enumerate(content.groups, 1))
    caption = tag("caption", "Node groups at a glance")
    return tag("table", caption, tag("thead", head), tag("tbody", *rows), class_="igz-table igz-glance")


def _glanced(number: int, group: GroupContent, sheet: Sheet) -> Markup:
    cells: dict[str, tuple[str, ...]] = {
        "nodes": (group.size,),
        "bounds": (group.bounds,),
        **{bar.name: (bar_svg(bar, bar.said), tag("span", bar.text, class_="igz-amount")) for bar in group.bars},
        "findings": tuple(_counts(group.counts)),
    }
    named = tag("th", sheet.link(f"group-{number}", group.name), " ", *marks(group), scope="row")
    return tag("tr", named, *(tag("td", *cells.get(name, ()), class_=_aside(name)) for name in _GLANCE[1:]))


def _aside(column: str) -> str:
    return "igz-aside" if column in _ASIDE else ""


def marks(group: GroupContent) -> Iterator[Markup]:
    """What kind of nodes a group has, in words."""
    spot = " igz-spot" if group.lifecycle == "spot" else ""
    said = ((group.lifecycle, True), ("core services", group.core), ("GPUs", group.gpu))
    for text, holds in said:
        if holds:
            yield Markup(tag("span", text, class_=f"igz-badge igz-mark{spot if text == 'spot' else ''}") + " ")


def _counts(counts: Mapping[Severity, int]) -> Iterator[Markup]:
    """How many findings stand, a badge for each severity."""
    for severity in SEVERITIES:
        if counts[severity]:
            (text,) = counts_of([severity] * counts[severity])
            yield Markup(badge(text, severity) + " ")


def cards(content: AuditContent, sheet: Sheet) -> Iterator[Markup]:
    """A card for each node group."""
    drawn = Drawn.of(content.groups)
    nothing = f"no finding on this node group{'; not everything was checked' if content.unchecked else ''}"
    for number, group in enumerate(content.groups, 1):
        heading = sheet.heading(3, group.name, " ", *marks(group), name=f"group-{number}")
        left = tag("div", *_state(group), *drawn.nodes(group))
        right = tag("div", *findings(group.findings, sheet, nothing))
        yield Markup(BREAK + tag("section", heading, tag("div", left, right, class_="igz-halves"), class_="igz-card"))


def _state(group: GroupContent) -> Iterator[Markup]:
    taints = "no taints" if group.taints == NONE else f"taints: {', '.join(group.taints)}"
    yield tag("p", f"nodes: {group.size}; bounds: {group.bounded}; {taints}")
    if group.bars:
        yield tag("div", *(part for bar in group.bars for part in _bar(bar)), class_="igz-bars")


def _bar(bar: Bar) -> Iterator[Markup]:
    yield tag("p", bar.name)
    keys = [
        tag("span", swatch(look_of(part.name, number)), f"{part.name} {part.text}", class_="igz-key")
        for number, part in enumerate(bar.parts)
    ]
    yield tag("div", bar_svg(bar), tag("p", f"{bar.text} ", *(keys if len(keys) > 1 else ()), class_="igz-note"))


def findings(found: Iterable[Folded], sheet: Sheet, otherwise: str) -> Iterator[Markup]:
    """Findings at one place; where there are none, that is said."""
    shown = [_finding(one, sheet) for one in found]
    yield from shown or [tag("p", otherwise, class_="igz-note")]


def _finding(one: Folded, sheet: Sheet) -> Markup:
    times = Markup(f" {tag('span', one.times, class_='igz-note')}") if one.times else ""
    alone = len(one.said) == 1 and not one.more
    first = (badge(one.severity, one.tone), " ", sheet.link(one.rule, one.rule), times)
    said = [_said(each) for each in one.said]
    rest = (tag("li", more_text(one.more), class_="igz-note"),) if one.more else ()
    last = tag("p", *((one.accepted,) if one.accepted else (tag("strong", "fix"), f" {one.fix}")), class_="igz-note")
    shown = f"igz-finding igz-of-{'accepted' if one.accepted else one.tone}"
    if alone:
        return tag("div", tag("p", *first, " ", *said), last, class_=shown)
    return tag("div", tag("p", *first), tag("ul", *(tag("li", each) for each in said), *rest), last, class_=shown)


def _said(said: Said) -> Markup:
    named = ", ".join((*said.about, *filter(None, [more_text(said.more)])))
    who = (": ", tag("span", named, class_="igz-note")) if named else ()
    return tag("span", said.message, *who)


def rules_table(rules: Iterable[RuleRow]) -> Markup:
    """Each rule that finds something, how often, and why it is there."""
    columns = ("errors", "warnings", "infos", "accepted", "groups")
    numbers = (tag("th", name, scope="col", class_=_number(name)) for name in columns)
    head = tag("tr", tag("th", "rule", scope="col"), *numbers, tag("th", "what it finds, and why", scope="col"))
    body = (Markup(BREAK + _rule(row)) for row in rules)
    caption = tag("caption", "Findings by rule")
    return tag("table", caption, tag("thead", head), tag("tbody", *body), class_="igz-table igz-rules")


def _rule(row: RuleRow) -> Markup:
    counts = {f"{severity}s": row.counts[severity] for severity in SEVERITIES}
    counts |= {"accepted": row.accepted, "groups": row.places}
    numbers = (tag("td", str(count or ""), class_=_number(name)) for name, count in counts.items())
    title = (f"{row.title}. ",) if row.title else ()
    why = tag("td", *title, tag("span", row.why, class_="igz-note"))
    return tag("tr", tag("th", row.rule, scope="row", id=row.rule), *numbers, why)


def _number(column: str) -> str:
    return f"igz-count {_aside(column)}"


def since(compared: Since) -> Iterator[Markup]:
    """What has become of the findings of an earlier audit."""
    yield tag("p", compared.summary)
    yield from (tag("p", badge("note", "warning"), f" {remark}") for remark in compared.remarks)
    rows = (_became(part.state, line, tone) for part in compared.parts for line, tone in part.lines)
    more = (tag("li", f"{part.state}: {more_text(part.more)}") for part in compared.parts if part.more)
    if compared.parts:
        yield tag("ul", *rows, *more)


def _became(state: str, line: str, tone: Tone) -> Markup:
    return Markup(BREAK + tag("li", badge(state, tone), f" {line}", class_=f"igz-of-{tone}"))


def listed(lines: Iterable[str]) -> Markup:
    """What was declared, or not checked, line by line."""
    return tag("ul", *(tag("li", line) for line in lines))


def facts(content: AuditContent) -> Markup:
    """What was looked at."""
    said = (tag("span", tag("strong", row.name), f" {', '.join(row.lines)}") for row in content.facts)
    return tag("p", *said, class_="igz-facts")
