"""Factories of profiles: the arguments that each takes, as Python's help shows them, and what is wrong with a call."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import wraps
from typing import Any, Final, TypedDict, TypeVar, cast

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.record import Promised
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.arguments import Amount, Size
from igz_runtime.planning.meant import other_argument
from igz_runtime.planning.promise import SHAPE, Promise
from igz_runtime.profiles.profile import Profile
from igz_runtime.waiver import Waiver

F = TypeVar("F", bound=Callable[..., Profile])


class Common(TypedDict, total=False):
    """Arguments that every profile takes; `igz_runtime.profiles` says what each means."""

    cpu: Amount | None
    memory: Amount | None
    gpu_type: str
    node_group: str | Mapping[str, str] | None
    sizes: Mapping[str, Size | Mapping[str, Amount]]
    workload: Workload | str
    cluster: Cluster | None
    waive: Mapping[str, Waiver]


class Run(Common, total=False):
    """The same, and what MLRun limits of runs."""

    running_limit: str | None


class Placement(Common, total=False):
    """What every profile takes, and accelerators."""

    gpus: int | None


class Job(Run, Placement, total=False):
    """All of it."""


def factory(make: F) -> F:
    """A factory whose signature and help name every argument, and whose errors are sentences of ours.

    Args:
        make: makes the profile; it passes on the arguments that every profile takes.
    """
    name = make.__name__
    *own, others = inspect.signature(make).parameters.values()
    taken = _TAKEN[others.annotation].__annotations__.keys() - {parameter.name for parameter in own}
    passed_on = [each for each in _PASSED_ON if each.name in taken]
    signature = inspect.Signature([*passed_on, *own], return_annotation="Profile")

    @wraps(make)
    def called(*given: Any, **arguments: Any) -> Profile:
        if given and (isinstance(given[0], Mapping) or hasattr(given[0], "spec")):
            raise InvalidValue(f"{name} makes a profile: apply one, as in fn.apply({name}(cpu=2, memory='4Gi'))")
        if given:
            raise InvalidValue(f"{name} takes its arguments by name, as in {name}(cpu=2, memory='4Gi')")
        for each in arguments:
            if each not in _KNOWN:
                raise InvalidValue(f"{name} has no argument {each!r}{_instead(name, each)}")
        return make(**arguments)

    called.__signature__ = signature  # type: ignore[attr-defined]  # which help and completion look at
    called.__doc__ = f"{inspect.getdoc(make)}\n\nArguments that every profile takes:\n\n{_meanings()}"
    return cast("F", called)


def profile_of(name: str, lifecycle: Promised, **arguments: Any) -> Profile:
    """A profile from arguments as people give them: its checks make of them what its fields hold."""
    return Profile(name, lifecycle, **arguments)


_DEFAULTS: Final = {each.name: each.default for each in fields(Promise) if isinstance(each.default, str | int | None)}
_PASSED_ON: Final = [
    inspect.Parameter(
        each, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(each, ...), annotation=annotation.__forward_arg__
    )
    for each, annotation in Job.__annotations__.items()
]
_TAKEN: Final = {f"Unpack[{each.__name__}]": each for each in (Run, Placement, Job)}

_KNOWN: Final = tuple(each.name for each in fields(Promise) if each.name not in SHAPE)


def _instead(name: str, argument: str) -> str:
    if argument in SHAPE:
        return f": that is what {name} promises; choose another profile, or .replace(name='…', {argument}=…)"
    return other_argument(argument, _KNOWN)


def _meanings() -> str:
    """The list of arguments in the documentation of `igz_runtime.profiles`."""
    documentation = sys.modules["igz_runtime.profiles"].__doc__ or ""
    return documentation.partition(":\n\n")[2].partition("\n\n")[0]
