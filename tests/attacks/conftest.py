"""What an attack measures: `record_property(what, amount)` once in a test, or `measured` as often as it likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Adds to what a test measures."""
    total: Counter[str] = Counter()

    def add(what: str, amount: int = 1) -> None:
        total[what] += amount
        record_property(what, total[what])  # the last one counts

    return add
