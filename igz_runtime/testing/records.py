"""Whether what a profile wrote still stands, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.drift import drifted
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import ITSELF, difference
from igz_runtime.profiles.profile import Profile


def changed_since(function: Function, applied: Applied) -> Iterator[str]:
    """What an applied profile wrote and no longer stands."""
    return _differing(function, applied.wrote)


def differing(fn: Any, applied: Applied, profile: Profile, cluster: Cluster | None) -> Iterator[str]:
    """What applying the profile once more would change."""
    plan = profile.plan(fn, cluster)
    yield from _differing(plan.before, difference(plan.before, plan.after)[0])
    if applied.parameters != profile.parameters:
        yield f"its arguments are {applied.parameters}, and {profile.parameters} is required"
    if applied.waivers != profile.waive:
        yield f"its waivers are {applied.waivers}, and {profile.waive} is required"


def _differing(function: Function, required: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What does not stand of that which is required, by role and field."""
    for role in function.roles:
        for drift in drifted(role, required.get(role.role, {})):
            yield f"{role.role}: {drift.what} is {drift.found}, and {drift.wrote} is required"
    marks = required.get(ITSELF, {})
    for rule_id, text in marks.get("waivers", {}).items():
        if function.waivers.get(rule_id) != text:
            yield f"waiver of {rule_id} is {function.waivers.get(rule_id)!r}, and {text!r} is required"
    if "workload" in marks and function.workload != marks["workload"]:
        yield f"workload is {function.workload!r}, and {marks['workload']!r} is required"
