"""What a plan says of the life of a function's pods: how long a run may wait and run, and what ends it."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.effective.versions import default_limit
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.kinds import traits
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import shortened
from igz_runtime.planning.plan import Plan
from igz_runtime.report.severity import Row


def lifetime_rows(plan: Plan) -> tuple[Row, ...]:
    """What a report shows of the lifetime, which is the same for every role."""
    return tuple(_rows(plan))


def _rows(plan: Plan) -> Iterator[Row]:
    yield _limited(plan)
    kind = traits(plan.after.kind)
    if not kind.service:
        yield Row("restart", (_restart(plan, kind.when_killed),))


def _restart(plan: Plan, when_killed: str) -> str:
    """What becomes of a run whose pod is lost, and what the run itself is to be given for it."""
    on_spot = plan.profile.lifecycle != "on-demand"
    lost = "evicted, or out of memory" if on_spot else "out of memory"
    if plan.not_retried:
        return f"{lost}: {when_killed}, and is not started again ({plan.not_retried})"
    return f"{lost}: {when_killed}; fn.run(**plan.run_options({'' if on_spot else 'retries=3'})) retries it"


def _limited(plan: Plan) -> Row:
    kind, role = traits(plan.after.kind), plan.roles[0]
    if kind.waits and role.effective.running_limit:
        by_default = not plan.profile.running_limit and role.effective.running_limit == default_limit(plan.cluster)
        return Row("lifetime", (_limits(role.effective, " (its default)" if by_default else ""),))
    why = f"MLRun {plan.cluster.mlrun_version} has none" if kind.waits else f"MLRun has none for kind {kind.name!r}"
    limit = plan.profile.running_limit
    ignored = limit not in (None, "none")
    more = f", so that running_limit={limit!r} does nothing" if ignored else ""
    return Row("lifetime", (f"no time limit: {why}{more}",), "warning" if ignored else "plain")


def _limits(pod: PodSettings, whose: str) -> str:
    waiting = f"{shortened(pod.waiting_limit or UNLIMITED)} of waiting for a node"
    running = f"{shortened(pod.running_limit or UNLIMITED)} of running{whose}"
    unlimited = [limit in (None, UNLIMITED) for limit in (pod.waiting_limit, pod.running_limit)]
    match unlimited:
        case [True, True]:
            return "waits for a node and runs without limit"
        case [True, False]:
            return f"MLRun aborts it after {running}; it waits for a node without limit"
        case [False, True]:
            return f"MLRun aborts it after {waiting}; it runs without limit"
    return f"MLRun aborts it after {waiting}, or {running}"
