"""Whether what a profile wrote still stands, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.drift import drifted
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import ITSELF, difference
from igz_runtime.profiles.profile import Profile


def changed_since(function: Function, applied: Applied) -> Iterator[str]:
    """What an applied profile wrote and no longer stands."""
    for role in function.roles:
        for drift in drifted(role, applied.wrote.get(role.role, {})):
            yield f"{role.role}: {drift.what} is {drift.found}, and {drift.wrote} is required"
    marks = applied.wrote.get(ITSELF, {})
    for rule_id, text in marks.get("waivers", {}).items():
        if function.waivers.get(rule_id) != text:
            yield _change("", f"waiver of {rule_id}", function.waivers.get(rule_id), text)
    if "workload" in marks and function.workload != marks["workload"]:
        yield _change("", "workload", function.workload, marks["workload"])


def differing(fn: Any, applied: Applied, profile: Profile, cluster: Cluster | None) -> Iterator[str]:
    """What applying the profile once more would change."""
    plan = profile.plan(fn, cluster)
    wanted, present = difference(plan.before, plan.after)
    for role, fields in wanted.items():
        for field, value in fields.items():
            yield _change(role, field, present[role][field], value)
    if applied.parameters != profile.parameters:
        yield f"its arguments are {applied.parameters}, and {profile.parameters} is required"
    if applied.waivers != profile.waive:
        yield f"its waivers are {applied.waivers}, and {profile.waive} is required"


def _change(role: str, field: str, found: Any, required: Any) -> str:
    return f"{f'{role}: ' if role else ''}{field.replace('_', ' ')} is {found!r}, and {required!r} is required"
