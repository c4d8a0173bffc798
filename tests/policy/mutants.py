"""Policies with one operator changed, as small as they can be and still say what the change may alter."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple

from igz_runtime.audit.policies.policy import Way, expressed, policy
from igz_runtime.rules.cel.form import Cel
from tests.policy.changes import Change, changes_of

Plain = dict[str, Any]

_USED: Final = re.compile(r"variables\.([A-Za-z_][A-Za-z_0-9]*)")
_SAYING: Final = re.compile(r"[A-Z]{2,10}[0-9]{3}$")
"""How the name of a variable ends that holds what a rule says."""
FEW: Final = 4
"""Rules that a mutant is asked of first: those whose own expressions are the shortest are the cheapest to compile."""
AWAITED: Final = "mutants-awaited"
"""A namespace of which nothing is known."""
EXPRESSION, MESSAGE = "the validation", "the message"


class Mutant(NamedTuple):
    """A change of one expression of a policy.

    Attributes:
        way: which of the policies.
        name: which of its variables, or `EXPRESSION`, or `MESSAGE`.
        expression: what stood there.
        change: the change.
    """

    way: Way
    name: str
    expression: str
    change: Change

    @property
    def key(self) -> str:
        """What names it in messages and in the table of those that change nothing."""
        return f"{self.way} {self.name}: {self.change.shown(self.expression)}"


class Original:
    """A policy whose expressions are changed."""

    def __init__(self, way: Way, namespaces: Iterable[str]) -> None:
        self.way = way
        self.manifest = policy(way, namespaces)
        self.variables = {each["name"]: each["expression"] for each in self.manifest["spec"]["variables"]}

    @cached_property
    def expressions(self) -> Mapping[str, str]:
        """Every expression, by name."""
        validation = self.manifest["spec"]["validations"][0]
        return {**self.variables, EXPRESSION: validation["expression"], MESSAGE: validation["messageExpression"]}

    def mutants(self) -> Iterator[Mutant]:
        """Every change of every expression."""
        for name, expression in self.expressions.items():
            for change in changes_of(expression):
                yield Mutant(self.way, name, expression, change)

    @cached_property
    def _users(self) -> Mapping[str, frozenset[str]]:
        """By variable, those that use it, themselves or through others."""
        using: dict[str, set[str]] = {name: set() for name in self.variables}
        for name in self.variables:
            for used in self._needed([name]):
                using[used].add(name)
        return {name: frozenset(users) for name, users in using.items()}

    def _needed(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        left = list(names)
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left += _USED.findall(self.variables[name])
        return found

    def rules_beneath(self, name: str) -> list[str]:
        """The variables that hold what a rule says which a change of an expression may alter, cheapest first."""
        rules = [each for each in self.variables if _SAYING.search(each)]
        altered = [each for each in rules if each in self._users.get(name, ()) or each == name]
        return sorted(altered or rules, key=self._size)

    def _size(self, rule: str) -> int:
        return sum(len(self.variables[name]) for name in self._needed([rule]))

    def mutated(self, mutant: Mutant | None, rules: Sequence[str], name: str) -> Plain:
        """The policy with a change and without what other rules say.

        Args:
            mutant: the change; None: none.
            rules: the variables of the rules that are left.
            name: what the policy is called.
        """
        made = copy.deepcopy(self.manifest)
        made["metadata"]["name"] = name
        validation = made["spec"]["validations"][0]
        changed = dict(self.variables)
        if mutant:
            text = mutant.change.of(mutant.expression)
            if mutant.name == EXPRESSION:
                validation["expression"] = text
            elif mutant.name == MESSAGE:
                validation["messageExpression"] = text
            else:
                changed[mutant.name] = text
        silent = {each: "''" for each in changed if _SAYING.search(each) and each not in rules}
        changed |= silent
        needed = _closure(changed, (validation["expression"], validation["messageExpression"]))
        made["spec"]["variables"] = [{"name": each, "expression": changed[each]} for each in changed if each in needed]
        return made


def _closure(variables: Mapping[str, str], texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = [used for text in texts for used in _USED.findall(text)]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _USED.findall(variables[name])
    return found


def rule_of(variable: str) -> str:
    """The rule whose findings a variable holds."""
    found = _SAYING.search(variable)
    assert found, variable
    return found[0]


def every_mutant(namespaces: Iterable[str]) -> tuple[Mapping[Way, Original], list[Mutant]]:
    """Both policies, and every change of them: of the one that refuses only what it does not share with the other."""
    listed = [*namespaces, AWAITED]
    originals: dict[Way, Original] = {way: Original(way, listed) for way in ("warn", "deny")}
    warning, denying = originals["warn"], originals["deny"]
    own = (each for each in denying.mutants() if each.expression != warning.expressions[each.name])
    return originals, [*warning.mutants(), *(each for each in own if not _is_shared(each))]


def _is_shared(mutant: Mutant) -> bool:
    """Whether the change is within what a rule finds, which stands in both policies."""
    rule = {each.id: each for each in expressed()}.get(rule_of(mutant.name)) if _SAYING.search(mutant.name) else None
    found = [each.found for each in rule.cel.says] if rule and isinstance(rule.cel, Cel) else []
    start = mutant.change.start
    return any(
        place.start() <= start < place.end()
        for text in found
        for place in re.finditer(re.escape(text), mutant.expression)
    )
