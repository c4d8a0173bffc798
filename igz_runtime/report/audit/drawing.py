"""Drawings of nodes and of amounts as SVG: paths of numbers, and names only in titles, where they are escaped.

What is drawn alike for many nodes is one path: a stroke as wide as a column or a square, cut by its dashes. So a page
of 5,000 nodes is small, and stripes need no pattern with an id, which two drawings in one notebook would share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from igz_runtime.messages import counted
from igz_runtime.report.audit.bars import Bar
from igz_runtime.report.audit.content import CLASSES, REQUESTED, NodeContent
from igz_runtime.report.markup import Markup, tag
from igz_runtime.report.severity import Tone
from igz_runtime.report.words import bytes_text
from igz_runtime.rules.findings import SEVERITIES

_TONES: Final[tuple[Tone, ...]] = (*SEVERITIES, "plain")
_STEPS: Final = 5
_PER_ROW: Final = 60


class _Column(NamedTuple):
    """Sizes of a column, in pixels."""

    width: int = 10
    pitch: int = 15
    top: int = 9
    height: int = 72
    box: int = 6
    boxes: int = 8

    @property
    def bottom(self) -> int:
        return self.top + self.height


_COLUMN: Final = _Column()
_SQUARE: Final = 11
_STRIPED: Final = frozenset({"igz-q1", "igz-p1", "igz-p3"})
"""Looks that are told from the one before them by stripes."""
_LARGEST: Final = 1.6
_USUAL_WIDTH: Final = 600


def in_order(nodes: Iterable[NodeContent]) -> list[NodeContent]:
    """Nodes as they are drawn and listed: those in the gravest findings first, among them the fullest."""
    return sorted(nodes, key=lambda node: (_TONES.index(node.tone), -node.fullness, node.name))


def node_text(node: NodeContent) -> str:
    """One node in words."""
    memory = f"{bytes_text(sum(node.memory.values()))} of {bytes_text(node.offered)} of memory requested"
    of = ", ".join(f"{name} {bytes_text(amount)}" for name, amount in node.memory.items() if amount)
    gpus = f"{node.gpus} of {node.gpus_offered} GPUs" if node.gpus_offered else ""
    found = f"in a finding ({node.tone})" if node.tone != "plain" else ""
    said = (f"{memory} ({of})" if of else memory, counted(node.pods, "pod"), gpus, node.state, found)
    return f"{node.name}: {', '.join(filter(None, said))}"


def bar_svg(bar: Bar, said: str = "") -> Markup:
    """One bar, as wide as its place; what it is made up of is said where nothing beside it does."""
    parts: list[Markup] = []
    start = 0
    for number, part in enumerate(bar.parts):
        parts += _part(look_of(part.name, number), 100 * start / bar.whole, 100 * part.amount / bar.whole)
        start += part.amount
    title = tag("title", f"{bar.name}: {bar.text}" + (f" ({said})" if said else ""))
    return tag("svg", title, tag("rect", class_="igz-free", width="100%"), *parts, class_="igz-bar", role="img")


def look_of(name: str, number: int) -> str:
    """The class of a part's look: that of its QoS class, or the next of those that are told apart by their stripes."""
    return f"igz-q{CLASSES.index(name)}" if name in CLASSES else f"igz-p{number % 5}"


def swatch(look: str) -> Markup:
    """A sample of a look, beside the words that say what it means."""
    return tag("svg", *_part(look, 0, 100), class_="igz-swatch", aria_hidden="true")


def _part(look: str, start: float, width: float) -> Iterator[Markup]:
    x, end = f"{_number(start)}%", f"{_number(start + width)}%"
    yield tag("rect", class_=look, x=x, width=f"{_number(width)}%")
    if look in _STRIPED:
        yield tag("line", class_=look, x1=x, x2=end, y1="50%", y2="50%")


def columns_svg(title: str, nodes: Sequence[NodeContent]) -> Markup:
    """A column for each node: the memory requested of what it offers, its accelerators beneath, and what it is in."""
    most = max((node.offered for node in nodes), default=0)
    boxes = min(_COLUMN.boxes, max((node.gpus_offered for node in nodes), default=0))
    size = (len(nodes) * _COLUMN.pitch, _COLUMN.bottom + 5 + boxes * _COLUMN.box)
    placed = [(number * _COLUMN.pitch + 2, node) for number, node in enumerate(nodes)]
    drawn = (
        _path("igz-frame", (_frame(x, _height(node.offered, most)) for x, node in placed)),
        *_memory(placed, most),
        *_accelerators(placed),
        *_outlines(placed),
        _path("igz-state", (f"M{x + 2} 1l6 6m0 -6l-6 6" for x, node in placed if node.state)),
        *(_tooltip(x, node) for x, node in placed),
    )
    return _svg(title, size, drawn)


_Placed = Sequence[tuple[int, NodeContent]]


def _frame(x: int, height: float) -> str:
    return f"M{x} {_COLUMN.bottom}v-{_number(height)}h{_COLUMN.width}v{_number(height)}z"


def _height(amount: float, most: int) -> float:
    return _COLUMN.height * min(1.0, amount / most) if most else 0.0


def _memory(placed: _Placed, most: int) -> Iterator[Markup]:
    """One path for each QoS class, on top of those before it; one more for its stripes."""
    base = dict.fromkeys((x for x, _ in placed), 0)
    for name in (*CLASSES, REQUESTED):
        lines = []
        for x, node in placed:
            if amount := node.memory.get(name, 0):
                ends = (_COLUMN.bottom - _height(base[x], most), _COLUMN.bottom - _height(base[x] + amount, most))
                lines.append(f"M{x + _COLUMN.width // 2} {_number(ends[0])}V{_number(ends[1])}")
                base[x] += amount
        look = look_of(name, 0)
        yield _path(f"igz-column {look}", lines)
        if look in _STRIPED:
            yield _path(f"igz-column igz-stripes {look}", lines)


def _accelerators(placed: _Placed) -> Iterator[Markup]:
    """Boxes beneath each column: those that are requested, then those that are free."""
    top, middle = _COLUMN.bottom + 5, _COLUMN.width // 2

    def length(amount: int, of: int) -> int:
        """Of a node with more of them than boxes, each box is some of them."""
        return _COLUMN.box * (amount if of <= _COLUMN.boxes else -(-amount * _COLUMN.boxes // of))

    with_gpus = [
        (x, length(min(node.gpus, node.gpus_offered), node.gpus_offered), length(node.gpus_offered, node.gpus_offered))
        for x, node in placed
    ]
    yield _path("igz-boxes", (f"M{x + middle} {top}v{used}" for x, used, _ in with_gpus if used))
    free = (f"M{x + middle} {top + used}V{top + of}" for x, used, of in with_gpus if used < of)
    yield _path("igz-boxes igz-free-box", free)


def _outlines(placed: _Placed) -> Iterator[Markup]:
    around = f"v-{_COLUMN.height + 2}h{_COLUMN.width + 2}v{_COLUMN.height + 2}z"
    for tone in SEVERITIES:
        frames = (f"M{x - 1} {_COLUMN.bottom + 1}{around}" for x, node in placed if node.tone == tone)
        yield _path(f"igz-outline igz-in-{tone}", frames)


def _tooltip(x: int, node: NodeContent) -> Markup:
    at = {"x": str(x), "y": "0", "width": str(_COLUMN.width), "height": str(_COLUMN.bottom)}
    return tag("rect", tag("title", node_text(node)), class_="igz-hit", **at)


def squares_svg(title: str, nodes: Sequence[NodeContent]) -> Markup:
    """A square for each of many nodes, in `in_order`, the fuller the stronger its colour."""
    rows = -(-len(nodes) // _PER_ROW)
    steps = [min(_STEPS - 1, int(node.fullness * _STEPS)) for node in nodes]
    tones = [node.tone for node in nodes]
    drawn = [_path(f"igz-squares igz-step{step}", _strokes(steps, step, 4.5)) for step in range(_STEPS)]
    for tone in SEVERITIES:
        edges = [*_strokes(tones, tone, 0.75), *_strokes(tones, tone, 8.25)]
        drawn += [_path(f"igz-edges igz-in-{tone}", edges)]
        drawn += [_path(f"igz-sides igz-in-{tone}", _strokes(tones, tone, 4.5))]
    return _svg(title, (min(len(nodes), _PER_ROW) * _SQUARE, rows * _SQUARE), drawn)


def _strokes(marks: Sequence[object], wanted: object, down: float) -> Iterator[str]:
    """One stroke through all neighbours in a row that are marked so; its dashes make squares of it."""
    for row in range(0, len(marks), _PER_ROW):
        column = 0
        for mark, alike in groupby(marks[row : row + _PER_ROW]):
            length = sum(1 for _ in alike)
            if mark == wanted:
                y = _number(row // _PER_ROW * _SQUARE + down)
                yield f"M{column * _SQUARE} {y}h{length * _SQUARE - 2}"
            column += length


def _svg(title: str, size: tuple[int, int], drawn: Iterable[Markup]) -> Markup:
    """A drawing in its own size; a small one is enlarged, a wide one shrinks with its place."""
    width, height = size
    scale = max(1.0, min(_LARGEST, _USUAL_WIDTH / width))
    shown = {"width": _number(width * scale), "height": _number(height * scale), "viewBox": f"0 0 {width} {height}"}
    return tag("svg", tag("title", title), *drawn, role="img", **shown)


def _path(look: str, strokes: Iterable[str]) -> Markup:
    line = "".join(strokes)
    return tag("path", class_=look, d=line) if line else Markup()


def _number(value: float) -> str:
    """A number as short as it can be drawn."""
    return f"{value:.1f}".removesuffix(".0")
