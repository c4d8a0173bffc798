"""IGZ611: user pods that are not Guaranteed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.functions.kinds import STEP, traits
from igz_runtime.k8s.pod import Container
from igz_runtime.rules.audited import AuditedWork
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.resources import REQUESTS_AND_LIMITS, gaps


@rule(
    "IGZ611",
    "user-pods-not-guaranteed",
    "user pods whose QoS class is not Guaranteed",
    severity="warning",
    waivable=True,
    source="If your cluster is configured according to these guidelines, and separates the workloads and Iguazio core "
    "services, then you should consider using guaranteed QoS for all your workloads.",
    origin=REQUESTS_AND_LIMITS,
    fix="set requests and limits of CPU and memory to the same value in every container, as "
    "profiles.production_job(cpu=…, memory=…) does, and production_service",
    reads=("work", "of"),
    on=AuditedWork,
    cel=elsewhere.AS_IT_IS,
)
def user_pods_not_guaranteed(pods: AuditedWork) -> Iterator[Found | Skip]:
    # The pod of a pipeline's step only starts the run, and waits for it.
    if pods.work.qos == "Guaranteed" or pods.work.identity.kind == STEP:
        return
    lacking = [f"container {each.name!r}: {'; '.join(found)}" for each, found in _lacking(pods)]
    if not lacking and any(each.name in traits(pods.work.identity.kind).added for each in pods.work.containers):
        return  # its own container is sized, and a service has no field for what the platform adds
    more = f"; and {len(lacking) - _MOST} more" if len(lacking) > _MOST else ""
    why = f" ({', '.join(lacking[:_MOST])}{more})" if lacking else ""
    severity: Severity = "warning" if pods.of.cluster.environment == "production" else "info"
    yield Found(f"its pods are {pods.work.qos}, not Guaranteed{why}", severity=severity)


_MOST: Final = 3
"""How many containers are named."""


def _lacking(pods: AuditedWork) -> Iterator[tuple[Container, list[str]]]:
    """The containers that keep the pods from being Guaranteed, and by what; those aside that nobody has a field for."""
    for container in pods.work.containers:
        found = list(gaps(container).values())
        if found and container.name not in traits(pods.work.identity.kind).added:
            yield container, found
