"""How to read the drawings of an audit: a sample of each, drawn as they are, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.report.audit.content import CLASSES, REQUESTED, NodeContent
from igz_runtime.report.audit.drawing import columns_svg, look_of, squares_svg, swatch
from igz_runtime.report.markup import Markup, tag

_NODE: Final = NodeContent("sample", {"Guaranteed": 40, "Burstable": 30}, 100, 0, 0, 0, "plain", "")


def legend() -> Markup:
    """Every sign of the drawings, and what it means."""
    rows = (tag("tr", tag("td", sample), tag("td", meaning)) for sample, meaning in _signs())
    head = tag("tr", tag("th", "sign", scope="col"), tag("th", "what it means", scope="col"))
    caption = tag("caption", "Signs in the drawings")
    return tag("table", caption, tag("thead", head), tag("tbody", *rows), class_="igz-table igz-legend")


def _signs() -> Iterator[tuple[Markup, str]]:
    for name in CLASSES[:2]:
        yield swatch(look_of(name, 0)), f"memory requested by pods of QoS class {name}"
    yield swatch(look_of(REQUESTED, 0)), "requested; what is left of a bar or a column is not requested by any pod"
    yield _column(_NODE), "a node: a column as high as the memory that it offers, filled by what its pods request"
    found = [_NODE._replace(tone="error"), _NODE._replace(tone="warning")]
    yield _column(*found), "a node that an error is about, and one with a warning; dotted: with an info"
    yield _column(_NODE._replace(state="not ready")), "a node that is not ready, or cordoned"
    yield _column(_NODE._replace(gpus=2, gpus_offered=4)), "a node with four GPUs, two of which are requested"
    fuller = [_NODE._replace(memory={"Guaranteed": 95 - 20 * step}) for step in range(5)]
    yield _squares(*fuller), "many nodes: a square each, its colour the stronger the more memory is requested"
    yield _squares(*found), "the same in an error, and in a warning: these come first"


def _column(*nodes: NodeContent) -> Markup:
    return columns_svg("sample", nodes)


def _squares(*nodes: NodeContent) -> Markup:
    return squares_svg("sample", nodes)
