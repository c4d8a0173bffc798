"""An audit as one page without scripts: a summary, every node group at a glance and on a card, and how to read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import igz_runtime
from igz_runtime.audit.results import Audit
from igz_runtime.report.audit.capacity import capacity_table
from igz_runtime.report.audit.content import AuditContent, audit_content
from igz_runtime.report.audit.legend import legend
from igz_runtime.report.audit.look import LOOK, PAGE_LOOK
from igz_runtime.report.audit.practices import practices
from igz_runtime.report.audit.sections import Sheet, cards, facts, findings, glance, listed, rules_table, since
from igz_runtime.report.markup import BREAK, Markup, badge, page, tag
from igz_runtime.report.style import PAGE_STYLE, STYLE
from igz_runtime.rules.findings import SEVERITIES

_SHOWN: Final = (*SEVERITIES, "accepted")
_FILTERS: Final = "".join(
    f"body:has(#igz-show-{each}:not(:checked)) .igz-of-{each} {{ display: none; }}\n" for each in _SHOWN
)


def rendered(audit: Audit) -> str:
    """The audit as a page."""
    content, sheet = audit_content(audit), Sheet(whole=True)
    skip = tag("a", "Skip to the findings on the cluster", href="#cluster", class_="igz-skip")
    parts = (*_first(content), *_groups(audit, content, sheet), *_last(audit, content))
    main = tag("main", *parts, class_="igz-report")
    style = f"{STYLE}{PAGE_STYLE}{LOOK}{PAGE_LOOK}{_FILTERS}"
    return page(f"igz-runtime audit: {content.source}", style, skip, main)


def _first(content: AuditContent) -> Iterator[Markup]:
    yield tag("h1", f"igz-runtime audit: {content.source}")
    yield tag("p", badge(content.summary, content.tone), class_="igz-summary")
    yield facts(content)
    yield tag("p", tag("a", "How to read this page", href="#legend"), class_="igz-screen")
    yield _filters(content)
    if content.since:
        yield tag("h2", f"Since {content.since.when}")
        yield from since(content.since)


def _groups(audit: Audit, content: AuditContent, sheet: Sheet) -> Iterator[Markup]:
    yield tag("h2", "At a glance")
    yield glance(content, sheet) if content.groups else tag("p", "no node group is known", class_="igz-note")
    yield tag("h2", "Findings on the cluster", id="cluster", tabindex="-1")
    yield from findings(content.findings, sheet, "no finding on the cluster as a whole")
    if content.groups:
        yield tag("h2", "Node groups")
        yield from cards(content, sheet)
    if table := capacity_table(audit.capacity):
        yield tag("h2", "Capacity")
        yield table


def _last(audit: Audit, content: AuditContent) -> Iterator[Markup]:
    if content.rules:
        yield tag("h2", "Findings by rule")
        yield rules_table(content.rules)
    yield tag("h2", "The best practices, sentence by sentence")
    yield practices(audit.answers)
    for what, lines in (("Declared", content.declared), ("Not checked", content.unchecked)):
        if lines:
            yield tag("h2", what)
            yield listed(lines)
    yield tag("h2", "How to read this page", id="legend")
    yield legend()
    yield tag("p", f"igz-runtime {igz_runtime.__version__}", class_="igz-note")


def _filters(content: AuditContent) -> Markup:
    """A box for each severity; the style sheet hides what is not checked."""
    accepted = sum(row.accepted for row in content.rules)
    numbers = {**{str(each): number for each, number in content.counts.items()}, "accepted": accepted}
    boxes = (
        tag("label", tag("input", type="checkbox", id=f"igz-show-{each}", checked="checked"), f" {each} ({number})")
        for each, number in numbers.items()
    )
    return Markup(BREAK + tag("fieldset", tag("legend", "Findings to show"), *boxes, class_="igz-filters"))
