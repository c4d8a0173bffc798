"""Every operator of the policies matters: whichever is changed, something is answered that the rules do not say."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from tests.policy.budget import FULL, generator
from tests.policy.conftest import Measured
from tests.policy.corpus import corpus
from tests.policy.enforced import Enforced
from tests.policy.mutants import every_mutant
from tests.policy.noticing import Noticing, Verdict

EQUIVALENT: Final = Path(__file__).parent / "equivalent.yaml"
"""Changes that change no answer, with the reason; `⋯` stands for any text."""


def test_each_change_of_an_operator_is_noticed(enforced: Enforced, measured: Measured) -> None:
    facts, cases = corpus()
    originals, mutants = every_mutant(facts)
    asked = mutants if FULL else generator("mutants").sample(mutants, len(mutants) // 10)
    noticing = Noticing(enforced, facts)
    noticing.ask_about(cases)
    unlike = noticing.unlike(originals)
    assert not unlike, f"{len(unlike)} of the corpus:\n" + "\n".join(unlike[:5])
    began = time.monotonic()

    verdicts = noticing.verdicts(originals, [each for each in asked if FULL or not _is_equivalent(each.key)])

    measured("mutants: milliseconds for each", int((time.monotonic() - began) * 1000 / len(verdicts)))
    for what, amount in _counted(verdicts).items():
        measured(f"mutants: {what}", amount)

    unnoticed = sorted(each.mutant.key for each in verdicts if not each.noticed and not _is_equivalent(each.mutant.key))
    assert not unnoticed, f"{len(unnoticed)} of {len(verdicts)} were not noticed:\n" + "\n".join(unnoticed)
    if FULL:
        survived = {each.mutant.key for each in verdicts if not each.noticed}
        assert [each for each in _equivalent() if not any(re.fullmatch(each, key) for key in survived)] == []


def test_what_changes_nothing_is_a_change_that_can_be_made() -> None:
    possible = {each.key for each in every_mutant([])[1]}

    assert [each for each in _equivalent() if not any(re.fullmatch(each, key) for key in possible)] == []


def _equivalent() -> Iterator[str]:
    """Patterns of the changes that are listed."""
    for each in yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8")):
        assert each["because"]
        yield from (re.escape(change).replace("⋯", ".*") for change in each["changes"])


def _is_equivalent(key: str) -> bool:
    return any(re.fullmatch(each, key, re.DOTALL) for each in _equivalent())


def _counted(verdicts: list[Verdict]) -> Counter[str]:
    counted = Counter({"in all": len(verdicts), "asked": sum(each.asks for each in verdicts)})
    for each in verdicts:
        counted["the API server refuses" if not each.compiles else "noticed" if each.noticed else "not noticed"] += 1
    return counted
