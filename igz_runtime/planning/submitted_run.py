"""A run as it is submitted: what its request says, and the function does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.effective.versions import default_limit, not_retried
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.subjects import recorded

OF_THE_RUN: Final = ("IGZ103", "IGZ109", "IGZ210")
"""The rules that a run's retries and state thresholds decide, so that the function alone does not."""


class SubmittedRun(NamedTuple):
    """What decides about a run beside its function.

    Attributes:
        retries: how often MLRun starts it again.
        limits: how long it may wait and run, by the names of `PodSettings`: MLRun's client states both for every run.
        resubmitted: whether something else starts it again: it is scheduled, or a pipeline's step submits it.
    """

    retries: int = 0
    limits: Mapping[str, str] = MappingProxyType({})
    resubmitted: bool = False

    def decides(self, function: Function, declared: Workload, cluster: Cluster) -> bool:
        """Whether it says anything else than the function and what is declared of its work."""
        if self.retries or declared.restartable:
            return True
        by_default = {"running_limit": default_limit(cluster)}
        return traits(function.kind).waits and any(
            limit != (getattr(role, name) or by_default.get(name))
            for role in function.roles
            for name, limit in self.limits.items()
        )

    def declared(self, function: Function, applied: Applied | None, cluster: Cluster) -> Workload:
        """What is declared of the work, and true of this run.

        Where MLRun could retry it, a declaration alone restarts nothing; of other kinds whoever submits it does.
        """
        declared = recorded(applied, function)
        if not_retried(traits(function.kind), cluster):
            return declared
        return replace(declared, restartable=self.retries > 0 or (declared.restartable and self.resubmitted))

    def over(self, function: Function, applied: Applied | None) -> tuple[Function, Applied | None]:
        """The function as this run has it, and its record without the limits that the run replaces."""
        if not traits(function.kind).waits:
            return function, applied
        roles = tuple(role.but(**self.limits) for role in function.roles)
        if applied is None or roles == function.roles:
            return function.but(roles=roles), applied
        replaced = {
            old.role: {name for name, limit in self.limits.items() if getattr(old, name) != limit}
            for old in function.roles
        }
        wrote, was = (_without(held, replaced) for held in (applied.wrote, applied.was))
        return function.but(roles=roles), replace(applied, wrote=wrote, was=was)


def _without(held: Mapping[str, Mapping[str, Any]], names: Mapping[str, set[str]]) -> dict[str, Mapping[str, Any]]:
    return {
        role: {name: value for name, value in written.items() if name not in names.get(role, ())}
        for role, written in held.items()
    }
