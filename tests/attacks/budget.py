"""How hard a promise is attacked: in full by `make attack`, and by a hundredth of it in any other run of the tests."""

from __future__ import annotations

import os
import random
from typing import Final

FULL: Final = os.environ.get("IGZ_ATTACK") == "full"

SEED: Final = os.environ.get("IGZ_ATTACK_SEED", "1")
"""`make attack` takes another one each time, and prints it; the same one makes the same attacks."""


def attempts(in_full: int, least: int = 1) -> int:
    """How many attacks there are of those that are made in full."""
    return in_full if FULL else max(least, in_full // 100)


def seconds(in_full: float) -> float:
    """How long an attack lasts that lasts so many seconds in full."""
    return in_full if FULL else in_full / 100


def generator(name: str) -> random.Random:
    """Random values for the attack of a name, that follow from the seed alone."""
    return random.Random(f"{SEED} {name}")
