"""The QoS class of a pod: how Kubernetes ranks it when a node runs out of memory.

Source: https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/, and the API server's answers to random pods
(tests/cluster/test_qos.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_UP, Context, Decimal

from igz_runtime.k8s.pod import Container, ContainerSort, QoS
from igz_runtime.k8s.quantity import Quantity, kubernetes_text


def qos_class(containers: tuple[Container, ...], whole: Container | None = None) -> QoS:
    """The QoS class of a pod with these containers.

    A request that is missing equals the limit; zero counts as missing; only CPU and memory are looked at.

    Args:
        containers: every container of the pod, init containers too.
        whole: what the pod asks for as a whole (`spec.resources`, which neither MLRun nor Nuclio writes); where it
            has any, it decides alone.

    >>> from igz_runtime.k8s.quantity import quantity
    >>> one = {"cpu": quantity("1"), "memory": quantity("1Gi")}
    >>> qos_class((Container("base", requests=one, limits=one),))
    'Guaranteed'
    >>> qos_class((Container("base", limits=one),)), qos_class((Container("base", requests=one),))
    ('Guaranteed', 'Burstable')
    """
    guaranteed, anything = True, False
    for container in (_completed(whole, containers),) if whole and (whole.requests or whole.limits) else containers:
        for resource in ("cpu", "memory"):
            limit = container.limits.get(resource)
            request = container.requests.get(resource, limit)
            anything = anything or _counts(request) or _counts(limit)
            guaranteed = guaranteed and _counts(limit) and _equal(request, limit)
    if not anything:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def stored(number: Decimal) -> Decimal:
    """An amount as the API server stores it: rounded up to thousandths."""
    return number.quantize(_MILLI, ROUND_UP, _EXACT)


def together(asked: Iterable[tuple[ContainerSort, Quantity | None]]) -> Quantity | None:
    """What containers take that run together: their sum, or the largest init container; None where none states any.

    Args:
        asked: for each container its sort and its amount.
    """
    running = starting = Decimal(0)
    stated = False
    for sort, amount in asked:
        if amount is None or amount.number is None:
            continue
        stated = True
        if sort == "init":
            starting = max(starting, stored(amount.number))
        else:
            running += stored(amount.number)
    total = max(running, starting)
    return Quantity(kubernetes_text(total), total) if stated else None


_MILLI, _EXACT = Decimal("0.001"), Context(prec=2100)


def _completed(whole: Container, containers: tuple[Container, ...]) -> Container:
    """The resources of a pod as a whole, as the API server of Kubernetes 1.37 completes them.

    A request that is missing is what the containers request; a limit that is missing is what they are limited to,
    where each of them is, and no less than the request.
    """
    requests, limits = dict(whole.requests), dict(whole.limits)
    for resource in ("cpu", "memory"):
        asked = together((c.sort, c.requests.get(resource, c.limits.get(resource))) for c in containers)
        request = requests.setdefault(resource, asked or limits.get(resource) or Quantity("0"))
        if resource not in limits and all(resource in c.limits for c in containers):
            bound = together((c.sort, c.limits.get(resource)) for c in containers) or request
            limits[resource] = max(bound, request, key=lambda amount: amount.number or Decimal(0))
    return whole._replace(requests=requests, limits=limits)


def _equal(request: Quantity | None, limit: Quantity | None) -> bool:
    """Equal as the API server stores them, which rounds up to thousandths."""
    if request == limit or request is None or limit is None or request.number is None or limit.number is None:
        return request == limit
    return stored(request.number) == stored(limit.number)


def _counts(amount: Quantity | None) -> bool:
    return amount is not None and not amount.is_zero
