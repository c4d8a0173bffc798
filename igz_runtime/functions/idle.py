"""Whether a Jupyter service ends by itself when nobody uses it, so that what it holds is given back."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Idle(NamedTuple):
    """What becomes of a service that nobody uses.

    Attributes:
        ends: whether it ends by itself; None: not known.
        because: why it does not end, or why that is not known; empty where it ends.
    """

    ends: bool | None = True
    because: str = ""


ENDS: Final = Idle()


def is_go_duration(text: str) -> bool:
    """Whether Go's `time.ParseDuration` reads a text, and as more than nothing.

    Iguazio's scaler reads its windows so: a unit is needed, and days are not one.

    >>> [is_go_duration(text) for text in ("1h30m", "90m", "1.5h", "1d", "90", "0s")]
    [True, True, True, False, False, False]
    """
    return bool(_DURATION.fullmatch(text)) and any(digit in text for digit in "123456789")


GO_DURATION: Final = r"\+?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+"
"""A whole duration, in an expression that RE2 reads as Python does: admission policies read windows by it too."""
_DURATION: Final = re.compile(GO_DURATION)
