"""Text for a terminal by rich, which is imported only when something is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.messages import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

STYLES: Final[Mapping[str, str]] = {
    "error": "bold red",
    "warning": "yellow",
    "info": "cyan",
    "good": "green",
    "plain": "",
}
"""What each tone looks like."""


BLOCKS: Final = "█▓▒░"
"""What bars are drawn with: three parts, and what is left."""


def styled(text: str, style: str = "") -> Text:
    """One text in one style."""
    return assembled((text, style))


def assembled(*parts: tuple[str, str]) -> Text:
    """Texts with their styles, in which neither control characters nor markup mean anything: all text passes here."""
    from rich.text import Text

    return Text.assemble(*((printable(text), style) for text, style in parts), overflow="fold")


class Hanging(NamedTuple):
    """Text whose first line stands out to the left of the others.

    Attributes:
        text: the text.
        first: what stands before its first line.
        others: what stands before each of the others.
    """

    text: Text
    first: str = "  "
    others: str = "    "

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, wrapped in enumerate(self.text.wrap(console, max(options.max_width - len(self.others), 1))):
            yield styled(self.others if number else self.first).append_text(wrapped)


def encodable(text: str, encoding: str | None) -> str:
    """The text in characters that an encoding has: bars in ASCII, and anything else that is missing as `?`.

    >>> print(encodable("██▒░ … Größe", "ascii"))
    ##-. ? Gr??e
    """
    encoding = encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    return text


_ASCII: Final = str.maketrans(dict(zip(BLOCKS, "#=-.", strict=True)))


def plain(shown: RenderableType, width: int, *, color: bool = False) -> str:
    """What is shown, as text.

    Args:
        shown: what rich can show.
        width: the longest line, in columns.
        color: whether the text has the colours of a terminal in it.
    """
    import io

    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        height=25,  # never used; without it rich asks the terminal and the environment
        force_terminal=color,
        force_jupyter=False,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
    )
    with console.capture() as captured:
        console.print(shown)
    return "\n".join(row.rstrip() for row in captured.get().splitlines())
