"""Moments as Kubernetes writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

SUCH_AS: Final = "2026-11-28T07:15:00Z"


def is_moment(text: object) -> bool:
    """Whether something is a moment as Kubernetes writes one.

    >>> is_moment(SUCH_AS), is_moment("2026-11-28T07:15:00.123456Z"), is_moment("2026-13-28T07:15:00Z")
    (True, True, False)
    """
    if type(text) is not str or not text.endswith("Z") or len(text) < len(SUCH_AS):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
