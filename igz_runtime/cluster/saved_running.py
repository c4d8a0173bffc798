"""What runs on a cluster as plain data, and back. What says nothing is left out, and read as nothing again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel, StrictBool, StrictInt, StrictStr

from igz_runtime.cluster.facts import amounts, spelled
from igz_runtime.cluster.running import Declared, Identity, Load, Running, Work
from igz_runtime.errors import ConfigurationError
from igz_runtime.k8s.codec import read_affinity, read_tolerations, write_affinity, write_tolerations
from igz_runtime.k8s.moments import SUCH_AS, is_moment
from igz_runtime.k8s.pod import (
    Affinity,
    Container,
    ContainerSort,
    PodSettings,
    QoS,
    Replicas,
    Resources,
    ScaleResource,
    Toleration,
)
from igz_runtime.k8s.quantity import Quantity, quantity
from igz_runtime.messages import shown

Plain = dict[str, Any]
Texts = dict[StrictStr, StrictStr]
Counts = dict[StrictStr, StrictInt]


class _Identity(BaseModel, extra="forbid"):
    kind: StrictStr = ""
    project: StrictStr = ""
    function: StrictStr = ""
    role: StrictStr = "main"
    profile: StrictStr = ""
    workload: StrictStr = ""
    core: StrictBool = False


class _Container(BaseModel, extra="forbid"):
    name: StrictStr
    requests: Texts = {}
    limits: Texts = {}
    sort: ContainerSort = "main"
    reachable: StrictBool = True


class _Replicas(BaseModel, extra="forbid"):
    fixed: StrictInt | None = None
    least: StrictInt | None = None
    most: StrictInt | None = None


class _ScaleResource(BaseModel, extra="forbid"):
    metric: StrictStr | None = None
    window: StrictStr | None = None
    threshold: StrictInt | None = None


class _Pod(BaseModel, extra="forbid"):
    role: StrictStr = "main"
    containers: list[_Container] = []
    node_name: StrictStr | None = None
    node_selector: Texts = {}
    tolerations: list[dict[StrictStr, Any]] | None = None
    affinity: dict[StrictStr, Any] | None = None
    priority_class: StrictStr | None = None
    preemption_mode: StrictStr | None = None
    mode_annotation: StrictStr | None = None
    replicas: _Replicas | None = None
    waiting_limit: StrictStr | None = None
    running_limit: StrictStr | None = None
    annotations: Texts = {}
    target_cpu: StrictInt | None = None
    scale_to_zero: list[_ScaleResource] | None = None
    pods: StrictInt = 1


class _Work(BaseModel, extra="forbid"):
    identity: _Identity = _Identity()
    namespace: StrictStr = ""
    qos: QoS = "BestEffort"
    pod: _Pod = _Pod()
    labels: Texts = {}
    waivers: Texts = {}
    nodes: Counts = {}
    pending: StrictInt = 0
    since: StrictStr = ""
    said: StrictStr = ""
    names: list[StrictStr] = []
    oldest: StrictStr = ""


class _Load(BaseModel, extra="forbid"):
    memory: Texts = {}
    priorities: Counts = {}
    gpus: StrictInt = 0
    user: StrictInt = 0


class _Declared(BaseModel, extra="forbid"):
    document: dict[StrictStr, Any]
    namespace: StrictStr = ""


class RunningFacts(BaseModel, extra="forbid"):
    """What runs on a cluster, as `save` writes it."""

    work: list[_Work] = []
    loads: dict[StrictStr, _Load] = {}
    declared: list[_Declared] = []
    core: Counts = {}


def running_to_dict(running: Running) -> Plain:
    """What runs on a cluster, as `running_from` reads it."""
    loads = {
        node: {**_plain(load), **({"memory": _memory_to_dict(load)} if load.memory else {})}
        for node, load in running.loads.items()
    }
    return {**_plain(running._replace(loads={})), **({"loads": loads} if loads else {})}


def running_from(facts: RunningFacts) -> Running:
    """What runs on a cluster, from plain data.

    Raises:
        ConfigurationError: an amount that is not a quantity.
        BrokenFunction: a toleration or an affinity that is none; names the field.
    """
    return Running(
        tuple(map(_work, facts.work)),
        {node: _load(load) for node, load in facts.loads.items()},
        tuple(Declared(each.document, each.namespace) for each in facts.declared),
        facts.core,
    )


def _work(w: _Work) -> Work:
    for field, moment in (("since", w.since), ("oldest", w.oldest)):
        if moment and not is_moment(moment):
            raise ConfigurationError(f"live.running.work.{field}: {shown(moment)} is not a moment such as {SUCH_AS}")
    identity = Identity(**dict(w.identity))
    stated = {**dict(w), "identity": identity, "pod": _pod(w.pod), "names": tuple(w.names)}
    return Work(**stated)


def _pod(p: _Pod) -> PodSettings:
    stated = {
        **dict(p),
        "containers": tuple(map(_container, p.containers)),
        "tolerations": read_tolerations(p.tolerations, "live.running.work.pod.tolerations"),
        "affinity": read_affinity(p.affinity, "live.running.work.pod.affinity"),
        "replicas": p.replicas and Replicas(**dict(p.replicas)),
        "scale_to_zero": None
        if p.scale_to_zero is None
        else tuple(ScaleResource(**dict(each)) for each in p.scale_to_zero),
    }
    return PodSettings(**stated)


def _container(c: _Container) -> Container:
    return Container(c.name, resources_from(c.requests), resources_from(c.limits), c.sort, c.reachable)


def resources_from(read: Mapping[str, str], place: str = "live.running") -> Resources:
    """Amounts by resource, from plain data.

    Args:
        read: the amounts.
        place: where they stand.

    Raises:
        ConfigurationError: one of them is not a quantity.
    """
    resources = {name: quantity(text) for name, text in read.items()}
    for name, amount in resources.items():
        if amount.number is None:
            raise ConfigurationError(f"{place}: {name}: {amount.text!r} is not a Kubernetes quantity")
    return resources


def _load(load: _Load) -> Load:
    memory = {qos: amounts({"memory": each})["memory"] for qos, each in resources_from(load.memory).items()}
    return Load(memory, load.priorities, load.gpus, load.user)


def _memory_to_dict(load: Load) -> dict[str, str]:
    return {qos: spelled("memory", amount) for qos, amount in load.memory.items()}


def _plain(value: Any) -> Any:
    """A value as plain data, without the fields that say what they say anyway."""
    if isinstance(value, Affinity):
        return write_affinity(value)
    if isinstance(value, Toleration):
        return write_tolerations([value])[0]
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if not isinstance(value, tuple):
        return value
    named = cast("dict[str, Any] | None", getattr(value, "_field_defaults", None))
    if named is None:
        return list(map(_plain, value))
    fields = value._asdict().items()  # type: ignore[attr-defined]
    return {name: _plain(item) for name, item in fields if name not in named or item != named[name]}
