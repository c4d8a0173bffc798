"""Plans and findings for a terminal, by rich, which is imported only when something is printed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from igz_runtime.audit.policies.exporting import Policies
from igz_runtime.audit.results import Audit
from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.record import Applied
from igz_runtime.jupyter.specification import Specification
from igz_runtime.planning.plan import Plan
from igz_runtime.planning.preflight import Preflight
from igz_runtime.projects.advising import Advice
from igz_runtime.report.advice import AdviceContent, advice_content
from igz_runtime.report.applied import applied_rows
from igz_runtime.report.audit.text import audit_rich
from igz_runtime.report.capacity import HEADING
from igz_runtime.report.cluster import cluster_content
from igz_runtime.report.findings import FindingContent, FindingsContent, findings_content
from igz_runtime.report.jupyter import JupyterContent, jupyter_content
from igz_runtime.report.plan import Change, PlanContent, plan_content
from igz_runtime.report.policies import policies_content
from igz_runtime.report.preflight import FlightContent, flight_content
from igz_runtime.report.severity import Row
from igz_runtime.report.terminal import STYLES, Hanging, assembled, encodable, plain, styled
from igz_runtime.report.words import Lines, folded
from igz_runtime.rules.findings import Findings

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

_WITHOUT_TERMINAL = 100


def plan_text(plan: Plan, width: int | None = None) -> str:
    """A plan as plain text.

    Args:
        plan: the plan.
        width: the longest line, in columns; None: the terminal's width, and 100 where there is no terminal.
    """
    return _plain(plan_rich(plan), width)


def findings_text(findings: Findings, width: int | None = None) -> str:
    """Findings as plain text. See `plan_text`."""
    return _plain(findings_rich(findings), width)


def plan_rich(plan: Plan) -> RenderableType:
    """A plan as rich shows it, in colour where there is colour."""
    return _together(*_plan(plan_content(plan)))


def findings_rich(findings: Findings) -> RenderableType:
    """Findings as rich shows them."""
    content = findings_content(findings)
    summary = styled(content.summary, f"bold {STYLES[content.tone]}")
    noted = *_noted("declared", content.declared), *_noted("not checked", content.unchecked)
    return _together(*_findings(content), *noted, *_capacity(content), summary)


def preflight_text(preflight: Preflight, width: int | None = None) -> str:
    """A preflight as plain text. See `plan_text`."""
    return _plain(preflight_rich(preflight), width)


def preflight_rich(preflight: Preflight) -> RenderableType:
    """A preflight as rich shows it."""
    return _together(*_flight(flight_content(preflight)))


def cluster_text(cluster: Cluster, width: int | None = None) -> str:
    """A cluster as plain text. See `plan_text`."""
    return _plain(cluster_rich(cluster), width)


def cluster_rich(cluster: Cluster) -> RenderableType:
    """A cluster as rich shows it."""
    content = cluster_content(cluster)
    headline = assembled(("cluster", "bold"), (f": {content.source}", ""))
    assumption = [styled(content.assumption, STYLES["warning"])] if content.assumption else []
    return _together(headline, *assumption, _rows(content.rows))


def applied_text(applied: Applied, width: int | None = None) -> str:
    """An applied profile as plain text. See `plan_text`."""
    return _plain(applied_rich(applied), width)


def applied_rich(applied: Applied) -> RenderableType:
    """An applied profile as rich shows it."""
    return _together(assembled((applied.profile, "bold"), (" was applied", "")), _rows(applied_rows(applied)))


def advice_text(advice: Advice, width: int | None = None) -> str:
    """An advice as plain text. See `plan_text`."""
    return _plain(advice_rich(advice), width)


def advice_rich(advice: Advice) -> RenderableType:
    """An advice as rich shows it."""
    return _together(*_advice(advice_content(advice)))


def audit_text(audit: Audit, width: int | None = None) -> str:
    """An audit as plain text. See `plan_text`."""
    return _plain(audit_rich(audit), width)


def policies_text(policies: Policies, width: int | None = None) -> str:
    """Admission policies as plain text. See `plan_text`."""
    return _plain(policies_rich(policies), width)


def policies_rich(policies: Policies) -> RenderableType:
    """Admission policies as rich shows them."""
    content = policies_content(policies)
    return _together(styled(content.headline, "bold"), _rows(content.rows))


def _advice(content: AdviceContent) -> Iterator[RenderableType]:
    yield assembled((content.profile, "bold"), (f" for {content.function}", ""))
    yield styled(content.because)
    yield styled("")
    for asked in content.asked:
        yield Hanging(styled(asked.question, "dim"))
        yield Hanging(assembled((asked.answer, "bold"), (f" ({asked.reason})", STYLES[asked.tone])), first="    ")
    yield styled("")
    for row in content.rows:
        yield Hanging(assembled((f"{row.name}: ", "dim"), (row.lines[0], STYLES[row.tone])), first="", others="  ")
    yield styled("")
    yield styled("in igz-runtime.yaml:", "dim")
    yield from map(styled, content.entry)


def jupyter_text(specification: Specification, width: int | None = None) -> str:
    """A Jupyter service under a profile as plain text. See `plan_text`."""
    return _plain(jupyter_rich(specification), width)


def jupyter_rich(specification: Specification) -> RenderableType:
    """A Jupyter service under a profile as rich shows it."""
    return _together(*_jupyter(jupyter_content(specification)))


def _jupyter(content: JupyterContent) -> Iterator[RenderableType]:
    yield assembled((content.profile, "bold"), (f" for {content.service}", ""))
    yield styled(content.proof)
    if content.assumption:
        yield styled(content.assumption, STYLES["warning"])
    yield styled("")
    yield _rows(content.pod)
    yield styled("")
    yield styled("not promised:", "bold")
    yield from (Hanging(styled(line)) for line in content.not_promised)
    yield styled("")
    yield from _judged(content.findings)


def _flight(content: FlightContent) -> Iterator[RenderableType]:
    verdict = (f": {content.verdict}", f"bold {STYLES['error']}") if content.verdict else ("", "")
    yield assembled(("preflight", "bold"), (f" of {content.function}", ""), verdict)
    yield styled(f"on {content.source}")
    names = max((len(row.name) for role in content.roles for row in role.rows), default=0)
    for role in content.roles:
        yield styled("")
        yield assembled((role.name, "bold"), (": ", ""), (role.verdict, f"bold {STYLES[role.tone]}"))
        yield _rows(role.rows, names)
    yield styled("")
    yield from _judged(content.findings)
    if content.unknown:
        yield styled("")
        yield styled("not known:")
        yield from (styled(f"  {line}") for line in content.unknown)


def _plain(shown: RenderableType, width: int | None) -> str:
    return encodable(plain(shown, width or _terminal_width()), getattr(sys.stdout, "encoding", None))


def _terminal_width() -> int:
    if sys.stdout is None or not sys.stdout.isatty():
        return _WITHOUT_TERMINAL
    return shutil.get_terminal_size((_WITHOUT_TERMINAL, 24)).columns


def _plan(content: PlanContent) -> Iterator[RenderableType]:
    verdict = (content.verdict, f"bold {STYLES[content.tone]}")
    yield assembled((content.profile, "bold"), (f" on {content.function}: ", ""), verdict)
    yield styled(content.proof)
    if content.config:
        yield styled(content.config)
    if content.assumption:
        yield styled(content.assumption, STYLES["warning"])
    for role in content.roles:
        yield styled("")
        yield _changes(role.names, role.changes)
        yield styled("")
        yield styled("  effective pod", "bold")
        yield _rows(role.pod)
    yield styled("")
    for row in content.lifetime:
        yield Hanging(assembled((f"{row.name}: ", "dim"), (row.lines[0], STYLES[row.tone])), first="", others="  ")
    yield styled("")
    yield from _judged(content.findings)


def _changes(role: str, changes: Iterable[Change]) -> RenderableType:
    rows = list(changes)
    if not rows:
        return styled(f"{role}: no setting changes", "bold")
    table = _grid(3)
    table.add_row(styled(role, "bold"), styled("before", "bold"), styled("after", "bold"))
    for change in rows:
        table.add_row(styled(f"  {change.name}"), _folded(change.before, "dim"), _folded(change.after))
    return table


def _together(*parts: RenderableType) -> RenderableType:
    from rich.console import Group

    return Group(*parts)


def _rows(rows: Iterable[Row], names: int | None = None) -> RenderableType:
    from rich.padding import Padding

    table = _grid(2)
    table.columns[0].min_width = names
    for row in rows:
        table.add_row(styled(row.name, "dim"), _folded(row.lines, STYLES[row.tone]))
    return Padding(table, (0, 0, 0, 4))


def _judged(content: FindingsContent) -> Iterator[RenderableType]:
    """Findings below a plan or a preflight: what they add up to comes first."""
    yield styled(content.summary, "bold")
    yield from _findings(content)
    yield from _noted("declared", content.declared)
    yield from _noted("not checked", content.unchecked)


def _findings(content: FindingsContent) -> Iterator[RenderableType]:
    names = {len(note.name) for group in content.groups for finding in group.findings for note in finding.notes}
    for group in content.groups:
        if group.heading:
            yield styled(group.heading, "bold")
        for finding in group.findings:
            yield _finding(finding)
            if finding.notes:
                yield _rows(finding.notes, max(names))


def _finding(finding: FindingContent) -> RenderableType:
    severity = (f"{finding.rule} {finding.severity}:", STYLES[finding.tone] or "bold")
    return Hanging(assembled(severity, (f" {finding.message}", "")))


def _noted(what: str, lines: Lines) -> Iterator[RenderableType]:
    if len(lines) == 1:
        yield Hanging(styled(f"{what}: {lines[0]}"), first="", others="  ")
    elif lines:
        yield styled(f"{what}:")
        yield from (Hanging(styled(line)) for line in lines)


def _capacity(content: FindingsContent) -> Iterator[RenderableType]:
    if content.capacity:
        yield styled(f"{HEADING}:")
        yield _rows(content.capacity)


def _folded(lines: Lines, style: str = "") -> Text:
    """Lines below each other; of a long list the beginning, and how much more there is."""
    from rich.text import Text

    shown, more = folded(lines)
    last = (f"… and {len(more)} more",) if more else ()
    return Text("\n").join(styled(line, style) for line in (*shown, *last))


def _grid(columns: int) -> Table:
    from rich.table import Table

    table = Table.grid(padding=(0, 3, 0, 0))
    for _ in range(columns):
        table.add_column(overflow="fold")
    return table
