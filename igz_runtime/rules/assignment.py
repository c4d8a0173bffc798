"""IGZ908, IGZ910: functions without the profile that is meant for them, and assignments that are meant for none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from igz_runtime.functions.model import matches
from igz_runtime.messages import counted, did_you_mean
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import assignment as cel
from igz_runtime.rules.cel import elsewhere


@dataclass(frozen=True, slots=True)
class Assignment:
    """The profile that a function has, and the one that igz-runtime.yaml assigns to it.

    Attributes:
        function: the function's name.
        applied: the profile that was applied, with its arguments; empty: none was.
        assigned: the profile that is assigned, with its arguments; empty: none is.
        namespace: the namespace of its pods, where that requires a profile; empty: it requires none.
    """

    function: str
    applied: str = ""
    assigned: str = ""
    namespace: str = ""


@rule(
    "IGZ908",
    "unprofiled-function",
    "a function without a profile, or with another one than igz-runtime.yaml assigns",
    severity="info",
    waivable=True,
    source="A function without a profile runs where MLRun's and the cluster's defaults put it, with what they give it.",
    origin="igz_runtime: nothing runs unprofiled",
    fix="assign one under `functions` in igz-runtime.yaml, or apply one to the function",
    reads=("function", "applied", "assigned", "namespace"),
    on=Assignment,
    cel=cel.UNPROFILED,
)
def unprofiled_function(assignment: Assignment) -> Iterator[Found | Skip]:
    by_hand = f"profiles.assigned({assignment.function!r}).apply(fn)"
    if assignment.namespace and not assignment.applied:
        required = f"no profile was applied, and namespace {assignment.namespace!r} requires one"
        yield Found(required, severity="error", field=())
    elif assignment.applied and assignment.assigned not in ("", assignment.applied):
        fix = f"apply what is assigned, {by_hand}, or assign what was applied"
        yield Found(f"assigned {assignment.assigned}, and {assignment.applied} was applied", fix, field=())
    elif assignment.assigned and not assignment.applied:
        fix = f"igz_runtime.projects.setup(project) applies it to the functions of a project, {by_hand} to one"
        yield Found(f"assigned {assignment.assigned}, and no profile was applied", fix, field=())
    elif not assignment.applied:
        yield Found("no profile was applied, and none is assigned", field=())


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name or pattern that igz-runtime.yaml assigns a profile to, and the functions that there are.

    Attributes:
        pattern: the name or pattern.
        functions: the names of all functions.
    """

    pattern: str
    functions: tuple[str, ...]


@rule(
    "IGZ910",
    "assignment-without-function",
    "a name or pattern under `functions` in igz-runtime.yaml that matches no function",
    severity="error",
    source="A profile that is assigned to a misspelled name reaches no function, and the one that was meant has none.",
    origin="igz_runtime: nothing runs unprofiled",
    fix="correct the name or pattern in igz-runtime.yaml, or remove the entry",
    reads=("pattern", "functions"),
    on=Pattern,
    cel=elsewhere.OF_FILES,
)
def assignment_without_function(pattern: Pattern) -> Iterator[Found | Skip]:
    if not any(matches(pattern.pattern, name) for name in pattern.functions):
        near = did_you_mean(pattern.pattern, _patterns_like(pattern))
        yield Found(f"{pattern.pattern!r} matches no function{near}", field=())


def _patterns_like(pattern: Pattern) -> Iterator[str]:
    """The names of the functions, or patterns of them where that is what was written."""
    head, star, _ = pattern.pattern.partition("*")
    for name in pattern.functions:
        yield f"{name[: len(head)]}*" if star and head else name


def for_others(file: str, count: int) -> str:
    """What is said where assignments match no function of a project, and the configuration may be for others too."""
    which = f"{counted(count, 'assignment')} of {file}"
    return f"no function of this project matches {which}, which stands above it and may be for other projects too"
