"""IGZ618: user pods that admission refuses, or that wait for a node and that no node pool helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from igz_runtime.cluster.autoscaling import additions, best
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.policy_words import BETWEEN, policy_says
from igz_runtime.cluster.scheduling import admitted, demand_of, fit
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.lasting import in_words, time_between
from igz_runtime.rules.resources import REQUESTS_AND_LIMITS

LONG: Final = timedelta(minutes=15)
"""How long a pod waits before it is said: by then an autoscaler's node has come, or never will.

Source: the Cluster Autoscaler's `--max-node-provision-time`, 15 minutes where nobody sets it.
"""


@rule(
    "IGZ618",
    "pods-wait-in-vain",
    "user pods that an admission policy refuses, or that have been pending for 15 minutes or more, where no node pool "
    "can add a node for them",
    severity="warning",
    waivable=True,
    source='Pods with high requests (memory/CPU) might not find a node to run on and thus can remain in "Pending '
    'state" for a long time. One way to overcome this is to use auto-scaling that provisions additional nodes to run '
    "these jobs.",
    origin=REQUESTS_AND_LIMITS,
    fix="ask for less or for another node group, or let the node group grow",
    reads=("work", "function", "of"),
    on=AuditedWork,
    cel=elsewhere.AS_IT_IS,
)
def pods_wait_in_vain(pods: AuditedWork) -> Iterator[Found | Skip]:
    live, since = pods.of.live, pods.work.since
    waited = time_between(since, live.read) if live and pods.work.pending else None
    if live is None or waited is None:
        return
    if refused := _refused_by_policy(pods.work.said):
        yield Found(f"no pod of it comes to be (since {since}): {refused[0]}", refused[1])
        return
    if waited < LONG:
        return
    if _REFUSED.match(pods.work.said):
        what = f"the API server has refused pods of it for {in_words(waited)} (since {since}): {pods.work.said}"
        yield Found(what, "lift the quota, the limit range or the policy that refuses them, or ask for what it allows")
        return
    pod = pods.function.roles[0]
    found = additions(pod, live.pools)
    if best(found) == "yes" or fit(pod, admitted(pod, live).nodes).eligible:
        return
    perhaps = (f"{each.pool!r}: {each.because}" for each in found if each.answer == "perhaps")
    unknown = (*live.missing, *live.unsure(demand_of(pod)), *perhaps)
    if unknown:
        yield Skip(f"whether a node can be added for pods that wait is not known ({'; '.join(unknown[:_MOST])})")
        return
    pools = "; ".join(f"{each.pool!r}: {each.because}" for each in found[:_MOST])
    more = f"; and {len(found) - _MOST} more" if len(found) > _MOST else ""
    none = f"no node pool can add a node ({pools}{more})" if found else "no autoscaler is known to add nodes"
    yield Found(
        f"its pods have been pending for {in_words(waited)} (since {since}), and {none}: {_why(pods, pod, live)}"
    )


def _refused_by_policy(said: str) -> tuple[str, str] | None:
    """What a policy that refuses pods says of them, and how to fix it; None where none does.

    A quota may have room a minute later. A policy says the same until the work is another one, or the policy.
    """
    policy = policy_says(said) if _REFUSED.match(said) else None
    if policy is None or not policy.denied:
        return None
    found = BETWEEN.join(f"{each.rule}: {each.message}" for each in policy.findings)
    fixes = BETWEEN.join(f"{each.rule}: {each.fix}" for each in policy.findings if each.fix)
    what = f"policy {policy.policy!r} refuses them: {found or policy.text}"
    return what, fixes or "make the pods such as the policy asks for, or change the policy"


_REFUSED: Final = re.compile(r"pods? \S+ is (forbidden|invalid)", re.IGNORECASE)
"""How the API server begins what it says of a pod that it does not take."""
_MOST: Final = 3
"""How many node pools are named."""


def _why(pods: AuditedWork, pod: PodSettings, live: Live) -> str:
    """Why no node takes them now: as the scheduler says, else as we see it."""
    if pods.work.said:
        return f"the scheduler says {pods.work.said!r}"
    return (
        ", ".join(f"{count:,} {reason}" for reason, count in fit(pod, live.nodes).reasons.items()) or "there is no node"
    )
