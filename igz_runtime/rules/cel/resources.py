"""IGZ2xx in CEL. See `rules/resources`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.rules.cel.containers import amounts, is_accelerator, is_reachable
from igz_runtime.rules.cel.form import Cel, Says, quoted
from igz_runtime.rules.cel.function_resources import OF_FUNCTIONS

_RESOURCES: Final = ("cpu", "memory")


def _gap(container: str, resource: str) -> str:
    """What keeps a resource of a container from being Guaranteed, as a list of none or one."""
    limits, requests, name = amounts(container, "limits"), amounts(container, "requests"), quoted(resource)
    limit, request = f"string({limits}[{name}])", f"string({requests}[{name}])"
    unlimited = f"!({name} in {limits}) || sign(quantity({limit})) == 0"
    differs = f"{name} in {requests} && quantity({request}).compareTo(quantity({limit})) != 0"
    text = f"'{resource} request ' + {request} + ' differs from its limit ' + {limit}"
    return f"({unlimited} ? ['{resource} has no limit'] : {differs} ? [{text}] : [])"


def _gaps(container: str) -> str:
    return f"({' + '.join(_gap(container, resource) for resource in _RESOURCES)})"


def _asks(container: str) -> str:
    """Whether a container asks for CPU or memory at all: zero counts as nothing."""
    held = ((quoted(resource), amounts(container, of)) for of in ("limits", "requests") for resource in _RESOURCES)
    stated = (f"({name} in {of} && sign(quantity(string({of}[{name}]))) != 0)" for name, of in held)
    return f"({' || '.join(stated)})"


VARIABLES: Final[Mapping[str, str]] = {
    "not_guaranteed": f"variables.qos_promised ? variables.containers.filter(c, {_gaps('c')}.size() > 0) : []",
}
"""`not_guaranteed`: the containers that are not Guaranteed, where that was promised."""
_WHAT: Final = f"{_gaps('c')}.join('; ')"
_QOS: Final = f"(variables.containers.exists(c, {_asks('c')}) ? 'Burstable' : 'BestEffort')"


def _found(condition: str, message: str) -> str:
    return f"variables.not_guaranteed.filter(c, {condition}).map(c, {message})"


def not_guaranteed(of_jupyter: str, of_platform: str) -> Cel:
    """IGZ201, with what to do about a container that the platform adds."""
    reachable = is_reachable("c")
    by_platform = (
        '"container \'" + c.name + "\' takes its resources from the platform and is not Guaranteed ("'
        f" + {_WHAT} + '), so the pod is ' + {_QOS}"
    )
    return Cel(
        (
            Says(_found(reachable, f'"container \'" + c.name + "\' is not Guaranteed: " + {_WHAT}')),
            Says(_found(f"!({reachable}) && variables.development_kind", by_platform), of_jupyter, "warning"),
            Says(_found(f"!({reachable}) && !variables.development_kind", by_platform), of_platform, "warning"),
        )
    )


_GPUS: Final = f"{amounts('c', 'limits')}.filter(r, {is_accelerator('r')})"
_ABSENT: Final = f"['cpu', 'memory'].filter(r, !(r in {amounts('c', 'limits')}) && !(r in {amounts('c', 'requests')}))"
GPU_RESOURCES: Final = Cel(
    (
        Says(
            f"variables.containers.filter(c, {_GPUS}.size() > 0 && {_ABSENT}.size() > 0).map(c,"
            f" \"container '\" + c.name + \"' asks for \" + {_GPUS}.min() + ' without ' + {_ABSENT}.join(' and ')"
            f" + ', so its pod is ' + ({_asks('c')} ? 'Burstable' : 'BestEffort')"
            " + ' and first to be evicted from an expensive node')",
            severity="warning",
        ),
        *OF_FUNCTIONS,
    )
)
"""A GPU without CPU and memory; where its request and its limit differ, Kubernetes refuses the pod by itself."""
