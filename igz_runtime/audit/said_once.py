"""What an audit would say more than once: by two rules of the same pods, and of each run of the same function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from igz_runtime.audit.results import AuditFinding
from igz_runtime.messages import counted
from igz_runtime.rules.findings import Finding, Skipped
from igz_runtime.rules.terms import Site, Terms
from igz_runtime.rules.waivers import accepted

ORDINARY: Final[Mapping[str, str]] = {
    "IGZ605": "IGZ401",
    "IGZ612": "IGZ403",
    "IGZ613": "IGZ501",
    "IGZ614": "IGZ101",
    "IGZ619": "IGZ302",
}
"""By rule on what runs, the one that says of a function that it may come to that: whose waiver counts for both."""


def also_as_ordinary(finding: Finding, annotated: Mapping[str, str], terms: Terms, site: Site) -> Finding:
    """A finding on what runs, waived also by a waiver that is meant for the rule on its function.

    Args:
        finding: the finding, under the waivers of its own rule.
        annotated: by rule id, the text of each waiver that stands on the pods.
        terms: what the configuration says of waivers.
        site: the function, as waivers are asked about it.
    """
    ordinary = ORDINARY.get(finding.rule)
    if ordinary is None or finding.waived:
        return finding
    as_ordinary = accepted(replace(finding, rule=ordinary), annotated, {}, terms, site)
    return replace(as_ordinary, rule=finding.rule)


def said_once(found: Iterable[AuditFinding]) -> Iterator[AuditFinding]:
    """The findings without what another rule says better, and each once for a function, with its nodes together."""
    united: dict[tuple[str, ...], AuditFinding] = {}
    for each in found:
        key = each.finding.rule, *_subject(each), each.finding.message
        held = united.get(key)
        united[key] = each if held is None else _together(held, each)
    better = {(ORDINARY[one.finding.rule], *_subject(one)) for one in united.values() if one.finding.rule in ORDINARY}
    return (one for one in united.values() if (one.finding.rule, *_subject(one)) not in better)


def skipped_once(skipped: Iterable[Skipped]) -> Iterator[Skipped]:
    """What rules could not decide, once for each reason: of the first function, with how many others there are."""
    alike: dict[tuple[str, str], dict[Skipped, None]] = {}
    for each in skipped:
        alike.setdefault((each.rule, each.because), {})[each] = None
    for first, *others in map(list, alike.values()):
        more = f" (and so for {counted(len(others), 'other')})" if others else ""
        yield first._replace(because=f"{first.because}{more}")


def _subject(found: AuditFinding) -> tuple[str, ...]:
    """Whose finding it is. A Nuclio function of MLRun's has one kind as an object, and another as a pod."""
    return found.namespace, found.project, found.finding.function, found.finding.role


def _together(held: AuditFinding, other: AuditFinding) -> AuditFinding:
    """Two findings alike; one that is not waived counts."""
    first = other if held.finding.waived and not other.finding.waived else held
    return first._replace(nodes=tuple(dict.fromkeys((*held.nodes, *other.nodes))))
