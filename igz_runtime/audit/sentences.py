"""The sentences of Iguazio's best practices, and what an audit answers to each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from igz_runtime.rules.findings import Finding, Findings
from igz_runtime.text.tree import read_yaml

Verdict = Literal["found", "fine", "not checked", "demands nothing"]


class Sentence(NamedTuple):
    """A sentence of the best practices, and what holds it.

    Attributes:
        text: the sentence.
        section: the heading that it stands below.
        label: what stands before it, such as the resource that it is about.
        environment: which clusters it is about; empty: all of them.
        rules: ids of the rules that hold it.
        not_checked: why no cluster's API shows it; empty where one does.
        explains: what it does where it demands nothing: `background`, `definition`, `introduction`, `permission` or
            `reference`.
    """

    text: str
    section: str
    label: str = ""
    environment: str = ""
    rules: tuple[str, ...] = ()
    not_checked: str = ""
    explains: str = ""


class Answer(NamedTuple):
    """What an audit says to a sentence.

    Attributes:
        sentence: the sentence.
        verdict: `found`: something is not as it says, waived or not; `fine`: every rule of it that is asked of a
            cluster judged this one, and found nothing; `not checked`; or it `demands nothing`.
        findings: what was found.
        because: what was not checked, or what the sentence is good for.
    """

    sentence: Sentence
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    because: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data; of its findings, how many there are by rule."""
        sentence = self.sentence
        return {
            "section": sentence.section,
            "sentence": sentence.text,
            "rules": list(sentence.rules),
            "verdict": self.verdict,
            "found": dict(Counter(each.rule for each in self.findings)),
            "because": list(self.because),
        }


@cache
def sentences() -> tuple[Sentence, ...]:
    """Every sentence of the best practices, in order.

    >>> sentences()[3].text
    "Don't attempt to provision the servers manually prior to the deployment."
    """
    text = (resources.files("igz_runtime.audit") / "sentences.yaml").read_text(encoding="utf-8")
    (document,) = read_yaml(text)
    return tuple(_sentence(row, of) for of in document.value for row in of.get("sentences", ()))


def _sentence(row: Mapping[str, Any], of: Mapping[str, Any]) -> Sentence:
    about = {"section": of["section"], "environment": of.get("environment", "")}
    return Sentence(**{**about, **row, "rules": tuple(row.get("rules", ()))})


def answers_to(
    findings: Findings, environment: str | None, unasked: Mapping[str, str], off: Collection[str] = ()
) -> tuple[Answer, ...]:
    """What an audit says to each sentence.

    Args:
        findings: what was found, and the rules that could not decide.
        environment: the environment of the cluster; None: not known.
        unasked: by rule, why it was asked of nothing.
        off: ids of the rules that the configuration leaves out.
    """
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.rule, []).append(finding)
    reasons = {each: [f"the configuration leaves out {each}"] for each in off}
    for skip in findings.skipped:
        reasons.setdefault(skip.rule, []).append(skip.because)
    return tuple(_answer(each, environment, found, unasked, reasons) for each in sentences())


def _answer(
    sentence: Sentence,
    environment: str | None,
    by_rule: Mapping[str, list[Finding]],
    unasked: Mapping[str, str],
    reasons: Mapping[str, list[str]],
) -> Answer:
    if sentence.explains:
        return Answer(sentence, "demands nothing", (), (sentence.explains,))
    found = tuple(one for each in sentence.rules for one in by_rule.get(each, ()))
    if sentence.environment and environment and sentence.environment != environment:
        because = f"it is about a {sentence.environment} cluster, and this is a {environment} cluster"
        return Answer(sentence, "not checked", (), (because,))
    if sentence.not_checked and not found:
        return Answer(sentence, "not checked", (), (sentence.not_checked,))
    asked = [each for each in sentence.rules if each not in unasked]
    undecided = _most_frequent(why for each in sentence.rules for why in reasons.get(each, ()))
    if found:
        return Answer(sentence, "found", found, undecided)
    if not asked and not undecided:
        return Answer(sentence, "not checked", (), tuple(dict.fromkeys(unasked[each] for each in sentence.rules)))
    return Answer(sentence, "not checked" if undecided else "fine", (), undecided)


def _most_frequent(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(why for why, _ in Counter(reasons).most_common())
