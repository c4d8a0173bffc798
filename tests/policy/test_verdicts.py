"""A policy admits and refuses as igz_runtime's own rules do, in the same words."""

from __future__ import annotations

from typing import Final

from tests.policy.budget import FULL, attempts, generator
from tests.policy.cases import a_case
from tests.policy.compared import compared, installed
from tests.policy.conftest import Measured
from tests.policy.enforced import Enforced
from tests.policy.random_facts import RULES, some_facts

CLUSTERS: Final = 30 if FULL else 10
CASES: Final = 3500
REQUIRING: Final = 0.5
"""How many of the namespaces require profiles."""
OFTEN: Final = 25
"""How often each rule finds something, and finds nothing, at least, in full."""


def test_a_policy_says_what_the_rules_say(enforced: Enforced, measured: Measured) -> None:
    pick = generator("verdicts")
    facts = {f"verdicts-{number}": some_facts(pick) for number in range(CLUSTERS)}
    facts = {name: each._replace(requires=name if pick.random() < REQUIRING else "") for name, each in facts.items()}
    installed(enforced, facts, "verdicts-")

    met = compared(enforced, facts, [a_case(pick, pick.choice(list(facts))) for _ in range(attempts(CASES))])

    for what, amount in met.items():
        measured(f"verdicts: {what}", amount)
    assert met["denied"]
    assert met["admitted"]
    if FULL:
        found = {rule: met[f"{rule} found"] for rule in RULES}
        assert all(OFTEN <= times <= met["judged"] - OFTEN for times in found.values()), found
        assert met["judged"] >= 3000
        assert met["refused by Kubernetes itself"] >= OFTEN
