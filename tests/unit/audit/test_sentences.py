"""The best practices, sentence by sentence: none is missing from the table, and an audit answers each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.audit.sentences import Answer, Sentence, answers_to, sentences
from igz_runtime.cluster import Cluster, NodeGroup
from igz_runtime.cluster.api.declared import SOURCES
from igz_runtime.cluster.facts import DECLARED, Live
from igz_runtime.cluster.running import Declared, Identity, Running, Work
from igz_runtime.rules import rules
from igz_runtime.rules.audited import NOT_READ
from igz_runtime.rules.findings import Finding, Findings, Skipped
from igz_runtime.waiver import Waiver

SOURCE = Path(__file__).parents[4] / "shared" / "facts" / "iguazio-best-practices.txt"
WORDS = "3fe0150692d26eda01a4a0714f4c73bac0203742622a759b2b4d8778e43e44ac"
"""SHA-256 of the words of the best practices."""
HEADINGS_ALONE = {"Node Groups": "Cluster Configuration"}
"""Headings that have no sentence of their own, by the heading that follows them."""
EXPLAINS = {"background", "definition", "introduction", "permission", "reference"}
DEMANDS = re.compile(r"\b(must|should|recommend\w*|required?|mandatory|do not|don't|avoid|never)\b", re.IGNORECASE)
EXPLAINS_THOUGH = (
    "compute resource requirements are usually more lenient",
    "Recommendations for the development environment",
    "Before getting into the recommendations",
    "preserves its required resources",
    "MLRun jobs (other than Nuclio) do not",
    "it is done implicitly by the system",
)
"""Sentences with such a word that demand nothing."""


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def words_of_the_table() -> list[str]:
    found: list[str] = []
    for section, rows in groupby(sentences(), lambda each: each.section):
        texts = (text for row in rows for text in (row.label, row.text))
        found += words(" ".join((HEADINGS_ALONE.get(section, ""), section, *texts)))
    return found


def digest(found: Iterable[str]) -> str:
    return hashlib.sha256(" ".join(found).encode()).hexdigest()


def test_the_table_holds_the_best_practices_word_for_word() -> None:
    assert digest(words_of_the_table()) == WORDS


@pytest.mark.skipif(not SOURCE.exists(), reason="the best practices are not beside the repository")
def test_no_sentence_of_the_source_is_missing() -> None:
    assert words_of_the_table() == words(SOURCE.read_text())


def test_every_sentence_is_answered_in_one_way() -> None:
    def is_answered(each: Sentence) -> bool:
        return each.explains in EXPLAINS if each.explains else bool(each.rules or each.not_checked)

    assert [each.text for each in sentences() if not is_answered(each)] == []
    assert [each.text for each in sentences() if each.explains and (each.rules or each.not_checked)] == []


def test_no_demand_passes_for_an_explanation() -> None:
    demands = [each.text for each in sentences() if each.explains and DEMANDS.search(each.text)]
    assert [text for text in demands if not any(part in text for part in EXPLAINS_THOUGH)] == []


def test_every_rule_of_the_table_exists_and_each_of_an_audit_answers_some_sentence() -> None:
    held = {each for row in sentences() for each in row.rules}

    assert held - set(rules()) == set()
    assert {each for each in rules() if each.startswith("IGZ6")} - held == set()


def test_every_sentence_that_a_cluster_can_show_has_a_rule_that_is_asked_of_one() -> None:
    """And a rule that is asked of pods is not among those whose sentence no cluster shows."""
    asked = {each.id for each in told_by_pods().built_in} | {each for each in rules() if each.startswith("IGZ6")}
    shown = {row.text: asked & set(row.rules) for row in sentences() if row.rules}

    assert [row.text for row in sentences() if row.rules and not row.not_checked and not shown[row.text]] == []
    assert [row.text for row in sentences() if row.not_checked and shown.get(row.text)] == []


@pytest.mark.parametrize("environment", ["development", "production"])
def test_what_a_rule_of_an_audit_finds_is_found_in_some_sentence(environment: str) -> None:
    of_one_environment = {"development": {"IGZ612", "IGZ616"}, "production": {"IGZ606"}}[environment]
    for rule_id in (each for each in rules() if each.startswith("IGZ6") and each not in of_one_environment):
        answers = answers_to(Findings((finding(rule_id),)), environment, {})
        assert any(each.verdict == "found" for each in answers), rule_id


def test_every_rule_that_quotes_the_best_practices_quotes_the_table() -> None:
    quoting = [each for each in rules().values() if each.origin.startswith("Iguazio, Best Practices")]
    table = {each: " ".join(words(each.text)) for each in sentences()}
    for rule in quoting:
        for quoted in re.split(r"(?<=[.?!]) (?=[A-Z])", rule.source):
            rows = [row for row, text in table.items() if " ".join(words(quoted)) in text]
            assert rows, f"{rule.id} quotes a sentence that the best practices do not have: {quoted}"
    held = {each for row in sentences() for each in row.rules}
    assert {each.id for each in quoting} - held == set()


STATIC = "The size of the node group must be static (min = max)."
RETRIED = "When an MLRun job is running on a spot node and it fails, it is not automatically restarted."
STATEFUL = "Is the function a stateful function or stateless function?"
GPU_REQUESTS = "GPU does not have the notion of request vs. limit."


def finding(rule: str, **more: Any) -> Finding:
    return Finding(rule, "warning", "it is so", "why", "fix it", "initial", "node group", "", **more)


def answer(text: str, *found: Finding, skipped: tuple[Skipped, ...] = (), **more: Any) -> Answer:
    """The first answer to that text."""
    answers = answers_to(Findings(found, skipped), None, more.pop("unasked", {}), **more)
    return next(each for each in answers if each.sentence.text == text)


def test_what_a_rule_found_answers_its_sentence_waived_or_not() -> None:
    waived = finding("IGZ203", waived=Waiver("the group of an old cluster"))

    assert answer(GPU_REQUESTS)[1:] == ("fine", (), ())
    assert answer(GPU_REQUESTS, finding("IGZ203"))[1:3] == ("found", (finding("IGZ203"),))
    assert answer(GPU_REQUESTS, waived).verdict == "found"
    assert answer(GPU_REQUESTS, finding("IGZ203"), finding("IGZ208")).to_dict() == {
        "section": "Requests and Limits",
        "sentence": GPU_REQUESTS,
        "rules": ["IGZ203"],
        "verdict": "found",
        "found": {"IGZ203": 1},
        "because": [],
    }


def test_a_rule_that_could_not_decide_leaves_its_sentence_open() -> None:
    skipped = (Skipped("IGZ203", "etl", "main", "nodes: not read"), Skipped("IGZ203", "etl", "main", "nodes: not read"))

    assert answer(GPU_REQUESTS, skipped=skipped)[1:] == ("not checked", (), ("nodes: not read",))
    assert answer(GPU_REQUESTS, finding("IGZ203"), skipped=skipped)[1::2] == ("found", ("nodes: not read",))


def test_a_rule_that_the_configuration_leaves_out_answers_nothing() -> None:
    assert answer(GPU_REQUESTS, off=("IGZ203",))[1:] == (
        "not checked",
        (),
        ("the configuration leaves out IGZ203",),
    )


def test_what_was_asked_of_nothing_is_not_called_fine() -> None:
    """Where one of its rules was asked, that one answers."""
    unasked = {"IGZ203": "no user work is there", "IGZ614": "no user work is there"}

    assert answer(GPU_REQUESTS, unasked=unasked)[1:] == ("not checked", (), ("no user work is there",))
    assert answer(STATEFUL, unasked=unasked).verdict == "fine"


def audit(running: Running | None, *groups: NodeGroup, **unknown: str) -> Audit:
    live = Live("2026-11-28T07:15:00Z", "default-tenant", running=running, unknown=unknown)
    return audit_cluster(Cluster("by hand", node_groups=groups, live=live), config="none")


OF_WORK = Running(work=(Work(Identity("job", "fraud", "etl"), nodes={"a": 1}),))
SCORER = Declared({"kind": "NuclioFunction", "metadata": {"name": "scorer"}, "spec": {}}, "default-tenant")
REPLICA = Work(Identity("nuclio", "", "scorer"), "default-tenant", nodes={"a": 1})


def test_rules_are_asked_of_what_is_there() -> None:
    """What only declared functions show was asked where all of them are declared."""
    of_work = audit(OF_WORK, NodeGroup("initial")).unasked

    assert audit(Running()).unasked["IGZ614"] == "no user work is there"
    assert [each for each in ("IGZ202", "IGZ614", "IGZ502") if each in of_work] == ["IGZ502"]
    assert of_work["IGZ103"] == "pods do not show it, and not every function is an object of the cluster"
    assert "IGZ103" in audit(OF_WORK._replace(declared=(SCORER,))).unasked
    assert "IGZ103" not in audit(Running((REPLICA,), declared=(SCORER,))).unasked


@pytest.mark.parametrize(
    ("running", "unknown", "because"),
    [(None, {}, NOT_READ), (OF_WORK, {"pods": "forbidden (403)"}, "not every pod was read: forbidden (403)")],
    ids=["nobody asked", "a missing right"],
)
def test_rules_on_pods_say_that_pods_were_not_read(
    running: Running | None, unknown: dict[str, str], because: str
) -> None:
    """Also where another rule of the sentence was asked: of node groups, of a pod that was read."""
    judged = audit(running, NodeGroup("initial"), **unknown)
    on_demand = "On-demand (not spot) instances are recommended."

    assert {each.rule for each in judged.skipped if each.because == because} >= {"IGZ112", "IGZ202", "IGZ605", "IGZ614"}
    assert {each.verdict for each in judged.answers if each.sentence.text == on_demand} == {"not checked"}


@pytest.mark.parametrize(
    ("fact", "of"),
    [
        ("nodes", {"IGZ402", "IGZ605", "IGZ608", "IGZ615", "IGZ617"}),
        ("Karpenter's node pools", {"IGZ402", "IGZ605", "IGZ608", "IGZ615", "IGZ617"}),
        ("Nuclio's platform configuration", {"IGZ104", "IGZ105"}),
    ],
)
def test_rules_that_might_have_found_more_say_what_was_not_read(fact: str, of: set[str]) -> None:
    judged = audit(OF_WORK, NodeGroup("initial"), **{fact: "forbidden (403)"})

    assert {each.rule for each in judged.skipped if f"{fact}: forbidden (403)" in each.because} >= of


def test_rules_on_declared_functions_say_that_those_were_not_read() -> None:
    judged = audit(OF_WORK, NodeGroup("initial"), **{"Nuclio's functions": "forbidden (403)"})
    enforced = "Preemption mode controls whether pods can be scheduled on preemptible (spot) nodes."

    assert {each.answer.what for each in SOURCES} == DECLARED
    assert {each.rule for each in judged.skipped if "Nuclio's functions" in each.because} >= {"IGZ110", "IGZ505"}
    assert {each.verdict for each in judged.answers if each.sentence.text == enforced} == {"not checked"}


def test_what_no_cluster_shows_is_not_checked_for_its_own_reason() -> None:
    assert answer(RETRIED)[1:] == (
        "not checked",
        (),
        ("whether MLRun retries a run stands on the function, and not on its pods",),
    )


def test_a_sentence_on_clusters_of_another_environment_is_not_checked() -> None:
    answers = answers_to(Findings((finding("IGZ602"),)), "production", {})
    of_development, of_production = (each for each in answers if each.sentence.text == STATIC)

    because = "it is about a development cluster, and this is a production cluster"
    assert of_development[1:] == ("not checked", (), (because,))
    assert of_production[1:] == ("found", (finding("IGZ602"),), ())


def test_a_sentence_that_demands_nothing_says_what_it_is_good_for() -> None:
    assert answer("Can autoscale.")[1:] == ("demands nothing", (), ("permission",))
