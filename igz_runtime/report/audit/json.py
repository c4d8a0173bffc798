"""An audit for programs. `audit.schema.json` beside this module says what each key means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import igz_runtime
from igz_runtime.audit.earlier import VERSION
from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.cluster.clouds import accelerators_in
from igz_runtime.report.audit.since import since_document
from igz_runtime.report.json_lines import laid_out
from igz_runtime.rules.audited import AuditedGroup
from igz_runtime.rules.findings import SEVERITIES
from igz_runtime.rules.registry import rule_of

_AMOUNTS: Final = ("has", "may_have", "reserved", "running", "requested", "guaranteed", "if_guaranteed")

Plain = dict[str, Any]


def rendered(audit: Audit) -> str:
    """The audit as JSON."""
    return laid_out(document_of(audit), 2) + "\n"


def document_of(audit: Audit) -> Plain:
    """The audit as plain data."""
    cluster, live = audit.view.cluster, audit.view.live
    return {
        "version": VERSION,
        "tool": {"name": "igz-runtime", "version": igz_runtime.__version__},
        "source": cluster.source,
        "read": live.read if live else None,
        "uid": live.uid or None if live else None,
        "environment": cluster.environment,
        "summary": _summary(audit),
        "findings": [_finding(one) for one in audit.found],
        "groups": [_group(group) for group in audit.view.groups],
        "capacity": [_capacity(row) for row in audit.capacity],
        "practices": [answer.to_dict() for answer in audit.answers],
        "declared": [one.to_dict() for one in audit.declared],
        "unchecked": list(_unchecked(audit)),
        "since": since_document(audit.since) if audit.since else None,
    }


def _summary(audit: Audit) -> Plain:
    standing = Counter(one.finding.severity for one in audit.found if one.stands)
    view = audit.view
    return {
        **{severity: standing[severity] for severity in SEVERITIES},
        "waived": sum(one.finding.waived is not None for one in audit.found),
        "known": sum(one.known for one in audit.found),
        "groups": len(view.groups),
        "nodes": len(view.live.nodes) if view.live else 0,
        "pods": sum(each.work.running + each.work.pending for each in view.work) if view.running else None,
    }


def _finding(one: AuditFinding) -> Plain:
    rule = rule_of(one.finding.rule)
    return {
        "rule": one.finding.rule,
        "name": rule.name if rule else None,
        **one.finding.to_dict(),
        "namespace": one.namespace or None,
        "project": one.project or None,
        "group": one.group or None,
        "nodes": list(one.nodes),
        "known": one.known,
    }


def _group(group: AuditedGroup) -> Plain:
    known, bounds = group.group, group.bounds
    read, load = group.of.running is not None, group.load
    return {
        "name": known.name,
        "core": known.core,
        "gpu": known.gpu,
        "lifecycle": known.lifecycle,
        "taints": list(map(str, known.taints)),
        "bounds": {"least": bounds.least, "most": bounds.most, "static": bounds.static, "because": bounds.because},
        "nodes": len(group.nodes),
        "unready": sum(node.unready for node in group.nodes),
        "cordoned": sum(node.unschedulable for node in group.nodes),
        "memory": {
            "allocatable": sum(node.allocatable.get("memory", 0) for node in group.nodes),
            "requested": dict(sorted(load.memory.items())) if read else None,
        },
        "gpus": {
            "allocatable": sum(accelerators_in(node.allocatable) for node in group.nodes),
            "requested": load.gpus if read else None,
        },
        "priorities": dict(sorted(load.priorities.items())) if read else None,
        "user_pods": load.user if read else None,
    }


def _capacity(row: GroupCapacity) -> Plain:
    amounts = {name: getattr(row, name) for name in _AMOUNTS}
    return {
        "groups": list(row.groups),
        "pods": row.pods,
        "resources": {
            resource: {name: amount.get(resource) for name, amount in amounts.items()} for resource in row.resources
        },
        "unknown": list(row.unknown),
    }


def _unchecked(audit: Audit) -> Iterator[Plain]:
    for one in audit.skipped:
        yield {"rule": one.rule, "about": one.function or None, "because": one.because}
    for because in audit.unread:
        yield {"rule": None, "about": None, "because": because}
