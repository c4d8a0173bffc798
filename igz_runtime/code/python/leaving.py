"""What ends before its end: a body, a function, a way, or the reading of a whole file."""

from __future__ import annotations

from typing import Any


class Stopped(Exception):
    """What is gone through ends here, as it should: no failure of ours."""


class Exhausted(Stopped):
    """A file asks for more work than any file that people write."""


class Left(Stopped):
    """The rest of a body is not gone through.

    Args:
        value: what a function returns.
    """

    def __init__(self, value: Any = None) -> None:
        super().__init__()
        self.value = value


class Raised(Left):
    """The code raises. What it does otherwise counts: a way that raises is passed over where another does not."""


class Returned(Left):
    """A function returns."""


class Broken(Left):
    """`break`."""


class Continued(Left):
    """`continue`."""
