"""A rule that someone accepts to break, with a reason and, optionally, an end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import printable


@dataclass(frozen=True, slots=True)
class Waiver:
    """Why a finding is accepted, and until when.

    Args:
        reason: the mitigation, in words; never empty, and without an end of its own, which nothing would enforce.
        until: the last day on which it counts, as a date or as `YYYY-MM-DD`; None: no end.

    Raises:
        InvalidValue: no reason in words, one that holds an end or is very long, or a date that cannot be read.

    >>> Waiver("checkpoints every epoch, resubmitted by cron", until="2027-01-31").until
    datetime.date(2027, 1, 31)
    """

    reason: str
    until: date | str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.reason, str) or not re.search(_WORD, self.reason):
            raise InvalidValue("a waiver needs a reason: what happens when the risk materialises?")
        if end := re.search(END_INSIDE, self.reason, re.ASCII):
            raise InvalidValue(
                f"waiver: the reason says {end[0].strip()!r}, and no end counts there; "
                "it stands before the reason (until 2027-01-31: …), or in until="
            )
        if isinstance(self.until, str):
            object.__setattr__(self, "until", _day(self.until))
        elif self.until is not None and type(self.until) is not date:
            raise InvalidValue(f"waiver: until={self.until!r} is not a date; write for example '2027-01-31'")
        # One more than is read: who wrote it may have left out the blank behind the colon.
        _require_short(self.to_text(), LONGEST + 1)

    @classmethod
    def of(cls, text: str) -> Waiver:
        """A waiver as it is written in one line: `[until DATE] reason`, with or without a colon before the reason.

        Raises:
            InvalidValue: no reason, a date that cannot be read, or a text that nobody reads to its end.

        >>> Waiver.of("until 2027-01-31: resubmitted by cron")
        Waiver(reason='resubmitted by cron', until=datetime.date(2027, 1, 31))
        """
        _require_short(text, LONGEST)
        written = re.fullmatch(_WRITTEN, text, re.DOTALL)
        return cls(written["reason"].strip(), written["until"]) if written else cls("")

    def to_text(self) -> str:
        """The waiver in one line, which `of` reads.

        >>> Waiver("resubmitted by cron", until="2027-01-31").to_text()
        'until 2027-01-31: resubmitted by cron'
        """
        if self.until:
            return f"until {self.until}: {self.reason}"
        return f"reason: {self.reason}" if re.match(_AMBIGUOUS, self.reason) else self.reason

    def expired(self, today: date) -> bool:
        """Whether the waiver no longer counts."""
        return isinstance(self.until, date) and self.until < today

    def __str__(self) -> str:
        return printable(self.reason) + (f" (until {self.until})" if self.until else "")


def _require_short(text: str, most: int) -> None:
    if len(text) > most:
        raise InvalidValue(f"waiver: it has {len(text):,} characters, and at most {LONGEST:,} are read")


def _day(text: str) -> date:
    """A day, as `YYYY-MM-DD` alone: other forms of ISO 8601 are nobody's habit.

    Raises:
        InvalidValue: it is not one.
    """
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidValue(f"waiver: until={text!r} is not a date; write for example '2027-01-31'")


# The grammar is ASCII, and is said in RE2, by which admission policies read the same texts.
WORD: Final = r"[\p{L}\p{N}]"
"""A letter or a digit, in the words of RE2."""
_WORD: Final = r"[^\W_]"
BLANK: Final = r"[ \t\n\r\f]"
SEPARATOR: Final = r"[ \t\n\r\f:-]*"
BEGINS_WITH_END: Final = SEPARATOR + r"[uU][nN][tT][iI][lL][ \t\n\r\f:=]+"
BEGINS_WITH_WORD: Final = SEPARATOR + r"[rR][eE][aA][sS][oO][nN][ \t\n\r\f]*:"
"""The beginnings of a text that has an end, and of one whose reason itself begins like an end."""
END: Final = r"[^ \t\n\r\f:,;]+"
_WRITTEN: Final = rf"(?:{BEGINS_WITH_END}(?P<until>{END})[,;]?|{BEGINS_WITH_WORD})?{SEPARATOR}(?P<reason>.*)"
_AMBIGUOUS: Final = rf"{SEPARATOR}(?:[uU][nN][tT][iI][lL][ \t\n\r\f:=]|[rR][eE][aA][sS][oO][nN][ \t\n\r\f]*:)"
END_INSIDE: Final = r"\b([uU][nN])?[tT][iI][lL]+[^0-9A-Za-z]*[0-9]{1,4}[-./][0-9]+"
"""An end behind the reason, as a waiver prints it, or one that is misspelled: such a waiver would never end."""

LONGEST: Final = 1024
"""Characters of a waiver in one line: the API server stops a policy that looks at long ones, and admits the pod."""

Waivers = Mapping[str, Waiver]
