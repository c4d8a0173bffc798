"""Capacity in HTML: what user work takes of each node group when all of it is Guaranteed, and what else is reserved."""

from __future__ import annotations

from collections.abc import Iterable

from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.messages import shortened
from igz_runtime.report.audit.bars import Bar, Part
from igz_runtime.report.audit.drawing import bar_svg, look_of, swatch
from igz_runtime.report.capacity import taken_text
from igz_runtime.report.markup import BREAK, Markup, tag
from igz_runtime.report.words import Lines, amount_text, folded

USER, ELSE = "user work, all of it Guaranteed and at its replicas", "what else is reserved"
"""The two parts of a bar."""


def capacity_table(capacity: Iterable[GroupCapacity]) -> Markup:
    """Each node group with a bar for each resource; empty where no group has a known size."""
    rows = [row for row in capacity if row.has or row.may_have]
    if not rows:
        return Markup()
    resources = tuple(dict.fromkeys(name for row in rows for name in row.resources))
    names = ("node group", *map(shortened, resources))
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    body = (Markup(BREAK + _row(row, resources)) for row in rows)
    keys = [tag("span", swatch(look_of("", at)), name, class_="igz-key") for at, name in enumerate((USER, ELSE))]
    caption = tag("caption", "Capacity of the node groups")
    table = tag("table", caption, tag("thead", head), tag("tbody", *body), class_="igz-table igz-glance")
    return Markup(tag("p", *keys, class_="igz-note") + table + _unknown(rows))


def _row(row: GroupCapacity, resources: Iterable[str]) -> Markup:
    bars = {bar.name: (bar_svg(bar), bar.text) for name in resources if (bar := capacity_bar(row, name))}
    named = tag("th", shortened(row.name), scope="row")
    return tag("tr", named, *(tag("td", *bars.get(name, ())) for name in resources))


def _unknown(rows: Iterable[GroupCapacity]) -> Markup:
    """What is not known, and of which groups."""
    lines = unknown_lines(rows)
    if not lines:
        return Markup()
    shown, more = folded(lines)
    rest = (f"and {len(more)} more",) if more else ()
    listed = tag("ul", *(tag("li", line) for line in (*shown, *rest)))
    return tag("details", tag("summary", "what is not known of their capacity"), listed)


def unknown_lines(rows: Iterable[GroupCapacity]) -> Lines:
    """What is not known of capacity, each behind the groups that it is about."""
    groups: dict[str, list[str]] = {}
    for row in rows:
        for text in row.unknown:
            groups.setdefault(text, []).append(row.name)
    return tuple(f"{shortened(', '.join(names))}: {shortened(text)}" for text, names in groups.items())


def capacity_bar(row: GroupCapacity, resource: str) -> Bar | None:
    """What is taken of one resource; None where the group has none of it and nobody asks for any.

    >>> capacity_bar(GroupCapacity(("jobs",), has={"cpu": 8000}, guaranteed={"cpu": 4000}), "cpu").text
    '4: 50 % of 8 now'
    """
    user = row.guaranteed.get(resource, 0)
    other = max(0, row.reserved.get(resource, 0) - row.running.get(resource, 0))
    has = row.has.get(resource) or row.may_have.get(resource, 0)
    if not (has or user):
        return None
    amounts = ((USER, user), (ELSE, other))
    parts = tuple(Part(name, amount, amount_text(resource, amount)) for name, amount in amounts)
    return Bar(resource, parts, max(has, user + other), taken_text(row, resource))
