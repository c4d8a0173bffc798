"""What the API server's admission does to a pod: limit ranges fill in and bound, quotas count.

Source: the LimitRanger and ResourceQuota plugins of Kubernetes 1.37, as they answered in tests/cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from igz_runtime.cluster.facts import LimitRangeItem, Quota
from igz_runtime.k8s.matching import holds
from igz_runtime.k8s.pod import Container, PodSettings, Requirement, Resources, is_accelerator
from igz_runtime.k8s.qos import qos_class, stored, together
from igz_runtime.k8s.quantity import Quantity, kubernetes_text, quantity


def defaulted(containers: tuple[Container, ...], limit_ranges: Iterable[LimitRangeItem] = ()) -> tuple[Container, ...]:
    """Containers as the API server stores them.

    A request that is missing equals the limit; then the limit ranges' defaults fill in what is still missing.
    """
    filled = [c._replace(requests={**c.limits, **c.requests}) for c in containers]
    for item in limit_ranges:
        if item.type == "Container":
            filled = [
                c._replace(requests={**item.default_request, **c.requests}, limits={**item.default, **c.limits})
                for c in filled
            ]
    return tuple(filled)


def outside_limits(containers: tuple[Container, ...], limit_ranges: Iterable[LimitRangeItem]) -> Iterator[str]:
    """Why limit ranges refuse a pod with these containers, defaults filled in."""
    for item in limit_ranges:
        if item.type == "Container":
            for container in containers:
                yield from _outside(item, f"container {container.name!r}", container.requests, container.limits)
        elif item.type == "Pod":
            yield from _outside(item, "the pod", _sums(containers, "requests"), _sums(containers, "limits"))


def over_quota(
    pod: PodSettings, quotas: Iterable[Quota], pods: int = 1, *, defaults_known: bool = True
) -> Iterator[str]:
    """Why quotas refuse a pod, or that many of them together.

    Args:
        pod: the pod, with the defaults of limit ranges filled in.
        quotas: the quotas.
        pods: how many of it there are.
        defaults_known: whether the limit ranges are known; else what the pod leaves open may be filled in, and only
            grows what it uses.
    """
    usage = _usage(pod, pods)
    for quota in quotas:
        if not counts(quota, pod):
            continue
        missing = defaults_known and [
            name for name in quota.hard if name in _MUST_BE_STATED and _unstated(pod.containers, name)
        ]
        if missing:
            yield f"quota {quota.name!r} asks every container for {', '.join(missing)}"
            continue
        for name, hard in quota.hard.items():
            asked, used = usage.get(name), quota.used.get(name, _ZERO)
            if asked and hard.number is not None and (used.number or 0) + asked > hard.number:
                yield (
                    f"quota {quota.name!r} is exceeded: {name} {kubernetes_text(asked)} asked, {used} of {hard} in use"
                )


def charged(quotas: Iterable[Quota], pod: PodSettings, pods: int = 1) -> Iterator[Quota]:
    """The quotas with what that many pods use. Their containers have their defaults filled in."""
    usage = _usage(pod, pods)
    for quota in quotas:
        more = {name: usage[name] for name in quota.hard if name in usage} if counts(quota, pod) else {}
        used = {
            name: quantity(kubernetes_text((quota.used.get(name, _ZERO).number or 0) + n)) for name, n in more.items()
        }
        yield quota._replace(used={**quota.used, **used})


def counts(quota: Quota, pod: PodSettings) -> bool:
    """Whether a quota counts a pod: whether every scope takes it in."""
    return all(_in_scope(pod, scope) for scope in quota.scopes)


_ZERO = Quantity("0")
_MUST_BE_STATED = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})


def _outside(item: LimitRangeItem, what: str, requests: Resources, limits: Resources) -> Iterator[str]:
    of = f"limit range {item.name!r}"
    for name, least in item.least.items():
        request, limit = requests.get(name), limits.get(name)
        if request is None or _number(request) < _number(least):
            yield f"{of}: {what} requests {request or 'no'} {name}, and {least} is the least"
        elif limit is not None and _number(limit) < _number(least):
            yield f"{of}: {what} is limited to {limit} {name}, and {least} is the least"
    for name, most in item.most.items():
        request, limit = requests.get(name), limits.get(name)
        if limit is None or _number(limit) > _number(most):
            yield f"{of}: {what} has {f'a limit of {limit}' if limit else 'no limit of'} {name}, and {most} is the most"
        elif request is not None and _number(request) > _number(most):
            yield f"{of}: {what} requests {request} {name}, and {most} is the most"
    for name, ratio in item.ratio.items():
        request, limit = requests.get(name), limits.get(name)
        if request is None or limit is None or request.is_zero or _number(limit) > _number(ratio) * _number(request):
            yield f"{of}: {what} has a limit of {name} above {ratio} times its request"


def _sums(containers: tuple[Container, ...], section: str) -> dict[str, Quantity]:
    named = dict.fromkeys(name for c in containers for name in getattr(c, section))
    sums = {name: together((c.sort, getattr(c, section).get(name)) for c in containers) for name in named}
    return {name: amount for name, amount in sums.items() if amount is not None}


def _number(amount: Quantity) -> Decimal:
    return stored(amount.number) if amount.number is not None else Decimal(0)


def _usage(pod: PodSettings, pods: int) -> Mapping[str, Decimal]:
    """What that many pods use, by the names of quotas."""
    usage = {"pods": Decimal(pods), "count/pods": Decimal(pods)}
    for name, amount in _sums(pod.containers, "requests").items():
        usage[f"requests.{name}"] = usage[name] = _number(amount) * pods
    for name, amount in _sums(pod.containers, "limits").items():
        if not is_accelerator(name):  # a quota knows extended resources by their requests only
            usage[f"limits.{name}"] = _number(amount) * pods
    return usage


def _unstated(containers: tuple[Container, ...], name: str) -> bool:
    section, _, resource = name.rpartition(".")
    return any(resource not in getattr(c, section or "requests") for c in containers)


def _in_scope(pod: PodSettings, asked: Requirement) -> bool:
    """Whether a quota's scope takes the pod in. Runs of MLRun and Nuclio's pods have no deadline of their own."""
    scope = asked.key
    if scope in ("BestEffort", "NotBestEffort"):
        return (qos_class(pod.containers) == "BestEffort") == (scope == "BestEffort")
    if scope in ("Terminating", "NotTerminating"):
        return scope == "NotTerminating"
    if scope == "PriorityClass":
        return holds(asked, pod.priority_class or None)
    return scope != "CrossNamespacePodAffinity"
