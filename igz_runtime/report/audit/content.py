"""What is shown of an audit, for the page, a notebook and a terminal: what it adds up to, and each node group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple, get_args

from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster.bounds import Bounds
from igz_runtime.cluster.clouds import accelerators_in
from igz_runtime.cluster.facts import Node
from igz_runtime.cluster.platform import PLATFORMS
from igz_runtime.cluster.running import Load
from igz_runtime.k8s.pod import QoS
from igz_runtime.messages import counted, shortened
from igz_runtime.report.audit.bars import Bar, count_bar, memory_bar
from igz_runtime.report.audit.folding import Folded, RuleRow, folded_findings, rule_rows
from igz_runtime.report.audit.since import MOST, Since, since_content
from igz_runtime.report.declared import declared_lines
from igz_runtime.report.findings import unchecked_lines
from igz_runtime.report.severity import Row, Tone, accepted_counts, counts_of, standing, tone_of
from igz_runtime.report.words import NONE, Lines
from igz_runtime.rules.audited import NOT_READ, AuditedCluster, AuditedGroup
from igz_runtime.rules.findings import SEVERITIES, Severity

CLASSES: Final[tuple[QoS, ...]] = get_args(QoS)
REQUESTED: Final = "requested"
"""The part of a bar whose QoS class was not read."""

NO_CLASS: Final = "without a class"
MEMORY, PODS, GPUS = "memory requested", "pods by priority", "GPUs requested"
"""The bars of a node group, which every way to show them has as headings."""

_MOST_CLASSES: Final = 4


class NodeContent(NamedTuple):
    """One node.

    Attributes:
        name: its name.
        memory: bytes requested, by QoS class.
        offered: bytes that it offers to pods.
        gpus: how many accelerators are requested.
        gpus_offered: how many it offers.
        pods: how many pods it runs.
        tone: how grave the gravest finding is that is about it; plain where there is none.
        state: what else there is to say of it, such as `not ready`.
    """

    name: str
    memory: Mapping[str, int]
    offered: int
    gpus: int
    gpus_offered: int
    pods: int
    tone: Tone
    state: str

    @property
    def fullness(self) -> float:
        """Which part of its memory is requested."""
        return sum(self.memory.values()) / self.offered if self.offered else 0.0


class GroupContent(NamedTuple):
    """One node group.

    Attributes:
        name: its name.
        lifecycle: `spot`, `on-demand`, or that it is not known.
        core: whether it hosts the core services.
        size: how many nodes it has, in words.
        bounds: how many it may have, in words.
        because: how that is known, or why it is not; empty where nothing says.
        taints: its taints, one each.
        bars: memory, pods and accelerators, as far as they are known.
        nodes: each node.
        counts: findings that stand, by severity.
        findings: the findings on it.
    """

    name: str
    lifecycle: str
    core: bool
    gpu: bool
    size: str
    bounds: str
    because: str
    taints: Lines
    bars: tuple[Bar, ...]
    nodes: tuple[NodeContent, ...]
    counts: Mapping[Severity, int]
    findings: tuple[Folded, ...]

    @property
    def bounded(self) -> str:
        """How many nodes it may have, and how that is known."""
        return f"{self.bounds} ({self.because})" if self.because else self.bounds


class AuditContent(NamedTuple):
    """An audit.

    Attributes:
        source: where the facts come from.
        summary: what the findings add up to, in one line.
        tone: how grave the gravest is.
        counts: findings that stand, by severity.
        facts: what was looked at.
        groups: each node group, that of the core services first.
        findings: those on the cluster as a whole.
        rules: each rule that finds something.
        unchecked: what was not checked, each with the reason.
        declared: what functions declare of their work and waive for themselves.
        since: what has become of the findings of an earlier audit; None where it is compared with none.
    """

    source: str
    summary: str
    tone: Tone
    counts: Mapping[Severity, int]
    facts: tuple[Row, ...]
    groups: tuple[GroupContent, ...]
    findings: tuple[Folded, ...]
    rules: tuple[RuleRow, ...]
    unchecked: Lines
    declared: Lines = ()
    since: Since | None = None


def audit_content(audit: Audit, *, whole: bool = False) -> AuditContent:
    """What is shown of an audit.

    Args:
        audit: the audit.
        whole: whether every finding is shown, however many are alike.
    """
    view = audit.view
    beside: dict[str, list[AuditFinding]] = {}
    known = {group.group.name for group in view.groups}
    for one in audit.found:
        # A finding beside a group that nobody knows must not get lost.
        beside.setdefault(one.group if one.group in known else "", []).append(one)
    tones = _tones(audit.found)
    return AuditContent(
        source=shortened(view.cluster.source),
        summary=_summary(audit),
        tone=tone_of(standing(audit.found)),
        counts=_counts(audit.found),
        facts=tuple(_facts(view)),
        groups=tuple(_group(group, beside.get(group.group.name, []), tones, whole=whole) for group in view.groups),
        findings=folded_findings(beside.get("", ()), whole=whole),
        rules=rule_rows(audit.found),
        unchecked=unchecked_lines(audit.findings),
        declared=tuple(declared_lines(audit.declared)),
        since=since_content(audit.since, None if whole else MOST) if audit.since else None,
    )


def _summary(audit: Audit) -> str:
    counts = list(counts_of(standing(audit.found)))
    skipped = len({one.rule for one in audit.skipped})
    unchecked = [f"{counted(skipped, 'rule')} not checked"] if skipped else []
    declared = [f"{len(audit.declared)} declared"] if audit.declared else []
    return "; ".join((", ".join(counts) or "no findings", *accepted_counts(audit.found), *declared, *unchecked))


def _counts(found: Iterable[AuditFinding]) -> Mapping[Severity, int]:
    counts = Counter(standing(found))
    return {severity: counts[severity] for severity in SEVERITIES}


def _tones(found: Iterable[AuditFinding]) -> Mapping[str, Tone]:
    """By node, how grave the gravest finding is that is about it."""
    severities: dict[str, set[Severity]] = {}
    for one in found:
        if one.stands:
            for node in one.nodes:
                severities.setdefault(node, set()).add(one.finding.severity)
    return {node: tone_of(on_it) for node, on_it in severities.items()}


def _facts(view: AuditedCluster) -> Iterator[Row]:
    cluster, live = view.cluster, view.live
    yield Row("environment", (cluster.environment or "not said",))
    yield Row("platform", (PLATFORMS[cluster.platform] if cluster.platform else "not known",))
    if live is None:
        yield Row("nodes", ("not known: no API server was asked",))
        return
    in_group = sum(len(group.nodes) for group in view.groups)
    outside = len(live.nodes) - in_group
    yield Row("read", (live.read,))
    yield Row("node groups", (str(len(view.groups)) if view.groups else "none is known",))
    yield Row("nodes", (f"{len(live.nodes)}{f', {outside} of them in no known node group' if outside else ''}",))
    if view.running is None:
        yield Row("user work", (NOT_READ,))
        return
    running, pending = (sum(getattr(each.work, of) for each in view.work) for of in ("running", "pending"))
    yield Row("user work", (f"{counted(running, 'running pod')}, {pending} pending",))


def _group(
    audited: AuditedGroup, found: Iterable[AuditFinding], tones: Mapping[str, Tone], *, whole: bool
) -> GroupContent:
    group, found = audited.group, list(found)
    return GroupContent(
        name=shortened(group.name),
        lifecycle=group.lifecycle or "lifecycle not known",
        core=group.core,
        gpu=group.gpu,
        size=_size(audited),
        bounds=bounds_text(audited.bounds),
        because=shortened(audited.bounds.because),
        taints=tuple(shortened(str(taint)) for taint in group.taints) or NONE,
        bars=tuple(_bars(audited)),
        nodes=tuple(_node(node, audited.loads.get(node.name), tones.get(node.name, "plain")) for node in audited.nodes),
        counts=_counts(found),
        findings=folded_findings(found, whole=whole),
    )


def _size(audited: AuditedGroup) -> str:
    if audited.of.live is None:
        return "not known"
    unready = sum(node.unready for node in audited.nodes)
    return f"{len(audited.nodes)}{f', {unready} not ready' if unready else ''}"


def bounds_text(bounds: Bounds) -> str:
    """How many nodes a group may have."""
    if bounds.least is None and bounds.most is None:
        size = "" if bounds.static is None else "fixed" if bounds.static else "not fixed"
    elif bounds.least == bounds.most:
        size = f"fixed at {bounds.most}"
    elif bounds.most is None:
        size = f"at least {bounds.least}"
    else:
        size = f"at most {bounds.most}" if bounds.least is None else f"{bounds.least} to {bounds.most}"
    return size or "not known"


def _bars(audited: AuditedGroup) -> Iterator[Bar]:
    """What the group's pods request of what its nodes offer."""
    nodes, load = audited.nodes, audited.load
    if not nodes:
        return
    read = audited.of.running is not None
    offered = sum(node.allocatable.get("memory", 0) for node in nodes)
    used = sum(node.used.get("memory", 0) for node in nodes)
    memory = [(each, load.memory.get(each, 0)) for each in CLASSES]
    yield memory_bar(MEMORY, memory if read else [(REQUESTED, used)], offered)
    pods = sum(node.pods for node in nodes)
    yield count_bar(PODS, _priorities(audited) if read else [("pods", pods)])
    gpus = sum(accelerators_in(node.allocatable) for node in nodes)
    if gpus:
        requested = load.gpus if read else sum(accelerators_in(node.used) for node in nodes)
        yield count_bar(GPUS, [(REQUESTED, requested)], gpus)


def _priorities(audited: AuditedGroup) -> list[tuple[str, int]]:
    """Pods by priority class, the highest first; classes beyond the first few together."""
    values = audited.of.live.priorities if audited.of.live else {}
    ordered = sorted(audited.load.priorities.items(), key=lambda each: (-values.get(each[0], 0), each[0]))
    shown = [(shortened(name) or NO_CLASS, count) for name, count in ordered]
    if len(shown) <= _MOST_CLASSES + 1:
        return shown
    others = shown[_MOST_CLASSES:]
    return [*shown[:_MOST_CLASSES], (f"{len(others)} other classes", sum(count for _, count in others))]


def _node(node: Node, load: Load | None, tone: Tone) -> NodeContent:
    memory = load.memory if load else {REQUESTED: node.used.get("memory", 0)}
    states = (("not ready", node.unready), ("cordoned", node.unschedulable))
    return NodeContent(
        name=shortened(node.name),
        memory=memory,
        offered=node.allocatable.get("memory", 0),
        gpus=load.gpus if load else accelerators_in(node.used),
        gpus_offered=accelerators_in(node.allocatable),
        pods=node.pods,
        tone=tone,
        state=", ".join(word for word, holds in states if holds),
    )
