"""IGZ207: memory limits far above their requests."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.causes import of_amount
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.resources import REQUESTS_AND_LIMITS
from igz_runtime.rules.subject import Subject

OVERCOMMITTED: Final = Decimal(4)
"""A limit of that many times its request counts on most of a node's pods not using theirs."""


@rule(
    "IGZ207",
    "memory-overcommitted",
    "a memory limit of four times the request or more",
    severity="info",
    waivable=True,
    source="Be aware that any configuration where the resources are not equal to the limit increases the risk of pods "
    "eviction.",
    origin=REQUESTS_AND_LIMITS,
    fix="request the memory that it needs, at best as much as the limit",
    reads=("containers", "live"),
    cel=elsewhere.ADVICE,
)
def memory_overcommitted(subject: Subject) -> Iterator[Found | Skip]:
    stated = {container.name: container for container in subject.asked.containers if container.reachable}
    for container in subject.pod.containers:
        asked = stated.get(container.name)
        if asked is None or ("memory" not in asked.requests and "cpu" in asked.limits):
            continue  # limits only is IGZ206's
        request, limit = container.requests.get("memory"), container.limits.get("memory")
        if request is None or limit is None or request.number is None or limit.number is None or request.is_zero:
            continue
        if limit.number >= OVERCOMMITTED * request.number:
            added = _autoscaler(subject)
            yield Found(
                f"container {container.name!r}: memory limit {limit} is {limit.number // request.number} times its "
                f"request {request}{added}: where the node runs out of memory, it is among the first to be killed, and "
                f"{subject.traits.when_killed}",
                severity="warning" if added else None,
                field=of_amount(subject, container.name, "requests", "memory"),
            )


def _autoscaler(subject: Subject) -> str:
    """What an autoscaler makes of it, where one is known to add nodes."""
    live = subject.cluster.live
    named = sorted({pool.autoscaler for pool in live.pools}) if live else ()
    return f", and {' and '.join(named)} adds nodes for requests alone" if named else ""
