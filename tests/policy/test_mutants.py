"""Every operator of the policies matters: whichever is changed, something is answered that the rules do not say."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Final

import yaml

from tests.policy.budget import FULL, generator
from tests.policy.conftest import Measured
from tests.policy.corpus import corpus
from tests.policy.enforced import Enforced
from tests.policy.mutants import Mutant, every_mutant
from tests.policy.noticing import Noticing, Verdict

EQUIVALENT: Final = Path(__file__).parent / "equivalent.yaml"
"""Changes that change no answer, with the reason."""


def test_each_change_of_an_operator_is_noticed(enforced: Enforced, measured: Measured) -> None:
    facts, cases = corpus()
    originals, mutants = every_mutant(facts)
    asked = mutants if FULL else generator("mutants").sample(mutants, len(mutants) // 10)
    equivalent = _equivalent()
    if not FULL:
        asked = [each for each in asked if each.key not in equivalent]
    noticing = Noticing(enforced, facts)
    noticing.ask_about(cases)
    began = time.monotonic()

    verdicts = noticing.verdicts(originals, asked)

    measured("mutants: milliseconds for each", int((time.monotonic() - began) * 1000 / len(verdicts)))
    for what, amount in _counted(verdicts).items():
        measured(f"mutants: {what}", amount)
    unnoticed = sorted(each.mutant.key for each in verdicts if not each.noticed and each.mutant.key not in equivalent)
    assert not unnoticed, f"{len(unnoticed)} of {len(verdicts)} were not noticed:\n" + "\n".join(unnoticed)
    noticed = [each.mutant.key for each in verdicts if each.noticed]
    assert not [key for key in equivalent if noticed.count(key) and noticed.count(key) == _times(asked, key)]


def test_what_is_listed_as_changing_nothing_can_be_changed() -> None:
    possible = {each.key for each in every_mutant([])[1]}

    assert [key for key in _equivalent() if key not in possible] == []


def _equivalent() -> dict[str, str]:
    held = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")) or []
    return {change: each["because"] for each in held for change in each["changes"]}


def _times(mutants: list[Mutant], key: str) -> int:
    return sum(each.key == key for each in mutants)


def _counted(verdicts: list[Verdict]) -> Counter[str]:
    counted = Counter({"in all": len(verdicts), "asked": sum(each.asks for each in verdicts)})
    for each in verdicts:
        counted["the API server refuses" if not each.compiles else "noticed" if each.noticed else "equivalent"] += 1
    return counted
