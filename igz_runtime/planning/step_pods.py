"""What a pipeline step's pod should ask for: its function's placement, priority class and size, always on demand.

A step's pod starts the run of its function and waits for it. It needs no device, and where it is lost its run is
submitted a second time, so it stays on demand also where the run itself may be on spot nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

from igz_runtime.cluster.landing import can_land, shape_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.effective import enriched_by_mode, without_enrichment
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import take_back
from igz_runtime.k8s.pod import Container, PodSettings, Resources, is_accelerator
from igz_runtime.k8s.quantity import Quantity, kubernetes_text, quantity
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.planning.arguments import CHECKS
from igz_runtime.planning.placement import keeps, place
from igz_runtime.planning.promise import Promise
from igz_runtime.planning.sizing import on_group

_PROMISED: Final = "on-demand"
_AMOUNTS: Final = ("cpu", "memory")
Candidate = tuple[Function, PodSettings]


@dataclass(frozen=True, slots=True)
class StepSettings:
    """What `steps:` of igz-runtime.yaml says of a step's pod. What is left out is its function's.

    Attributes:
        cpu: cores, its request and its limit.
        memory: bytes, its request and its limit.
        priority: `low`, `medium`, `high`, or the name of a priority class.
        node_group: a node group's name, or the labels that select it.
    """

    cpu: Quantity | None = None
    memory: Quantity | None = None
    priority: str | None = None
    node_group: str | Mapping[str, str] | None = None

    @classmethod
    def of(cls, written: object) -> StepSettings:
        """The settings from an entry as it is written.

        Raises:
            InvalidValue: no mapping, an argument that a step does not have, or an invalid value.
        """
        if not isinstance(written, Mapping):
            raise InvalidValue(f"a mapping of arguments is required, found {shown(written)}")
        for name in map(str, written):
            if name not in STEP_ARGUMENTS:
                near = did_you_mean(name, STEP_ARGUMENTS) or f"; it has {', '.join(STEP_ARGUMENTS)}"
                raise InvalidValue(f"a step has no argument {name!r}{near}")
        return cls(**{name: None if value is None else CHECKS[name](value) for name, value in written.items()})


STEP_ARGUMENTS: Final = tuple(each.name for each in fields(StepSettings))
UNSAID: Final = StepSettings()


def step_pod(step: Function, function: Function | None, said: StepSettings, cluster: Cluster) -> PodSettings:
    """The settings of a step's pod.

    Args:
        step: the pod as the workflow has it.
        function: the function that the step is of; None: it is not known, and what the step has counts for it.
        said: what `steps:` says of the step.
        cluster: what is known of the cluster, as the function's project meets it.

    Raises:
        InvalidValue: a node group that the cluster does not have, or that has no on-demand nodes.
    """
    main, *others = step.roles[0].containers
    try:
        placed = _placed(_candidates(step, function, said, cluster), cluster)
    except InvalidValue as error:
        raise InvalidValue(f"step {step.name!r}: {error}") from None
    return PodSettings(
        STEP,
        (_sized(main, function, said, cluster), *others),
        node_selector=placed.node_selector,
        tolerations=placed.tolerations,
        affinity=placed.affinity,
        priority_class=_priority(step, function, said, cluster),
        preemption_mode=step.roles[0].preemption_mode,
    )


def _placed(candidates: Iterable[Candidate], cluster: Cluster) -> PodSettings:
    """The first that stays on demand and off nodes with GPUs; else the first that stays on demand; else the first.

    The rules then say what stands in the way.
    """
    pods = [place(function, role, cluster, _PROMISED)[1] for function, role in candidates]
    kept = [pod for pod in pods if keeps(_PROMISED, pod, cluster)]
    off_gpus = [pod for pod in kept if not _takes_gpu_nodes(pod.settings, cluster)]
    return [*off_gpus, *kept, *pods][0].settings


def _candidates(step: Function, function: Function | None, said: StepSettings, cluster: Cluster) -> Iterator[Candidate]:
    """Where the pod may go: as its function, as that without its profile, and where neither is on demand, anywhere."""
    here = step.but(roles=(step.roles[0].but(node_name=None),))
    of = [here] if function is None else [function, take_back(function, Applied.on(function))]
    # A profile's node group goes where the step has one of its own.
    for each in of[-1:] if said.node_group else of:
        yield _waiting(each, _role(each), said, cluster)
    # MLRun adds a project's default node selector to a function, and nobody adds it to the pod of a step.
    for each in (of[-1], here):
        yield _waiting(each, _anywhere(_role(each)), said, cluster)


def _waiting(function: Function, role: PodSettings, said: StepSettings, cluster: Cluster) -> Candidate:
    """The function and its role as they wait: without devices, and on the step's own node group, where it has one."""
    if role.preemption_mode != "prevent" and enriched_by_mode(role, cluster):
        role = without_enrichment(role)
    role = _without_devices(role).but(node_name=None)
    function = function.but(roles=tuple(map(_without_devices, function.roles)))
    if said.node_group is None:
        return function, role
    return function, on_group(Promise(STEP, _PROMISED, node_group=said.node_group), function, role, cluster)


def _role(function: Function) -> PodSettings:
    """The role whose placement the step takes: Spark has one for it, and of the others the first is as good."""
    role = next((role for role in function.roles if role.role == STEP), function.roles[0])
    return function.with_inherited(role)


def _anywhere(role: PodSettings) -> PodSettings:
    return role.but(node_selector={}, tolerations=None, affinity=None)


def _without_devices(role: PodSettings) -> PodSettings:
    return role.but(
        containers=tuple(
            each._replace(requests=_no_devices(each.requests), limits=_no_devices(each.limits))
            for each in role.containers
        )
    )


def _no_devices(amounts: Resources) -> Resources:
    return {name: amount for name, amount in amounts.items() if not is_accelerator(name)}


def _takes_gpu_nodes(pod: PodSettings, cluster: Cluster) -> bool:
    return any(group.gpu and can_land(pod, shape_of(group)) for group in cluster.node_groups)


def _priority(step: Function, function: Function | None, said: StepSettings, cluster: Cluster) -> str | None:
    """The class that is said of the step, else its function's. What a platform gives to functions, no step gets."""
    if said.priority is not None and not cluster.lists_no_class_for(said.priority):
        return cluster.priority(said.priority)
    return _role(step if function is None else function).priority_class


def _sized(main: Container, function: Function | None, said: StepSettings, cluster: Cluster) -> Container:
    """The step's container: with what `steps:` says, else what the workflow gave it, else what its function has."""
    own = _own_container(function) if function else None
    requests, limits = dict(main.requests), dict(main.limits)
    for resource in _AMOUNTS:
        given = getattr(said, resource)
        if given is not None:
            requests[resource] = limits[resource] = given
        elif own is not None and not _given_by_the_workflow(main, resource, cluster):
            for mine, its in ((requests, own.requests), (limits, own.limits)):
                mine.pop(resource, None)
                if resource in its:
                    mine[resource] = _spelled(its[resource])
    return main._replace(requests=requests, limits=limits)


def _own_container(function: Function) -> Container | None:
    """The function's own container that says how much it needs, of the step's role or else of the first that does."""
    own = [role.containers[0] for role in (_role(function), *function.roles) if role.containers]
    return next((each for each in own if each.reachable and _stated(each)), None)


def _stated(container: Container) -> bool:
    amounts = [section.get(each) for section in (container.requests, container.limits) for each in _AMOUNTS]
    # A pipeline's parameter is no amount before the pipeline runs, and Kubernetes takes none for one.
    return any(amounts) and not any(amount is not None and amount.is_parameter for amount in amounts)


def _given_by_the_workflow(main: Container, resource: str, cluster: Cluster) -> bool:
    """Whether the workflow itself sized the step: MLRun gives a step its default pod resources alone."""
    sections = ((main.requests, cluster.default_requests), (main.limits, cluster.default_limits))
    return any(resource in given and given[resource] != default.get(resource) for given, default in sections)


def _spelled(amount: Quantity) -> Quantity:
    """An amount as Kubernetes spells it, which Spark's JVM does not."""
    return amount if amount.is_plain or amount.number is None else quantity(kubernetes_text(amount.number))
