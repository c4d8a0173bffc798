"""How much a function says that it needs, as arguments of a profile, and what nobody says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings, is_accelerator
from igz_runtime.k8s.quantity import Quantity, kubernetes_text, quantity
from igz_runtime.planning.arguments import Size
from igz_runtime.planning.sizing import stated

Amounts = tuple[Quantity | None, Quantity | None]


class Measured(NamedTuple):
    """What a function needs.

    Attributes:
        arguments: what is known, as arguments of a profile.
        missing: what nobody says: of which role or container (empty: of the function), and `cpu` or `memory`.
    """

    arguments: dict[str, Any]
    missing: tuple[tuple[str, str], ...]


def measured(function: Function, cpu: Quantity | None = None, memory: Quantity | None = None) -> Measured:
    """What a function needs, by what it states itself.

    Args:
        function: the function.
        cpu: what a person says each role's own container needs, in place of what it states.
        memory: the same of memory.
    """
    own = {name: (cpu or has[0], memory or has[1]) for name, has in _own(function)}
    same = len({tuple(amount and amount.text for amount in has) for has in own.values()}) == 1
    sizes = {} if same else own
    arguments: dict[str, Any] = {"cpu": cpu, "memory": memory}
    if same:
        arguments["cpu"], arguments["memory"] = next(iter(own.values()))
    elif own:
        # One size for all roles would hide that they differ.
        arguments = {"sizes": {name: Size(*has) for name, has in own.items() if any(has)}}
    whole = {"": next(iter(own.values()))} if same else sizes
    missing = [*_absent(whole), *_absent(dict(_sidecars(function)))]
    known = {name: value for name, value in arguments.items() if value}
    return Measured({**known, **_accelerators(function)}, tuple(missing))


def _own(function: Function) -> Iterator[tuple[str, Amounts]]:
    """What the container that runs each role's code has."""
    for role in function.roles:
        if role.containers and role.containers[0].reachable:
            yield role.role, _known(stated(role.containers[0]))


def _sidecars(function: Function) -> Iterator[tuple[str, Amounts]]:
    for role in function.roles:
        yield from ((each.name, _known(stated(each))) for each in role.containers[1:] if each.reachable)


def _known(has: Amounts) -> Amounts:
    """What of it is a quantity; a profile takes no other."""
    cpu, memory = (_spelled(amount) if amount and amount.number and amount.number > 0 else None for amount in has)
    return cpu, memory


def _spelled(amount: Quantity) -> Quantity:
    """The amount as Kubernetes spells it: Spark's `4g` is no quantity where a profile is written down."""
    number = amount.number
    return amount if number is None or amount.is_plain else quantity(kubernetes_text(number))


def _absent(amounts: dict[str, Amounts]) -> Iterator[tuple[str, str]]:
    for where, has in amounts.items():
        yield from ((where, name) for name, amount in zip(("cpu", "memory"), has, strict=True) if amount is None)


def _accelerators(function: Function) -> dict[str, Any]:
    """The accelerators of the roles that compute, where they are of one type and number."""
    computing = traits(function.kind).gpu_roles
    found = {each for role in function.roles if not computing or role.role in computing for each in _asked(role)}
    if len(found) != 1:
        return {}
    gpu_type, count = found.pop()
    return {"gpus": count} if gpu_type == "nvidia.com/gpu" else {"gpus": count, "gpu_type": gpu_type}


def _asked(role: PodSettings) -> Iterator[tuple[str, int]]:
    for container in role.containers[:1]:
        for name, amount in {**container.requests, **container.limits}.items():
            if is_accelerator(name) and amount.number and amount.number == int(amount.number):
                yield name, int(amount.number)
