"""How long something has lasted that an API server dates, and the same in words."""

from __future__ import annotations

from datetime import datetime, timedelta


def time_between(since: str, until: str) -> timedelta | None:
    """The time between two moments as Kubernetes writes them; None where one of them is none.

    >>> time_between("2026-11-27T03:00:00Z", "2026-11-28T05:00:00Z")
    datetime.timedelta(days=1, seconds=7200)
    """
    try:
        return datetime.fromisoformat(until) - datetime.fromisoformat(since)
    except (ValueError, TypeError):  # no moment; one with a time zone and one without
        return None


def in_words(time: timedelta) -> str:
    """A time in the largest unit of which there are at least two.

    >>> in_words(timedelta(hours=50)), in_words(timedelta(hours=30)), in_words(timedelta(minutes=20))
    ('2 days', '30 hours', '20 minutes')
    """
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // (24 * 60), minutes // 60
    return f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else f"{minutes} minutes"
