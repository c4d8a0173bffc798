"""An audit beside an earlier one: what is new, what is gone, and what has changed.

A finding is the same one where rule, subject, role and field are: its message is not looked at, because it counts pods
and nodes, which come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from igz_runtime.audit.earlier import Earlier, Was
from igz_runtime.audit.judging import CLUSTER, GROUP
from igz_runtime.audit.results import Audit, AuditFinding, Changed, Comparison
from igz_runtime.cluster.facts import WORK
from igz_runtime.messages import counted


def compared(audit: Audit, earlier: Earlier) -> Audit:
    """The audit with what it says beside an earlier one, in `since`. What rules found that are off now is left out."""
    now, before = list(audit.found), [was for was in earlier.findings if was.rule not in audit.off]
    pairs = [*_paired(now, before, alike=True), *_paired(now, before, alike=False)]
    changes = [Changed(was, one, tuple(_differences(was, one))) for was, one in pairs]
    undecided = list(map(_undecided(audit), before))
    return replace(
        audit,
        since=Comparison(
            earlier,
            tuple(now),
            tuple(was for was, unsure in zip(before, undecided, strict=True) if not unsure),
            tuple(change for change in changes if change.what),
            sum(not change.what for change in changes),
            tuple(was for was, unsure in zip(before, undecided, strict=True) if unsure),
            tuple(_remarks(audit, earlier)),
        ),
    )


def _paired(now: list[AuditFinding], before: list[Was], *, alike: bool) -> Iterator[tuple[Was, AuditFinding]]:
    """What is the same finding in both, taken out of both; of several of one identity those first that say the same."""

    def key(identity: tuple[str, ...], message: str) -> tuple[str, ...]:
        return (*identity, message) if alike else identity

    waiting: dict[tuple[str, ...], list[Was]] = {}
    for was in before:
        waiting.setdefault(key(was.identity, was.message), []).append(was)
    new: list[AuditFinding] = []
    for one in now:
        same = waiting.get(key(one.identity, one.finding.message))
        if same:
            yield same.pop(0), one
        else:
            new.append(one)
    now[:] = new
    left = {id(was) for each in waiting.values() for was in each}
    before[:] = [was for was in before if id(was) in left]


def _differences(was: Was, one: AuditFinding) -> Iterator[str]:
    finding = one.finding
    if finding.severity != was.severity:
        yield f"{finding.severity}, was {was.severity}"
    if (finding.waived is not None) != was.waived:
        yield "waived now" if finding.waived else "no longer waived"
    if len(one.nodes) != len(was.nodes):
        yield f"{counted(len(one.nodes), 'node')}, was {len(was.nodes)}"
    if finding.message != was.message:
        yield f"said: {was.message}"


def _undecided(audit: Audit) -> Callable[[Was], bool]:
    """Whether an earlier finding may be there still: its rule could not decide, or what it is about was not read."""
    unread = audit.view.live.unknown if audit.view.live else {}
    without_work = audit.view.running is None or not WORK.isdisjoint(unread)
    skipped = {(each.rule, each.function) for each in audit.skipped}

    def undecided(was: Was) -> bool:
        unseen = "nodes" in unread if was.kind in (CLUSTER, GROUP) else without_work
        return unseen or not skipped.isdisjoint({(was.rule, was.function), (was.rule, CLUSTER)})

    return undecided


def _remarks(audit: Audit, earlier: Earlier) -> Iterator[str]:
    live = audit.view.live
    if live and live.uid and earlier.uid and live.uid != earlier.uid:
        yield f"these are two clusters: {earlier.source}, and now {audit.view.cluster.source}"
    environment = audit.view.cluster.environment
    if environment != earlier.environment:
        yield f"the environment was {earlier.environment or 'not stated'}, and is {environment or 'not stated'}"
    if live and earlier.read and live.read < earlier.read:
        yield f"the report to compare with is the later one: it was read {earlier.read}, this audit {live.read}"
