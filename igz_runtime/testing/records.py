"""Whether what a profile wrote still stands, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied, difference, take_back
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.profiles.profile import Profile


def changed_since(function: Function, applied: Applied) -> Iterator[str]:
    """What an applied profile wrote and no longer stands."""
    still, _ = difference(take_back(function, applied), function)
    present, _ = difference(_blank(function), function)
    for role, fields in applied.wrote.items():
        for field, wrote in fields.items():
            if still.get(role, {}).get(field) != wrote:
                yield _change(role, field, present.get(role, {}).get(field), wrote)


def _blank(function: Function) -> Function:
    """The function with nothing asked for, so that a difference from it is everything that stands."""
    return function.but(
        waivers={},
        workload=None,
        roles=tuple(PodSettings(r.role, tuple(Container(c.name) for c in r.containers)) for r in function.roles),
    )


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
