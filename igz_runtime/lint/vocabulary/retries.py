"""Whether MLRun starts a run again, as far as code says it."""

from __future__ import annotations

from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments
from igz_runtime.effective.versions import not_retried
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.pipeline import RESTARTING_RUNS
from igz_runtime.lint.vocabulary.made import Made

NOTHING: Final[tuple[Any, ...]] = (None, 0, False, "")
"""Values of `retry=` and `schedule=` that ask for neither."""


def retry(arguments: Arguments) -> dict[str, Any]:
    """`mlrun.model.Retry(…)`, as the mapping that means the same."""
    return {"count": arguments.bound("count").value("count", 0)}


def tries_again(retry: Any) -> bool:
    """Whether a value of `retry=` asks for it; one that is not known may."""
    count = retry.get("count") if isinstance(retry, dict) else retry
    return count not in NOTHING


def sets_retry(arguments: Arguments) -> bool:
    """Whether `step.set_retry(…)` starts a lost run again; where that is not known, it may."""
    given = arguments.bound("num_retries", "policy")
    policy = given.value("policy")
    return given.value("num_retries") != 0 and policy in (None, UNKNOWN, *RESTARTING_RUNS)


def is_retried(made: Made) -> bool:
    """Whether MLRun retries runs of such a function: of one kind, and from one release on."""
    kind = KINDS.get(made.kind)
    return kind is not None and not not_retried(kind, made.reading.cluster)
