"""A rule that someone accepts to break, with a reason and, optionally, an end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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
            raise InvalidValue("a waiver needs a reason: what happens instead when the rule's danger strikes?")
        if isinstance(self.until, str):
            try:
                object.__setattr__(self, "until", date.fromisoformat(self.until))
            except ValueError:
                raise InvalidValue(f"waiver: until={self.until!r} is no date; write for example '2027-01-31'") from None
        elif self.until is not None and type(self.until) is not date:
            raise InvalidValue(f"waiver: until={self.until!r} is no date; write for example '2027-01-31'")

    def expired(self, today: date) -> bool:
        """Whether the waiver no longer counts."""
        return isinstance(self.until, date) and self.until < today

    def __str__(self) -> str:
        return self.reason + (f" (until {self.until})" if self.until else "")


Waivers = Mapping[str, Waiver]
