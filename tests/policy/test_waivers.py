"""A waiver counts at admission where `Waiver.of` reads it, its day has not passed, and the platform allows it."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pytest

from igz_runtime.cluster.model import Cluster
from igz_runtime.rules.waivers import FREE
from tests.policy.budget import FULL, attempts, generator
from tests.policy.compared import Case, compared, installed
from tests.policy.conftest import Measured
from tests.policy.enforced import Enforced
from tests.policy.random_facts import Facts, some_terms
from tests.policy.random_waivers import RULE, annotated, bare

TERMS: Final = 40 if FULL else 15
TEXTS, GRANTED = 3000, 1500
OFTEN: Final = 100


@pytest.fixture(scope="module")
def limited(enforced: Enforced) -> dict[str, Facts]:
    """Namespaces in which other waivers count, and one in which all do."""
    pick = generator("terms")
    terms = [FREE, *(some_terms(pick, (RULE,)) for _ in range(TERMS))]
    actions = [{RULE: pick.choice(("Deny", "Warn"))} for _ in terms]
    facts = {
        f"waivers-{number}": Facts(Cluster(), action, {}, each)
        for number, (each, action) in enumerate(zip(terms, actions, strict=True))
    }
    installed(enforced, facts, "waivers-")
    return facts


def test_an_annotation_counts_as_the_library_reads_it(
    enforced: Enforced, limited: dict[str, Facts], measured: Measured
) -> None:
    pick = generator("texts")
    free = next(iter(limited))
    cases = [
        annotated(pick, free if pick.random() < 0.7 else pick.choice(list(limited))) for _ in range(attempts(TEXTS))
    ]

    _held(compared(enforced, limited, cases), measured, "annotations")


def test_a_waiver_of_the_facts_counts_by_project_function_and_day(
    enforced: Enforced, limited: dict[str, Facts], measured: Measured
) -> None:
    pick = generator("granted")
    cases: list[Case] = [bare(pick, pick.choice(list(limited))) for _ in range(attempts(GRANTED))]

    _held(compared(enforced, limited, cases), measured, "facts")


def _held(met: Counter[str], measured: Measured, what: str) -> None:
    waived = met["judged"] - met[f"{RULE} found"]
    measured(f"waivers in {what}: judged", met["judged"])
    measured(f"waivers in {what}: counted", waived)
    measured(f"waivers in {what}: judged on a change", met["changed"])
    least = OFTEN if FULL else 1
    assert waived >= least
    assert met[f"{RULE} found"] >= least
    assert met["changed"] >= least
