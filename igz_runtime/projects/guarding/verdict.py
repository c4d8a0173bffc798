"""The verdict on a request: every rule's findings on what it holds, and whether it must not leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.errors import IgzRuntimeError, UnsafeCombination
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.model import UNNAMED, Function
from igz_runtime.functions.recognition import kind_of, not_checked, runs_here
from igz_runtime.messages import counted, printable, where_raised
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.judge_function import judged
from igz_runtime.planning.submitted_run import OF_THE_RUN
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Address, Remembered
from igz_runtime.projects.guarding.request import Asked, Unreadable
from igz_runtime.rules.findings import Finding, Findings, each_refusal

WITHOUT_PROFILE: Final = "IGZ908"
"""The rule on functions without a profile, which a strict guard refuses by."""


class Verdict(NamedTuple):
    """What is said of a request.

    Attributes:
        asked: what it asks for.
        findings: every finding.
        kind: the function's kind; empty where it is of none.
        profile: the function's profile; None where it has none, or where it is of several.
        note: what is said beside the findings.
        unjudged: why it could not be judged, so that it must not leave; empty where it was.
    """

    asked: Asked
    findings: Findings = Findings()
    kind: str = ""
    profile: str | None = None
    note: str = ""
    unjudged: str = ""

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


def verdict_on(asked: Asked, grounds: Grounds, call: Call, remembered: Remembered, *, strict: bool) -> Verdict:
    """Judge what a request asks for.

    Args:
        asked: what it asks for.
        grounds: what to judge by.
        call: the request.
        remembered: the functions that were stored.
        strict: whether functions need a profile.

    Raises:
        Unreadable: it names a function that the server does not give.
        IgzRuntimeError: what it holds is broken.
    """
    if asked.workflow is not None:
        return _on_workflow(asked, asked.workflow, grounds, call, remembered, strict=strict)
    if asked.function is not None:
        return _on_function(asked, asked.function, grounds, strict=strict)
    lacking = (_unprofiled(asked.fault, asked.name, asked.what, _FIX_SETUP),) if strict and asked.fault else ()
    return Verdict(asked, Findings(lacking), note="; ".join(filter(None, (asked.note, asked.fault))))


def unjudged(asked: Asked, error: Exception) -> Verdict:
    """The verdict on a request that could not be judged, which never passes for that."""
    ours = isinstance(error, (IgzRuntimeError, Unreadable))
    # Whatever else is raised may hold values of the request, such as environment variables.
    why = printable(str(error)) if ours else f"judging it failed ({where_raised(error)}); report this as a bug"
    return Verdict(asked, unjudged=why)


def _on_function(asked: Asked, document: Mapping[str, Any], grounds: Grounds, *, strict: bool) -> Verdict:
    kind = kind_of(document)
    if runs_here(kind):
        return Verdict(asked, kind=kind or "handler", note="it runs in this process, and in no pod")
    if kind not in KINDS:
        lacking = _lacking(asked.name, kind) if strict and not asked.unprofiled else ()
        return Verdict(asked, Findings(lacking), kind=kind, note=not_checked(kind))
    function = adapter_for(dict(document)).read()
    asked = asked._replace(name=asked.name or function.name, project=asked.project or function.project)
    findings = judged(function.but(project=function.project or asked.project), grounds, run=asked.run)[1]
    if not asked.submits:
        decided = [finding for finding in findings if finding.rule not in OF_THE_RUN]
        findings = Findings(decided, findings.skipped, findings.unread)
    if strict and not asked.unprofiled and function.record is None:
        findings += Findings(_lacking(function.name, function.kind))
    return Verdict(asked, findings, function.kind, _profile(function), asked.unprofiled if not function.record else "")


def _on_workflow(
    asked: Asked, workflow: Mapping[str, Any], grounds: Grounds, call: Call, remembered: Remembered, *, strict: bool
) -> Verdict:
    from igz_runtime.functions.pipeline import steps_in
    from igz_runtime.planning.judge_workflow import judged_workflow

    def stored(uri: str) -> Mapping[str, Any]:
        return remembered.function(Address.of(uri), call)

    steps = tuple(steps_in(workflow))
    findings = judged_workflow(workflow, grounds, stored)
    if strict:
        functions = [each for step in steps if not step.builds for each in _of_step(step, stored)]
        lacking = {(f.name, f.kind): None for f in functions if f.record is None}
        findings += Findings([one for of in lacking for one in _lacking(*of)])
    return Verdict(asked, findings, note=f"{counted(len(steps), 'step')}")


def _of_step(step: Any, stored: Any) -> Iterator[Function]:
    held = [document for _, document in step.embedded()] or ([stored(step.uri.text)] if step.uri else [])
    for document in held:
        if isinstance(document, Mapping) and kind_of(document) in KINDS and not runs_here(kind_of(document)):
            yield adapter_for(dict(document)).read()


def _profile(function: Function) -> str | None:
    return function.profile if function.record is not None else None


def _lacking(name: str, kind: str) -> tuple[Finding]:
    fix = (
        f"assign one in igz-runtime.yaml, as functions: {{{name}: {{profile: production_job}}}}, and set the project up "
        "with igz_runtime.projects.setup(project); or apply one: fn.apply(profiles.production_job(…))"
    )
    return (_unprofiled("no profile was applied to it, and the guard is strict", name, kind, fix),)


_FIX_SETUP: Final = (
    "set run_setup=True on the workflow, which igz_runtime.projects.setup(project) does where the project names it"
)


def _unprofiled(message: str, name: str, kind: str, fix: str) -> Finding:
    """The finding on what has no profile, as grave as a strict guard takes it."""
    return Finding(
        rule=WITHOUT_PROFILE,
        severity="error",
        message=message,
        why="A function without a profile runs where MLRun's and the cluster's defaults put it.",
        fix=fix,
        function=name or UNNAMED,
        kind=kind,
        role="",
    )
