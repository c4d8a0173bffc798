"""How much of everything a profile gives to each container, and which node group and how many pods it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.clouds import IGUAZIO_NODE_GROUP
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.errors import InvalidValue, MissingResources
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.triggers import HANDLED_EVENTS, scaling_fault
from igz_runtime.k8s.matching import tolerated
from igz_runtime.k8s.pod import Container, PodSettings, Replicas, ScaleResource, Toleration, is_accelerator
from igz_runtime.k8s.quantity import Quantity, jvm_text, quantity
from igz_runtime.planning.arguments import NO_LIMIT, Size
from igz_runtime.planning.bounds import require_within
from igz_runtime.planning.promise import Promise
from igz_runtime.planning.subjects import promised_to

_UNSAID = Size()
Tolerations = tuple[Toleration, ...] | None


def sized(profile: Promise, function: Function, role: PodSettings, cluster: Cluster) -> PodSettings:
    """One role's settings with the profile's sizes, node group, priority, replicas and limits on waiting and running.

    Args:
        profile: the profile.
        function: the function that the role belongs to.
        role: the role's settings as the function states them.
        cluster: what is known of the cluster.

    Raises:
        InvalidValue: a node group that the cluster does not have.
    """
    return on_group(profile, function, role, cluster).but(
        containers=tuple(_container(profile, function, role, container) for container in role.containers),
        priority_class=role.priority_class
        if cluster.lists_no_class_for(profile.priority)
        else cluster.priority(profile.priority),
        replicas=_replicas(profile, role.replicas),
        scale_to_zero=_scale_to_zero(profile, role),
        **(_limits(profile) if traits(function.kind).waits else {}),
    )


def on_group(profile: Promise, function: Function, role: PodSettings, cluster: Cluster) -> PodSettings:
    """One role's settings with the profile's node group.

    Raises:
        InvalidValue: a node group that the cluster does not have.
    """
    labels, group = _group(profile, function, role, cluster)
    return role.but(
        node_selector={**function.with_inherited(role).node_selector, **labels} if labels else role.node_selector,
        tolerations=_tolerating(role.tolerations, group) if group else role.tolerations,
    )


def decided(profile: Promise, cluster: Cluster) -> tuple[str, ...]:
    """The settings that the profile decides, also where a function has them already."""
    stated = {
        "priority_class": not cluster.lists_no_class_for(profile.priority),
        "replicas": profile.replicas is not None or profile.scale_to_zero,
        "scale_to_zero": profile.scale_to_zero,
        **_limits(profile),
    }
    return ("containers", "preemption_mode", *(name for name, said in stated.items() if said))


def _limits(profile: Promise) -> dict[str, str]:
    """The limits on waiting and running that the profile states, as MLRun spells them."""
    running = UNLIMITED if profile.running_limit == NO_LIMIT else profile.running_limit
    stated = {"waiting_limit": profile.waiting_limit, "running_limit": running}
    return {name: limit for name, limit in stated.items() if limit}


def group_labels(profile: Promise, function: Function, cluster: Cluster) -> set[str]:
    """Keys of the labels by which the profile selects a node group, for any of the roles."""
    return {key for role in function.roles for key in _group(profile, function, role, cluster)[0]}


def require_sizes(profile: Promise, function: Function) -> None:
    """Refuse where neither the profile nor the function says how much a container needs.

    Raises:
        MissingResources: names every role, container and resource, and says how to give them.
        InvalidValue: `sizes` names a role or container that the function does not have.
    """
    missing: list[str] = []
    for role in function.roles:
        for container in role.containers:
            if container.reachable:
                cpu, memory = _size(profile, role, container)
                if profile.bounds:
                    of = f"{profile.name} on {function.kind} {function.name!r} ({_place(role, container)})"
                    require_within(of, profile.bounds, (("cpu", "cpu", cpu), ("memory", "memory", memory)))
                absent = [name for name, amount in (("cpu", cpu), ("memory", memory)) if amount is None]
                if absent:
                    missing.append(f"{_place(role, container)}: {' and '.join(absent)}")
    if profile.sizes:
        _require_known(profile, function)
    if missing:
        raise MissingResources(
            f"{function.kind} {function.name!r}: {profile.name} does not know how much it needs "
            f"({'; '.join(missing)}). Give cpu= and memory= to the profile, as in {profile.name}(cpu=2, memory='4Gi'), "
            "sizes={'NAME': {'cpu': 1, 'memory': '2Gi'}} for a role or sidecar of that name, or set limits on the "
            "function"
        )


def _require_known(profile: Promise, function: Function) -> None:
    names = {role.role for role in function.roles} | {c.name for role in function.roles for c in role.containers}
    for name in profile.sizes:
        if name not in names:
            raise InvalidValue(
                f"{function.kind} {function.name!r}: sizes names {name!r}, and it has: {', '.join(sorted(names))}"
            )


def _container(profile: Promise, function: Function, role: PodSettings, container: Container) -> Container:
    if not container.reachable:
        return container
    cpu, memory = _size(profile, role, container)
    requests, limits = dict(container.requests), dict(container.limits)
    if profile.gpus is not None and _is_own(role, container) and _computes(function, role):
        for amounts in (requests, limits):
            for name in [name for name in amounts if is_accelerator(name)]:
                del amounts[name]
        if profile.gpus:
            limits[profile.gpu_type] = quantity(str(profile.gpus))
    if cpu is not None and memory is not None:
        if traits(function.kind).jvm_memory:
            jvm_text(memory, what=f"{function.kind} {function.name!r} ({role.role}): memory")
        limits["cpu"], limits["memory"], requests["memory"] = cpu, memory, memory
        if profile.qos == "Guaranteed":
            requests["cpu"] = cpu
    return Container(container.name, requests, limits, container.sort, container.reachable)


def _size(profile: Promise, role: PodSettings, container: Container) -> tuple[Quantity | None, Quantity | None]:
    """CPU and memory of a container: from `sizes`, the profile's arguments, else what the container has."""
    cpu, memory = stated(container)
    own = _is_own(role, container)
    if own:
        cpu, memory = profile.cpu or cpu, profile.memory or memory
    if profile.sizes:
        special = profile.sizes.get(container.name) or (profile.sizes.get(role.role) if own else None) or _UNSAID
        cpu, memory = special.cpu or cpu, special.memory or memory
    return cpu, memory


def stated(container: Container) -> tuple[Quantity | None, Quantity | None]:
    """CPU and memory that a container has itself: its limits, else its requests."""
    limits, requests = container.limits, container.requests
    return limits.get("cpu") or requests.get("cpu"), limits.get("memory") or requests.get("memory")


def _is_own(role: PodSettings, container: Container) -> bool:
    """Whether the container is the one that runs the function's code."""
    return container is role.containers[0]


def _place(role: PodSettings, container: Container) -> str:
    return role.role if _is_own(role, container) else f"{role.role}, container {container.name!r}"


def _computes(function: Function, role: PodSettings) -> bool:
    computing = traits(function.kind).gpu_roles
    return not computing or role.role in computing


def _group(
    profile: Promise, function: Function, role: PodSettings, cluster: Cluster
) -> tuple[Mapping[str, str], NodeGroup | None]:
    """The labels that select the node group, and what is known of it."""
    chosen = profile.node_group
    if isinstance(chosen, str):
        known = cluster.group(chosen)
        if known is None and cluster.node_groups:
            names = ", ".join(group.name for group in cluster.node_groups)
            raise InvalidValue(
                f"{function.kind} {function.name!r}: the cluster has no node group {chosen!r}; it has: {names}"
            )
        if known is not None:
            _require_lifecycle(profile, function, role, known, cluster)
        return (known.selector if known else {IGUAZIO_NODE_GROUP: chosen}), known
    if chosen is not None:
        return chosen, None
    # Roles that share one placement go with the role that computes.
    if profile.gpus and (_computes(function, role) or traits(function.kind).one_placement):
        fitting = [group for group in cluster.node_groups if _suits(profile, group)]
        if len(fitting) == 1:
            return fitting[0].selector, fitting[0]
    return {}, None


def _require_lifecycle(
    profile: Promise, function: Function, role: PodSettings, group: NodeGroup, cluster: Cluster
) -> None:
    """Refuse a node group that is said to have none of the nodes that the profile promises for this role."""
    promised = promised_to(profile.lifecycle, function, role)
    if promised == "any" or group.lifecycle in (None, promised):
        return
    fitting = [each.name for each in cluster.node_groups if each.lifecycle in (None, promised) and not each.core]
    others = f"choose one of them: {', '.join(fitting)}" if fitting else "no other group is known"
    raise InvalidValue(
        f"{function.kind} {function.name!r} ({role.role}): node group {group.name!r} has {group.lifecycle} nodes, and "
        f"{profile.name} promises {promised} nodes; {others}"
    )


def _tolerating(tolerations: Tolerations, group: NodeGroup) -> Tolerations:
    """Tolerations of the group's own taints as well. Those of spot nodes are the preemption mode's concern."""
    if group.lifecycle == "spot":
        return tolerations
    present = tolerations or ()
    missing = tuple(
        Toleration(taint.key, "Equal" if taint.value else "Exists", taint.value or None, taint.effect)
        for taint in group.taints
        if not tolerated(present, taint)
    )
    return (*present, *missing) if missing else tolerations


def _suits(profile: Promise, group: NodeGroup) -> bool:
    """Whether a node group is one for this profile's GPU work."""
    if not group.gpu or group.core or (group.allocatable and profile.gpu_type not in group.allocatable):
        return False
    return profile.lifecycle == "any" or group.lifecycle in (None, profile.lifecycle)


def _replicas(profile: Promise, now: Replicas | None) -> Replicas | None:
    if now is None or (profile.replicas is None and not profile.scale_to_zero):
        return now
    if profile.scale_to_zero:
        return Replicas(fixed=None, least=0, most=max(now.most or 0, now.fixed or 0, 1))
    wanted = profile.replicas or 1
    if now.fixed is not None:
        return now._replace(fixed=max(now.fixed, wanted))
    least = max(now.least or 0, wanted)
    return Replicas(fixed=None, least=least, most=max(now.most or 0, least))


def _scale_to_zero(profile: Promise, role: PodSettings) -> tuple[ScaleResource, ...] | None:
    """What Nuclio's scaler goes by: what the function says, if the scaler reads it, else ten idle minutes."""
    if role.replicas is None or not profile.scale_to_zero:
        return role.scale_to_zero
    stated = role.scale_to_zero
    return _IDLE if scaling_fault(stated) or stated is None else stated


_IDLE: Final = (ScaleResource(HANDLED_EVENTS, "10m", 0),)
"""Ten minutes are among the windows that Iguazio's platform measures. Source: MLRun, docs/cheat-sheet.md."""
