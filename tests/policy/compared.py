"""What policies say beside what the rules say, of many things at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from igz_runtime.audit.policies.policy import LONGEST
from tests.policy.enforced import FREE, Enforced, texts_of
from tests.policy.random_facts import Facts

Plain = dict[str, Any]

THREADS: Final = 4
_SHOWN: Final = 20
CHANGED: Final = "changed"
"""The name of what is there already, wherever something can be changed."""


class Case(NamedTuple):
    """Something that somebody makes, or changes into.

    Attributes:
        namespace: where, which says what is known of the cluster.
        manifest: what.
        changed: whether a workload of that name is there already.
        shows: the variable of the policies that it was made for, if it was for one.
    """

    namespace: str
    manifest: Plain
    changed: bool = False
    shows: str = ""


def old_workload(kind: str) -> Plain:
    """A workload of nobody's, which becomes somebody's where it is changed."""
    labels, containers = {"own": "x"}, [{"name": "base", "image": "x"}]
    spec: Plain = {
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    if kind == "StatefulSet":
        spec["serviceName"] = "x"
    return {"kind": kind, "metadata": {"name": CHANGED}, "spec": spec}


def compared(server: Enforced, facts: Mapping[str, Facts], cases: Iterable[Case]) -> Counter[str]:
    """What was met, where nothing differs.

    Args:
        server: the API server, with the policies.
        facts: what is known of the cluster, by namespace.
        cases: what is made and changed.

    Raises:
        AssertionError: something differs; all of it is counted, and the first are shown.
    """
    met: Counter[str] = Counter()
    differences: list[str] = []

    def judge(case: Case) -> tuple[list[str], str]:
        return _judged(server, facts[case.namespace], case)

    with ThreadPoolExecutor(THREADS) as threads:
        for words, difference in threads.map(judge, cases):
            met.update(words)
            differences += [difference] if difference else []
    if differences:
        raise AssertionError(f"{len(differences)} of {met['judged']} differ; {_shown(differences[:_SHOWN], facts)}")
    return met


def _shown(differences: list[str], facts: Mapping[str, Facts]) -> str:
    """Differences, and what is known in their namespaces, once for each."""
    named = [name for name in facts if any(each.startswith(f"{name}:") for each in differences)]
    known = [f"{name} knows {json.dumps(facts[name].spec())}" for name in named]
    return "\n\n".join(["the first:", *differences, *known])


def _judged(server: Enforced, known: Facts, case: Case) -> tuple[list[str], str]:
    """What was met with a case, and how the policies differ from the rules; empty where they do not."""
    stored = server.ask(FREE, case.manifest).stored
    if stored is None:
        return ["refused by Kubernetes itself"], ""
    day = _today()
    said = known.said_of(stored, changed=case.changed)
    answer = server.ask(case.namespace, case.manifest, changed=case.changed)
    if day != _today():
        return _judged(server, known, case)
    found = {text.partition(":")[0] for text in (*said.denied, *said.warned)}
    met = ["judged", "denied" if said.denied else "admitted", "changed" if case.changed else "made"]
    met += [f"{rule} found" for rule in found]
    denied, warned = shown(said.about, said.denied), shown(said.about, said.warned)
    if is_same(answer.denied, denied) and is_same(answer.warned, warned) and answer.about <= {said.about}:
        return met, ""
    return met, _difference(case, said, answer)


def is_same(texts: Iterable[str], others: Iterable[str]) -> bool:
    """Whether findings are the same: those of one rule with one way to fix them in the same order."""
    return sorted(texts, key=_rule_and_fix) == sorted(others, key=_rule_and_fix)


def shown(about: str, texts: Sequence[str]) -> Sequence[str]:
    """Findings as a message shows them, which is cut where it is too long."""
    whole = f"{about}: {' | '.join(texts)}"
    return texts_of([whole[:LONGEST] + "…"]) if len(whole) > LONGEST else texts


def _rule_and_fix(text: str) -> tuple[str, str]:
    return text.partition(":")[0], text.rpartition("; fix: ")[2]


def _today() -> Any:
    return datetime.now(UTC).date()


def _difference(case: Case, said: Any, answer: Any) -> str:
    return "\n".join(
        (
            f"{case.namespace}: {json.dumps(case.manifest)}",
            f"rules, denied:  {said.denied}",
            f"policy, denied: {answer.denied}",
            f"rules, warned:  {said.warned}",
            f"policy, warned: {answer.warned}",
            f"about:          {said.about}; policy: {', '.join(answer.about)}",
            f"it answered:    {answer.status} {answer.said}",
        )
    )


def installed(server: Enforced, facts: Mapping[str, Facts], prefix: str) -> None:
    """Namespaces with facts, workloads in them that can be changed, and policies whose names begin with the prefix."""
    server.namespaces(facts)
    for name, known in facts.items():
        server.facts(name, known.spec())
        for kind in ("Deployment", "StatefulSet"):
            server.make(name, old_workload(kind))
    server.install(list(facts), prefix=prefix)
