"""Plans and findings for a notebook: HTML that stands alone, without scripts, on light and dark themes.

Headings are bold text and captions rather than `<h1>`, which Jupyter would list in its table of contents. Severity is
always a word; its colour stands on a background of its own, so that no theme can swallow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igz_runtime.audit.policies.exporting import Policies
from igz_runtime.audit.results import Audit
from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.record import Applied
from igz_runtime.jupyter.specification import Specification
from igz_runtime.planning.plan import Plan
from igz_runtime.planning.preflight import Preflight
from igz_runtime.projects.advising import Advice
from igz_runtime.report.advice import advice_content
from igz_runtime.report.applied import applied_rows
from igz_runtime.report.audit.capacity import capacity_table
from igz_runtime.report.audit.content import audit_content
from igz_runtime.report.audit.look import LOOK
from igz_runtime.report.audit.sections import Sheet, cards, findings, glance, listed, since
from igz_runtime.report.capacity import HEADING
from igz_runtime.report.cluster import cluster_content
from igz_runtime.report.findings import FindingContent, FindingsContent, findings_content
from igz_runtime.report.jupyter import jupyter_content
from igz_runtime.report.markup import Markup, badge, escaped, tag
from igz_runtime.report.plan import Change, RoleContent, plan_content
from igz_runtime.report.policies import policies_content
from igz_runtime.report.preflight import RoleFlight, flight_content
from igz_runtime.report.severity import Row
from igz_runtime.report.style import STYLE
from igz_runtime.report.words import Lines, folded
from igz_runtime.rules.findings import Findings


def plan_html(plan: Plan) -> str:
    """A plan as HTML, for a notebook."""
    content = plan_content(plan)
    verdict = badge(content.verdict, content.tone)
    headline = tag("p", tag("strong", content.profile), f" on {content.function}: ", verdict)
    said = [tag("p", line) for line in (content.proof, content.config, content.assumption) if line]
    roles = [part for role in content.roles for part in _role(role)]
    lifetime = [tag("p", f"{row.name}: ", _toned(row)) for row in content.lifetime]
    findings = (_strong(content.findings.summary), *_findings(content.findings))
    return _report(headline, *said, *roles, *lifetime, *findings)


def findings_html(findings: Findings) -> str:
    """Findings as HTML, for a notebook."""
    content = findings_content(findings)
    capacity = [_rows(HEADING, content.capacity)] if content.capacity else []
    return _report(*_findings(content), *capacity, _strong(content.summary))


def preflight_html(preflight: Preflight) -> str:
    """A preflight as HTML, for a notebook."""
    content = flight_content(preflight)
    verdict = (" ", badge(content.verdict, "error")) if content.verdict else ()
    headline = tag("p", tag("strong", "preflight"), f" of {content.function}", *verdict)
    roles = [_flown(role) for role in content.roles]
    unknown = [tag("p", "not known: ", _lines(("", *content.unknown)), class_="igz-note")] if content.unknown else []
    findings = (_strong(content.findings.summary), *_findings(content.findings))
    return _report(headline, tag("p", f"on {content.source}"), *roles, *findings, *unknown)


def cluster_html(cluster: Cluster) -> str:
    """A cluster as HTML, for a notebook."""
    content = cluster_content(cluster)
    assumption = [tag("p", content.assumption, class_="igz-note")] if content.assumption else []
    return _report(*assumption, _rows(f"cluster: {content.source}", content.rows))


def applied_html(applied: Applied) -> str:
    """An applied profile as HTML, for a notebook."""
    return _report(_rows(f"{applied.profile} was applied", applied_rows(applied)))


def advice_html(advice: Advice) -> str:
    """An advice as HTML, for a notebook."""
    content = advice_content(advice)
    headline = tag("p", tag("strong", content.profile), f" for {content.function}: {content.because}")
    head = tag("tr", *(tag("th", name, scope="col") for name in ("question", "answer", "why")))
    body = (_cells(each.question, tag("strong", each.answer), escaped(each.reason)) for each in content.asked)
    answers = tag("table", tag("thead", head), tag("tbody", *body), class_="igz-table")
    said = [tag("p", f"{row.name}: ", *row.lines) for row in content.rows]
    return _report(
        headline,
        answers,
        *said,
        tag("p", "in igz-runtime.yaml:"),
        tag("pre", Markup("\n".join(map(escaped, content.entry)))),
    )


def jupyter_html(specification: Specification) -> str:
    """A Jupyter service under a profile as HTML, for a notebook."""
    content = jupyter_content(specification)
    said = [tag("p", line) for line in (content.proof, content.assumption) if line]
    pod = _rows(tag("span", tag("strong", content.profile), f" for {content.service}"), content.pod)
    promised = tag("p", tag("strong", "not promised: "), _lines(("", *content.not_promised)), class_="igz-note")
    return _report(pod, *said, promised, _strong(content.findings.summary), *_findings(content.findings))


def policies_html(policies: Policies) -> str:
    """Admission policies as HTML, for a notebook."""
    content = policies_content(policies)
    return _report(_rows(content.headline, content.rows))


def audit_html(audit: Audit) -> str:
    """An audit as HTML, for a notebook."""
    content, sheet = audit_content(audit), Sheet(whole=False)
    headline = tag("p", tag("strong", "audit"), f" of {content.source}: ", badge(content.summary, content.tone))
    on_it = (_strong("on the cluster"), *findings(content.findings, sheet, "")) if content.findings else ()
    said = [(_strong("declared"), content.declared), (_strong("not checked"), content.unchecked)]
    noted = [part for heading, lines in said if lines for part in (heading, listed(lines))]
    groups = (glance(content, sheet),) if content.groups else ()
    compared = (_strong(f"since {content.since.when}"), *since(content.since)) if content.since else ()
    room = capacity_table(audit.capacity)
    capacity = (_strong("capacity"), room) if room else ()
    parts = (headline, *compared, *groups, *on_it, *cards(content, sheet), *capacity, *noted)
    return str(tag("div", tag("style", Markup(STYLE + LOOK)), *parts, class_="igz-report", lang="en"))


def _flown(role: RoleFlight) -> Markup:
    return _rows(tag("span", f"{role.name} ", badge(role.verdict, role.tone)), role.rows)


def _report(*parts: Markup) -> str:
    return str(tag("div", tag("style", Markup(STYLE)), *parts, class_="igz-report", lang="en"))


def _strong(text: str) -> Markup:
    return tag("p", tag("strong", text))


def _role(role: RoleContent) -> Iterator[Markup]:
    if role.changes:
        yield _changes(f"{role.names}: what changes", role.changes)
    else:
        yield _strong(f"{role.names}: no setting changes")
    yield _rows(f"{role.names}: effective pod", role.pod)


def _changes(caption: str, changes: Iterable[Change]) -> Markup:
    head = tag("tr", *(tag("th", name, scope="col") for name in ("setting", "before", "after")))
    body = (_cells(change.name, _folded(change.before), _folded(change.after)) for change in changes)
    return tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), class_="igz-table")


def _rows(caption: str, rows: Iterable[Row]) -> Markup:
    body = (_cells(row.name, _toned(row)) for row in rows)
    return tag("table", tag("caption", caption), tag("tbody", *body), class_="igz-table")


def _cells(name: str, *cells: Markup) -> Markup:
    return tag("tr", tag("th", name, scope="row"), *(tag("td", cell) for cell in cells))


def _toned(row: Row) -> Markup:
    """A value; one that breaks a promise stands out, and what is said of it stands below."""
    if row.tone not in ("error", "warning"):
        return _folded(row.lines)
    first, *others = row.lines
    below = Markup(tag("br") + _folded(tuple(others))) if others else ""
    return Markup(badge(first, row.tone) + below)


def _folded(lines: Lines) -> Markup:
    """Lines below each other, the rest of a long list behind a button of the browser's own."""
    shown, more = folded(lines)
    rest = tag("details", tag("summary", f"and {len(more)} more"), _lines(more)) if more else ""
    return Markup(_lines(shown) + rest)


def _lines(lines: Lines) -> Markup:
    return Markup(tag("br").join(map(escaped, lines)))


def _findings(content: FindingsContent) -> Iterator[Markup]:
    for group in content.groups:
        if group.heading:
            yield _strong(group.heading)
        yield from map(_finding, group.findings)
    for what, said in (("declared", content.declared), ("not checked", content.unchecked)):
        if said:
            lines = said if len(said) == 1 else ("", *said)
            yield tag("p", f"{what}: ", _lines(lines), class_="igz-note")


def _finding(finding: FindingContent) -> Markup:
    first = tag("p", badge(finding.severity, finding.tone), " ", tag("strong", finding.rule), " ", finding.message)
    notes = (tag("p", tag("strong", note.name), " ", *note.lines, class_="igz-note") for note in finding.notes)
    return tag("div", first, *notes, class_="igz-finding")
