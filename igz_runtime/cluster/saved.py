"""A cluster as plain data, and as a file: for checks offline and in CI."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, StrictBool, StrictInt, StrictStr

from igz_runtime.cluster.clouds import PRIORITY_ALIASES
from igz_runtime.cluster.facts import Amounts, LimitRangeItem, Live, Node, Pool, Quota, amounts, spelled
from igz_runtime.cluster.running import Running
from igz_runtime.cluster.saved_running import RunningFacts, resources_from, running_from, running_to_dict
from igz_runtime.errors import BrokenFunction, ConfigurationError
from igz_runtime.k8s.codec import write_tolerations
from igz_runtime.k8s.moments import SUCH_AS, is_moment
from igz_runtime.k8s.pod import Requirement, Resources, Taint, Toleration
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.messages import json_text, shown
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import LARGEST_FACTS, MOST_JSON_VALUES, Unreadable
from igz_runtime.text.replace import replace_file
from igz_runtime.text.tree import plain_json, plain_yaml, text_of

if TYPE_CHECKING:
    from igz_runtime.cluster.model import Cluster

Plain = dict[str, Any]
Texts = dict[StrictStr, StrictStr]


def to_dict(cluster: Cluster) -> Plain:
    """Everything that is known of a cluster, as `Cluster.from_dict` reads it. What is not known is left out."""
    stated = {f.name: _plain(getattr(cluster, f.name)) for f in fields(cluster) if f.name not in _NOT_SAVED}
    resources = {"requests": stated.pop("default_requests"), "limits": stated.pop("default_limits")}
    facts = {
        **stated,
        "mlrun": None if cluster.assumed else stated["mlrun"],
        "nuclio": None if cluster.nuclio == cluster.mlrun else stated["nuclio"],
        "priority_aliases": {k: v for k, v in cluster.priority_aliases.items() if PRIORITY_ALIASES.get(k) != v},
        "default_resources": _known(resources),
    }
    if cluster.live is not None:
        live = {**facts["live"], "priorities": dict(cluster.live.priorities)}
        read = cluster.live.running is not None
        facts["live"] = {**live, "running": live.get("running", {})} if read else live
    return {name: fact for name, fact in facts.items() if fact is not None and (fact or name == "priority_classes")}


def save(cluster: Cluster, path: str | PathLike[str]) -> None:
    """Write a cluster to a file. See `Cluster.save`."""
    replace_file(Path(path), (json_text(to_dict(cluster), 1) + "\n").encode())


def load(path: str | PathLike[str]) -> Cluster:
    """Read a cluster from a file. See `Cluster.load`."""
    from igz_runtime.cluster.model import Cluster

    file = Path(path)
    try:
        text = text_of(content_of(file, LARGEST_FACTS))
    except (OSError, Unreadable) as error:
        raise ConfigurationError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})") from None
    try:
        return Cluster.from_dict(_parsed(text))
    except Unreadable as error:
        why = str(error).removeprefix("is not YAML: ")
        said = f"neither YAML nor JSON ({why})" if error.syntax else str(error)
        raise ConfigurationError(f"{file}:{error.remark.position}: {said}") from None
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from None


_HALF: Final = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""Half of a character, which JSON can spell, and no file and no terminal takes."""


class _Taint(BaseModel, extra="forbid"):
    key: StrictStr
    value: StrictStr | None = None
    effect: StrictStr = "NoSchedule"


class _Node(BaseModel, extra="forbid"):
    name: StrictStr
    labels: Texts = {}
    taints: list[_Taint] = []
    allocatable: Texts = {}
    used: Texts = {}
    pods: StrictInt = 0
    unschedulable: StrictBool = False
    group: StrictStr = ""
    unready: StrictBool = False


class _Expression(BaseModel, extra="forbid"):
    key: StrictStr
    operator: StrictStr
    values: list[StrictStr] | None = None


class _Pool(BaseModel, extra="forbid"):
    autoscaler: Literal["karpenter", "cluster-autoscaler"]
    name: StrictStr
    labels: Texts = {}
    taints: list[_Taint] = []
    requirements: list[_Expression] = []
    allocatable: Texts = {}
    room: Texts = {}
    fault: StrictStr = ""
    only_empty: StrictBool = False
    group: StrictStr = ""
    least: StrictInt | None = None
    most: StrictInt | None = None
    now: StrictInt | None = None


class _LimitRange(BaseModel, extra="forbid"):
    name: StrictStr
    type: StrictStr = "Container"
    default: Texts = {}
    default_request: Texts = {}
    least: Texts = {}
    most: Texts = {}
    ratio: Texts = {}


class _Quota(BaseModel, extra="forbid"):
    name: StrictStr
    hard: Texts = {}
    used: Texts = {}
    scopes: list[_Expression] = []


class LiveFacts(BaseModel, extra="forbid"):
    """What an API server said, as `save` writes it."""

    read: StrictStr
    namespace: StrictStr
    nodes: list[_Node] = []
    pools: list[_Pool] = []
    limit_ranges: list[_LimitRange] = []
    quotas: list[_Quota] = []
    priorities: dict[StrictStr, StrictInt] = {}
    global_default: StrictStr | None = None
    unknown: Texts = {}
    devices: Texts = {}
    running: RunningFacts | None = None
    preempting: list[StrictStr] = []
    uid: StrictStr = ""
    version: StrictStr = ""


def live_from(facts: LiveFacts) -> Live:
    """What an API server said, from plain data.

    Raises:
        ConfigurationError: an amount that is not a quantity, or a moment that is none.
    """
    if not is_moment(facts.read):
        raise ConfigurationError(f"live.read: {shown(facts.read)} is not a moment such as {SUCH_AS}")
    return Live(
        facts.read,
        facts.namespace,
        tuple(map(_node, facts.nodes)),
        tuple(map(_pool, facts.pools)),
        tuple(map(_limit_range, facts.limit_ranges)),
        tuple(map(_quota, facts.quotas)),
        facts.priorities,
        facts.global_default,
        facts.unknown,
        facts.devices,
        None if facts.running is None else _running(facts.running),
        tuple(facts.preempting),
        facts.uid,
        facts.version,
    )


def _running(facts: RunningFacts) -> Running:
    try:
        return running_from(facts)
    except BrokenFunction as error:
        raise ConfigurationError(str(error)) from None


def _node(n: _Node) -> Node:
    allocatable, used = _counted(n.allocatable), _counted(n.used)
    return Node(n.name, n.labels, _taints(n.taints), allocatable, used, n.pods, n.unschedulable, n.group, n.unready)


def _pool(p: _Pool) -> Pool:
    requirements = tuple(
        Requirement(e.key, e.operator, None if e.values is None else tuple(e.values)) for e in p.requirements
    )
    return Pool(
        p.autoscaler,
        p.name,
        p.labels,
        _taints(p.taints),
        requirements,
        _counted(p.allocatable),
        _counted(p.room),
        p.fault,
        p.only_empty,
        p.group,
        p.least,
        p.most,
        p.now,
    )


def _limit_range(r: _LimitRange) -> LimitRangeItem:
    return LimitRangeItem(r.name, r.type, *map(_resources, (r.default, r.default_request, r.least, r.most, r.ratio)))


def _quota(q: _Quota) -> Quota:
    scopes = tuple(Requirement(s.key, s.operator, tuple(s.values or ())) for s in q.scopes)
    return Quota(q.name, _resources(q.hard), _resources(q.used), scopes)


def _plain(value: Any) -> Any:
    """A value as plain data, whatever fields it has; those that are empty are left out, and read as empty again."""
    if isinstance(value, Toleration):
        return write_tolerations([value])[0]
    if isinstance(value, Quantity):
        return str(value)
    if isinstance(value, Running):
        return running_to_dict(value)
    if isinstance(value, Mapping):
        # Whole numbers are amounts as the scheduler counts them.
        return {key: spelled(key, item) if type(item) is int else _plain(item) for key, item in value.items()}
    if is_dataclass(value):
        unknown = {f.name for f in fields(value) if f.default is None}
        return _known({f.name: _plain(getattr(value, f.name)) for f in fields(value)}, unknown)
    if not isinstance(value, tuple):
        return value
    defaults: Mapping[str, Any] | None = getattr(value, "_field_defaults", None)
    if defaults is None:
        return list(map(_plain, value))
    named: tuple[str, ...] = getattr(value, "_fields", ())
    unknown = {name for name, default in defaults.items() if default is None}
    return _known(dict(zip(named, map(_plain, value), strict=True)), unknown)


def _known(facts: Plain, unknown: Collection[str] = ()) -> Plain:
    """What says something: 0 does where what is not known is None."""
    return {name: fact for name, fact in facts.items() if fact or (type(fact) is int and name in unknown)}


_NOT_SAVED: Final = frozenset({"assumed", "connection"})


def _taints(read: Iterable[_Taint]) -> tuple[Taint, ...]:
    return tuple(Taint(taint.key, taint.value, taint.effect) for taint in read)


def _resources(read: Mapping[str, str]) -> Resources:
    return resources_from(read, "live")


def _counted(read: Mapping[str, str]) -> Amounts:
    return amounts(_resources(read))


def _parsed(text: str) -> Any:
    """JSON, else YAML, which takes far longer."""
    if _HALF.search(text):
        raise ConfigurationError("a text with half of a character")
    try:
        return plain_json(text)
    except Unreadable as error:
        if not error.syntax:
            raise
    return plain_yaml(text, MOST_JSON_VALUES)
