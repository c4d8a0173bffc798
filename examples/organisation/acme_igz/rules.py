"""ACME1xx: who owns a function."""

from __future__ import annotations

from collections.abc import Iterable

from igz_runtime.rules import Found, Skip, Subject, rule

TEAMS = ("fraud", "pricing", "search")


@rule(
    "ACME101",
    "function-without-team",
    "a function that no team owns",
    severity="warning",
    waivable=True,
    source="Every workload carries the label `team`, by which its cost is charged.",
    origin="ACME, Platform Handbook, Cost Allocation",
    fix="label the function with its team: fn.set_label('team', 'fraud')",
    reads=("labels",),
)
def function_without_team(subject: Subject) -> Iterable[Found | Skip]:
    """The label `team` says who pays for a function's pods, and who is called when they fail.

    ## Problematic

        fn = mlrun.new_function("scorer", kind="job", image="mlrun/mlrun")

    ## Corrected

        fn.set_label("team", "fraud")
    """
    # A rule sees one role at a time; this one speaks once of each function.
    if subject.asked.role != subject.function.roles[0].role:
        return
    team = subject.function.evidence.labels.get("team")
    if team not in TEAMS:
        yield Found(f"label 'team' is {team!r}, and one of {', '.join(TEAMS)} is required", field=("labels", "team"))
