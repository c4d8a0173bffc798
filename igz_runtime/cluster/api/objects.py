"""Objects of the Kubernetes API, as JSON, read as values: each reader says what it takes for one.

What a field's absence means is Kubernetes' own default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from igz_runtime.cluster.api.forms import boolean, needed, number, one_of, takes, text
from igz_runtime.cluster.api.parts import AMOUNTS, CONDITIONS, OF_OBJECT, TAINTS
from igz_runtime.cluster.facts import LimitRangeItem, Node, Quota, amounts
from igz_runtime.errors import BrokenFunction
from igz_runtime.k8s.pod import Requirement, Resources, Taint
from igz_runtime.k8s.quantity import quantity
from igz_runtime.messages import where_raised

T = TypeVar("T")
Raw = Mapping[str, Any]


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "spec": {"taints": TAINTS, "unschedulable": boolean},
        "status": needed({"allocatable": needed(AMOUNTS), "conditions": CONDITIONS}),
    }
)
def read_node(raw: Raw) -> Node:
    """A node, without what runs on it."""
    metadata, spec, status = raw["metadata"], raw.get("spec") or {}, raw["status"]
    return Node(
        metadata["name"],
        dict(metadata.get("labels") or {}),
        read_taints(spec.get("taints")),
        amounts(resources_in(status["allocatable"])),
        unschedulable=bool(spec.get("unschedulable")),
        unready=_unready(status),
    )


def _unready(status: Raw) -> bool:
    """Whether the kubelet says no, or nothing for so long that the node controller calls it unknown."""
    ready = (each["status"] for each in status.get("conditions") or () if each["type"] == "Ready")
    return next(ready, "True") != "True"


def read_taints(value: Iterable[Raw] | None) -> tuple[Taint, ...]:
    """The taints of a node or of a node pool's template."""
    return tuple(Taint(taint["key"], taint.get("value") or None, taint["effect"]) for taint in value or ())


@takes({"metadata": needed({"uid": needed(text)})})
def read_uid(raw: Raw) -> str:
    """The UID of an object."""
    return str(raw["metadata"]["uid"])


def requests_of(spec: Raw) -> Mapping[str, Any]:
    """What a stored pod requests, in text: one container's requests as they are, several as sums in whole amounts."""
    containers, starting, whole = spec["containers"], spec.get("initContainers"), spec.get("resources")
    if len(containers) == 1 and not starting and not whole and "overhead" not in spec:
        return (containers[0].get("resources") or {}).get("requests") or {}
    return _summed(spec)


_SIZES: Final = ("default", "defaultRequest", "min", "max", "maxLimitRequestRatio")


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "spec": {"limits": [{"type": needed(text), **dict.fromkeys(_SIZES, AMOUNTS)}]},
    }
)
def read_limit_range(raw: Raw) -> tuple[LimitRangeItem, ...]:
    """The items of a limit range."""
    name = raw["metadata"]["name"]
    return tuple(
        LimitRangeItem(name, item["type"], *(resources_in(item.get(field)) for field in _SIZES))
        for item in (raw.get("spec") or {}).get("limits") or ()
    )


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "spec": {
            "scopes": [text],
            "scopeSelector": {
                "matchExpressions": [{"scopeName": needed(text), "operator": needed(text), "values": [text]}]
            },
        },
        "status": {"hard": AMOUNTS, "used": AMOUNTS},
    }
)
def read_quota(raw: Raw) -> Quota:
    """A resource quota. Its admission goes by `status.hard`, which a controller copies from the spec."""
    spec, status = raw.get("spec") or {}, raw.get("status") or {}
    selected = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    scopes = (
        *(Requirement(scope, "Exists", ()) for scope in spec.get("scopes") or ()),
        *(Requirement(each["scopeName"], each["operator"], tuple(each.get("values") or ())) for each in selected),
    )
    return Quota(raw["metadata"]["name"], resources_in(status.get("hard")), resources_in(status.get("used")), scopes)


class PriorityClass(NamedTuple):
    """A priority class: its value, whether it is that of a pod that names none, and whether its pods evict others."""

    name: str
    value: int
    default: bool
    preempts: bool


@takes(
    {
        "metadata": needed(OF_OBJECT),
        "value": needed(number),
        "globalDefault": boolean,
        "preemptionPolicy": one_of("Never", "PreemptLowerPriority"),
    }
)
def read_priority_class(raw: Raw) -> PriorityClass:
    """A priority class."""
    preempts = raw.get("preemptionPolicy") != "Never"
    return PriorityClass(raw["metadata"]["name"], raw["value"], bool(raw.get("globalDefault")), preempts)


def resources_in(value: Mapping[str, Any] | None) -> Resources:
    """Amounts by resource; numbers stand there in custom resources."""
    return {name: quantity(str(amount)) for name, amount in (value or {}).items()}


def _summed(spec: Raw) -> dict[str, str]:
    """The requests of several containers: the order of init containers that keep running counts.

    Source: AggregateContainerRequests in component-helpers/resource.
    """
    running: dict[str, int] = {}
    restarting: dict[str, int] = {}
    most: dict[str, int] = {}
    for container in spec["containers"]:
        _add(running, _requested(container))
    for container in spec.get("initContainers") or ():
        asked = _requested(container)
        if container.get("restartPolicy") == "Always":
            _add(running, asked)
            _add(restarting, asked)
            _raise(most, restarting)
        else:
            _raise(most, {name: asked.get(name, 0) + restarting.get(name, 0) for name in {**asked, **restarting}})
    _raise(running, most)
    running.update(_requested(spec))
    _add(running, amounts(resources_in(spec.get("overhead"))))
    return {name: f"{amount}m" if name == "cpu" else str(amount) for name, amount in running.items()}


def _requested(holder: Raw) -> dict[str, int]:
    return amounts(resources_in((holder.get("resources") or {}).get("requests")))


def _add(to: dict[str, int], more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        to[name] = to.get(name, 0) + amount


def _raise(to: dict[str, int], least: Mapping[str, int]) -> None:
    for name, amount in least.items():
        to[name] = max(to.get(name, 0), amount)


def each_readable(read: Callable[[Raw], T], items: Iterable[Raw], faults: list[str]) -> Iterator[T]:
    """Objects as values; what is wrong with those that cannot be read goes to the faults."""
    for item in items:
        try:
            yield read(item)
        except BrokenFunction as error:
            faults.append(str(error))
        except Exception as error:  # noqa: BLE001  (one object must not end the reading of all others)
            faults.append(where_raised(error))
