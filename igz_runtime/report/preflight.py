"""What a report shows of a preflight, as rows of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from igz_runtime.cluster.api.dry_run import DryRun
from igz_runtime.cluster.facts import Live
from igz_runtime.messages import counted, shortened
from igz_runtime.planning.certainty import Verdict
from igz_runtime.planning.preflight import Preflight, RolePreflight
from igz_runtime.report.admission import admission_rows
from igz_runtime.report.findings import FindingsContent, findings_content
from igz_runtime.report.severity import Row, Tone
from igz_runtime.report.words import Lines, function_name
from igz_runtime.rules.findings import Finding

_MOST_NAMES = 4


class RoleFlight(NamedTuple):
    """What becomes of one role: its name, the verdict and what is behind it."""

    name: str
    verdict: str
    tone: Tone
    rows: tuple[Row, ...]


class FlightContent(NamedTuple):
    """A preflight from its headline to what is not known. The verdict is empty where no rule refuses."""

    function: str
    verdict: str
    source: str
    roles: tuple[RoleFlight, ...]
    findings: FindingsContent
    unknown: Lines


_VERDICTS: Final[dict[Verdict, tuple[str, Tone]]] = {
    "runs": ("fits now", "good"),
    "new node": ("runs on a node that an autoscaler adds", "good"),
    "waits for room": ("waits until other pods leave", "warning"),
    "never scheduled": ("never scheduled", "error"),
    "refused": ("would be refused", "error"),
    "not known": ("not known", "warning"),
}


def flight_content(preflight: Preflight) -> FlightContent:
    """What a report shows of a preflight."""
    live = preflight.cluster.live
    unknown = tuple(f"{what}: {why}" for what, why in live.unknown.items()) if live else ()
    refusing = len(preflight.findings.refusing)
    return FlightContent(
        verdict=f"refused by {counted(refusing, 'finding')}" if refusing else "",
        function=function_name(preflight.function.kind, preflight.function.name),
        source=shortened(preflight.cluster.source),
        roles=tuple(_role(role, live, _found(preflight, role)) for role in preflight.roles if live),
        findings=findings_content(preflight.findings, len(preflight.roles)),
        unknown=tuple(map(shortened, unknown)),
    )


def _found(preflight: Preflight, role: RolePreflight) -> tuple[Finding, ...]:
    return tuple(finding for finding in preflight.findings if finding.role in (role.role, ""))


def _role(role: RolePreflight, live: Live, found: tuple[Finding, ...]) -> RoleFlight:
    verdict, tone = _VERDICTS[role.verdict]
    return RoleFlight(shortened(role.role), verdict, tone, tuple(_rows(role, live, found)))


def _rows(role: RolePreflight, live: Live, found: tuple[Finding, ...]) -> Iterator[Row]:
    if role.refusals:
        yield Row("refusals", tuple(map(shortened, role.refusals)), "error")
    if role.verdict == "not known" and role.missing:
        yield Row("unread", tuple(map(shortened, role.missing)))
        yield Row("by what was read", (_VERDICTS[role.outlook][0],))
    if role.dry_run is not None:
        yield from _dry_run(role.dry_run, found)
    yield Row("eligible", _eligible(role, live))
    if role.fit.reasons:
        yield Row("excluded", tuple(f"{count:,} {why}" for why, count in _by_count(role)))
    if role.outlook != "runs" and role.verdict != "refused" and role.drained:
        yield Row("if they were empty", (_named(role.drained, len(live.nodes)),))
    if role.placed < role.pods or not live.nodes:
        yield Row("autoscaler", tuple(_additions(role)) or ("none was found: no node is added",))
    yield Row("priority class", (_priority(role, live),))
    yield _qos(role, live)


def _qos(role: RolePreflight, live: Live) -> Row:
    settled = role.dry_run is not None and role.dry_run.accepted
    if "limit ranges" in live.unknown and role.qos != "Guaranteed" and not settled:
        return Row("QoS class", (f"{role.qos}, unless a limit range makes it another",), "warning")
    if role.qos != role.qos_before:
        lines = (f"{role.qos}: admission makes it that; it was {role.qos_before}",)
        return Row("QoS class", lines, "warning")
    return Row("QoS class", (role.qos,))


def _dry_run(said: DryRun, found: tuple[Finding, ...]) -> Iterator[Row]:
    if said.accepted is None:
        yield Row("dry run", (f"not known, because {said.message}",), "warning")
    elif said.accepted:
        yield Row("dry run", (f"the API server takes it, as {said.qos}",), "good")
    else:
        yield from admission_rows("dry run", "the API server refuses it", said.message, "error", found)
    for warning in said.warnings:
        yield from admission_rows("and", "the API server warns", warning, "warning", found)


def _eligible(role: RolePreflight, live: Live) -> Lines:
    named = role.pod.node_name
    if named:
        there = "nodes" in live.unknown or any(node.name == named for node in live.nodes)
        return (f"{shortened(named)} alone, bypassing the scheduler{'' if there else ': there is no such node'}",)
    lines = (_named(role.fit.eligible, len(live.nodes)),)
    return (*lines, f"room for {role.placed} of its {role.pods} pods") if role.pods > 1 else lines


def _named(names: tuple[str, ...], total: int) -> str:
    listed = ", ".join(map(shortened, names[:_MOST_NAMES]))
    more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
    return f"{len(names):,} of {counted(total, 'node')}{f': {listed}{more}' if names else ''}"


def _by_count(role: RolePreflight) -> list[tuple[str, int]]:
    return sorted(role.fit.reasons.items(), key=lambda item: (-item[1], item[0]))


def _additions(role: RolePreflight) -> Iterator[str]:
    for each in role.additions:
        yield shortened(f"{each.pool}: {each.answer}{f', {each.because}' if each.because else ''}")


def _priority(role: RolePreflight, live: Live) -> str:
    named = role.pod.priority_class
    if not named:
        return "none: priority 0"
    value = live.priorities.get(named)
    return f"{shortened(named)} ({'not known' if value is None else value})"
