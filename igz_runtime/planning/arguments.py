"""The arguments of profiles: what each may be, and the error for an invalid value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from igz_runtime.cluster.model import LEVELS, Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.record import Promised, PromisedQoS
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.quantity import Quantity, given
from igz_runtime.messages import misspelled, shown
from igz_runtime.planning.bounds import bounds
from igz_runtime.planning.meant import single_unit
from igz_runtime.waiver import Waiver, Waivers

Amount = Quantity | int | float | str

_CLASS_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
_RESOURCE_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")
_GPU_TYPES = ("nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "gpu.intel.com/xe", "habana.ai/gaudi")
_PRIORITIES = f"write {', '.join(map(repr, LEVELS))}, or the name of a class in lower case"
_MOST = 2**31 - 1
_WAITING = re.compile(r"[1-9][0-9]*\s?[smhd]")


@dataclass(frozen=True, slots=True)
class Size:
    """What one role or container needs, where it differs from the rest of the function.

    Args:
        cpu: cores, or a Kubernetes quantity.
        memory: bytes, or a Kubernetes quantity.
    """

    cpu: Quantity | None = None
    memory: Quantity | None = None

    def __init__(self, cpu: Amount | None = None, memory: Amount | None = None) -> None:
        object.__setattr__(self, "cpu", None if cpu is None else given(cpu, what="cpu"))
        object.__setattr__(self, "memory", None if memory is None else given(memory, what="memory"))


def _gpu_type(value: Any) -> Any:
    if not (isinstance(value, str) and _RESOURCE_NAME.fullmatch(value)):
        raise InvalidValue(
            f"gpu_type: {shown(value)} is not the name of a resource; write, for example, 'nvidia.com/gpu'"
        )
    meant = misspelled(value, _GPU_TYPES)
    if meant:
        raise InvalidValue(f"gpu_type: no device plugin offers {shown(value)}; did you mean {meant!r}?")
    return value


def _priority(value: Any) -> Any:
    if not (isinstance(value, str) and _CLASS_NAME.fullmatch(value)):
        level = value.lower() if isinstance(value, str) else ""
        hint = f"did you mean {level!r}?" if level in LEVELS else _PRIORITIES
        raise InvalidValue(f"priority: {shown(value)} is not the name of a priority class; {hint}")
    return value


def _waiting_limit(value: Any) -> Any:
    if value is not None and not (isinstance(value, str) and _WAITING.fullmatch(value)):
        hint = single_unit(value) or "; write, for example, '1h'"
        raise InvalidValue(f"waiting_limit: {shown(value)} is not one number with one unit of s, m, h or d{hint}")
    return value


def _one_of(what: str, *allowed: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value not in allowed:
            raise InvalidValue(f"{what}: {shown(value)} is not one of {', '.join(map(repr, allowed))}")
        return value

    return check


def _truth(what: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise InvalidValue(f"{what}: {shown(value)}; True or False is required")
        return value

    return check


def _amount(what: str) -> Callable[[Any], Quantity | None]:
    return lambda value: None if value is None else given(value, what=what)


def _count(what: str, least: int) -> Callable[[Any], int | None]:
    def check(value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InvalidValue(f"{what}: {shown(value)}; a whole number of at least {least} is required")
        if value > _MOST:
            raise InvalidValue(f"{what}: a number that is too large")
        return value

    return check


def _node_group(value: Any) -> Any:
    from igz_runtime.k8s.labels import is_label_key, label_fault

    if value is None:
        return value
    labels = value if isinstance(value, Mapping) else {"node-group": value}
    if not labels:
        raise InvalidValue("node_group: {} selects nothing; give a label, the group's name, or leave it out")
    for key, label in labels.items():
        if not isinstance(key, str) or not is_label_key(key):
            raise InvalidValue(f"node_group: {shown(key)} is not a label key")
        fault = label_fault(label) if isinstance(label, str) and label else "is not a label value"
        if fault:
            raise InvalidValue(f"node_group: {shown(label)} {fault}")
    return _frozen(value) if isinstance(value, Mapping) else value


def _sizes(value: Any) -> Mapping[str, Size]:
    if not isinstance(value, Mapping):
        raise InvalidValue(f"sizes: a mapping of role or container names to Size(…) is required, found {shown(value)}")
    sizes = {}
    for name, size in value.items():
        try:
            sizes[str(name)] = size if isinstance(size, Size) else Size(**size)
        except TypeError:
            raise InvalidValue(f"sizes[{name!r}]: give Size(cpu=…, memory=…), found {shown(size)}") from None
        except InvalidValue as error:
            raise InvalidValue(f"sizes[{name!r}]: {error}") from None
    return _frozen(sizes)


def _waive(value: Any) -> Waivers:
    from igz_runtime.rules.registry import require_rule

    if not isinstance(value, Mapping):
        raise InvalidValue(f"waive: a mapping of rule ids to Waiver(…) is required, found {shown(value)}")
    for rule_id, waiver in value.items():
        require_rule(rule_id)
        if not isinstance(waiver, Waiver):
            raise InvalidValue(
                f"waive[{rule_id!r}]: give Waiver('the mitigation', until='2027-01-31'), found {shown(waiver)}"
            )
    return _frozen(value)


def _frozen(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(value))


def _name(value: Any) -> str:
    from igz_runtime.k8s.labels import label_fault

    if not isinstance(value, str) or not value or label_fault(value):
        raise InvalidValue(f"{shown(value)} is not a label value, and a label records it")
    return value


def _definition(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue(f"definition is {shown(value)}, and text is required")
    return value


def _cluster(value: Any) -> Any:
    if value is not None and not isinstance(value, Cluster):
        raise InvalidValue(f"cluster: a Cluster is required, found {type(value).__name__}; see Cluster.from_dict")
    return value


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "lifecycle": _one_of("lifecycle", *get_args(Promised)),
    "qos": _one_of("qos", *get_args(PromisedQoS)),
    "priority": _priority,
    "cpu": _amount("cpu"),
    "memory": _amount("memory"),
    "gpus": _count("gpus", 0),
    "gpu_type": _gpu_type,
    "node_group": _node_group,
    "replicas": _count("replicas", 1),
    "scale_to_zero": lambda value: value if value is None else _truth("scale_to_zero")(value),
    "services_only": _truth("services_only"),
    "development": _truth("development"),
    "waiting_limit": _waiting_limit,
    "sizes": _sizes,
    "workload": Workload.of,
    "cluster": _cluster,
    "waive": _waive,
    "bounds": bounds,
    "definition": _definition,
}
