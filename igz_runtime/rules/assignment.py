"""IGZ908: a function without the profile that its organisation wants it to have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from igz_runtime.rules.authoring import Found, Skip, rule


@dataclass(frozen=True, slots=True)
class Assignment:
    """The profile that a function has, and the one that igz-runtime.yaml assigns to it.

    Attributes:
        function: the function's name.
        applied: the profile that was applied, with its arguments; empty: none was.
        assigned: the profile that is assigned, with its arguments; empty: none is.
    """

    function: str
    applied: str = ""
    assigned: str = ""


@rule(
    "IGZ908",
    "unprofiled-function",
    "a function without a profile, or with another one than igz-runtime.yaml assigns",
    severity="info",
    waivable=True,
    source="A function without a profile runs where MLRun's and the cluster's defaults put it, with what they give it.",
    origin="igz_runtime: nothing runs unprofiled",
    fix="assign one under `functions` in igz-runtime.yaml, or apply one to the function",
    reads=("function", "applied", "assigned"),
    on=Assignment,
)
def unprofiled_function(assignment: Assignment) -> Iterator[Found | Skip]:
    by_hand = f"profiles.assigned({assignment.function!r}).apply(fn)"
    if assignment.applied and assignment.assigned not in ("", assignment.applied):
        fix = f"apply what is assigned, {by_hand}, or assign what was applied"
        yield Found(f"assigned {assignment.assigned}, and {assignment.applied} was applied", fix, field=())
    elif assignment.assigned and not assignment.applied:
        fix = f"igz_runtime.projects.setup(project) applies it to the functions of a project, {by_hand} to one"
        yield Found(f"assigned {assignment.assigned}, and no profile was applied", fix, field=())
    elif not assignment.applied:
        yield Found("no profile was applied, and none is assigned", field=())
