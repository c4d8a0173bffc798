"""What a report shows of a plan and of findings, as rows of plain text. `text` and `html` lay them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from igz_runtime.cluster.landing import can_land, every_spot_shape, on_demand_shapes, shape_of, where
from igz_runtime.cluster.model import Cluster
from igz_runtime.plan import Plan, RolePlan
from igz_runtime.pod import Container, PodSettings
from igz_runtime.profile import Promised
from igz_runtime.promise import promised_to
from igz_runtime.report import words
from igz_runtime.report.words import FIELDS, NONE, NOT_SET, Lines, counted, shortened
from igz_runtime.rules.findings import SEVERITIES, Finding, Findings, Severity
from igz_runtime.submission import Preflight

Tone = Literal["error", "warning", "advice", "good", "plain"]

_TONES: Final[Mapping[Severity, Literal["error", "warning", "advice"]]] = {
    "error": "error",
    "warning": "warning",
    "info": "advice",
}
_LONGEST_MESSAGE = 600
_ASSUMED: Final = "assumed: Iguazio's defaults for spot nodes; connect MLRun or pass cluster= to prove it on your own"


class Change(NamedTuple):
    """A field that changes: its name, and its value before and after."""

    name: str
    before: Lines
    after: Lines


class Row(NamedTuple):
    """A named value, and what it means for the reader."""

    name: str
    lines: Lines
    tone: Tone = "plain"


class RoleContent(NamedTuple):
    """What becomes of one role, or of several that become the same."""

    names: str
    changes: tuple[Change, ...]
    pod: tuple[Row, ...]


class FindingContent(NamedTuple):
    """One finding: the rule's id, how grave it is in a word, what was found, and why, fix and waiver."""

    rule: str
    severity: str
    tone: Tone
    message: str
    notes: tuple[Row, ...]


class FindingGroup(NamedTuple):
    """Findings of the same roles."""

    heading: str
    findings: tuple[FindingContent, ...]


class FindingsContent(NamedTuple):
    """Every finding, what they add up to, and what was not checked."""

    groups: tuple[FindingGroup, ...]
    summary: str
    tone: Tone
    unchecked: Lines


class PlanContent(NamedTuple):
    """A plan from its headline to its findings."""

    profile: str
    function: str
    verdict: str
    tone: Tone
    proof: str
    assumption: str
    roles: tuple[RoleContent, ...]
    findings: FindingsContent


def plan_content(plan: Plan) -> PlanContent:
    """What a report shows of a plan."""
    verdict, tone = _verdict(plan)
    return PlanContent(
        profile=plan.profile.name,
        function=_named(plan.before.kind, plan.before.name),
        verdict=verdict,
        tone=tone,
        proof=_proof(plan),
        assumption=_ASSUMED if plan.cluster.assumed else "",
        roles=tuple(_roles(plan)),
        findings=findings_content(plan.findings, plan),
    )


def findings_content(findings: Findings, below: Plan | Preflight | None = None) -> FindingsContent:
    """What a report shows of findings.

    Args:
        findings: the findings.
        below: the plan or preflight that they belong to, where they are shown below it.
    """
    unchecked = len({skipped.rule for skipped in findings.skipped})
    counts = ", ".join(_counts(findings)) or "no findings"
    title = "findings: " if below and findings else ""
    standing = [finding.severity for finding in findings if finding.waived is None]
    return FindingsContent(
        groups=tuple(_groups(findings, below)),
        summary=title + counts + (f"; {counted(unchecked, 'rule')} not checked" if unchecked else ""),
        tone=_TONES[min(standing, key=SEVERITIES.index)] if standing else "good",
        unchecked=(*_skipped(findings), *map(shortened, findings.unread)),
    )


def _verdict(plan: Plan) -> tuple[str, Tone]:
    if plan.refused:
        return f"refused by {counted(len(plan.findings.refusing), 'finding')}", "error"
    if plan.before == plan.after:
        return "already applied", "good"
    if plan.before.roles == plan.after.roles:
        return "can be applied, and only records the profile", "good"
    return "can be applied", "good"


def _proof(plan: Plan) -> str:
    environment = f" ({plan.cluster.environment})" if plan.cluster.environment else ""
    return f"{'judged' if plan.refused else 'proved'} on {shortened(plan.cluster.source)}{environment}"


def _named(kind: str, name: str) -> str:
    return f"{kind} {shortened(repr(name))}"


def _roles(plan: Plan) -> Iterator[RoleContent]:
    """Each role, and as one those that become the same, as the children of a serving graph often do."""
    alike: dict[tuple[tuple[Change, ...], tuple[Row, ...]], list[str]] = {}
    for role in plan.roles:
        content = (tuple(_changes(role.before, role.after)), tuple(_pod(plan, role)))
        alike.setdefault(content, []).append(shortened(role.role))
    for (changes, pod), names in alike.items():
        yield RoleContent(", ".join(names), changes, pod)


def _changes(before: PodSettings, after: PodSettings) -> Iterator[Change]:
    for old, new in zip(before.containers, after.containers, strict=True):
        if old != new:
            yield from _resized(f"{new.name}: " if len(after.containers) > 1 else "", old, new)
    for field in FIELDS:
        was, becomes = getattr(before, field.attribute), getattr(after, field.attribute)
        if was != becomes:
            old_lines, new_lines = field.lines(was), field.lines(becomes)
            if field.unordered:
                old_lines, new_lines = _differing(old_lines, new_lines), _differing(new_lines, old_lines)
            yield Change(field.label, old_lines or NOT_SET, new_lines or NOT_SET)


def _differing(lines: Lines, others: Lines) -> Lines:
    """The lines, those that the others lack first: a long list is folded, and a change must not be folded away."""
    return tuple(sorted(lines, key=others.__contains__))


def _resized(prefix: str, old: Container, new: Container) -> Iterator[Change]:
    for resource in words.resources_of(PodSettings(containers=(old, new))):
        if any(a.get(resource) != b.get(resource) for a, b in ((old.requests, new.requests), (old.limits, new.limits))):
            before, after = words.amounts(old, resource), words.amounts(new, resource)
            yield Change(f"{prefix}{resource}", (before,) if before else NOT_SET, (after,) if after else NOT_SET)


def _pod(plan: Plan, role: RolePlan) -> Iterator[Row]:
    pod = role.effective
    yield _qos(plan, role)
    yield _landing(pod, plan.cluster, promised_to(plan.profile.lifecycle, plan.after, role.after))
    yield Row("priority class", (shortened(pod.priority_class),) if pod.priority_class else NONE)
    yield Row("node selector", words.labels(pod.node_selector) or NONE)
    yield Row("affinity", words.affinity(pod.affinity) or NONE)
    yield Row("tolerations", words.tolerations(pod.tolerations) or NONE)


def _qos(plan: Plan, role: RolePlan) -> Row:
    if not role.effective.containers:
        return Row("QoS class", ("not known: the platform sets this role's resources",))
    promised = plan.profile.qos
    if role.qos == promised:
        return Row("QoS class", (f"{role.qos}, as promised",), "good")
    if role.qos == "Guaranteed":
        return Row("QoS class", (f"{role.qos}, more than promised",), "good")
    return Row("QoS class", (f"{role.qos}, although {promised} is promised",), "warning")


def _landing(pod: PodSettings, cluster: Cluster, promised: Promised) -> Row:
    """Where the effective pod can land, judged at worst, and whether that keeps the promise."""
    groups = [group for group in cluster.node_groups if can_land(pod, shape_of(group))]
    # Where the groups are known, spot nodes that the pod asks for and no group has are no place to land.
    spot = bool(where(pod, every_spot_shape(cluster, None if cluster.node_groups else pod)))
    on_demand = bool(where(pod, on_demand_shapes(cluster)))
    if pod.node_name:
        nodes = f"node {shortened(repr(pod.node_name))} alone, past the scheduler"
    elif groups:
        names = (f"{shortened(group.name)} ({group.lifecycle or 'not known whether spot'})" for group in groups)
        nodes = f"node group{'s' if len(groups) > 1 else ''} {', '.join(names)}"
    else:
        nodes = _NODES[spot, on_demand]
    if not (spot or on_demand):
        return Row("can land on", (nodes,), "warning")
    if promised == "any" or any(group.lifecycle is None for group in groups):
        return Row("can land on", (nodes,))
    if (spot, on_demand) == (promised == "spot", promised == "on-demand"):
        return Row("can land on", (f"{nodes}, as promised",), "good")
    return Row("can land on", (f"{nodes}, although only {promised} nodes are promised",), "error")


_NODES: Final = {
    (False, False): "no node that is known: it would wait for one",
    (False, True): "on-demand nodes only",
    (True, False): "spot nodes only",
    (True, True): "spot and on-demand nodes",
}


def _counts(findings: Findings) -> Iterator[str]:
    standing = Counter(finding.severity for finding in findings if finding.waived is None)
    for severity in SEVERITIES:
        if standing[severity]:
            yield counted(standing[severity], _TONES[severity], "pieces of advice" if severity == "info" else "")
    waived = len(findings) - standing.total()
    if waived:
        yield f"{waived} waived"


def _groups(findings: Iterable[Finding], below: Plan | Preflight | None) -> Iterator[FindingGroup]:
    """Findings by the roles that they are about; one that is the same for several roles is shown once."""
    about: dict[tuple[str, str, Finding], list[str]] = {}
    for finding in findings:
        about.setdefault((finding.kind, finding.function, replace(finding, role="")), []).append(finding.role)
    grouped: dict[str, list[Finding]] = {}
    for (kind, name, finding), roles in about.items():
        listed = ", ".join(map(shortened, roles))
        heading = f"{_named(kind, name)} ({listed})" if below is None else listed if len(below.roles) > 1 else ""
        grouped.setdefault(heading, []).append(finding)
    for heading, alike in grouped.items():
        explained = [one.why for one in alike]
        contents = (_finding(one, why=one.why not in explained[:number]) for number, one in enumerate(alike))
        yield FindingGroup(heading, tuple(contents))


def _finding(finding: Finding, *, why: bool) -> FindingContent:
    """One finding; why the rule is there is said once, however often it finds something."""
    severity = _TONES[finding.severity]
    message = shortened(finding.message, _LONGEST_MESSAGE)
    notes = (Row("why", (finding.why,)),) if why else ()
    if finding.waived is None:
        return FindingContent(finding.rule, severity, severity, message, (*notes, Row("fix", (finding.fix,))))
    notes = (*notes, Row("waived", (str(finding.waived),)))
    return FindingContent(finding.rule, f"{severity}, waived", "plain", message, notes)


def _skipped(findings: Findings) -> Iterator[str]:
    """What was not checked, by reason; the roles are named where others were checked."""
    every = {one.role for one in (*findings, *findings.skipped)}
    roles: dict[tuple[str, str], list[str]] = {}
    for skipped in findings.skipped:
        roles.setdefault((skipped.rule, skipped.because), []).append(skipped.role)
    rules: dict[tuple[str, str], list[str]] = {}
    for (rule, because), named in roles.items():
        where = f" ({', '.join(map(shortened, named))})" if every.difference(named) else ""
        rules.setdefault((where, because), []).append(rule)
    for (where, because), ids in rules.items():
        yield f"{', '.join(ids)}{where}, because {because}"
