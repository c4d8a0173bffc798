"""Every rule's verdict on a compiled workflow: on each step's pod, and on the functions that its steps run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.functions.pipeline import Step, steps_in
from igz_runtime.functions.recognition import is_function, kind_of, kind_of_object, not_checked, runs_here, unknown_kind
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.judge_function import judged
from igz_runtime.planning.subjects import declared_of
from igz_runtime.rules.findings import Findings, order

Stored = Callable[[str], Any]
"""Gives the function of a `mlrun/function-uri` where the caller has it: MLRun's object, or a mapping."""


Judge = Callable[[Function, Grounds, Workload | None], Findings]
"""Judges the function that a step runs, under what is declared of the run."""


def _as_it_is(function: Function, grounds: Grounds, workload: Workload | None) -> Findings:
    return judged(function, grounds, workload)[1]


def judged_workflow(
    workflow: Mapping[str, Any], grounds: Grounds, stored: Stored | None = None, judge: Judge = _as_it_is
) -> Findings:
    """The findings on all steps of a workflow that KFP 1.8 compiled.

    A function is judged where a step's command holds it whole, or where the caller has it; else it was judged when it
    was stored.

    Args:
        workflow: the workflow.
        grounds: what to judge by.
        stored: gives the functions that steps name and do not hold.
        judge: judges these functions.

    Raises:
        BrokenFunction: a field of the wrong type; names the step.
    """
    found = [each for step in steps_in(workflow) for each in _judged(step, grounds, stored, judge)]
    # Steps of one function say the same of it.
    findings = sorted(dict.fromkeys(finding for each in found for finding in each), key=order)
    skipped = dict.fromkeys(one for each in found for one in each.skipped)
    unread = dict.fromkeys(text for each in found for text in each.unread)
    return Findings(findings, skipped, unread, declared=dict.fromkeys(one for each in found for one in each.declared))


def _judged(step: Step, grounds: Grounds, stored: Stored | None, judge: Judge) -> Iterator[Findings]:
    yield judged(step.read_whole(), grounds, step.workload)[1]
    held = [document for _, document in step.embedded()]
    for document in held:
        yield _embedded(document, step, grounds, judge)
    if stored is not None and step.uri is not None and not held:
        known = stored(step.uri.text)
        if known is not None:
            yield _run(known, step, grounds, judge)


def _embedded(document: Any, step: Step, grounds: Grounds, judge: Judge) -> Findings:
    """The verdict on what a step's command holds."""
    if not isinstance(document, dict):
        return Findings(unread=(f"step {step.name!r}: the function in its command cannot be read",))
    if is_function(document):
        return _run(document, step, grounds, judge)
    kind = unknown_kind(document)
    return Findings(unread=(f"step {step.name!r}: {not_checked(kind)}",) if kind else ())


def _run(fn: Any, step: Step, grounds: Grounds, judge: Judge) -> Findings:
    """The verdict on the function that a step runs, as the step runs it."""
    if runs_here(kind_of(fn) if isinstance(fn, Mapping) else kind_of_object(fn)):
        return Findings()  # in the step's own pod
    function = grounds.on_terms(adapter_for(dict(fn) if isinstance(fn, Mapping) else fn).read())
    beside = Workload(restartable=True) if step.restarts_its_run else None
    return judge(function, grounds, declared_of(Applied.on(function), function, beside))
