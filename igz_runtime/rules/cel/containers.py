"""What a pod's containers ask for, in CEL: `cluster/api/stored`, `k8s/pod` and `k8s/qos`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.kinds import JUPYTER, KINDS, traits
from igz_runtime.rules.cel.form import chosen, literal, quoted
from igz_runtime.rules.cel.kinds import is_kind_that

_SIDECAR: Final = traits(JUPYTER).added[0]


def amounts(container: str, section: str) -> str:
    """The requests, or the limits, of a container."""
    return f"{container}.?resources.?{section}.orValue({{}})"


def is_accelerator(resource: str) -> str:
    """Whether a resource name is an extended resource, and not cpu, memory or storage."""
    r = resource
    return f"({r}.contains('/') && !{r}.startsWith('hugepages-') && !{r}.startsWith('kubernetes.io/'))"


def _accelerators(container: str) -> str:
    """Names of the accelerators that a container asks for, limits first, as its mappings have them."""
    sections = (
        f"{of}.filter(r, sign(quantity(string({of}[r]))) != 0 && {is_accelerator('r')})"
        for of in (amounts(container, "limits"), amounts(container, "requests"))
    )
    return f"({' + '.join(sections)})"


def _own() -> str:
    """The name of the function's own container: the one that is called as its role's is, else the first."""
    kinds: dict[str, list[str]] = {}
    cases: list[tuple[str, str]] = []
    for kind in KINDS.values():
        for role in kind.roles:
            if role.container == "base":
                continue
            if len(kind.roles) == 1:
                kinds.setdefault(role.container, []).append(kind.name)
            else:
                of_role = f"variables.kind == {quoted(kind.name)} && variables.role == {quoted(role.role)}"
                cases.append((of_role, quoted(role.container)))
    cases += ((f"variables.kind in {literal(names)}", quoted(container)) for container, names in kinds.items())
    named = f"[{chosen(cases, quoted('base'))}]"
    first = "variables.listed[variables.proxied ? 1 : 0].name"
    return f"{named}.map(n, variables.listed.exists(c, c.name == n) ? n : {first})[0]"


_RESOURCES: Final = ("cpu", "memory")


def asks(container: str) -> str:
    """Whether a container asks for CPU or memory at all: zero counts as nothing."""
    held = ((quoted(resource), amounts(container, of)) for of in ("limits", "requests") for resource in _RESOURCES)
    stated = (f"({name} in {of} && sign(quantity(string({of}[{name}]))) != 0)" for name, of in held)
    return f"({' || '.join(stated)})"


def _gap(container: str, resource: str) -> str:
    """What keeps a resource of a container from being Guaranteed, as a list of none or one."""
    limits, requests, name = amounts(container, "limits"), amounts(container, "requests"), quoted(resource)
    limit, request = f"string({limits}[{name}])", f"string({requests}[{name}])"
    unlimited = f"!({name} in {limits}) || sign(quantity({limit})) == 0"
    differs = f"{name} in {requests} && quantity({request}).compareTo(quantity({limit})) != 0"
    text = f"'{resource} request ' + {request} + ' differs from its limit ' + {limit}"
    return f"({unlimited} ? ['{resource} has no limit'] : {differs} ? [{text}] : [])"


def _lacking(container: str) -> str:
    """A container, and what keeps it from being Guaranteed."""
    gaps = " + ".join(_gap(container, resource) for resource in _RESOURCES)
    return f'{{"of": dyn({container}), "gaps": dyn({gaps})}}'


VARIABLES: Final[Mapping[str, str]] = {
    "listed": "variables.spec.?containers.orValue([])",
    "starting": "variables.spec.?initContainers.orValue([])",
    "proxied": f"{is_kind_that('proxy')} && variables.listed.size() > 1",
    "own": _own(),
    "containers": "variables.listed.filter(c, c.name == variables.own)"
    " + variables.listed.filter(c, c.name != variables.own) + variables.starting",
    "gpus": f"variables.containers.map(c, {_accelerators('c')}).filter(l, l.size() > 0).map(l, l[0])",
}
"""`containers`: all of the pod, the function's own first; `gpus`: the first accelerator of each that asks for some."""

GUARANTEED: Final[Mapping[str, str]] = {
    "not_guaranteed": f"(variables.qos_promised ? variables.containers.map(c, {_lacking('c')}) : [])"
    ".filter(l, l.gaps.size() > 0)",
    "qos": f"variables.containers.exists(c, {asks('c')}) ? 'Burstable' : 'BestEffort'",
}
"""`not_guaranteed`: the containers that are not Guaranteed, where that was promised; `qos`: what the pod is then."""


def is_reachable(container: str) -> str:
    """Whether the function has a field that sets a container's resources."""
    of_proxy = (
        f"(variables.proxied && {container}.name == variables.listed[0].name && {container}.name != variables.own)"
    )
    return f"!({container}.name == {quoted(_SIDECAR)} || {of_proxy})"
