"""Every rule's verdict on a function as it is, under what its profile promised."""

from __future__ import annotations

from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.definitions import definition_now
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.planning.submitted_run import SubmittedRun
from igz_runtime.rules.declarations import declarations_on
from igz_runtime.rules.engine import About, judge
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.subject import Subject


def judged(
    function: Function, grounds: Grounds, workload: Workload | str | None = None, run: SubmittedRun | None = None
) -> tuple[tuple[Subject, ...], Findings]:
    """The roles of a function as it is, and every rule's verdict on them. See `check`.

    Args:
        function: the function.
        grounds: what to judge by.
        workload: what is declared about the work; else what the function's record declares.
        run: the run that it is submitted for, which decides about retries and limits.
    """
    grounds = grounds.of(function)
    function = grounds.on_terms(function)
    applied = Applied.on(function)
    if run is not None:
        workload = run.declared(function, applied, grounds.cluster)
        function, applied = run.over(function, applied)
    defined = definition_now(applied, grounds.config.entries)
    subjects = tuple(subjects_as_they_are(function, applied, grounds.cluster, workload, defined))
    waivers, about = applied.waivers if applied else None, About.of(function, grounds.unread(function))
    found = judge(subjects, waivers, grounds.terms, grounds.site(function), about=about)
    return subjects, grounds.chosen.among(found)


def said_of_itself(function: Function, grounds: Grounds) -> Findings:
    """What a function declares of its work and waives for itself, beside what is found."""
    said = declarations_on(function, Applied.on(function), grounds.terms, grounds.site(function))
    return Findings(declared=said)
