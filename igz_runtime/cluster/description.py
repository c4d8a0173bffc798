"""Descriptions of a cluster as people write them.

The models use only what pydantic 1.10 and 2 share: class keywords, plain field types, `ValidationError.errors()`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from pydantic import BaseModel, StrictBool, StrictFloat, StrictInt, StrictStr, ValidationError

from igz_runtime.cluster.clouds import PRIORITY_ALIASES, Lifecycle
from igz_runtime.cluster.model import IGUAZIO, Cluster, Environment
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.cluster.platform import Platform
from igz_runtime.cluster.saved import LiveFacts, live_from
from igz_runtime.config.mappings import no_mappings
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.k8s.codec import read_amount
from igz_runtime.k8s.pod import Resources, Taint, TaintEffect, Toleration, TolerationOperator
from igz_runtime.messages import did_you_mean

Labels = dict[StrictStr, StrictStr]
Amounts = dict[StrictStr, StrictStr | StrictInt | StrictFloat]


class _Toleration(BaseModel, extra="forbid"):
    key: StrictStr | None = None
    operator: TolerationOperator | None = None
    value: StrictStr | None = None
    effect: TaintEffect | None = None
    tolerationSeconds: int | None = None  # noqa: N815  (Kubernetes' own spelling)


class _Preemptible(BaseModel, extra="forbid"):
    node_selector: Labels = {}
    tolerations: list[_Toleration] = []
    gpu_tolerations: list[_Toleration] = []
    default_mode: Literal["allow", "constrain", "prevent", "none"] = "prevent"


class _Taint(BaseModel, extra="forbid"):
    key: StrictStr
    value: StrictStr | None = None
    effect: TaintEffect = "NoSchedule"


class _NodeGroup(BaseModel, extra="forbid"):
    name: StrictStr
    labels: Labels = {}
    taints: list[_Taint] = []
    lifecycle: Lifecycle | None = None
    core: StrictBool = False
    gpu: StrictBool = False
    allocatable: Amounts = {}
    selected_by: StrictStr | None = None
    least: StrictInt | None = None
    most: StrictInt | None = None


class _Resources(BaseModel, extra="forbid"):
    requests: Amounts = {}
    limits: Amounts = {}


class ClusterFacts(BaseModel, extra="forbid"):
    """A description of a cluster as it is written."""

    source: StrictStr | None = None
    environment: Environment | None = None
    platform: Platform | None = None
    mlrun: _Preemptible | None = None
    nuclio: _Preemptible | None = None
    node_groups: list[_NodeGroup] = []
    priority_classes: list[StrictStr] | None = None
    default_priority: StrictStr | None = None
    priority_aliases: Labels = {}
    default_resources: _Resources = _Resources()
    default_node_selector: Labels = {}
    default_running_limit: StrictStr | None = None
    mlrun_version: StrictStr | None = None
    live: LiveFacts | None = None


def read_cluster(facts: Mapping[str, Any]) -> Cluster:
    """A cluster from plain data; see `Cluster.from_dict`."""
    faults = cluster_faults(facts)
    if faults:
        raise ConfigurationError("cluster: " + "; ".join(fault for _, fault in faults)) from None
    try:
        return _cluster(_read(facts))
    except InvalidValue as error:
        raise ConfigurationError(f"cluster: {error}") from None


def cluster_faults(facts: object) -> list[tuple[tuple[str | int, ...], str]]:
    """The keys of a description that do not exist and the values of the wrong type: where, and what is wrong."""
    if not isinstance(facts, Mapping):
        return [((), f"{_NO_MAPPING}{type(facts).__name__}")]
    if found := list(no_mappings(facts, ClusterFacts)):
        return [(path, f"{'.'.join(map(str, path))}: {_NO_MAPPING}{type(value).__name__}") for path, value in found]
    try:
        read = _read(facts)
    except ValidationError as error:
        return [(tuple(each["loc"]), _sentence(each)) for each in _first(error, facts)]
    return [fault for number, group in enumerate(read.node_groups) for fault in _size_faults(number, group)]


def _first(error: ValidationError, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The faults that are met first: a fault takes a kilobyte, and a saved cluster may be nothing but faults."""
    for most in (_FEW, _MANY):
        beginning = _beginning(facts, most)
        if beginning == facts:
            break
        try:
            _read(beginning)
        except ValidationError as of_beginning:
            return list(of_beginning.errors())
    else:
        return [{"loc": ("live",), "type": "many", "msg": f"a fault behind the first {_MANY:,} entries of a list"}]
    return list(error.errors())


_FEW, _MANY = 20, 5_000


def _beginning(value: Any, most: int) -> Any:
    """The same with so many entries of each mapping and list."""
    if isinstance(value, Mapping):
        return {key: _beginning(each, most) for key, each in islice(value.items(), most)}
    return [_beginning(each, most) for each in value[:most]] if isinstance(value, list) else value


def _size_faults(number: int, group: _NodeGroup) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Sizes of a node group that contradict each other."""
    for key, size in (("least", group.least), ("most", group.most)):
        if size is not None and size < 0:
            yield (
                ("node_groups", number, key),
                f"node_groups.{number}.{key}: a number of nodes is required, found {size}",
            )
    if group.least is not None and group.most is not None and group.least > group.most >= 0:
        text = f"node_groups.{number}.least: is {group.least}, above most ({group.most}) of node group {group.name!r}"
        yield ("node_groups", number, "least"), text


def _read(facts: Mapping[str, Any]) -> ClusterFacts:
    return ClusterFacts(**{str(key): value for key, value in facts.items()})


def _cluster(read: ClusterFacts) -> Cluster:
    mlrun = IGUAZIO.mlrun if read.mlrun is None else _preemptible(read.mlrun)
    resources = read.default_resources
    classes = IGUAZIO.priority_classes if read.platform == IGUAZIO.platform else None
    return Cluster(
        source=read.source or "a cluster description",
        environment=read.environment,
        platform=read.platform,
        mlrun=mlrun,
        nuclio=mlrun if read.nuclio is None else _preemptible(read.nuclio),
        node_groups=tuple(_group(group) for group in read.node_groups),
        priority_classes=classes if read.priority_classes is None else tuple(read.priority_classes),
        default_priority=read.default_priority,
        priority_aliases={**PRIORITY_ALIASES, **read.priority_aliases},
        default_requests=_amounts(resources.requests, "default_resources.requests"),
        default_limits=_amounts(resources.limits, "default_resources.limits"),
        default_node_selector=read.default_node_selector,
        default_running_limit=read.default_running_limit,
        mlrun_version=read.mlrun_version,
        assumed=read.mlrun is None,
        live=None if read.live is None else live_from(read.live),
    )


def _preemptible(read: _Preemptible) -> Preemptible:
    return Preemptible(
        read.node_selector,
        tuple(map(_toleration, read.tolerations)),
        tuple(map(_toleration, read.gpu_tolerations)),
        read.default_mode,
    )


def _toleration(read: _Toleration) -> Toleration:
    return Toleration(read.key, read.operator, read.value, read.effect, read.tolerationSeconds)


def _group(read: _NodeGroup) -> NodeGroup:
    taints = tuple(Taint(t.key, t.value, t.effect) for t in read.taints)
    allocatable = _amounts(read.allocatable, f"node group {read.name!r}: allocatable")
    return NodeGroup(
        read.name,
        read.labels,
        taints,
        read.lifecycle,
        read.core,
        read.gpu,
        allocatable,
        read.selected_by,
        read.least,
        read.most,
    )


def _amounts(read: Mapping[str, Any], field: str) -> Resources:
    amounts = {name: read_amount(value, f"{field}[{name!r}]") for name, value in read.items()}
    for name, amount in amounts.items():
        if amount.number is None:
            raise InvalidValue(f"{field}[{name!r}]: {amount.text!r} is not a Kubernetes quantity")
        if amount.number < 0:
            raise InvalidValue(f"{field}[{name!r}]: {amount.text!r} is below zero")
    return amounts


def _sentence(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] in ("extra_forbidden", "value_error.extra"):  # as pydantic 2 and 1.10 call it
        return f"{place}: there is no such fact{did_you_mean(error['loc'][-1], _KNOWN)}"
    return f"{place}: {str(error['msg'])[:1].lower()}{str(error['msg'])[1:]}"


_NO_MAPPING = "a mapping is required, found "
_MODELS = (ClusterFacts, _Preemptible, _NodeGroup, _Resources, _Toleration, _Taint)
_KNOWN = tuple(name for model in _MODELS for name in model.__annotations__)
