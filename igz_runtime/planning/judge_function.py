"""Every rule's verdict on a function as it is, under what its profile promised."""

from __future__ import annotations

from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.rules.engine import judge
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.subject import Subject


def judged(
    function: Function, grounds: Grounds, workload: Workload | str | None = None
) -> tuple[tuple[Subject, ...], Findings]:
    """The roles of a function as it is, and every rule's verdict on them. See `check`."""
    function = grounds.with_reasons(function)
    applied = Applied.from_text(function.record, function.name)
    subjects = tuple(subjects_as_they_are(function, applied, grounds.cluster, workload))
    return subjects, judge(subjects, applied.waivers if applied else None, grounds.terms, grounds.site(function))
