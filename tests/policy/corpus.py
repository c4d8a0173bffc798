"""What mutants are asked of: the same facts and cases in every run, so that what nothing notices is the same too."""

from __future__ import annotations

import random
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from tests.policy.cases import a_case
from tests.policy.compared import Case
from tests.policy.random_facts import Facts, some_facts, some_terms
from tests.policy.random_pods import KEYS
from tests.policy.random_waivers import RULE, annotated, bare

Plain = dict[str, Any]

_CLUSTERS, _CASES = 24, 700
_LIMITED, _TEXTS, _GRANTED, _NAMED, _NARROW = 10, 250, 120, 150, 150
_PREFIX: Final = "mutants-"


def corpus() -> tuple[dict[str, Facts], list[Case]]:
    """Facts by namespace, and what is made or changed there."""
    pick = random.Random("corpus")
    facts = {f"{_PREFIX}{number}": some_facts(pick) for number in range(_CLUSTERS)}
    limited = {
        f"{_PREFIX}terms-{number}": Facts(Cluster(), {}, {}, some_terms(pick, (RULE,))) for number in range(_LIMITED)
    }
    free = {f"{_PREFIX}free": Facts(Cluster(), {}, {})}
    cases = [a_case(pick, pick.choice(list(facts))) for _ in range(_CASES)]
    cases += [annotated(pick, pick.choice([*free, *free, *limited])) for _ in range(_TEXTS)]
    cases += [bare(pick, pick.choice(list(limited))) for _ in range(_GRANTED)]
    cases += [_named(a_case(pick, pick.choice([*free, *limited]))) for _ in range(_NAMED)]
    cases += [_narrow(pick, a_case(pick, pick.choice(list(facts)))) for _ in range(_NARROW)]
    return facts | limited | free, cases


def _spec(case: Case) -> Plain:
    spec: Plain = case.manifest["spec"]
    return spec if case.manifest["kind"] == "Pod" else spec["template"]["spec"]


def _named(case: Case) -> Case:
    """Something is said of it, so that it must be called by its kind and name, and waived by its project."""
    _spec(case)["nodeName"] = "node-1"
    return case


def _narrow(pick: random.Random, case: Case) -> Case:
    """Expressions on one label that nodes carry, or that none is known to carry, which must hold together."""
    key = pick.choice(("generation", "generation", *KEYS))
    expressions = [_on(pick, key) for _ in range(pick.choice((1, 2, 2, 2, 3)))]
    terms = [{"matchExpressions": expressions}]
    required = {"nodeSelectorTerms": terms}
    spec = _spec(case)
    spec.pop("nodeName", None)
    spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    spec["nodeSelector"] = {key: pick.choice(KEYS[key])} if pick.random() < 0.25 else {}
    spec["tolerations"] = [{"operator": "Exists"}]
    return case


def _on(pick: random.Random, key: str) -> Plain:
    operator = pick.choice(
        ("In", "NotIn", "Exists", "DoesNotExist", *(("Gt", "Lt", "Gt", "Lt") * (key == "generation")))
    )
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    if operator in ("Gt", "Lt"):
        return {"key": key, "operator": operator, "values": [str(pick.choice((-1, 0, 1, 2, 3, 4, 11, 12)))]}
    return {"key": key, "operator": operator, "values": pick.sample((*KEYS[key], "zz"), pick.choice((1, 1, 2)))}
