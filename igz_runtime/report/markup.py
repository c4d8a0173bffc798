"""Elements of HTML and XML, in which all text is escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from igz_runtime.messages import printable

if TYPE_CHECKING:
    from igz_runtime.report.severity import Tone


_VOID: Final = frozenset({"br", "input", "meta"})
"""Elements of HTML that have no end."""

_SHAPES: Final = frozenset({"line", "path", "rect"})
"""Elements of SVG that close themselves where nothing is in them: a drawing has hundreds of them."""

_NOTHING_FROM_OUTSIDE: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Markup(str):
    """HTML. All other text is escaped when it becomes part of a tag."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Markup:
    """An element. Every child that is not markup, and every attribute, is escaped: there is no other way in.

    >>> tag("p", "a < b", tag("br"), class_="igz-note", aria_label="c")
    '<p class="igz-note" aria-label="c">a &lt; b<br></p>'
    """
    named = "".join(f' {_key(key)}="{escaped(value)}"' for key, value in attributes.items() if value)
    if name in _VOID:
        return Markup(f"<{name}{named}>")
    if name in _SHAPES and not children:
        return Markup(f"<{name}{named}/>")
    return Markup(f"<{name}{named}>{''.join(map(escaped, children))}</{name}>")


BREAK: Final = Markup("\n")
"""Between parts of a page, so that it can be read, and compared, as text too."""


def _key(name: str) -> str:
    """An attribute as HTML spells it, of one as Python spells it."""
    return name.rstrip("_").replace("_", "-")


def escaped(text: str) -> Markup:
    """Text as markup; markup stays as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def badge(text: str, tone: Tone) -> Markup:
    """A word that stands out in the colour of its tone."""
    return tag("span", text, class_=f"igz-badge igz-{tone}")


def page(title: str, style: str, *parts: Markup) -> str:
    """A page that stands alone: it runs no script, and the browser is told to ask nobody for anything."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=_NOTHING_FROM_OUTSIDE),
        tag("title", title),
        tag("style", Markup(style)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, BREAK, tag('body', *parts), lang='en')}\n"
