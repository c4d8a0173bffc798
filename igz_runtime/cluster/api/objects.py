"""Objects of the Kubernetes API, as JSON, read as values. What a field's absence means is Kubernetes' own default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from igz_runtime.cluster.clouds import KARPENTER_POOL
from igz_runtime.cluster.facts import LimitRangeItem, Node, Pool, Quota, amounts
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.errors import BrokenFunction, ConfigurationError
from igz_runtime.k8s.codec import mapping, read_selector, read_tolerations, sequence, text
from igz_runtime.k8s.pod import Requirement, Resources, Taint
from igz_runtime.k8s.quantity import quantity
from igz_runtime.text.limits import LARGEST_CONFIG_MAP, Unreadable
from igz_runtime.text.tree import plain_yaml

Raw = Mapping[str, Any]


def read_node(raw: Raw) -> Node:
    """A node, without what runs on it.

    Raises:
        BrokenFunction: a field of the wrong type.
    """
    metadata, spec, status = (mapping(raw.get(part), part) for part in ("metadata", "spec", "status"))
    name = text(metadata.get("name"), "metadata.name")
    allocatable = mapping(status.get("allocatable"), "status.allocatable")
    if not name or not allocatable:
        raise BrokenFunction(f"node {name!r}: no {'status.allocatable' if name else 'metadata.name'}")
    return Node(
        name,
        dict(mapping(metadata.get("labels"), "metadata.labels")),
        read_taints(spec.get("taints")),
        amounts(_resources(allocatable)),
        unschedulable=bool(spec.get("unschedulable")),
        unready=_unready(status),
    )


def _unready(status: Raw) -> bool:
    """Whether the kubelet says no, or nothing for so long that the node controller calls it unknown."""
    ready = (each.get("status") for each in sequence(status.get("conditions"), "conditions") if each["type"] == "Ready")
    return next(ready, "True") != "True"


def read_taints(value: object) -> tuple[Taint, ...]:
    """The taints of a node or of a node pool's template."""
    return tuple(
        Taint(str(taint["key"]), taint.get("value") or None, str(taint["effect"]))
        for taint in sequence(value, "taints")
    )


def requests_of(spec: Raw) -> Mapping[str, Any]:
    """What a stored pod requests, in text: one container's requests as they are, several as sums in whole amounts."""
    containers, starting, whole = spec["containers"], spec.get("initContainers"), spec.get("resources")
    if len(containers) == 1 and not starting and not whole and "overhead" not in spec:
        return (containers[0].get("resources") or {}).get("requests") or {}
    return _summed(spec)


def read_limit_range(raw: Raw) -> Iterator[LimitRangeItem]:
    """The items of a limit range."""
    name = raw["metadata"]["name"]
    for item in mapping(raw.get("spec"), "spec").get("limits") or ():
        fields = ("default", "defaultRequest", "min", "max", "maxLimitRequestRatio")
        yield LimitRangeItem(name, item["type"], *(_resources(item.get(field)) for field in fields))


def read_quota(raw: Raw) -> Quota:
    """A resource quota. Its admission goes by `status.hard`, which a controller copies from the spec."""
    spec, status = mapping(raw.get("spec"), "spec"), mapping(raw.get("status"), "status")
    selected = mapping(spec.get("scopeSelector"), "spec.scopeSelector").get("matchExpressions") or ()
    scopes = (
        *(Requirement(scope, "Exists", ()) for scope in spec.get("scopes") or ()),
        *(Requirement(each["scopeName"], each["operator"], tuple(each.get("values") or ())) for each in selected),
    )
    return Quota(raw["metadata"]["name"], _resources(status.get("hard")), _resources(status.get("used")), scopes)


class PriorityClass(NamedTuple):
    """A priority class: its value, whether it is that of a pod that names none, and whether its pods evict others."""

    name: str
    value: int
    default: bool
    preempts: bool


def read_priority_class(raw: Raw) -> PriorityClass:
    """A priority class."""
    preempts = raw.get("preemptionPolicy", "PreemptLowerPriority") != "Never"
    return PriorityClass(
        str(raw["metadata"]["name"]), int(raw.get("value", 0)), bool(raw.get("globalDefault")), preempts
    )


def read_node_pool(raw: Raw) -> Pool:
    """A Karpenter NodePool (karpenter.sh/v1). One with `replicas` keeps that many nodes, whatever waits.

    Source: provisioning/provisioner.go of Karpenter 1.13.
    """
    spec, status = mapping(raw.get("spec"), "spec"), mapping(raw.get("status"), "status")
    template = mapping(spec.get("template"), "spec.template")
    labels = dict(mapping(mapping(template.get("metadata"), "metadata").get("labels"), "labels"))
    node = mapping(template.get("spec"), "spec.template.spec")
    name = raw["metadata"]["name"]
    requirements = tuple(
        Requirement(each["key"], each["operator"], tuple(each["values"]) if each.get("values") else None)
        for each in node.get("requirements") or ()
    )
    limits, used = amounts(_resources(spec.get("limits"))), amounts(_resources(status.get("resources")))
    room = {resource: most - used.get(resource, 0) for resource, most in limits.items()}
    replicas = None if spec.get("replicas") is None else int(spec["replicas"])
    return Pool(
        "karpenter",
        name,
        {**labels, KARPENTER_POOL: name},
        read_taints(node.get("taints")),
        requirements,
        room=room if replicas is None else {"nodes": 0},
        fault=_not_ready(status),
        only_empty=_only_when_empty(spec),
        least=replicas or 0,
        most=limits.get("nodes") if replicas is None else replicas,
        now=used.get("nodes") if replicas is None else replicas,
    )


def _only_when_empty(spec: Raw) -> bool:
    """Whether a NodePool's nodes are removed only when nothing runs there; those of a static one are not at all."""
    disruption = mapping(spec.get("disruption"), "spec.disruption")
    forbidden = any(
        str(budget.get("nodes")).rstrip("%") == "0"
        and not budget.get("schedule")
        and "Underutilized" in (budget.get("reasons") or ("Underutilized",))
        for budget in disruption.get("budgets") or ()
    )
    never = spec.get("replicas") is not None or disruption.get("consolidateAfter") == "Never"
    return never or forbidden or disruption.get("consolidationPolicy") == "WhenEmpty"


def read_platform_config(raw: Raw) -> Preemptible | None:
    """Nuclio's preemptible nodes, out of the ConfigMap with its `platform.yaml`; None where it configures none.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        platform = parsed(str(mapping(raw.get("data"), "data").get("platform.yaml") or ""))
        nodes = mapping(mapping(mapping(platform, "platform").get("kube"), "kube").get("preemptibleNodes"), "nodes")
        if not nodes:
            return None
        return Preemptible(
            read_selector(nodes.get("nodeSelector"), "nodeSelector"),
            read_tolerations(nodes.get("tolerations"), "tolerations") or (),
            read_tolerations(nodes.get("gpuTolerations"), "gpuTolerations") or (),
            text(nodes.get("defaultMode"), "defaultMode") or "prevent",
        )
    except Unreadable as error:
        why = "" if error.syntax else f": it {error}"
        raise ConfigurationError(f"its platform.yaml cannot be read{why}") from None
    except BrokenFunction:
        raise ConfigurationError("its platform.yaml cannot be read") from None


def parsed(text: str) -> Any:
    """What the text of a ConfigMap says.

    Raises:
        Unreadable: it is not YAML, or more than is read.
    """
    if len(text) > LARGEST_CONFIG_MAP:
        raise Unreadable(f"is larger than {LARGEST_CONFIG_MAP // 2**20} MiB")
    return plain_yaml(text)


def _not_ready(status: Raw) -> str:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready" and condition.get("status") == "False":
            return f"it is not ready ({condition.get('reason') or 'no reason given'})"
    return ""


def _resources(value: object) -> Resources:
    resources = {str(name): quantity(str(amount)) for name, amount in mapping(value, "resources").items()}
    for name, amount in resources.items():
        if amount.number is None:
            raise BrokenFunction(f"{name}: no quantity")
    return resources


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
    _add(running, amounts(_resources(spec.get("overhead"))))
    return {name: f"{amount}m" if name == "cpu" else str(amount) for name, amount in running.items()}


def _requested(holder: Raw) -> dict[str, int]:
    return amounts(_resources((holder.get("resources") or {}).get("requests")))


def _add(to: dict[str, int], more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        to[name] = to.get(name, 0) + amount


def _raise(to: dict[str, int], least: Mapping[str, int]) -> None:
    for name, amount in least.items():
        to[name] = max(to.get(name, 0), amount)


def unreadable(error: Exception) -> str:
    """Why an object could not be read; never one of its values."""
    return str(error) if isinstance(error, BrokenFunction) else f"a field is missing or of the wrong type ({error!r})"


def each_readable(read: Any, items: Iterable[Raw], faults: list[str]) -> Iterator[Any]:
    """Objects as values; those that cannot be read go to the faults."""
    for item in items:
        try:
            yield read(item)
        except (BrokenFunction, KeyError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
            faults.append(unreadable(error))
