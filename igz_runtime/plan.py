"""Planning: what a profile would make of a function, proved on the effective pod, and applying exactly that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from igz_runtime.cluster.clouds import IGUAZIO_NODE_GROUP
from igz_runtime.cluster.model import Cluster, Lifecycle
from igz_runtime.errors import InvalidValue, MissingResources, UnsafeCombination, UnsupportedFunction, WriteFailed
from igz_runtime.function import Function, traits
from igz_runtime.functions import Adapter, adapter_for
from igz_runtime.means import place
from igz_runtime.ownership import difference, take_back
from igz_runtime.pod import Container, PodSettings, QoS, Replicas, is_accelerator
from igz_runtime.profile import Profile, Promised, Size
from igz_runtime.quantity import Quantity, quantity
from igz_runtime.record import Applied
from igz_runtime.rules.engine import Findings, each_refusal, judge
from igz_runtime.rules.subject import Subject
from igz_runtime.workload import Workload


@dataclass(frozen=True)
class RolePlan:
    """What becomes of one role.

    Attributes:
        before: its settings as the function states them now.
        after: its settings as they would be written.
        effective: the pod that the scheduler would see.
        qos: the effective pod's QoS class.
    """

    before: PodSettings
    after: PodSettings
    effective: PodSettings
    qos: QoS

    @property
    def role(self) -> str:
        """The role's name."""
        return self.after.role


@dataclass(frozen=True, repr=False)
class Plan:
    """What a profile would do to a function. It prints in a terminal and in a notebook, and changes nothing until applied.

    Attributes:
        profile: the profile.
        cluster: the cluster that it was proved on.
        before: the function as it is.
        after: the function as it would be.
        findings: every rule's verdict on the function as it would be.
    """

    profile: Profile
    cluster: Cluster
    before: Function
    after: Function
    findings: Findings
    _subjects: tuple[Subject, ...] = field(repr=False)
    _adapter: Adapter = field(repr=False)
    _fn: Any = field(repr=False)

    @property
    def roles(self) -> tuple[RolePlan, ...]:
        """Before, after and effective pod of each role."""
        return tuple(
            RolePlan(before, subject.asked, subject.pod, subject.qos)
            for before, subject in zip(self.before.roles, self._subjects, strict=True)
        )

    @property
    def refused(self) -> bool:
        """Whether rules refuse the plan."""
        return bool(self.findings.refusing)

    def apply(self) -> Any:
        """Write the plan to the function: all of it, or nothing.

        Returns:
            The function.

        Raises:
            UnsafeCombination: rules refuse; carries every finding.
            InvalidValue: the function was changed since it was planned.
            WriteFailed: MLRun or Nuclio did not keep what was written.
        """
        if self.refused:
            raise UnsafeCombination(_refusal(self), self.findings)
        current = self._adapter.read()
        if current != self.before:
            raise InvalidValue(f"{current.kind} {current.name!r} was changed since it was planned; plan again")
        if self.before == self.after:
            return self._fn
        snapshot = self._adapter.snapshot()
        try:
            self._adapter.write(self.before, self.after)
            arrived = self._adapter.read()
            if arrived.roles != self.after.roles or arrived.record != self.after.record:
                raise WriteFailed(_not_kept(self.after, arrived))
        except BaseException:
            self._adapter.restore(snapshot)
            raise
        return self._fn

    def __str__(self) -> str:
        from igz_runtime.report.text import plan_text

        return plan_text(self)

    def __repr__(self) -> str:
        verdict = "refused" if self.refused else "can be applied"
        return f"<Plan: {self.profile!r} on {self.before.kind} {self.before.name!r}, {verdict}>"

    def _repr_html_(self) -> str:
        from igz_runtime.report.html import plan_html

        return plan_html(self)


def make_plan(profile: Profile, fn: Any, cluster: Cluster | None = None) -> Plan:
    """Plan a profile on a function. See `Profile.plan`."""
    adapter = adapter_for(fn)
    before = adapter.read()
    if profile.services_only and not traits(before.kind).service:
        raise UnsupportedFunction(
            f"{profile.name} is for Nuclio, serving and application functions; {before.name!r} is of kind "
            f"{before.kind!r}: use production_job"
        )
    cluster = cluster or profile.cluster or Cluster.current()
    base = take_back(before, Applied.from_text(before.record, before.name))
    _require_sizes(profile, base)
    promised = {role.role: _promised(profile, base, role) for role in base.roles}
    roles = tuple(_planned(profile, base, role, cluster, promised[role.role]) for role in base.roles)
    after = _recorded(profile, base, replace(base, roles=roles))
    subjects = tuple(
        Subject(
            after,
            role,
            cluster,
            profile.workload,
            qos=profile.qos,
            lifecycle=_lifecycle(promised[role.role]),
            planned=True,
        )
        for role in roles
    )
    findings = judge(subjects, profile.waive)
    return Plan(profile, cluster, before, after, findings, subjects, adapter, fn)


def check(fn: Any, cluster: Cluster | None = None, *, workload: Workload | str | None = None) -> Findings:
    """Every rule's verdict on a function as it is.

    What an applied profile promised, declared and waived is read off the function, so that a function that has drifted
    from its profile is found.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work; else what the function's record declares.

    Returns:
        The findings, gravest first, with the rules that could not decide in `.skipped`.

    Raises:
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    function = adapter_for(fn).read()
    applied = Applied.from_text(function.record, function.name)
    return judge(_subjects(function, applied, cluster or Cluster.current(), workload), applied.waivers if applied else None)


def _subjects(
    function: Function, applied: Applied | None, cluster: Cluster, workload: Workload | str | None
) -> Iterator[Subject]:
    promised: Mapping[str, Any] = applied.promised if applied else {}
    declared = Workload.of(workload) if workload is not None else Workload(**promised.get("workload", {}))
    for role in function.roles:
        lifecycle = promised.get("lifecycle")
        if lifecycle is not None:
            lifecycle = _lifecycle(_promised_to(lifecycle, function, role))
        yield Subject(
            function, role, cluster, declared, qos=promised.get("qos"), lifecycle=lifecycle, planned=applied is not None
        )


def _promised(profile: Profile, function: Function, role: PodSettings) -> Promised:
    return _promised_to(profile.lifecycle, function, role)


def _promised_to(lifecycle: Promised, function: Function, role: PodSettings) -> Promised:
    """Where a role runs: a Spark driver stays on demand, whatever its executors do."""
    steady = role.role in traits(function.kind).steady_roles or role.role == "step"
    return "on-demand" if steady else lifecycle


def _lifecycle(promised: Promised) -> Lifecycle | None:
    return None if promised == "any" else promised


def _planned(
    profile: Profile, function: Function, base: PodSettings, cluster: Cluster, promised: Promised
) -> PodSettings:
    sized = replace(
        base,
        containers=tuple(_sized(profile, function, base, container) for container in base.containers),
        node_selector={**base.node_selector, **_group_labels(profile, function, base, cluster)},
        priority_class=cluster.priority(profile.priority),
        replicas=_replicas(profile, base.replicas),
        waiting_limit=profile.waiting_limit if base.waiting_limit and profile.waiting_limit else base.waiting_limit,
    )
    return place(function, sized, cluster, promised)


def _sized(profile: Profile, function: Function, role: PodSettings, container: Container) -> Container:
    if not container.reachable:
        return container
    cpu, memory = _size(profile, role, container)
    limits = {**container.limits, "cpu": cpu, "memory": memory}
    requests = {**container.requests, "memory": memory}
    if profile.qos == "Guaranteed":
        requests["cpu"] = cpu
    gpus = profile.gpus
    if gpus is not None and _is_own(role, container) and _computes(function, role):
        limits = {name: amount for name, amount in limits.items() if not is_accelerator(name)}
        requests = {name: amount for name, amount in requests.items() if not is_accelerator(name)}
        if gpus:
            limits[profile.gpu_type] = quantity(str(gpus))
    return replace(container, requests=requests, limits=limits)


def _size(profile: Profile, role: PodSettings, container: Container) -> tuple[Quantity, Quantity]:
    """CPU and memory of a container: from `sizes`, the profile's arguments, else what the container has."""
    special = profile.sizes.get(container.name) or (profile.sizes.get(role.role) if _is_own(role, container) else None)
    special = special or Size()
    general = Size(profile.cpu, profile.memory) if _is_own(role, container) else Size()
    cpu = special.cpu or general.cpu or _has(container, "cpu")
    memory = special.memory or general.memory or _has(container, "memory")
    return cpu, memory  # type: ignore[return-value]  # _require_sizes has refused what is missing


def _has(container: Container, resource: str) -> Quantity | None:
    return container.limits.get(resource) or container.requests.get(resource)


def _is_own(role: PodSettings, container: Container) -> bool:
    """Whether the container is the one that runs the function's code."""
    return container is role.containers[0]


def _computes(function: Function, role: PodSettings) -> bool:
    computing = traits(function.kind).gpu_roles
    return not computing or role.role in computing


def _require_sizes(profile: Profile, function: Function) -> None:
    missing: list[str] = []
    names: set[str] = set()
    for role in function.roles:
        for container in role.containers:
            names |= {role.role, container.name}
            if not container.reachable:
                continue
            size = _size(profile, role, container)
            absent = [name for name, amount in zip(("cpu", "memory"), size, strict=True) if amount is None]
            if absent:
                own = _is_own(role, container)
                missing.append(f"{role.role}{'' if own else f', container {container.name!r}'}: {' and '.join(absent)}")
    unknown = [name for name in profile.sizes if name not in names]
    if unknown:
        raise InvalidValue(
            f"{function.kind} {function.name!r}: sizes names {unknown[0]!r}, and it has: {', '.join(sorted(names))}"
        )
    if missing:
        raise MissingResources(
            f"{function.kind} {function.name!r}: {profile.name} does not know how much it needs ({'; '.join(missing)}). "
            f"Give cpu= and memory= to the profile, as in {profile.name}(cpu=2, memory='4Gi'), sizes={{'container': "
            "Size(cpu=…, memory=…)} for a sidecar, or set limits on the function"
        )


def _group_labels(profile: Profile, function: Function, role: PodSettings, cluster: Cluster) -> Mapping[str, str]:
    chosen = profile.node_group
    if isinstance(chosen, Mapping):
        return chosen
    if chosen is not None:
        known = cluster.group(chosen)
        if known is None and cluster.node_groups:
            names = ", ".join(group.name for group in cluster.node_groups)
            raise InvalidValue(
                f"{function.kind} {function.name!r}: the cluster has no node group {chosen!r}; it has: {names}"
            )
        return known.selector if known else {IGUAZIO_NODE_GROUP: chosen}
    if profile.gpus and _computes(function, role):
        fitting = [g for g in cluster.node_groups if g.gpu and not g.core and _suits(profile, g)]
        if len(fitting) == 1:
            return fitting[0].selector
    return {}


def _suits(profile: Profile, group: Any) -> bool:
    offered = not group.allocatable or profile.gpu_type in group.allocatable
    return offered and (profile.lifecycle == "any" or group.lifecycle in (None, profile.lifecycle))


def _replicas(profile: Profile, now: Replicas | None) -> Replicas | None:
    if now is None or (profile.replicas is None and not profile.scale_to_zero):
        return now
    if profile.scale_to_zero:
        return Replicas(fixed=None, least=0, most=max(now.most or 0, now.fixed or 0, 1))
    wanted = profile.replicas or 1
    if now.fixed is not None:
        return replace(now, fixed=max(now.fixed, wanted))
    least = max(now.least or 0, wanted)
    return Replicas(fixed=None, least=least, most=max(now.most or 0, least))


def _recorded(profile: Profile, base: Function, after: Function) -> Function:
    wrote, was = difference(base, after)
    promised: dict[str, Any] = {"lifecycle": profile.lifecycle, "qos": profile.qos}
    if profile.workload.stated:
        promised["workload"] = profile.workload.stated
    applied = Applied(profile.name, profile.parameters, profile.waive, promised, wrote, was)
    return replace(after, record=applied.to_text())


def _refusal(plan: Plan) -> str:
    count = len(plan.findings.refusing)
    what = f"{plan.profile.name} refused on {plan.before.kind} {plan.before.name!r}"
    lines = "\n".join(each_refusal(plan.findings))
    return f"{what}: {count} finding{'s' if count > 1 else ''} (the function is unchanged)\n{lines}"


def _not_kept(wanted: Function, arrived: Function) -> str:
    for want, have in zip(wanted.roles, arrived.roles, strict=True):
        for name in PodSettings.__slots__:
            if getattr(want, name) != getattr(have, name):
                return (
                    f"{wanted.kind} {wanted.name!r} ({want.role}): {name} was not kept as written; the function is "
                    "unchanged. This is a defect of igz_runtime, or a version of MLRun or Nuclio that it does not know"
                )
    return f"{wanted.kind} {wanted.name!r}: the record of the profile was not kept; the function is unchanged"


