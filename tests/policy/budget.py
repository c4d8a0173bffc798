"""How much is tried: everything by `make mutants`, and a tenth of it by `make test-policy`, which CI runs."""

from __future__ import annotations

import os
import random
from typing import Final

FULL: Final = os.environ.get("IGZ_POLICY") == "full"

SEED: Final = os.environ.get("IGZ_POLICY_SEED", "1")
"""`make mutants` takes another one each time, and prints it; the same one tries the same."""


def attempts(in_full: int) -> int:
    """How many there are of those that are tried in full."""
    return in_full if FULL else in_full // 10


def generator(name: str) -> random.Random:
    """Random values for the test of a name, that follow from the seed alone."""
    return random.Random(f"{SEED} {name}")
