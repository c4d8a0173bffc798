"""IGZ210: what ends a run early."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.effective.versions import default_limit
from igz_runtime.functions.durations import UNLIMITED, seconds_of
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.subject import Subject


@rule(
    "IGZ210",
    "run-ends-early",
    "a run that MLRun aborts before it is done: its completion is promised, or it is declared to take longer",
    severity="info",
    waivable=True,
    source="MLRun aborts a run whose pod runs for longer than its state threshold `executing`, 24h by default.",
    origin="MLRun, Configuring runs and functions, Preventing stuck pods",
    fix="give running_limit='36h', or 'none'",
    reads=(
        *("running_limit", "duration", "limit_promised", "completion_promised"),
        *("default_running_limit", "mlrun_version", "roles.role", "written"),
    ),
    cel=elsewhere.OF_RUN,
)
def run_ends_early(subject: Subject) -> Iterator[Found | Skip]:
    limit, duration = subject.pod.running_limit, subject.workload.duration
    first = subject.asked.role == subject.function.roles[0].role  # they share the limit
    if limit is None or limit == UNLIMITED or not first or _drifted(subject):
        return
    if duration:
        allowed, taken = seconds_of(limit), seconds_of(duration)
        if allowed is None or taken is None:
            yield Skip(f"how long {limit!r} is, is not known")
        elif allowed < taken:
            yield Found(
                f"declared to take up to {duration}, and MLRun aborts a run after {limit}",
                f"give it longer: running_limit='{duration}' or more, or 'none'",
                "warning",
                ("running_limit",),
            )
        return
    if subject.completion_promised and not subject.limit_promised and limit == default_limit(subject.cluster):
        yield Found(f"MLRun aborts the run after {limit}, its default", field=("running_limit",))


def _drifted(subject: Subject) -> bool:
    """Whether a person changed the limit that a profile wrote: that is IGZ907's."""
    written = subject.written.wrote.get(subject.asked.role, {}) if subject.written else {}
    return "running_limit" in written and written["running_limit"] != subject.asked.running_limit
