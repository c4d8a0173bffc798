"""Preflight: what would become of a function's pods on a cluster, if they were submitted now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any

from igz_runtime.cluster.admission import charged
from igz_runtime.cluster.api.dry_run import DryRun, dry_run
from igz_runtime.cluster.autoscaling import Addition, Answer, additions, best
from igz_runtime.cluster.current import used
from igz_runtime.cluster.facts import Live, Node, Pool
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.scheduling import Fit, demand_of, fit
from igz_runtime.config.file import config_file
from igz_runtime.display import Displayed
from igz_runtime.effective import Effective
from igz_runtime.errors import ClusterUnreachable, ConfigurationError
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.functions.pod_labels import pod_annotations, pod_labels
from igz_runtime.functions.record import Applied
from igz_runtime.k8s.pod import PodSettings, QoS
from igz_runtime.k8s.qos import qos_class
from igz_runtime.messages import printable
from igz_runtime.planning.certainty import Admission, Verdict, admission, missing
from igz_runtime.planning.grounds import Grounds, grounds_for
from igz_runtime.planning.judge_function import judged, said_of_itself
from igz_runtime.planning.subjects import planned_subject
from igz_runtime.rules.drift import undone_by_admission
from igz_runtime.rules.engine import About, findings_of
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.registry import require_rule
from igz_runtime.rules.subject import Subject
from igz_runtime.waiver import Waivers

if TYPE_CHECKING:
    from igz_runtime.planning.plan import Plan


Marks = Mapping[str, str]
"""Labels, or annotations."""


@dataclass(frozen=True)
class RolePreflight:
    """What would become of one role's pods.

    Attributes:
        role: the role.
        pod: the pod after admission: with the limit ranges' defaults, or as the dry run gave it back.
        qos: its QoS class.
        qos_before: its QoS class before admission.
        pods: how many pods the role runs at least.
        placed: how many of them fit now, together.
        fit: the nodes that one fits beside the pods of the roles before it, and which filter excludes how many of the
            rest.
        drained: the nodes that one would fit if nothing else ran there.
        additions: what each autoscaler's pool could add for it.
        refusals: why admission refuses it, by what was read: priority class, limit ranges, quotas.
        dry_run: what the API server itself says; None where it was not asked.
        outlook: the verdict by what was read.
        missing: facts that could not be read, and that could make it another one, each with its reason.
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
    outlook: Verdict
    missing: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """What becomes of the pod. A refusal is certain; anything else is not known while a fact for it is missing."""
        if self.refusals or (self.dry_run is not None and self.dry_run.accepted is False):
            return "refused"
        return "not known" if self.missing else self.outlook


class Preflight(Displayed):
    """What would become of a function's pods if they were submitted now. It prints in a terminal and a notebook.

    Attributes:
        function: the function.
        cluster: the cluster, as it was read.
        roles: what becomes of each role.
        findings: every rule's verdict on the function.
    """

    display_name = "preflight"

    def __init__(
        self, function: Function, cluster: Cluster, roles: Iterable[RolePreflight], findings: Findings
    ) -> None:
        self.function = function
        self.cluster = cluster
        self.roles = tuple(roles)
        self.findings = findings

    @property
    def ok(self) -> bool:
        """Whether no rule refuses the function, and every role's pods run now or on nodes that an autoscaler adds."""
        return not self.findings.refusing and all(role.verdict in ("runs", "new node") for role in self.roles)

    def __repr__(self) -> str:
        parts = [f"{role.role}: {role.verdict}" for role in self.roles]
        refusing = ", ".join(dict.fromkeys(finding.rule for finding in self.findings.refusing))
        parts += [f"refused by {refusing}"] if refusing else []
        return printable(f"<Preflight: {self.function.kind} {self.function.name!r}, {', '.join(parts)}>")


def preflight(fn: Any, cluster: Cluster | None = None, *, config: str | PathLike[str] | None = None) -> Preflight:
    """What would become of a function's pods, as the function is, if they were submitted now.

    The rules judge the function too, as `check` does: where one refuses, the preflight is not `ok`, wherever its pods
    would run.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.
        cluster: a cluster that was read from its API server (`Cluster.from_kubernetes`), or saved then
            (`Cluster.load`); else the session's (`Cluster.use`), else the current context's. A saved one is not asked
            for a dry run.
        config: a configuration whose waivers count, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest
            igz-runtime.yaml above the working directory. A cluster that it describes is not the one of now.

    Raises:
        ConfigurationError: the cluster was not read from an API server, or the configuration cannot be read.
        ClusterUnreachable: no server answers.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    function = adapter_for(fn).read()
    file = config_file(config)
    cluster = cluster or used() or Cluster.from_kubernetes()
    live = _live(cluster)
    grounds = grounds_for(fn, cluster, file)
    subjects, findings = judged(function, grounds)
    findings += said_of_itself(function, grounds)
    roles = tuple(_roles(function, tuple(subject.effective for subject in subjects), live, cluster))
    applied = Applied.on(function)
    if applied is not None:
        findings += _undone(subjects, roles, applied.profile, applied.waivers, grounds)
    return Preflight(function, cluster, roles, findings)


def preflight_of(plan: Plan, effective: Sequence[Effective], grounds: Grounds) -> Preflight:
    """What would become of a planned function's pods. See `Plan.preflight`."""
    profile, function, cluster = plan.profile, plan.after, plan.cluster
    roles = tuple(_roles(function, effective, _live(cluster), cluster))
    pairs = zip(function.roles, effective, strict=True)
    subjects = [planned_subject(profile, function, role, pod, cluster) for role, pod in pairs]
    undone = _undone(subjects, roles, profile.name, profile.waive, grounds)
    return Preflight(function, cluster, roles, plan.findings + undone)


def _undone(
    subjects: Sequence[Subject], roles: Sequence[RolePreflight], profile: str, waivers: Waivers, grounds: Grounds
) -> Findings:
    """What admission undoes of a promise, by the pods that the dry runs gave back."""
    function, drifted = subjects[0].function, require_rule("IGZ907")
    stored = [role.dry_run.stored if role.dry_run else None for role in roles]
    found = [
        tuple((drifted, each) for each in undone_by_admission(subject, pod, profile)) if pod else ()
        for subject, pod in zip(subjects, stored, strict=True)
    ]
    return findings_of(About.of(function), found, waivers, grounds.terms, grounds.site(function))


def _live(cluster: Cluster) -> Live:
    if cluster.live is None:
        raise ConfigurationError(
            f"a preflight needs a cluster that was read from its API server, and this one is from {cluster.source}: "
            "use Cluster.from_kubernetes(), or Cluster.load() of a saved one"
        )
    return cluster.live


def _roles(function: Function, effective: Sequence[Effective], live: Live, cluster: Cluster) -> Iterator[RolePreflight]:
    """What becomes of each role. They run at the same time, so each finds the pods of those before it there."""
    with ExitStack() as stack:
        ask, annotations = _asker(cluster, stack), pod_annotations(function)
        for one in effective:
            labels = pod_labels(function, one.settings.role)
            role, live = _role(one, function, live, ask(one.settings, labels, annotations))
            yield role


def _asker(cluster: Cluster, stack: ExitStack) -> Callable[[PodSettings, Marks, Marks], DryRun | None]:
    """Asks the API server for a dry run, where there is a way to it; the stack closes the connection."""
    if cluster.connection is None:
        return lambda *_: None
    try:
        session = stack.enter_context(cluster.connection.open())
    except (ConfigurationError, ClusterUnreachable) as error:
        silence = DryRun(accepted=None, message=str(error))
        return lambda *_: silence
    return partial(dry_run, session)


def _role(effective: Effective, function: Function, live: Live, said: DryRun | None) -> tuple[RolePreflight, Live]:
    """What becomes of one role, and the cluster with its pods."""
    asked = effective.settings
    admitted = admission(effective, function, live, said)
    pod, pods = admitted.pod, asked.least_pods
    seen, nodes, pools = _scheduled(pod, live)
    found = fit(seen, nodes)
    placed = _placed(seen, nodes, found, pods)
    drained = fit(seen, (node.drained for node in nodes)).eligible
    added = additions(seen, pools)
    outlook = _outlook(best(added), runs=len(placed) >= pods, drained=drained)
    role = RolePreflight(
        asked.role,
        pod,
        qos_class(pod.containers),
        qos_class(asked.containers),
        pods,
        len(placed),
        found,
        drained,
        added,
        admitted.refusals,
        said,
        outlook,
        missing(outlook, admitted, live),
    )
    return role, _with_pods(live, admitted, placed)


def _scheduled(pod: PodSettings, live: Live) -> tuple[PodSettings, tuple[Node, ...], tuple[Pool, ...]]:
    """What decides where a pod runs: the scheduler, or for one that names its node the kubelet there.

    The kubelet turns a pod away that has no room or does not match, and looks at no taint but NoExecute. No autoscaler
    adds a node for a pod that has one.
    """
    if not pod.node_name:
        return pod, live.nodes, live.pools
    named = (node for node in live.nodes if node.name == pod.node_name)
    open_nodes = (
        node._replace(unschedulable=False, taints=tuple(t for t in node.taints if t.effect == "NoExecute"))
        for node in named
    )
    return pod.but(node_name=None), tuple(open_nodes), ()


def _outlook(added: Answer, *, runs: bool, drained: Sequence[str]) -> Verdict:
    if runs:
        return "runs"
    if added == "no":
        return "waits for room" if drained else "never scheduled"
    return "new node" if added == "yes" else "not known"


def _placed(pod: PodSettings, nodes: Sequence[Node], found: Fit, wanted: int) -> list[str]:
    """The nodes of these pods, as far as they fit together: each on the first that takes it."""
    by_name, demand, placed = {node.name: node for node in nodes}, demand_of(pod), list[str]()
    for name in found.eligible:
        while len(placed) < wanted and fit(pod, [by_name[name]]).eligible:
            by_name[name] = by_name[name].running(demand)
            placed.append(name)
        if len(placed) == wanted:
            break
    return placed


def _with_pods(live: Live, admitted: Admission, placed: Sequence[str]) -> Live:
    """The cluster with a role's pods: on their nodes, and counted by the quotas that count them for certain."""
    pod, by_name = admitted.pod, {node.name: node for node in live.nodes}
    demand = demand_of(pod)
    for name in placed:
        by_name[name] = by_name[name].running(demand)
    counted = {quota.name: quota for quota in charged(admitted.quotas, pod, pod.least_pods)}
    quotas = tuple(counted.get(quota.name, quota) for quota in live.quotas)
    return replace(live, nodes=tuple(by_name.values()), quotas=quotas)
