"""The sentences of the best practices in HTML, each with what the audit says to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from igz_runtime.audit.sentences import Answer, Verdict
from igz_runtime.messages import shortened
from igz_runtime.report.markup import BREAK, Markup, badge, tag
from igz_runtime.report.severity import Tone, tone_of

_VERDICTS: Final[tuple[Verdict, ...]] = ("found", "fine", "not checked")
"""Those of sentences that demand something."""


def practices(answers: Iterable[Answer]) -> Markup:
    """Every sentence that demands something, behind how many there are of each answer."""
    demanding = [answer for answer in answers if answer.verdict in _VERDICTS]
    counts = Counter(answer.verdict for answer in demanding)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in _VERDICTS)
    names = ("sentence", "answer", "rules, and why not")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    caption = tag("caption", "Iguazio's best practices, sentence by sentence")
    rows = (Markup(BREAK + _row(answer)) for answer in demanding)
    table = tag("table", caption, tag("thead", head), tag("tbody", *rows), class_="igz-table igz-rules")
    return tag("details", tag("summary", f"{len(demanding)} sentences: {said}"), table)


def _row(answer: Answer) -> Markup:
    sentence = answer.sentence
    text = f"{sentence.label}: {sentence.text}" if sentence.label else sentence.text
    verdict = badge(answer.verdict, _tone(answer))
    because = map(shortened, answer.because) if answer.verdict == "not checked" else ()
    why = "; ".join(filter(None, (", ".join(sentence.rules), *because)))
    return tag("tr", tag("td", text), tag("td", verdict), tag("td", why))


def _tone(answer: Answer) -> Tone:
    if answer.verdict == "found":
        return tone_of(each.severity for each in answer.findings if each.waived is None)
    return "good" if answer.verdict == "fine" else "plain"
