"""Every operator of the policies matters: whichever is changed, something is answered that the rules do not say."""

from __future__ import annotations

import random
import time
from collections import Counter

from tests.policy.budget import FULL, generator
from tests.policy.cases import a_case
from tests.policy.conftest import Measured
from tests.policy.enforced import Enforced
from tests.policy.mutants import every_mutant
from tests.policy.noticing import Noticing
from tests.policy.random_facts import some_facts

CLUSTERS, CASES = 24, 900


def test_each_mutant_is_noticed(enforced: Enforced, measured: Measured) -> None:
    # The corpus is the same in every run, so that what nothing notices is too.
    pick = random.Random("corpus")
    noticing = Noticing(enforced, {f"mutants-{number}": some_facts(pick) for number in range(CLUSTERS)})
    noticing.ask_about(a_case(pick, pick.choice(list(noticing.facts))) for _ in range(CASES))
    originals, mutants = every_mutant(noticing.facts)
    if not FULL:
        mutants = generator("mutants").sample(mutants, len(mutants) // 10)
    began = time.monotonic()

    verdicts = noticing.verdicts(originals, mutants)

    met = Counter("noticed" if each.compiles else "refused by the API server" for each in verdicts if each.noticed)
    unnoticed = sorted(each.mutant.key for each in verdicts if not each.noticed)
    measured("mutants", len(verdicts))
    for what, amount in met.items():
        measured(f"mutants: {what}", amount)
    measured("mutants: asked", sum(each.asks for each in verdicts))
    measured("mutants: milliseconds for each", int((time.monotonic() - began) * 1000 / len(verdicts)))
    assert not unnoticed, f"{len(unnoticed)} mutants were not noticed:\n" + "\n".join(unnoticed)
