"""Elements of HTML and XML, in which all text is escaped."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from igz_runtime.messages import printable

if TYPE_CHECKING:
    from igz_runtime.report.severity import Tone


class Markup(str):
    """HTML. All other text is escaped when it becomes part of a tag."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Markup:
    """An element. Every child that is not markup, and every attribute, is escaped: there is no other way in.

    >>> tag("p", "a < b", tag("br"), class_="igz-note")
    '<p class="igz-note">a &lt; b<br></p>'
    """
    named = "".join(f' {key.rstrip("_")}="{escaped(value)}"' for key, value in attributes.items() if value)
    if name == "br":
        return Markup("<br>")
    return Markup(f"<{name}{named}>{''.join(map(escaped, children))}</{name}>")


def escaped(text: str) -> Markup:
    """Text as markup; markup stays as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def badge(text: str, tone: Tone) -> Markup:
    """A word that stands out in the colour of its tone."""
    return tag("span", text, class_=f"igz-badge igz-{tone}")
