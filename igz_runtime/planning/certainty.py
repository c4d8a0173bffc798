"""What a preflight's verdict rests on: where a fact that could change it was not read, it is not known."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

from igz_runtime.cluster.admission import counts, defaulted, outside_limits, over_quota
from igz_runtime.cluster.api.dry_run import DryRun
from igz_runtime.cluster.facts import ADDERS, NUCLIO, Live, Quota
from igz_runtime.cluster.scheduling import demand_of
from igz_runtime.effective import Effective
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.k8s.qos import qos_class

Verdict = Literal["runs", "new node", "waits for room", "never scheduled", "refused", "not known"]
"""What becomes of a pod: it fits a node now; an autoscaler can add one; it fits nodes that are full; it fits none and
none can be added; the API server refuses it; a fact is missing."""


class Admission(NamedTuple):
    """What is known of a pod's admission.

    Attributes:
        pod: the pod, with the limit ranges' amounts and the default priority class as far as they are known.
        refusals: why it is refused for certain.
        open: the facts that were not read, and without which it may be refused, or be another pod.
        quotas: the quotas that count it for certain.
    """

    pod: PodSettings
    refusals: tuple[str, ...]
    open: frozenset[str]
    quotas: tuple[Quota, ...]


def admission(effective: Effective, function: Function, live: Live, said: DryRun | None) -> Admission:
    """What is known of the admission of one role's pods.

    A dry run that the API server accepts is admission itself: it settles limit ranges and the priority class, read or
    not, and its answer is the pod with their defaults. It settles quotas for a pod that comes alone only: of several
    pods, and of several roles, it counts one.
    """
    asked, stored, unread = effective.settings, said.stored if said is not None else None, frozenset(live.unknown)
    open_facts = unread & {"limit ranges", "priority classes", "quotas"}
    if stored is not None:
        alone = sum(role.least_pods for role in function.roles) == 1
        open_facts &= frozenset() if alone else {"quotas"}
    if "nuclio" in traits(function.kind).platform:
        open_facts |= unread & {NUCLIO}
    pod = stored or asked.but(
        containers=defaulted(asked.containers, live.limit_ranges if "limit ranges" not in live.unknown else ()),
        priority_class=asked.priority_class or live.global_default,
    )
    quotas = tuple(quota for quota in live.quotas if _surely_counts(quota, pod, open_facts))
    return Admission(pod, tuple(_refusals(effective, pod, live, quotas, open_facts)), open_facts, quotas)


def missing(outlook: Verdict, admitted: Admission, live: Live) -> tuple[str, ...]:
    """The facts that were not read and could make a verdict another one, each with its reason.

    That a pod is never scheduled stays true whatever runs on the nodes, and whatever limit ranges would add to it.

    Args:
        outlook: the verdict by what was read.
        admitted: what is known of the pod's admission.
        live: what was read.
    """
    facts = admitted.open & {NUCLIO}
    if outlook != "never scheduled":
        facts |= admitted.open | {"pods"}
    if outlook not in ("runs", "new node"):
        facts |= ADDERS
    unsure = live.unsure(demand_of(admitted.pod)) if outlook != "runs" else ()
    return (*live.unread(facts), *unsure)


def _surely_counts(quota: Quota, pod: PodSettings, open_facts: AbstractSet[str]) -> bool:
    """Whether a quota counts the pod, whatever the facts are that were not read."""
    scopes = {scope.key for scope in quota.scopes}
    by_class = "PriorityClass" in scopes and "priority classes" in open_facts and not pod.priority_class
    by_qos = scopes & {"BestEffort", "NotBestEffort"} and "limit ranges" in open_facts
    return counts(quota, pod) and not by_class and not (by_qos and qos_class(pod.containers) == "BestEffort")


def _refusals(
    effective: Effective, pod: PodSettings, live: Live, quotas: tuple[Quota, ...], open_facts: AbstractSet[str]
) -> Iterator[str]:
    if effective.refusal and NUCLIO not in open_facts:
        yield effective.refusal
    named = pod.priority_class
    if named and "priority classes" not in live.unknown and named not in live.priorities:
        yield f"priority class {named!r} does not exist"
    defaults_known = "limit ranges" not in open_facts
    if "limit ranges" not in live.unknown:
        yield from outside_limits(pod.containers, live.limit_ranges)
    yield from over_quota(pod, quotas, effective.settings.least_pods, defaults_known=defaults_known)
