"""What a plan needs of the run itself, because MLRun keeps it with the run and not on the function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.effective.versions import not_retried
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.names import THRESHOLDS
from igz_runtime.functions.run_arguments import on_failure, takes_retry, thresholds_of
from igz_runtime.messages import shown
from igz_runtime.planning.arguments import CHECKS, NO_LIMIT

if TYPE_CHECKING:
    from igz_runtime.planning.plan import Plan

RETRIES: Final = 3
"""How often a run is started again where the promise rests on spot nodes, and nobody says otherwise."""


def run_options(
    plan: Plan, fn: Any, retries: int | None, running_limit: str | None, notifications: Sequence[Any]
) -> dict[str, Any]:
    """The keyword arguments of a run. See `Plan.run_options`.

    Args:
        plan: the plan.
        fn: the function that it was made for.
        retries: how often the run is started again; None: as often as the promise needs.
        running_limit: how long this run may take.
        notifications: what is sent when the run fails.
    """
    of = f"{plan.after.kind} {plan.after.name!r}"
    kind = traits(plan.after.kind)
    if kind.service or not kind.of_mlrun:
        raise UnsupportedFunction(f"{of} is deployed, not run: it has no run options")
    options: dict[str, Any] = {}
    count = _retries(plan, fn, retries, of)
    if count:
        options["retry"] = {"count": count}
    limit = CHECKS["running_limit"](running_limit)
    if limit and not kind.waits:
        raise InvalidValue(f"{of}: running_limit: MLRun has no limits for kind {kind.name!r}")
    if limit:
        options["state_thresholds"] = _thresholds(plan, fn, UNLIMITED if limit == NO_LIMIT else limit)
    if notifications:
        options["notifications"] = on_failure(notifications, plan.after.name)
    return options


def _thresholds(plan: Plan, fn: Any, running_limit: str) -> dict[str, Any]:
    """Those of a run with a limit of its own: the client takes them in place of the function's, and not beside them."""
    role = plan.after.roles[0]
    planned = {name: getattr(role, setting) for setting, name in THRESHOLDS.items()}
    stated = {**thresholds_of(fn), **planned, THRESHOLDS["running_limit"]: running_limit}
    return {name: limit for name, limit in stated.items() if limit}


def why_not_retried(plan: Plan, fn: Any) -> str:
    """Why MLRun would not start a run again, in words; empty where it would."""
    client = "" if takes_retry(fn) else "this client of MLRun has no retry"
    return not_retried(traits(plan.after.kind), plan.cluster) or client


def _retries(plan: Plan, fn: Any, retries: int | None, of: str) -> int:
    why_not = why_not_retried(plan, fn)
    if retries is None:
        return RETRIES if plan.profile.lifecycle != "on-demand" and not why_not else 0
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise InvalidValue(f"retries: {shown(retries)}; a whole number of at least 0 is required")
    if retries and why_not:
        raise InvalidValue(f"{of}: retries={retries}: {why_not}")
    return retries
