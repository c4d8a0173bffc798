"""IGZ907: what an applied profile wrote, and no longer stands."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ907",
    "drifted-from-profile",
    "something that an applied profile wrote and that was changed since",
    severity="error",
    waivable=True,
    source="A value that was changed by hand after a profile was applied is no longer covered by its proof.",
    origin="igz_runtime: a promise is what stands on the function",
    fix="apply the profile again, or one that says what is wanted",
    reads=(
        *("containers", "node_selector", "tolerations", "affinity", "priority_class", "preemption_mode"),
        *("mode_annotation", "replicas", "waiting_limit", "running_limit", "written"),
    ),
    each="value",
)
def drifted_from_profile(subject: Subject) -> Iterator[Found | Skip]:
    if subject.written is None:
        return
    from igz_runtime.functions.drift import drifted

    for drift in drifted(subject.asked, subject.written.wrote.get(subject.asked.role, {})):
        yield Found(
            f"{drift.what} is {drift.found}, and {subject.written.profile} wrote {drift.wrote}", field=drift.field
        )
