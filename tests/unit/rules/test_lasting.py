"""How long something has lasted that an API server dates."""

from __future__ import annotations

from datetime import timedelta

import pytest

from igz_runtime.rules.lasting import in_words, time_between

NOW = "2026-11-28T05:00:00Z"


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-28", "2026-11-28T05:00:00"])
def test_what_is_no_moment_has_not_lasted(since: str) -> None:
    assert time_between(since, NOW) is None


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(15, "15 minutes"), (119, "119 minutes"), (120, "2 hours"), (47 * 60, "47 hours"), (48 * 60, "2 days")],
)
def test_a_time_is_said_in_a_unit_of_which_there_are_two(minutes: int, said: str) -> None:
    assert in_words(timedelta(minutes=minutes)) == said
