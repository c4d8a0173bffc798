"""How grave findings are: the severities as words and tones, and how many findings there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple, Protocol

from igz_runtime.messages import counted
from igz_runtime.report.words import Lines
from igz_runtime.rules.findings import SEVERITIES, Finding, Severity

Tone = Literal["error", "warning", "info", "good", "plain"]
"""What a line means for the reader; of a finding, its severity."""

LONGEST_MESSAGE: Final = 600


class Row(NamedTuple):
    """A named value, and what it means for the reader."""

    name: str
    lines: Lines
    tone: Tone = "plain"


def tone_of(standing: Iterable[Severity]) -> Tone:
    """The gravest of the severities that stand; good where none does."""
    return min(standing, key=SEVERITIES.index, default="good")


def counts_of(standing: Iterable[Severity]) -> Iterator[str]:
    """How many findings there are of each severity, in words."""
    counts = Counter(standing)
    for severity in SEVERITIES:
        if counts[severity]:
            yield counted(counts[severity], severity, "info" if severity == "info" else "")


class Reported(Protocol):
    """A finding of a report, which a waiver or a baseline may accept."""

    @property
    def finding(self) -> Finding:
        """The finding."""

    @property
    def known(self) -> bool:
        """Whether the baseline has it."""

    @property
    def stands(self) -> bool:
        """Whether neither accepts it."""


def accepted(one: Reported) -> str:
    """Why a finding does not count; nothing where it stands."""
    if one.finding.waived is not None:
        return f"waived: {one.finding.waived}"
    return "in the baseline" if one.known else ""


def severity_of(one: Reported) -> str:
    """How grave a finding is, in words, and whether it is accepted."""
    why_not = accepted(one).partition(":")[0]
    return f"{one.finding.severity}, {why_not}" if why_not else one.finding.severity


def standing(found: Iterable[Reported]) -> list[Severity]:
    """The severities of the findings that stand."""
    return [one.finding.severity for one in found if one.stands]


def accepted_counts(found: Iterable[Reported]) -> Iterator[str]:
    """How many findings are accepted, and by what."""
    counts = Counter(accepted(one).partition(":")[0] for one in found if not one.stands)
    yield from (f"{counts[by]} {by}" for by in ("waived", "in the baseline") if counts[by])
