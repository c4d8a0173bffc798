"""Whether a function has the profile that igz-runtime.yaml assigns to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.planning.definitions import definition_now
from igz_runtime.planning.make_plan import is_of
from igz_runtime.planning.promise import Promise
from igz_runtime.rules.assignment import Assignment
from igz_runtime.rules.engine import About, findings_of, verdicts
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.terms import ANYWHERE, Site, Terms
from igz_runtime.rules.waivers import FREE
from igz_runtime.waiver import Waivers

_NONE = Findings()


def judged_assignment(
    function: Function,
    assigned: Promise | None,
    entries: Mapping[str, Any],
    terms: Terms = FREE,
    site: Site = ANYWHERE,
) -> Findings:
    """IGZ908 on a function: whether it has a profile, and the one that is assigned to it.

    Args:
        function: the function. A step of a pipeline is none, and gets its function's profile.
        assigned: the profile that is assigned to it; None: none is.
        entries: the profiles of igz-runtime.yaml, as they are written.
        terms: what the configuration says of waivers.
        site: the function, as waivers are asked about it.

    Raises:
        BrokenFunction: the record was changed by hand and cannot be read.
    """
    if not traits(function.kind).platform.startswith(("mlrun", "nuclio")):
        return _NONE
    applied = Applied.on(function)
    has = _called(applied.profile, applied.parameters, applied.waivers) if applied else ""
    wants = _called_for(assigned)
    if _settled(applied, assigned, entries):
        wants = has
    elif has == wants and has:  # a record that says less than the profile does was not written by it
        has = f"{has}, without all that it promises,"
    found = verdicts(Assignment(function.name, has, wants))
    # Of a function with one role its findings stand together.
    role = function.roles[0].role if len(function.roles) == 1 else ""
    about = About(function.name, function.kind, (role,), function.waivers)
    return findings_of(about, (found,), applied.waivers if applied else None, terms, site)


def _settled(applied: Applied | None, assigned: Promise | None, entries: Mapping[str, Any]) -> bool:
    """Whether the assigned profile was applied. That it was defined anew since then is what IGZ909 says."""
    if applied is None or assigned is None or applied.profile != assigned.name:
        return False
    then = applied.promised.get("definition")
    if then and definition_now(applied, entries) != then:
        return True
    return is_of(assigned, applied)


def _called_for(assigned: Promise | None) -> str:
    return _called(assigned.name, assigned.parameters, assigned.waive) if assigned else ""


def _called(name: str, parameters: Mapping[str, Any], waive: Waivers) -> str:
    given = {**parameters, **({"waive": dict(waive)} if waive else {})}
    return f"{name}({', '.join(f'{each}={value!r}' for each, value in given.items())})"
