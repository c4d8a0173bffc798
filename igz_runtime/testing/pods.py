"""The pods that an assertion judges: every role's, on the cluster and on one that differs where it is assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from igz_runtime.cluster.landing import every_spot_shape, spot_shapes, where
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.effective import Effective, effective_pod
from igz_runtime.effective.nuclio import DEFAULT_REQUESTS
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.qos import qos_class
from igz_runtime.rules.authoring import Skip
from igz_runtime.rules.registry import require_rule
from igz_runtime.rules.subject import Subject


class Pod(NamedTuple):
    """One role's effective pod.

    Attributes:
        function: the function.
        asked: the role's settings as the function states them.
        effective: the effective pod.
        cluster: what is known of the cluster, which the nodes are judged by.
        condition: in words, where the pod looks like this; empty for the cluster itself.
    """

    function: Function
    asked: PodSettings
    effective: Effective
    cluster: Cluster
    condition: str

    @property
    def settings(self) -> PodSettings:
        """The settings of the effective pod."""
        return self.effective.settings

    def failure(self, found: str, required: str, remedy: str) -> AssertionError:
        """The error that says what was found, what is required and what to do."""
        which = f"{called(self.function)} ({self.asked.role})"
        remedy += ", or give cluster= with your server's configuration" if self.condition else ""
        return AssertionError(f"{which}: {found}{self.condition}, and {required}; {remedy}")

    def require_spot(self) -> None:
        """Fail where the pod can land on no known spot node."""
        __tracebackhide__ = True
        spot = spot_shapes(self.cluster) or every_spot_shape(self.cluster)
        if not where(self.settings, spot):
            nodes = " or on ".join(shape.name for shape in spot) or "spot nodes: the cluster has none"
            raise self.failure(f"the pod cannot land on {nodes}", "must be able to", "apply profiles.spot_stateless(…)")


def effective_pods(fn: Any, cluster: Cluster | None, role: str | None) -> Iterator[Pod]:
    """The effective pods of the chosen roles. A pod that Kubernetes refuses fails: it would pass as landing nowhere."""
    __tracebackhide__ = True
    function = adapter_for(fn).read()
    known = cluster or Cluster.current()
    for asked in chosen(function, role):
        for view, condition in _views(known):
            effective = effective_pod(function, asked, view)
            pod = Pod(function, asked, effective, known, condition)
            if effective.refusal:
                raise pod.failure("Kubernetes refuses the pod", "it never runs", effective.refusal)
            yield pod


def chosen(function: Function, role: str | None) -> tuple[PodSettings, ...]:
    """The roles to judge: the named one, else all, none of which may be out of sight."""
    __tracebackhide__ = True
    if role is None:
        if function.unreachable:
            unseen = "; ".join(function.unreachable)
            raise AssertionError(f"{called(function)}: a part cannot be judged ({unseen}); name the role to judge")
        return function.roles
    named = tuple(settings for settings in function.roles if settings.role == role)
    if not named:
        roles = ", ".join(settings.role for settings in function.roles)
        raise InvalidValue(f"{called(function)} has no role {role!r}; it has: {roles}")
    return named


def _views(cluster: Cluster) -> Iterator[tuple[Cluster, str]]:
    """The cluster; and where its configuration is assumed, one that differs in all that a function may lean on."""
    yield cluster, ""
    if cluster.assumed:
        other = replace(
            cluster,
            mlrun=Preemptible(),
            nuclio=Preemptible(),
            default_priority=None,
            default_requests=cluster.default_requests or DEFAULT_REQUESTS,
        )
        yield other, " on a server that is not configured as is assumed here"


def lacking(subject: Subject) -> Iterator[str]:
    """What stands between a pod and QoS class Guaranteed, in the words of the rule about it."""
    for found in require_rule("IGZ201").check(subject):
        yield found.because if isinstance(found, Skip) else found.message


def remedy(judged: tuple[Container, ...]) -> str:
    """What makes the pod Guaranteed: the function's own resources, or the platform's."""
    reachable = tuple(container for container in judged if container.reachable)
    if len(reachable) == len(judged) or (reachable and qos_class(reachable) != "Guaranteed"):
        return "apply profiles.production_job(cpu=…, memory=…), or set requests equal to limits for CPU and memory"
    return (
        "have the administrator set Guaranteed default pod resources, or leave such containers out: reachable_only=True"
    )


def called(function: Function) -> str:
    """What a failure calls the function."""
    return f"{function.kind} {function.name!r}"
