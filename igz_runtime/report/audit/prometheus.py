"""An audit as metrics, in Prometheus' text format: for node_exporter's textfile collector, and for a scrape.

No label has a value for each function, project, pod or node, so the number of series follows the rules and node groups.
What was not read has no series rather than a zero, which would look like an answer.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from igz_runtime import __version__
from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster.clouds import accelerators_in
from igz_runtime.messages import printable
from igz_runtime.report.audit.content import CLASSES, NO_CLASS
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup
from igz_runtime.rules.findings import SEVERITIES

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""What an answer in this format calls itself."""

_PREFIX: Final = "igz_runtime_audit_"

Labels = Mapping[str, str]
Samples = Iterable[tuple[Labels, float]]


class Family(NamedTuple):
    """One metric with its series.

    Attributes:
        name: its name, without what all of them begin with.
        about: what it counts, with its unit.
        samples: its series by their labels; those of the same labels are added up, for a series may appear only once.
        type: whether it goes down again.
    """

    name: str
    about: str
    samples: Samples
    type: Literal["gauge", "counter"] = "gauge"


def rendered(audit: Audit) -> str:
    """The audit as metrics."""
    return exposition(families(audit))


def exposition(metrics: Iterable[Family]) -> str:
    """Metrics as Prometheus reads them; one without any series is left out."""
    return "".join(map(_shown, metrics))


def families(audit: Audit) -> Iterator[Family]:
    """Every metric of an audit."""
    view = audit.view
    yield Family("info", "The audited cluster, by the UID of its namespace kube-system.", _info(view))
    yield Family("read_timestamp_seconds", "When the cluster was read, in Unix time.", _read(view))
    yield from _found(audit)
    yield from _groups(view)
    yield from _capacity(audit)
    if not view.unread:
        yield from _what_runs(view)


def _info(view: AuditedCluster) -> Samples:
    uid = view.live.uid if view.live else ""
    environment = view.cluster.environment or ""
    yield {"version": __version__, "environment": environment, "cluster": uid}, 1


def _read(view: AuditedCluster) -> Samples:
    if view.live:
        at = datetime.fromisoformat(view.live.read)
        yield {}, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _found(audit: Audit) -> Iterator[Family]:
    standing = [each.finding.severity for each in audit.found if each.stands]
    yield Family(
        "standing_findings",
        "Findings that are neither waived nor in the baseline, by severity.",
        [({"severity": each}, standing.count(each)) for each in SEVERITIES],
    )
    yield Family(
        "findings",
        "Findings by rule and node group; those on the cluster as a whole have no group.",
        ((_labels_of(each), 1) for each in audit.found),
    )
    yield Family(
        "undecided",
        "How often a rule could not decide, because a fact is missing.",
        (({"rule": each.rule}, 1) for each in audit.skipped),
    )
    unknown = audit.view.live.unknown if audit.view.live else {}
    yield Family("unread", "What could not be read of the cluster.", [({"fact": each}, 1) for each in unknown])


def _labels_of(one: AuditFinding) -> Labels:
    finding = one.finding
    state = "standing" if one.stands else "waived" if finding.waived else "known"
    return {"rule": finding.rule, "severity": finding.severity, "group": one.group, "state": state}


def _groups(view: AuditedCluster) -> Iterator[Family]:
    groups = view.groups
    yield Family("group_info", "The node groups, and what they are.", ((_group_info(each), 1) for each in groups))
    if view.live is None or "nodes" in view.live.unknown:
        return
    yield Family("group_nodes", "Nodes of each group.", [(_group(each), len(each.nodes)) for each in groups])
    yield Family(
        "group_nodes_unready",
        "Nodes of each group that are not ready.",
        [(_group(each), sum(node.unready for node in each.nodes)) for each in groups],
    )
    for name, about, bound in (
        ("group_nodes_least", "Nodes that each group has at least, where that is known.", "least"),
        ("group_nodes_most", "Nodes that each group may have at most, where that is known and bounded.", "most"),
    ):
        known = ((each, getattr(each.bounds, bound)) for each in groups)
        yield Family(name, about, [(_group(each), value) for each, value in known if value is not None])
    if not view.live.devices:
        yield Family(
            "group_gpus_allocatable",
            "Accelerators that the nodes of each group offer to pods.",
            [(_group(each), sum(accelerators_in(node.allocatable) for node in each.nodes)) for each in groups],
        )


def _capacity(audit: Audit) -> Iterator[Family]:
    """What nodes have now, what there may be, and what is used up when all user work is Guaranteed."""
    yield from _amounts(audit, "has", "{}_allocatable_{}", "{} that the nodes of each group offer to pods.")
    grown = "{} that each group offers once it has as many nodes as it may have, where that is known."
    yield from _amounts(audit, "may_have", "{}_allocatable_at_most_{}", grown)
    if not audit.view.unread:
        guaranteed = "{} that the pods of each group request when all of its user work is Guaranteed."
        yield from _amounts(audit, "if_guaranteed", "{}_requested_if_guaranteed_{}", guaranteed)
        # Of memory it is told by QoS class.
        requested = _amounts(audit, "reserved", "{}_requested_{}", "{} that the pods of each group request.")
        yield from (each for each in requested if "cpu" in each.name)


def _amounts(audit: Audit, amounts: str, name: str, about: str) -> Iterator[Family]:
    """CPU and memory of each group, but not of several together: what is reserved there is of one of them."""
    for resource, what, unit, each_is in (("cpu", "CPU", "cores", 1000), ("memory", "Memory", "bytes", 1)):
        known = ((each, getattr(each, amounts).get(resource)) for each in audit.capacity if len(each.groups) == 1)
        samples = [({"group": each.name}, amount / each_is) for each, amount in known if amount is not None]
        yield Family(f"group_{name.format(resource, unit)}", about.format(what), samples)


def _group(group: AuditedGroup) -> Labels:
    return {"group": group.group.name}


def _group_info(group: AuditedGroup) -> Labels:
    states = {"core": group.group.core, "gpu": group.group.gpu, "static": group.bounds.static}
    told = {name: "unknown" if state is None else str(state).lower() for name, state in states.items()}
    return {**_group(group), "lifecycle": group.group.lifecycle or "unknown", **told}


def _what_runs(view: AuditedCluster) -> Iterator[Family]:
    yield Family(
        "group_memory_requested_bytes",
        "Memory that the pods of each group request, by QoS class.",
        (({**_group(group), "qos": qos}, group.load.memory.get(qos, 0)) for group in view.groups for qos in CLASSES),
    )
    yield Family(
        "group_gpus_requested",
        "Accelerators that the pods of each group request.",
        [(_group(group), group.load.gpus) for group in view.groups],
    )
    yield Family(
        "group_pods",
        "Pods of each group by priority class.",
        (
            ({**_group(group), "priority_class": name or NO_CLASS}, count)
            for group in view.groups
            for name, count in group.load.priorities.items()
        ),
    )
    yield from _user_work(view)


def _user_work(view: AuditedCluster) -> Iterator[Family]:
    lifecycles = {group.group.name: group.group.lifecycle or "unknown" for group in view.groups}

    def running() -> Samples:
        for each in view.work:
            whose = {"kind": each.work.identity.kind, "qos": each.work.qos}
            for node, count in each.work.nodes.items():
                group = view.group_of.get(node, "")
                yield {"group": group, "lifecycle": lifecycles.get(group, "unknown"), **whose}, count

    yield Family("user_pods", "Pods of user work that run, by node group, kind of function and QoS class.", running())
    yield Family(
        "user_pods_pending",
        "Pods of user work that no node runs, by kind of function.",
        (({"kind": each.work.identity.kind}, each.work.pending) for each in view.work),
    )


def _shown(metric: Family) -> str:
    series: dict[str, float] = {}
    for labels, value in metric.samples:
        inner = ",".join(f'{name}="{_escaped(each)}"' for name, each in labels.items())
        shown = f"{{{inner}}}" if inner else ""
        series[shown] = series.get(shown, 0) + value
    if not series:
        return ""
    name = _PREFIX + metric.name
    lines = (f"{name}{labels} {_number(value)}\n" for labels, value in series.items())
    return f"# HELP {name} {metric.about}\n# TYPE {name} {metric.type}\n{''.join(lines)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(value: str) -> str:
    """A label's value, without what could steer a terminal that shows it."""
    return printable(value).replace("\\", "\\\\").replace('"', '\\"')
