"""Each promise of SECURITY.md is attacked by a folder here, and no folder attacks what nobody promised."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
FUZZING = "fuzzing"
"""Texts of every kind, which break no law."""


def test_a_promise_names_the_folder_that_attacks_it() -> None:
    promised = (HERE.parents[1] / "SECURITY.md").read_text().partition("## What is trusted")[0]

    named = set(re.findall(r"\*\* \(`(\w+)`\)", promised))

    assert {*named, FUZZING} == {each.parent.name for each in HERE.glob("*/test_*.py")}
