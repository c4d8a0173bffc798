"""What a report shows of an advice: the profile, an answer to each question with its reason, and the entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from igz_runtime.messages import shortened
from igz_runtime.projects.advising import Advice
from igz_runtime.projects.questions import Answer, By
from igz_runtime.report.severity import Row, Tone
from igz_runtime.report.words import Lines, function_name


class Asked(NamedTuple):
    """A question, its answer in a word, and who gave it, why."""

    question: str
    answer: str
    reason: str
    tone: Tone


class AdviceContent(NamedTuple):
    """An advice as text: what is advised, for which function, why, and what to write."""

    profile: str
    function: str
    because: str
    asked: tuple[Asked, ...]
    rows: tuple[Row, ...]
    entry: Lines


def advice_content(advice: Advice) -> AdviceContent:
    """What a report shows of an advice."""
    place = f" ({shortened(advice.place)})" if advice.place else ""
    return AdviceContent(
        profile=advice.profile.name,
        function=f"{function_name(advice.kind, advice.function)}{place}",
        because=f"{_RUNS[advice.profile.lifecycle]}: {advice.because}",
        asked=tuple(map(_asked, advice.answers)),
        rows=tuple(_rows(advice)),
        entry=("functions:", *advice.entry.split("\n")),
    )


_RUNS: Final[Mapping[str, str]] = {
    "on-demand": "on demand",
    "any": "on spot nodes or on demand",
    "spot": "on spot nodes only",
}

_SAID: Final[Mapping[By, str]] = {
    "argument": "you said so, by an argument",
    "flag": "you said so, by a flag",
    "dialogue": "you said so",
}


def _asked(answer: Answer) -> Asked:
    reason = answer.reason or _SAID.get(answer.by, "")
    if answer.contrary:
        reason += f", although {answer.contrary}"
    settled = answer.by == "settled"
    word = "not asked" if settled else answer.word
    return Asked(answer.question.text, word, shortened(reason, 400), "warning" if answer.by == "nobody" else "plain")


def _rows(advice: Advice) -> Iterator[Row]:
    if advice.open:
        text = f"{', '.join(advice.open)}; answer by arguments of advise, or on the command line by flags"
        yield Row("open", (text,), "warning")
    yield Row("profile", (str(advice.profile),))
    if advice.missing:
        places: dict[str, list[str]] = {}
        for where, resource in advice.missing:
            places.setdefault(where, []).append(resource)
        listed = (f"{where}: {' and '.join(of)}" if where else " and ".join(of) for where, of in places.items())
        text = f"to be filled in, because the function does not state it: {'; '.join(listed)}"
        yield Row("size", (shortened(text),), "warning")
