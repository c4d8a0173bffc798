"""IGZ2xx: resources and the QoS class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from igz_runtime.k8s.pod import Container, QoS, is_accelerator
from igz_runtime.k8s.qos import qos_class
from igz_runtime.k8s.quantity import Quantity, has_digits, hint
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.causes import of_amount
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.cel import resources as cel
from igz_runtime.rules.subject import Subject

REQUESTS_AND_LIMITS = "Iguazio, Best Practices, Requests and Limits"

LEAST_MEMORY = Decimal(2**20)
"""Bytes below which a memory amount is surely a slip."""
LEAST_MEMORY_LIMIT = Decimal(8 * 2**20)
"""Bytes below which no container starts: runc alone takes about 6 MiB."""
MOST_CPU = Decimal(448)
"""Cores above which a CPU amount is surely a slip: the largest general node of a cloud has 448."""

_ADDED_TO_JUPYTER = (
    "nothing: the platform adds this container to every service, and a specification has no field for it"
)
_ADDED_BY_PLATFORM = "have the administrator set Guaranteed default pod resources; the function has no field for them"


@rule(
    "IGZ201",
    "not-guaranteed",
    "Guaranteed QoS promised but not reached",
    severity="error",
    waivable=True,
    source='For workloads whose completion must be guaranteed, the "Kubernetes Guaranteed QoS" class is recommended. '
    "To create a pod with a guaranteed QoS, set the memory request to equal its limits, and the same for its CPU.",
    origin=REQUESTS_AND_LIMITS,
    fix="set requests and limits of CPU and memory to the same value in every container",
    reads=("containers", "qos_promised"),
    cel=cel.not_guaranteed(_ADDED_TO_JUPYTER, _ADDED_BY_PLATFORM),
)
def not_guaranteed(subject: Subject) -> Iterator[Found | Skip]:
    if subject.qos_promised != "Guaranteed" or not subject.pod.containers or subject.qos == "Guaranteed":
        return
    for container in subject.pod.containers:
        found = gaps(container)
        if not found:
            continue
        lacking = "; ".join(found.values())
        if any(amount.is_parameter for amount in (*container.requests.values(), *container.limits.values())):
            yield Skip(f"container {container.name!r} has pipeline parameters for resources")
        elif container.reachable:
            field = of_amount(subject, container.name, *next(iter(found)))
            yield Found(f"container {container.name!r} is not Guaranteed: {lacking}", field=field)
        else:
            yield Found(
                f"container {container.name!r} takes its resources from the platform and is not Guaranteed "
                f"({lacking}), so the pod is {subject.qos}",
                _ADDED_TO_JUPYTER if subject.traits.development else _ADDED_BY_PLATFORM,
                "warning",
                (),
            )


def gaps(container: Container) -> Mapping[tuple[str, str], str]:
    """What keeps a container from being Guaranteed, in words, by section and resource."""
    return dict(_gaps(container))


def _gaps(container: Container) -> Iterator[tuple[tuple[str, str], str]]:
    for resource in ("cpu", "memory"):
        limit, request = container.limits.get(resource), container.requests.get(resource)
        if limit is None or limit.is_zero:
            yield ("limits", resource), f"{resource} has no limit"
        elif request is not None and request != limit:
            yield ("requests", resource), f"{resource} request {request} differs from its limit {limit}"


@rule(
    "IGZ202",
    "request-above-limit",
    "a request above its limit",
    severity="error",
    source="Requests and Limits define how much the pod must have to be able to start to work, and its maximum allowed "
    "consumption.",
    origin=REQUESTS_AND_LIMITS,
    fix="raise the limit or lower the request: Kubernetes refuses the pod",
    reads=("containers",),
    each="amount",
    cel=elsewhere.BY_KUBERNETES,
)
def request_above_limit(subject: Subject) -> Iterator[Found | Skip]:
    for container in subject.pod.containers:
        limits = container.limits
        for resource, request in container.requests.items():
            limit = limits.get(resource)
            if limit is None or limit is request or is_accelerator(resource):
                continue
            if request.number is not None and limit.number is not None and request.number > limit.number:
                message = f"container {container.name!r}: {resource} request {request} is above its limit {limit}"
                yield Found(message, field=of_amount(subject, container.name, "requests", resource))


@rule(
    "IGZ203",
    "gpu-resources",
    "GPU request and limit that differ, or a GPU without CPU and memory",
    severity="error",
    source="GPU does not have the notion of request vs. limit. In this case, request = limit.",
    origin=REQUESTS_AND_LIMITS,
    fix="give the GPU as a limit only, and CPU and memory beside it",
    reads=("containers",),
    each="amount",
    cel=cel.GPU_RESOURCES,
)
def gpu_resources(subject: Subject) -> Iterator[Found | Skip]:
    for container in subject.asked.containers:
        gpus = [name for name in (*container.limits, *container.requests) if is_accelerator(name)]
        for name in dict.fromkeys(gpus):
            request, limit = container.requests.get(name), container.limits.get(name)
            if limit is None:
                message = f"container {container.name!r}: {name} is requested without a limit; Kubernetes refuses it"
                yield Found(message, field=("containers", container.name, "limits", name))
            elif request is not None and request != limit:
                yield Found(
                    f"container {container.name!r}: {name} request {request} differs from its limit {limit}; "
                    "Kubernetes refuses it",
                    field=("containers", container.name, "requests", name),
                )
        if gpus:
            absent = [r for r in ("cpu", "memory") if r not in container.limits and r not in container.requests]
            if absent:
                yield Found(
                    f"container {container.name!r} asks for {gpus[0]} without {' and '.join(absent)}, so its pod is "
                    f"{qos_class((container,))} and first to be evicted from an expensive node",
                    severity="warning",
                    field=("containers", container.name, "limits", absent[0]),
                )


@rule(
    "IGZ204",
    "cpu-request-changed",
    "an explicit CPU request, though the pod is neither Guaranteed nor scaled by CPU",
    severity="info",
    source="Avoid changing this value except in cases where your workload requires Guaranteed QoS (see note), or if "
    "you are using CPU request as a metric for scaling up a function.",
    origin=REQUESTS_AND_LIMITS,
    fix="make the pod Guaranteed (requests equal to limits, CPU and memory), or leave the CPU request to the platform",
    reads=("containers", "replicas", "target_cpu", "qos_promised"),
    cel=elsewhere.AS_ASKED,
)
def cpu_request_changed(subject: Subject) -> Iterator[Found | Skip]:
    if subject.asked.scales_on_cpu or "Guaranteed" in (subject.qos, subject.qos_promised):
        return
    if _of_reachable(subject) == "Guaranteed":
        return
    for container in subject.asked.containers:
        request = container.requests.get("cpu")
        if request is None or not container.reachable or request == subject.cluster.default_requests.get("cpu"):
            continue
        message = f"container {container.name!r}: CPU request {request}, and the pod is {subject.qos}"
        yield Found(message, field=("containers", container.name, "requests", "cpu"))


def _of_reachable(subject: Subject) -> QoS:
    """The QoS class but for the containers that the platform adds: nobody can make the pod more than that."""
    return qos_class(tuple(container for container in subject.pod.containers if container.reachable))


@rule(
    "IGZ205",
    "bad-quantity",
    "a quantity that Kubernetes rejects, or that is obviously a slip",
    severity="error",
    waivable=True,
    source="The quantity grammar of Kubernetes (apimachinery, resource/quantity.go): `4gi` and `1GB` are rejected; "
    "`512m` of memory is half a byte.",
    origin="Kubernetes, Resource units",
    fix="write CPU as '500m' or '2', memory as '512Mi' or '16Gi'",
    reads=("containers", "planned"),
    each="value",
    cel=elsewhere.OF_QUANTITY,
)
def bad_quantity(subject: Subject) -> Iterator[Found | Skip]:
    for container in subject.asked.containers:
        for section, amounts in (("request", container.requests), ("limit", container.limits)):
            for resource, amount in amounts.items():
                # Spark's memory request is its limit: once is enough. What a profile wrote is spelled for the JVM.
                of_jvm = subject.traits.jvm_memory and section == "request" and not subject.planned
                fault = (_jvm_fault(resource, amount) if of_jvm else "") or _fault(resource, amount, section)
                if fault:
                    message = f"container {container.name!r}: {resource} {section} {amount.text!r} {fault}"
                    yield Found(message, field=("containers", container.name, f"{section}s", resource))


def _jvm_fault(resource: str, amount: Quantity) -> str:
    """Spark's parser knows `k`, `m`, `g`, `t`, with or without a `b`, and no binary suffix."""
    if resource != "memory" or not amount.text.endswith("i"):
        return ""
    return f"is not a JVM memory string; did you mean {amount.text.removesuffix('i').lower()!r}?"


def _fault(resource: str, amount: Quantity, section: str) -> str:
    number = amount.number
    if number is None:
        return "" if amount.is_parameter else f"is not a Kubernetes quantity{hint(amount.text)}"
    if not has_digits(amount.text):
        return "has no digit, and Kubernetes takes it for zero"
    if number < 0:
        return "is negative"
    if resource == "memory":
        if 0 < number < LEAST_MEMORY:
            return f"is {format(number.normalize(), 'f')} bytes; a unit such as Mi or Gi was probably meant"
        if section == "limit" and LEAST_MEMORY <= number < LEAST_MEMORY_LIMIT:
            return "is less than a container needs to start; Gi was probably meant"
    elif resource == "cpu":
        if number > MOST_CPU:
            return f"is {format(number.normalize(), 'f')} cores, more than any node has; was a unit such as m left out?"
    elif is_accelerator(resource) and number != number.to_integral_value():
        return "must be a whole number"
    return ""


@rule(
    "IGZ206",
    "limits-only",
    "limits only, where the platform's default requests make the pod Burstable",
    severity="warning",
    waivable=True,
    source="Every container without its own requests gets `cpu: 25m, memory: 1Mi` from Nuclio: limits-only is "
    "Burstable, not Guaranteed.",
    origin="igz_runtime's own runs of Nuclio 1.14.1, and of MLRun with default pod resources",
    fix="set both requests and limits: the platform fills in requests before Kubernetes can copy the limits",
    reads=("containers", "qos_promised", "planned"),
    cel=elsewhere.AS_ASKED,
)
def limits_only(subject: Subject) -> Iterator[Found | Skip]:
    if subject.qos == "Guaranteed" or (subject.planned and subject.qos_promised != "Guaranteed"):
        return
    effective = {container.name: container for container in subject.pod.containers}
    for container in subject.asked.containers:
        if "cpu" not in container.limits or "memory" not in container.limits:
            continue
        missing = [r for r in ("cpu", "memory") if r not in container.requests]
        filled = [r for r in missing if _filled(effective, container, r)]
        if filled:
            defaults = ", ".join(f"{r} {effective[container.name].requests.get(r)}" for r in filled)
            yield Found(
                f"container {container.name!r} has limits without requests, and the platform's default requests "
                f"({defaults}) make it Burstable",
                field=("containers", container.name, "requests", filled[0]),
            )


def _filled(effective: dict[str, Container], container: Container, resource: str) -> bool:
    request = effective[container.name].requests.get(resource)
    return request is not None and request != container.limits.get(resource)


@rule(
    "IGZ209",
    "no-resources",
    "a function that specifies no CPU or memory at all",
    severity="info",
    waivable=True,
    source="Requests and Limits define how much the pod must have to be able to start to work, and its maximum allowed "
    "consumption.",
    origin=REQUESTS_AND_LIMITS,
    fix="say how much it needs: apply profiles.production_job(cpu=…, memory=…) or profiles.development_job(…)",
    reads=("containers", "roles.containers", "planned"),
    cel=elsewhere.AS_ASKED,
)
def no_resources(subject: Subject) -> Iterator[Found | Skip]:
    roles = subject.function.roles
    # Once for a function, not for each of its roles; the pod of a pipeline's step only starts the run.
    if subject.planned or subject.asked.role != roles[0].role or subject.traits.platform == "kubernetes":
        return
    own = [container for role in roles for container in role.containers if container.reachable]
    if not own or any(container.requests or container.limits for container in own):
        return
    defaults = _sections(next(each for each in subject.pod.containers if each.name == own[0].name))
    service = "say how much it needs: apply profiles.production_service(cpu=…, memory=…)"
    yield Found(
        "specifies no CPU or memory at all, so the platform's defaults decide" + (f" ({defaults})" if defaults else ""),
        service if subject.traits.service else "",
        field=("containers", own[0].name),
    )


def _sections(container: Container) -> str:
    sections = (("requests", container.requests), ("limits", container.limits))
    return "; ".join(
        f"{name} {', '.join(f'{resource} {amount}' for resource, amount in amounts.items())}"
        for name, amounts in sections
        if amounts
    )
