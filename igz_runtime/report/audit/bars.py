"""Bars: what something is made up of, and what it is part of, as numbers with their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from igz_runtime.report.words import bytes_text, share_text


class Part(NamedTuple):
    """A part of a bar.

    Attributes:
        name: what it is, such as a QoS class.
        amount: how much there is of it.
        text: the same in words.
    """

    name: str
    amount: int
    text: str


class Bar(NamedTuple):
    """Amounts that add up to something, or are part of a whole.

    Attributes:
        name: what is shown, such as `memory requested`.
        parts: the amounts, those of 0 left out.
        whole: what the whole length stands for; never less than the parts together.
        text: what they add up to, and of how much.
    """

    name: str
    parts: tuple[Part, ...]
    whole: int
    text: str

    @property
    def said(self) -> str:
        """Every part in words."""
        return ", ".join(f"{part.name} {part.text}" for part in self.parts)


def memory_bar(name: str, amounts: Iterable[tuple[str, int]], of: int) -> Bar:
    """Bytes by name, and of how many.

    >>> memory_bar("memory requested", [("Guaranteed", 3 << 30), ("Burstable", 0)], 4 << 30).text
    '3Gi of 4Gi (75 %)'
    """
    parts = tuple(Part(each, amount, bytes_text(amount)) for each, amount in amounts if amount)
    total = sum(part.amount for part in parts)
    return Bar(name, parts, max(total, of), f"{bytes_text(total)} of {bytes_text(of)}{share_text(total, of)}")


def count_bar(name: str, amounts: Iterable[tuple[str, int]], of: int | None = None) -> Bar:
    """Counts by name; of how many, where they are part of a whole.

    >>> count_bar("GPUs requested", [("requested", 3)], 8).text, count_bar("pods", [("high", 2), ("low", 1)]).text
    ('3 of 8 (38 %)', '3 in all')
    """
    parts = tuple(Part(each, amount, str(amount)) for each, amount in amounts if amount)
    total = sum(part.amount for part in parts)
    text = f"{total} in all" if of is None else f"{total} of {of}{share_text(total, of)}"
    return Bar(name, parts, max(total, of or 0), text)
