"""How many random examples a property is tried on: all of them in CI, a third where somebody waits for the answer."""

from __future__ import annotations

import os


def examples(count: int) -> int:
    """The number to try here, of `count` in CI."""
    return count if os.environ.get("CI") else count // 3
