"""What a report shows of what admission says of a pod: the findings of our policies, each once, and others' texts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from igz_runtime.cluster.policy_words import PolicySays, Told, policy_says
from igz_runtime.messages import counted, shortened
from igz_runtime.report.severity import LONGEST_MESSAGE, Row, Tone
from igz_runtime.rules.findings import Finding

_MOST_FINDINGS: Final = 20


def admission_rows(name: str, verdict: str, message: str, tone: Tone, found: Collection[Finding]) -> Iterator[Row]:
    """What the API server says: a row that says who does, and one for each finding.

    Args:
        name: the name of the first row.
        verdict: what becomes of the pod, in words.
        message: a refusal or a warning.
        tone: what it means for the reader.
        found: what rules find of the same pod, which is shown below: what is said there is not said twice. What a
            waiver accepts there is: the policies know of no such waiver.
    """
    said = policy_says(message)
    if said is None:
        yield Row(name, (verdict, shortened(message, LONGEST_MESSAGE)), tone)
        return
    policy = f"{verdict}: policy {shortened(said.policy)!r}"
    if not said.findings:
        yield Row(name, (policy, shortened(said.text, LONGEST_MESSAGE)), tone)
        return
    yield Row(name, (f"{policy}, {counted(len(said.findings), 'finding')}",), tone)
    yield from _ours(said, {(each.rule, each.message) for each in found if each.waived is None})


def _ours(said: PolicySays, known: Collection[tuple[str, str]]) -> Iterator[Row]:
    again = dict.fromkeys(told.rule for told in said.findings if (told.rule, told.message) in known)
    if again:
        yield Row(", ".join(again), ("as below",))
    new = [told for told in said.findings if (told.rule, told.message) not in known]
    yield from map(_finding, new[:_MOST_FINDINGS])
    if len(new) > _MOST_FINDINGS:
        yield Row("…", (f"and {len(new) - _MOST_FINDINGS} more",))


def _finding(told: Told) -> Row:
    fix = (shortened(f"fix: {told.fix}", LONGEST_MESSAGE),) if told.fix else ()
    return Row(told.rule, (shortened(told.message, LONGEST_MESSAGE), *fix))
