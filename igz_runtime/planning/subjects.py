"""What a profile promises to each role, as rules look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from igz_runtime.cluster.clouds import Lifecycle
from igz_runtime.cluster.model import Cluster
from igz_runtime.effective import Effective
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.planning.protection import promises_completion
from igz_runtime.rules.subject import Subject

if TYPE_CHECKING:
    from igz_runtime.functions.record import Applied, Promised
    from igz_runtime.planning.promise import Promise


def promised_to(lifecycle: Promised, function: Function, role: PodSettings) -> Promised:
    """Where a role's pods run: a Spark driver stays on demand, whatever its executors do."""
    return "on-demand" if role.role in traits(function.kind).steady_roles else lifecycle


def planned_subject(
    profile: Promise, function: Function, asked: PodSettings, effective: Effective, cluster: Cluster
) -> Subject:
    """One role as a profile would have it, under judgement."""
    return Subject(
        function,
        asked,
        cluster,
        profile.workload.without(function.evidence.undeclarable),
        qos=profile.qos,
        lifecycle=_lifecycle(promised_to(profile.lifecycle, function, asked)),
        completion=promises_completion(profile.lifecycle, profile.qos, function.kind),
        replicas=profile.replicas,
        priority=profile.priority,
        development=profile.development,
        planned=True,
        effective=effective,
        limit=profile.running_limit,
    )


def subjects_as_they_are(
    function: Function,
    applied: Applied | None,
    cluster: Cluster,
    workload: Workload | str | None = None,
    defined: str | None = None,
) -> Iterator[Subject]:
    """Every role of a function as it is, under the promise that its record holds.

    Args:
        function: the function.
        applied: its record, where a profile was applied.
        cluster: the cluster to judge on.
        workload: what is declared about the work; else what the record declares.
        defined: how the applied profile is defined now; None: not known.
    """
    promised: Mapping[str, Any] = applied.promised if applied else {}
    declared = Workload.of(workload) if workload is not None else recorded(applied, function)
    lifecycle, qos = promised.get("lifecycle", "any"), promised.get("qos")
    for role in function.roles:
        yield Subject(
            function,
            role,
            cluster,
            declared,
            qos=qos,
            lifecycle=_lifecycle(promised_to(lifecycle, function, role)) if applied else None,
            completion=promises_completion(lifecycle, qos, function.kind),
            replicas=applied.parameters.get("replicas") if applied else None,
            priority=applied.parameters.get("priority") if applied else None,
            development=promised.get("development", False),
            planned=applied is not None,
            written=applied,
            limit=applied.parameters.get("running_limit") if applied else None,
            defined=defined,
        )


def recorded(applied: Applied | None, function: Function) -> Workload:
    """What a function's record declares of the work, as far as the platform lets it count."""
    stated = applied.promised.get("workload", {}) if applied else {}
    return Workload(**stated).without(function.evidence.undeclarable)


def declared_of(applied: Applied | None, function: Function, beside: Workload | None) -> Workload | None:
    """What is declared of the work: by the function's record, and beside the function; None where nothing is beside."""
    if beside is None or applied is None:
        return beside
    return Workload(**{**recorded(applied, function).stated, **beside.stated})


def _lifecycle(promised: Promised) -> Lifecycle | None:
    return None if promised == "any" else promised
