"""What a report shows of a plan and of findings, as rows of plain text. `text` and `html` lay them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.messages import counted, shortened
from igz_runtime.planning.plan import Plan, RolePlan
from igz_runtime.planning.subjects import promised_to
from igz_runtime.report import words
from igz_runtime.report.findings import FindingsContent, findings_content
from igz_runtime.report.landing import landing_row
from igz_runtime.report.lifetime import lifetime_rows
from igz_runtime.report.severity import Row, Tone
from igz_runtime.report.words import ASSUMED, FIELDS, NONE, NOT_SET, Lines, function_name


class Change(NamedTuple):
    """A field that changes: its name, and its value before and after."""

    name: str
    before: Lines
    after: Lines


class RoleContent(NamedTuple):
    """What becomes of one role, or of several that become the same."""

    names: str
    changes: tuple[Change, ...]
    pod: tuple[Row, ...]


class PlanContent(NamedTuple):
    """A plan from its headline to its findings."""

    profile: str
    function: str
    verdict: str
    tone: Tone
    proof: str
    config: str
    assumption: str
    roles: tuple[RoleContent, ...]
    lifetime: tuple[Row, ...]
    findings: FindingsContent


def plan_content(plan: Plan) -> PlanContent:
    """What a report shows of a plan."""
    verdict, tone = _verdict(plan)
    return PlanContent(
        profile=plan.profile.name,
        function=function_name(plan.before.kind, plan.before.name),
        verdict=verdict,
        tone=tone,
        proof=_proof(plan),
        config=f"configuration: {shortened(plan.config)}" if plan.config else "",
        assumption=ASSUMED if plan.cluster.assumed else "",
        roles=tuple(_roles(plan)),
        lifetime=lifetime_rows(plan),
        findings=findings_content(plan.findings, len(plan.roles)),
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
    yield landing_row(pod, plan.cluster, promised_to(plan.profile.lifecycle, plan.after, role.after))
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
