"""A rule that someone accepts to break, with a reason and, optionally, an end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from igz_runtime.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a finding is accepted, and until when.

    Args:
        reason: the mitigation, in words; never empty.
        until: the last day on which it counts, as a date or as `YYYY-MM-DD`; None: no end.

    Raises:
        InvalidValue: no reason, or a date that cannot be read.

    >>> Waiver("checkpoints every epoch, resubmitted by cron", until="2027-01-31").until
    datetime.date(2027, 1, 31)
    """

    reason: str
    until: date | str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not self.reason.strip():
            raise InvalidValue("a waiver needs a reason: what happens when the risk materialises?")
        if isinstance(self.until, str):
            try:
                object.__setattr__(self, "until", date.fromisoformat(self.until))
            except ValueError:
                raise InvalidValue(
                    f"waiver: until={self.until!r} is not a date; write for example '2027-01-31'"
                ) from None
        elif self.until is not None and type(self.until) is not date:
            raise InvalidValue(f"waiver: until={self.until!r} is not a date; write for example '2027-01-31'")

    @classmethod
    def of(cls, text: str) -> Waiver:
        """A waiver as it is written in one line: `[until DATE] reason`, with or without a colon before the reason.

        Raises:
            InvalidValue: no reason, or a date that cannot be read.

        >>> Waiver.of("until 2027-01-31: resubmitted by cron")
        Waiver(reason='resubmitted by cron', until=datetime.date(2027, 1, 31))
        """
        written = re.fullmatch(_WRITTEN, text, re.DOTALL | re.IGNORECASE)
        return cls(written["reason"].strip(), written["until"]) if written else cls("")

    def to_text(self) -> str:
        """The waiver in one line, which `of` reads.

        >>> Waiver("resubmitted by cron", until="2027-01-31").to_text()
        'until 2027-01-31: resubmitted by cron'
        """
        if self.until:
            return f"until {self.until}: {self.reason}"
        return f"reason: {self.reason}" if re.match(_AMBIGUOUS, self.reason, re.IGNORECASE) else self.reason

    def expired(self, today: date) -> bool:
        """Whether the waiver no longer counts."""
        return isinstance(self.until, date) and self.until < today

    def __str__(self) -> str:
        return self.reason + (f" (until {self.until})" if self.until else "")


_SEPARATOR: Final = r"[\s:\u2013\u2014-]*"
# The word before a reason that itself begins like an end.
_BEGUN: Final = rf"(?:until[\s:=]+(?P<until>[^\s:,;]+)[,;]?|reason\s*:){_SEPARATOR}"
_WRITTEN: Final = rf"{_SEPARATOR}(?:{_BEGUN})?(?P<reason>.*)"
_AMBIGUOUS: Final = rf"{_SEPARATOR}(?:until[\s:=]|reason\s*:)"

Waivers = Mapping[str, Waiver]
