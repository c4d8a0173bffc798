"""An audit in each format, which is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from igz_runtime.audit.results import Audit, AuditFinding
from igz_runtime.lint.results import Located, Report, Stated
from igz_runtime.messages import counted
from igz_runtime.report import lint
from igz_runtime.report.findings import unchecked_lines
from igz_runtime.report.lint import Format, require_format
from igz_runtime.report.lint.content import FailOn
from igz_runtime.text.place import WHOLE

_ROOM: Final = "igz_runtime.report.audit"

FORMATS: Final[Mapping[str, Format]] = {
    **lint.FORMATS,
    **{
        name: lint.FORMATS[name]._replace(module=f"{_ROOM}.{module}")
        for name, module in (("text", "text"), ("json", "json"), ("html", "page"))
    },
    "prometheus": Format(f"{_ROOM}.prometheus", ".prom"),
}
"""Those that have nothing but findings in them are lint's."""


def render(
    audit: Audit,
    format: str,  # noqa: A002  (as the option is called)
    *,
    source: str = "",
    color: bool = False,
    width: int | None = None,
    verbose: bool = False,
    fail_on: FailOn = "error",
) -> str:
    """An audit as text that can be written as it is: it ends with a line feed.

    Args:
        audit: what was found.
        format: one of `FORMATS`.
        source: the file, or the name in place of one, that formats for files say the findings are in.
        color: as of `igz_runtime.report.lint.render`.
        width: likewise.
        verbose: likewise.
        fail_on: likewise.

    Raises:
        ValueError: there is no such format.
    """
    given = {"color": color, "width": width, "verbose": verbose, "fail_on": fail_on}
    form = require_format(format, FORMATS)
    of_lint = form == lint.FORMATS.get(format)
    return form.rendered(as_report(audit, source or "kubernetes") if of_lint else audit, given)


def as_report(audit: Audit, source: str) -> Report:
    """An audit as lint reports: each finding in the same file.

    Args:
        audit: what was found.
        source: the file.
    """
    return Report(
        tuple(_located(one, source) for one in audit.found),
        files=1,
        unreadable=int(audit.nothing_read),
        command="audit",
        scope=_scope(audit),
        unchecked=unchecked_lines(audit.findings),
        declared=tuple(Stated(one, source, WHOLE) for one in audit.declared),
    )


def as_known(audit: Audit, report: Report) -> Audit:
    """The audit with the findings marked that a baseline marked in its report."""
    return audit.knowing(located.known for located in report.findings)


def _scope(audit: Audit) -> str:
    """What was judged, as the end of a sentence."""
    view = audit.view
    if audit.nothing_read:
        return "on a cluster of which nothing could be read"
    groups = f"in {counted(len(view.groups), 'node group')}"
    nodes = counted(len(view.live.nodes) if view.live else 0, "node")
    if view.running is None:
        return f"{groups} ({nodes})"
    pods = sum(each.work.running + each.work.pending for each in view.work)
    return f"{groups} ({nodes}, {counted(pods, 'pod')} of user work)"


def _located(one: AuditFinding, source: str) -> Located:
    return Located(one.finding, source, WHOLE, one.known, within=tuple(_within(one)), identity=one.identity)


def _within(one: AuditFinding) -> Iterator[tuple[str, str]]:
    finding = one.finding
    if one.group and one.group != finding.function:
        yield "node group", one.group
    if one.project:
        yield "project", one.project
    yield finding.kind, finding.function
