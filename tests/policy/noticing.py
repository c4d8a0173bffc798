"""Mutants on a real API server: whether it answers anything else than the rules, and what it was asked until it did."""

from __future__ import annotations

import copy
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from igz_runtime.audit.policies.policy import Way
from igz_runtime.audit.policies.schema import GROUP, definition
from tests.policy.compared import THREADS, Case, is_same, old_workload, shown
from tests.policy.enforced import FREE, Answer, Enforced
from tests.policy.mutants import AWAITED, FEW, Mutant, Original, rule_of
from tests.policy.random_facts import Facts, Said

Plain = dict[str, Any]

BATCH: Final = 40
"""Mutants that are in force at once: for each batch, the API server looks at its policies, which takes a second."""
_FIRST: Final = 150
"""How much a mutant is asked while it has a few of its rules alone."""
_MUTANT: Final = "igz-test/mutant"
"""The label by which something is asked of one mutant: no rule looks at it."""

_PATIENCE: Final = 300
_KIND, _PLURAL = "MutantFacts", "mutantfacts"
_OBJECT: Final = "cluster"


class Asked(NamedTuple):
    """Something that mutants are asked of, and what the rules say of it."""

    case: Case
    said: Said


class _Trial(NamedTuple):
    """A mutant, the rules that are asked, and of how much at most."""

    mutant: Mutant
    rules: list[str]
    most: int | None


class Verdict(NamedTuple):
    """What became of a mutant.

    Attributes:
        mutant: the mutant.
        noticed: whether anything answered differently.
        compiles: whether the API server takes it.
        asks: how much it was asked.
    """

    mutant: Mutant
    noticed: bool
    compiles: bool = True
    asks: int = 0


class Noticing:
    """Asks mutants about a corpus; facts are namespaced here, so that one binding serves a mutant in all of them."""

    def __init__(self, server: Enforced, facts: Mapping[str, Facts]) -> None:
        self._server = server
        self._batches = 0
        self._noticed: dict[str, Counter[int]] = defaultdict(Counter)
        self._by_all: Counter[int] = Counter()
        self.corpus: list[Asked] = []
        self.facts = facts
        server.crd(_namespaced(definition()), _PLURAL)
        specs = {name: known.spec() for name, known in facts.items()} | {AWAITED: {}}
        server.namespaces(specs)
        for name, spec in specs.items():
            server.namespaced_facts(name, _KIND, _PLURAL, _OBJECT, spec)
            for kind in ("Deployment", "StatefulSet"):
                server.make(name, old_workload(kind))

    def ask_about(self, cases: Iterable[Case]) -> None:
        """Take cases into the corpus, with what the rules say of them; what Kubernetes itself refuses shows nothing."""
        with ThreadPoolExecutor(THREADS) as threads:
            self.corpus += filter(None, threads.map(self._asked, cases))

    def _asked(self, case: Case) -> Asked | None:
        stored = self._server.ask(FREE, case.manifest).stored
        return None if stored is None else Asked(case, self.facts[case.namespace].said_of(stored, changed=case.changed))

    def unlike(self, originals: Mapping[Way, Original]) -> list[str]:
        """What of the corpus is answered otherwise than the rules say without a change: it would notice all of them."""
        found: list[str] = []
        for way, original in originals.items():
            name = f"unchanged-{way}"
            rules = original.rules_beneath("")
            assert self._install(original.mutated(None, rules, name), name, way)
            self._in_force(originals, name)
            ids = {rule_of(rule) for rule in rules}
            with ThreadPoolExecutor(THREADS) as threads:
                answers = threads.map(lambda each, name=name: self._ask(name, each.case), self.corpus)
                pairs = zip(self.corpus, answers, strict=True)
                found += [
                    f"{way}: {each} {answer}" for each, answer in pairs if self._differs(way, answer, each.said, ids)
                ]
            self._server.delete_policies(name)
        return found

    def verdicts(self, originals: Mapping[Way, Original], mutants: Sequence[Mutant]) -> list[Verdict]:
        """What becomes of mutants: of a few rules first, and where nobody notices of every rule that they may alter."""
        found: list[Verdict] = []
        again: list[_Trial] = []
        beneath = [originals[each.way].rules_beneath(each.name) for each in mutants]
        first = [
            _Trial(each, rules[:FEW], _FIRST if len(rules) > FEW else None)
            for each, rules in zip(mutants, beneath, strict=True)
        ]
        for verdict, trial, rules in zip(self._in_batches(originals, first), first, beneath, strict=True):
            if verdict.noticed or trial.most is None:
                found.append(verdict)
            else:
                again.append(_Trial(trial.mutant, rules, None))
        return found + self._in_batches(originals, again)

    def _in_batches(self, originals: Mapping[Way, Original], trials: Sequence[_Trial]) -> list[Verdict]:
        batches = [trials[start : start + BATCH] for start in range(0, len(trials), BATCH)]
        return [verdict for batch in batches for verdict in self._batch(originals, batch)]

    def _batch(self, originals: Mapping[Way, Original], batch: Sequence[_Trial]) -> list[Verdict]:
        self._batches += 1
        label = f"batch-{self._batches}"
        names = [f"{label}-{number}" for number in range(len(batch))]
        manifests = [
            originals[each.mutant.way].mutated(each.mutant, each.rules, name)
            for name, each in zip(names, batch, strict=True)
        ]
        with ThreadPoolExecutor(THREADS) as threads:
            ways = [each.mutant.way for each in batch]
            taken = list(threads.map(lambda made, way: self._install(made, label, way), manifests, ways))
            self._in_force(originals, label)
            verdicts = list(
                threads.map(lambda name, trial, ok: self._verdict(name, trial, taken=ok), names, batch, taken)
            )
        self._server.delete_policies(label)
        return verdicts

    def _install(self, manifest: Plain, label: str, way: Way) -> bool:
        """Whether the API server takes a policy, bound to what carries its name."""
        name = manifest["metadata"]["name"]
        manifest["metadata"]["labels"] = {"batch": label}
        manifest["spec"]["paramKind"] = {"apiVersion": f"{GROUP}/v1", "kind": _KIND}
        binding = {
            "metadata": {"name": name, "labels": {"batch": label}},
            "spec": {
                "policyName": name,
                "validationActions": ["Deny"] if way == "deny" else ["Warn"],
                "paramRef": {"name": _OBJECT, "parameterNotFoundAction": "Allow"},
                "matchResources": {"objectSelector": {"matchLabels": {_MUTANT: name}}},
            },
        }
        return self._server.apply_policy(manifest, binding)

    def _in_force(self, originals: Mapping[Way, Original], label: str) -> None:
        """Wait until the API server has looked at the policies of a batch: at one behind them."""
        name = f"{label}-awaited"
        self._install(originals["warn"].mutated(None, ["IGZ302"], name), label, "warn")
        spec = {"priorityClassName": "igz-system-high", "containers": [{"name": "base", "image": "x"}]}
        pod = {"kind": "Pod", "metadata": {"generateName": "x-", "labels": {"mlrun/class": "job"}}, "spec": spec}
        until = time.monotonic() + _PATIENCE
        while not self._ask(name, Case(AWAITED, pod)).warned:
            assert time.monotonic() < until, f"{name} is not in force"
            time.sleep(0.02)

    def _ask(self, name: str, case: Case) -> Answer:
        manifest = dict(case.manifest)
        metadata = manifest["metadata"]
        manifest["metadata"] = {**metadata, "labels": {**metadata.get("labels", {}), _MUTANT: name}}
        return self._server.ask(case.namespace, manifest, changed=case.changed)

    def _verdict(self, name: str, trial: _Trial, *, taken: bool) -> Verdict:
        mutant = trial.mutant
        if not taken:
            return Verdict(mutant, noticed=True, compiles=False)
        ids = {rule_of(rule) for rule in trial.rules}
        order = self._order(mutant.name, ids)[: trial.most]
        for asks, number in enumerate(order, 1):
            each = self.corpus[number]
            if self._differs(mutant.way, self._ask(name, each.case), each.said, ids):
                self._noticed[mutant.name][number] += 1
                self._by_all[number] += 1
                return Verdict(mutant, noticed=True, asks=asks)
        return Verdict(mutant, noticed=False, asks=len(order))

    def _order(self, name: str, ids: set[str]) -> list[int]:
        """The corpus: what noticed most mutants of the expression first, then of all, then what breaks its rules."""
        cases = [each.case for each in self.corpus]
        noticed, by_all = self._noticed[name].copy(), self._by_all.copy()
        finds = [any(_rule(text) in ids for text in (*each.said.denied, *each.said.warned)) for each in self.corpus]
        return sorted(
            range(len(self.corpus)),
            key=lambda one: (-noticed[one], cases[one].shows != name, -by_all[one], one // (1 + finds[one])),
        )

    @staticmethod
    def _differs(way: Way, answer: Answer, said: Said, ids: set[str]) -> bool:
        expected = said.denied if way == "deny" else said.warned
        found = answer.denied if way == "deny" else answer.warned
        wanted = [text for text in expected if _rule(text) in ids]
        return not (is_same(found, shown(said.about, wanted)) and answer.about <= {said.about})


def _rule(text: str) -> str:
    return text.partition(":")[0]


def _namespaced(crd: Plain) -> Plain:
    """The kind of the facts, as one that is in namespaces."""
    made = copy.deepcopy(crd)
    made["metadata"]["name"] = f"{_PLURAL}.{GROUP}"
    made["spec"]["scope"] = "Namespaced"
    made["spec"]["names"] = {"kind": _KIND, "plural": _PLURAL, "singular": _KIND.lower()}
    return made
