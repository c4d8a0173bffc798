"""What an API server warns of beside an answer: the HTTP header `Warning`, which the official client hides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from igz_runtime.messages import printable
from igz_runtime.text.limits import LONGEST_MESSAGE, LONGEST_WARNING, MOST_WARNINGS

# It takes a text up to its quote, or to the end of a value that was cut, so that no character is looked at twice.
_WARNING: Final = re.compile(r'\d{3} [^ ",]+ "((?:[^"\\]|\\.)*+)(?:"(?: "[^"]*")?[ ,]*|\Z)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def kept(values: Iterable[str]) -> tuple[str, ...]:
    """The values of the headers as far as they are looked at."""
    first = list(values)[:MOST_WARNINGS]
    return tuple(value[:LONGEST_WARNING] for value in first)


def warnings_in(values: Iterable[str]) -> tuple[str, ...]:
    r"""The texts of warnings, each once, and no more of them than anybody reads.

    A value holds one warning or several. What is none is shown as it is: it was sent as a warning.

    Args:
        values: the values of the headers.

    >>> warnings_in(['299 - "is \\"old\\"", 299 - "says \xe2\x80\xa6"', "strange"])
    ('is "old"', 'says …', 'strange')
    """
    texts = (printable(text)[:LONGEST_MESSAGE] for value in values for text in _texts(_decoded(value)))
    return tuple(dict.fromkeys(filter(None, texts)))[:MOST_WARNINGS]


def _texts(value: str) -> Iterator[str]:
    end = 0
    while found := _WARNING.match(value, end):
        end = found.end()
        yield _ESCAPED.sub(r"\1", found[1])
    yield value[end:].strip(" ,")


def _decoded(value: str) -> str:
    """A value as it was sent: HTTP's clients take headers for Latin-1, and Kubernetes writes UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")
