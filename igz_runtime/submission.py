"""Preflight: what would become of a function's pods on a cluster, if they were submitted now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from igz_runtime.cluster.admission import charged, defaulted, outside_limits, over_quota
from igz_runtime.cluster.autoscaling import Addition, additions, best
from igz_runtime.cluster.dry_run import DryRun, dry_run
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.scheduling import Fit, demand_of, fit
from igz_runtime.effective import Effective, effective_pod
from igz_runtime.errors import ClusterUnreachable, ConfigurationError
from igz_runtime.function import Function
from igz_runtime.functions import adapter_for
from igz_runtime.pod import PodSettings, QoS
from igz_runtime.qos import qos_class

if TYPE_CHECKING:
    from rich.console import RenderableType

    from igz_runtime.plan import Plan

Verdict = Literal["runs", "new node", "waits for room", "pending for ever", "refused", "not known"]
"""What becomes of a pod: it fits a node now; an autoscaler can add one; it fits nodes that are full; it fits none and
none can be added; the API server refuses it; a fact is missing."""


@dataclass(frozen=True)
class RolePreflight:
    """What would become of one role's pods.

    Attributes:
        role: the role.
        pod: the pod after admission: with the limit ranges' defaults.
        qos: its QoS class.
        qos_before: its QoS class without the limit ranges.
        pods: how many pods the role runs at least.
        placed: how many of them fit now, together.
        fit: the nodes that one fits beside the pods of the roles before it, and which filter excludes how many of the
            rest.
        drained: the nodes that one would fit if nothing else ran there.
        additions: what each autoscaler's pool could add for it.
        refusals: why admission refuses it, by what was read: priority class, limit ranges, quotas.
        dry_run: what the API server itself says; None where it was not asked.
        missing: facts that could not be read, and that the verdict would need.
        verdict: what becomes of the pod.
    """

    role: str
    pod: PodSettings
    qos: QoS
    qos_before: QoS
    pods: int
    placed: int
    fit: Fit
    drained: tuple[str, ...]
    additions: tuple[Addition, ...]
    refusals: tuple[str, ...]
    dry_run: DryRun | None
    missing: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """What becomes of the pod."""
        if self.refusals or (self.dry_run is not None and self.dry_run.accepted is False):
            return "refused"
        if self.placed >= self.pods:
            return "runs"
        answer = best(self.additions)
        if answer == "yes":
            return "new node"
        if self.missing or answer == "perhaps":
            return "not known"
        return "waits for room" if self.drained else "pending for ever"


class Preflight:
    """What would become of a function's pods if they were submitted now. It prints in a terminal and a notebook.

    Attributes:
        function: the function.
        cluster: the cluster, as it was read.
        roles: what becomes of each role.
    """

    def __init__(self, function: Function, cluster: Cluster, roles: Sequence[RolePreflight]) -> None:
        self.function = function
        self.cluster = cluster
        self.roles = tuple(roles)

    @property
    def ok(self) -> bool:
        """Whether every role's pods run now, or on nodes that an autoscaler adds."""
        return all(role.verdict in ("runs", "new node") for role in self.roles)

    def __repr__(self) -> str:
        verdicts = ", ".join(f"{role.role}: {role.verdict}" for role in self.roles)
        return f"<Preflight: {self.function.kind} {self.function.name!r}, {verdicts}>"

    def __str__(self) -> str:
        from igz_runtime.report.text import preflight_text

        return preflight_text(self)

    def __rich__(self) -> RenderableType:
        from igz_runtime.report.text import preflight_rich

        return preflight_rich(self)

    def _repr_html_(self) -> str:
        from igz_runtime.report.html import preflight_html

        return preflight_html(self)


def preflight(fn: Any, cluster: Cluster | None = None) -> Preflight:
    """What would become of a function's pods, as the function is, if they were submitted now.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.
        cluster: a cluster that was read from its API server (`Cluster.from_kubernetes`), or saved then
            (`Cluster.load`); the current context's where it is left out. A saved one is not asked for a dry run.

    Raises:
        ConfigurationError: the cluster was not read from an API server.
        ClusterUnreachable: no server answers.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    function = adapter_for(fn).read()
    cluster = cluster or Cluster.from_kubernetes()
    return flown(function, tuple(effective_pod(function, role, cluster) for role in function.roles), cluster)


def preflight_of(plan: Plan, effective: Sequence[Effective]) -> Preflight:
    """What would become of a planned function's pods. See `Plan.preflight`."""
    return flown(plan.after, effective, plan.cluster)


def flown(function: Function, effective: Sequence[Effective], cluster: Cluster) -> Preflight:
    """The preflight of effective pods."""
    live = cluster.live
    if live is None:
        raise ConfigurationError(
            f"a preflight needs a cluster that was read from its API server, and this one is from {cluster.source}: "
            "use Cluster.from_kubernetes(), or Cluster.load() of a saved one"
        )
    roles = []
    with ExitStack() as stack:
        ask = _asker(cluster, stack)
        for one in effective:
            role, live = _role(one, live, ask(one.settings))
            roles.append(role)
    return Preflight(function, cluster, roles)


def _asker(cluster: Cluster, stack: ExitStack) -> Callable[[PodSettings], DryRun | None]:
    """Asks the API server for a dry run, where there is a way to it; the stack closes the connection."""
    if cluster.connection is None:
        return lambda _: None
    try:
        session = stack.enter_context(cluster.connection.open())
    except (ConfigurationError, ClusterUnreachable) as error:
        silence = DryRun(accepted=None, message=str(error))
        return lambda _: silence
    return partial(dry_run, session)


def _role(effective: Effective, live: Live, said: DryRun | None) -> tuple[RolePreflight, Live]:
    """What becomes of one role, and the cluster with its pods: the roles of a function run at the same time."""
    asked = effective.settings
    containers = defaulted(asked.containers, live.limit_ranges)
    pod = asked.but(containers=containers, priority_class=asked.priority_class or live.global_default)
    pods = asked.least_pods
    found = fit(pod, live.nodes)
    placed, nodes = _placed(pod, live.nodes, found, pods)
    role = RolePreflight(
        asked.role,
        pod,
        qos_class(containers),
        qos_class(asked.containers),
        pods,
        placed,
        found,
        fit(pod, (node.drained for node in live.nodes)).eligible,
        additions(pod, live.pools),
        tuple(_refusals(effective, pod, live, pods)),
        said,
        live.missing,
    )
    return role, replace(live, nodes=nodes, quotas=tuple(charged(live.quotas, pod, pods)))


def _refusals(effective: Effective, pod: PodSettings, live: Live, pods: int) -> Iterator[str]:
    if effective.refusal:
        yield effective.refusal
    named = pod.priority_class
    if named and "priority classes" not in live.unknown and named not in live.priorities:
        yield f"priority class {named!r} does not exist"
    yield from outside_limits(pod.containers, live.limit_ranges)
    yield from over_quota(pod, live.quotas, pods)


def _placed(pod: PodSettings, nodes: tuple[Node, ...], found: Fit, wanted: int) -> tuple[int, tuple[Node, ...]]:
    """How many of these pods fit together, each on the first node that takes it, and the nodes with them."""
    by_name, demand, placed = {node.name: node for node in nodes}, demand_of(pod), 0
    if pod.node_name:
        return (wanted if pod.node_name in by_name else 0), nodes
    for name in found.eligible:
        while placed < wanted and fit(pod, [by_name[name]]).eligible:
            by_name[name] = by_name[name].running(demand)
            placed += 1
        if placed == wanted:
            break
    return placed, tuple(by_name.values())
