"""The nodes of node groups: how they are drawn, and how many are listed, so that no page grows with its cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from igz_runtime.messages import counted
from igz_runtime.report.audit.content import GroupContent, NodeContent
from igz_runtime.report.audit.drawing import columns_svg, in_order, squares_svg
from igz_runtime.report.markup import BREAK, Markup, tag
from igz_runtime.report.words import bytes_text

_MOST_COLUMNS: Final = 60
_MOST_COLUMNS_IN_ALL: Final = 400
_MOST_LISTED: Final = 200
_MOST_LISTED_IN_ALL: Final = 500
_LEAST_LISTED: Final = 5


class Drawn(NamedTuple):
    """How the nodes of every group of a cluster are drawn.

    Attributes:
        columns: how many nodes a group may have for each to be drawn as a column.
        listed: how many nodes of a group are listed.
    """

    columns: int
    listed: int

    @classmethod
    def of(cls, groups: Sequence[GroupContent]) -> Drawn:
        """By how many groups there are, and how many nodes."""
        small = sum(len(group.nodes) for group in groups if len(group.nodes) <= _MOST_COLUMNS)
        share = _MOST_LISTED_IN_ALL // max(1, len(groups))
        return cls(_MOST_COLUMNS if small <= _MOST_COLUMNS_IN_ALL else 0, max(_LEAST_LISTED, min(_MOST_LISTED, share)))

    def nodes(self, group: GroupContent) -> Iterator[Markup]:
        """The nodes of a group: a drawing, and a table behind a button of the browser's own."""
        if not group.nodes:
            yield tag("p", "no node to draw", class_="igz-note")
            return
        nodes = in_order(group.nodes)
        title = f"{counted(len(nodes), 'node')} of {group.name}; the table below has the figures"
        yield (columns_svg if len(nodes) <= self.columns else squares_svg)(title, nodes)
        yield self._table(group.name, nodes)

    def _table(self, name: str, nodes: Sequence[NodeContent]) -> Markup:
        shown = nodes[: self.listed]
        some = f", {len(shown)} of them: those in findings and the fullest" if len(shown) < len(nodes) else ""
        names = ("node", "memory requested", "pods", "state", *_gpus("GPUs", nodes))
        head = tag("tr", *(tag("th", each, scope="col") for each in names))
        rows = (Markup(BREAK + _row(node, bool(_gpus("", nodes)))) for node in shown)
        caption = tag("caption", f"The {counted(len(nodes), 'node')} of {name}{some}")
        table = tag("table", caption, tag("thead", head), tag("tbody", *rows), class_="igz-table igz-nodes")
        return tag("details", tag("summary", f"{counted(len(nodes), 'node')} in a table{some}"), table)


def _gpus(cell: str, nodes: Sequence[NodeContent]) -> tuple[str, ...]:
    return (cell,) if any(node.gpus_offered for node in nodes) else ()


def _row(node: NodeContent, with_gpus: bool) -> Markup:  # noqa: FBT001
    total = bytes_text(sum(node.memory.values()))
    state = ", ".join(filter(None, (node.state, node.tone if node.tone != "plain" else "")))
    gpus = f"{node.gpus} of {node.gpus_offered}" if node.gpus_offered else ""
    cells = (f"{total} of {bytes_text(node.offered)}", str(node.pods), state, *((gpus,) if with_gpus else ()))
    return tag("tr", tag("th", node.name, scope="row"), *(tag("td", cell) for cell in cells))
