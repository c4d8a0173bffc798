"""The verdict on a request: every rule's findings on what it holds, and whether it must not leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, NamedTuple

from igz_runtime.errors import IgzRuntimeError, UnsafeCombination
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.model import UNNAMED, Function
from igz_runtime.functions.pipeline import FunctionUri, Step, steps_in
from igz_runtime.functions.recognition import kind_of, not_checked, runs_here
from igz_runtime.functions.workload import UNDECLARED, Workload
from igz_runtime.messages import counted, printable, where_raised
from igz_runtime.planning.judge_function import judged
from igz_runtime.planning.judge_workflow import judged_workflow
from igz_runtime.planning.submitted_run import OF_THE_RUN, SubmittedRun
from igz_runtime.profiles.checked import profiled
from igz_runtime.projects.guarding.basis import Basis
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Remembered
from igz_runtime.projects.guarding.request import Asked, Unreadable
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Finding, Findings, each_refusal


class Verdict(NamedTuple):
    """What is said of a request.

    Attributes:
        asked: what it asks for.
        findings: every finding.
        kind: the function's kind; empty where it is of none.
        profile: the function's profile; None where it has none, or where it is of several.
        note: what is said beside the findings.
        unjudged: why it could not be judged, so that it must not leave; empty where it was.
        basis: what it was judged by, where it was.
        function: the function that was judged, where it was one.
        declared: what is declared of that one's work.
        of_the_run: the findings that the run decides, where that comes with the next request.
    """

    asked: Asked
    findings: Findings = Findings()
    kind: str = ""
    profile: str | None = None
    note: str = ""
    unjudged: str = ""
    basis: Basis | None = None
    function: Function | None = None
    declared: Workload = UNDECLARED
    of_the_run: Findings = Findings()

    @property
    def refuses(self) -> bool:
        """Whether it must not leave."""
        return bool(self.unjudged or self.findings.refusing)

    def text(self, *, sent: bool = False) -> str:
        """Its refusal in words.

        Args:
            sent: whether it is sent all the same.
        """
        of = f"{self.kind} {self.asked.name!r}" if self.kind else repr(self.asked.name)
        project = f" of project {self.asked.project!r}" if self.asked.project else ""
        done = "a guard would refuse it; it was sent" if sent else "refused by the guard, and not sent"
        what = f"{self.asked.what} {of}{project}: {done}"
        if self.unjudged:
            return f"{what}: {self.unjudged}"
        lines = "\n".join(each_refusal(self.findings))
        return f"{what}: {counted(len(self.findings.refusing), 'finding')}\n{lines}"

    def error(self) -> UnsafeCombination:
        """Its refusal."""
        unread = (self.unjudged,) if self.unjudged else ()
        return UnsafeCombination(self.text(), self.findings + Findings(unread=unread))


def verdict_on(asked: Asked, basis: Basis, call: Call, remembered: Remembered) -> Verdict:
    """Judge what a request asks for.

    Args:
        asked: what it asks for.
        basis: what to judge by.
        call: the request.
        remembered: the functions that were stored.

    Raises:
        Unreadable: it names a function that the server does not give.
        IgzRuntimeError: what it holds is broken.
    """
    if asked.workflow is not None:
        return _on_workflow(asked, asked.workflow, basis, call, remembered)
    if asked.function is not None:
        verdict = _on_function(asked, asked.function, basis)
        return verdict if asked.beside is None else _with_beside(verdict, asked.beside, basis)
    lacking = basis.strict and asked.fault
    findings = _without_profile(asked.name, asked.what, asked.fault, _FIX_SETUP) if lacking else Findings()
    return Verdict(asked, findings, note="; ".join(filter(None, (asked.note, asked.fault))))


def unjudged(asked: Asked, error: Exception) -> Verdict:
    """The verdict on a request that could not be judged, which never passes for that."""
    ours = isinstance(error, (IgzRuntimeError, Unreadable))
    # Whatever else is raised may hold values of the request, such as environment variables.
    why = printable(str(error)) if ours else f"judging it failed ({where_raised(error)}); report this as a bug"
    return Verdict(asked, unjudged=why)


def _on_function(asked: Asked, document: Mapping[str, Any], basis: Basis) -> Verdict:
    kind = kind_of(document)
    if runs_here(kind) or kind not in KINDS:
        return _on_no_pod(asked, kind, basis)
    if asked.judged is not None and _still_holds(asked.judged, asked.run, basis):
        known = asked.judged
        return known._replace(asked=asked, findings=known.findings + known.of_the_run, of_the_run=Findings())
    function = adapter_for(dict(document)).read()
    function = function.but(project=function.project or asked.project)
    subjects, findings = judged(function, basis.grounds, run=asked.run)
    if not asked.unprofiled:
        findings += _of_profile(function, basis)
    decided, of_the_run = findings, Findings()
    if not asked.submits:
        decided, of_the_run = _apart(findings)
    return Verdict(
        asked._replace(name=asked.name or function.name, project=function.project),
        decided,
        function.kind,
        _profile(function),
        asked.unprofiled if function.record is None else "",
        basis=basis,
        function=function,
        declared=subjects[0].workload,
        of_the_run=of_the_run,
    )


def _on_no_pod(asked: Asked, kind: str, basis: Basis) -> Verdict:
    """The verdict on a function that runs in this process, or of a kind that nobody here knows."""
    if runs_here(kind):
        return Verdict(asked, kind=kind, note="it runs in this process, and in no pod")
    lacking = _without_profile(asked.name, kind, "its kind is not known to this igz-runtime, and has no profile")
    required = basis.strict and not asked.unprofiled
    return Verdict(asked, lacking if required else Findings(), kind, note=not_checked(kind))


def _with_beside(verdict: Verdict, document: Mapping[str, Any], basis: Basis) -> Verdict:
    """The verdict on a run, and on what its pod starts."""
    other = _on_function(Asked("start", verdict.asked.project), document, basis)
    return verdict._replace(findings=verdict.findings + other.findings, note=f"with {other.kind} {other.asked.name!r}")


def _still_holds(known: Verdict, run: SubmittedRun | None, basis: Basis) -> bool:
    """Whether a verdict on a function is that on its run: the run says nothing that the function does not."""
    if known.function is None or known.basis != basis:
        return False
    return run is None or not run.decides(known.function, known.declared, basis.grounds.cluster)


def _apart(findings: Findings) -> tuple[Findings, Findings]:
    """The findings that the function alone decides, and those that its run does."""
    parts: tuple[list[Finding], list[Finding]] = ([], [])
    for finding in findings:
        parts[finding.rule in OF_THE_RUN].append(finding)
    return Findings(parts[0], findings.skipped, findings.unread), Findings(parts[1])


def _on_workflow(
    asked: Asked, workflow: Mapping[str, Any], basis: Basis, call: Call, remembered: Remembered
) -> Verdict:
    unchecked: dict[str, None] = {}

    @cache
    def stored(uri: str) -> Mapping[str, Any] | None:
        function = remembered.stored(FunctionUri.of(uri), call).function
        kind = kind_of(function)
        if kind in KINDS:
            return function
        unchecked[not_checked(kind)] = None
        return None

    steps = tuple(steps_in(workflow))
    findings = judged_workflow(workflow, basis.grounds, stored)
    functions = {(f.name, f.record): f for step in steps if not step.builds for f in _of_step(step, stored)}
    for function in functions.values():
        findings += _of_profile(function, basis)
    return Verdict(asked, findings, note="; ".join((counted(len(steps), "step"), *unchecked)))


def _of_step(step: Step, stored: Callable[[str], Mapping[str, Any] | None]) -> Iterator[Function]:
    """The functions of a step that have a profile or should have one."""
    held = [document for _, document in step.embedded()] or ([stored(step.uri.text)] if step.uri else [])
    for document in held:
        if isinstance(document, Mapping) and kind_of(document) in KINDS and not runs_here(kind_of(document)):
            yield adapter_for(dict(document)).read()


def _of_profile(function: Function, basis: Basis) -> Findings:
    """Whether the function has its profile, where profiles are assigned or required."""
    required = basis.strict and function.record is None
    if not required and not basis.assigner.assignments.profiles:
        return Findings()
    return profiled(function, basis.grounds, basis.assigner, required=required)


def _profile(function: Function) -> str | None:
    return function.profile if function.record is not None else None


def _without_profile(name: str, kind: str, message: str, fix: str = "") -> Findings:
    found = document_finding("IGZ908", message, fix=fix, function=name or UNNAMED, kind=kind)
    return Findings((replace(found, severity="error"),))


_FIX_SETUP: Final = (
    "set run_setup=True on the workflow, which igz_runtime.projects.setup(project) does where the project names it"
)
