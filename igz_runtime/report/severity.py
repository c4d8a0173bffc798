"""How grave findings are: the severities as words and tones, and how many findings there are of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple

from igz_runtime.messages import counted
from igz_runtime.report.words import Lines
from igz_runtime.rules.findings import SEVERITIES, Severity

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
