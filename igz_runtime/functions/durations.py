"""Durations as MLRun's state thresholds spell them: `36h`, `1 day and 2 hours`, and `-1` for no limit."""

from __future__ import annotations

import re
from datetime import timedelta
from math import inf
from typing import Any, Final

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import shown

UNLIMITED: Final = "-1"
"""No limit, as MLRun spells it."""

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WRITTEN: Final = re.compile(r"[1-9][0-9]*\s?[smhd]")
_UNITS: Final = r"(s)(?:ec(?:ond)?s?)?|(m)(?:in(?:ute)?s?)?|(h)(?:(?:ou)?rs?)?|(d)(?:ays?)?|(w)(?:eeks?)?"
_PART: Final = re.compile(rf"([0-9]{{1,9}}(?:\.[0-9]{{1,9}})?)\s*(?:{_UNITS})(?![a-z])")
_BETWEEN: Final = re.compile(r"\s*(?:,|and)?\s*")


def require_duration(value: Any, *, what: str, example: str) -> str:
    """A duration as people write it here.

    Args:
        value: what was given.
        what: what it is, for the message.
        example: what one may write, in words.

    Raises:
        InvalidValue: not one number with one unit; says how it is written so.
    """
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        return value
    hint = single_unit(value) or f"; write, for example, {example}"
    raise InvalidValue(f"{what}: {shown(value)} is not one number with one unit of s, m, h or d{hint}")


def seconds_of(limit: str) -> float | None:
    """Seconds of a threshold, infinity where it is no limit, and None where its text is not understood.

    Source: MLRun reads thresholds with the package `timelength`, whose plain forms these are.

    >>> seconds_of("1 day and 30min"), seconds_of("-1"), seconds_of("a fortnight")
    (88200.0, inf, None)
    """
    if limit == UNLIMITED:
        return inf
    seconds, at, text = 0.0, 0, limit.strip().lower()
    while part := _PART.match(text, at):
        number, *units = part.groups()
        seconds += float(number) * next(_SECONDS[unit] for unit in units if unit)
        between = _BETWEEN.match(text, part.end())
        at = between.end() if between else part.end()
    return seconds if text and at == len(text) else None


def single_unit(value: Any) -> str:
    """A duration of several units, or a timedelta, in one: the end of a sentence; empty where it is none.

    >>> single_unit("1h 30m"), single_unit(timedelta(hours=2)), single_unit("soon")
    ("; write '90m'", "; write '2h'", '')
    """
    stated = seconds_of(value) if isinstance(value, str) else None
    seconds = value.total_seconds() if isinstance(value, timedelta) else stated or 0
    if not 1 <= seconds < inf:
        return ""
    unit = next(unit for unit in ("d", "h", "m", "s") if int(seconds) % _SECONDS[unit] == 0)
    return f"; write '{int(seconds) // _SECONDS[unit]}{unit}'"
