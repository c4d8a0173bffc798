"""Our own profiles in the code: made by their real factories, and planned for real on the function as it is so far."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from igz_runtime.config.file import WITHOUT
from igz_runtime.errors import BrokenFunction, ConfigurationError, IgzRuntimeError, MissingResources
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.code.constants import is_small
from igz_runtime.lint.code.values import UNKNOWN, Arguments, Given, Imported, SomeCluster, UnknownProfile
from igz_runtime.lint.code.world import World
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.messages import did_you_mean
from igz_runtime.planning.plan import Plan
from igz_runtime.profiles.profile import Profile
from igz_runtime.waiver import Waiver

_PLAN_EFFORT: Final = 300
_WITHOUT_PROFILES: Final = frozenset({"mlrun", "nuclio", "kfp", "kubernetes"})
_VALUES: Final = (Profile, Waiver, Workload)


class _NotKnown(Exception):
    """An argument whose value is not known, or that raises when it is made."""

    def __init__(self, *, raises: bool) -> None:
        super().__init__()
        self.raises = raises


def factory(world: World, callee: Imported) -> Any:
    """What an imported name calls: a profile's factory, a class of ours; None where it is something else."""
    name = callee.last
    if callee.name in world.reading.profiles or (callee.package != "igz_runtime" and name in world.reading.profiles):
        return world.reading.profiles.get(callee.name) or world.reading.profiles[name]
    if callee.package != "igz_runtime":
        return _of_distributions().get((callee.package, name)) if callee.package not in _WITHOUT_PROFILES else None
    if name in ("Waiver", "Workload", "Size", "Profile") and name[0].isupper():
        return _classes()[name]
    from igz_runtime import profiles

    if callee.name == f"igz_runtime.profiles.{name}" and name in _factories():
        return getattr(profiles, name)
    return None


@cache
def _of_distributions() -> Mapping[tuple[str, str], Any]:
    """The factories of other distributions, by their outermost package and their name: packages re-export them."""
    from igz_runtime.plugins import plugins

    try:
        found = [each.value for each in plugins("igz_runtime.profiles") if callable(each.value)]
    except ConfigurationError:
        return {}  # said where a profile is asked for by its name
    return {(str(each.__module__).partition(".")[0], getattr(each, "__name__", "")): each for each in found}


def _factories() -> frozenset[str]:
    from igz_runtime.profiles.builtin import BUILT_IN

    return frozenset(each.__name__ for each in BUILT_IN)


def _classes() -> dict[str, Any]:
    from igz_runtime.planning.arguments import Size

    return {"Waiver": Waiver, "Workload": Workload, "Size": Size, "Profile": Profile}


def missing_factory(world: World, callee: Imported, arguments: Arguments) -> bool:
    """Whether a profile is called that does not exist; a fault is kept."""
    from igz_runtime import profiles

    if callee.name != f"igz_runtime.profiles.{callee.last}" or hasattr(profiles, callee.last):
        return False
    near = did_you_mean(callee.last, _factories())
    world.fault(arguments.place, f"igz_runtime.profiles has no profile {callee.last!r}{near}")
    return True


def named(world: World, arguments: Arguments) -> Any:
    """`profiles.named(…)`: the profile of that name, with arguments."""
    from igz_runtime.profiles.catalog import factory as factory_of

    by_name = dict(arguments.named)
    by_name.pop("config", None)  # lint goes by its own
    first, *others = arguments.positional or (by_name.pop("name", Given(UNKNOWN, arguments.place)),)
    name = first.value
    if not isinstance(name, str):
        return UnknownProfile("named")
    try:
        function = factory_of(name, world.reading.profiles)
    except IgzRuntimeError as error:
        world.fault(arguments.place, str(error))
        return UnknownProfile(name, raises=True)
    return call_factory(world, function, replace(arguments, positional=tuple(others), named=by_name), name)


def applied_to(arguments: Arguments) -> Any:
    """`profiles.applied_to(fn)`: None for a function without a profile; of one that is not known, not known."""
    from igz_runtime import profiles

    made = arguments.bound("fn").get("fn", Given(UNKNOWN, arguments.place)).value
    if not isinstance(made, Made) or made.get(("metadata", "annotations")) is UNKNOWN:
        return UNKNOWN
    try:
        return profiles.applied_to(copy.deepcopy(made.document))
    except IgzRuntimeError:
        return UNKNOWN


def call_factory(world: World, function: Any, arguments: Arguments, name: str = "") -> Any:
    """A profile, or a value for one, made by what really makes it."""
    name = name or getattr(function, "__name__", "") or getattr(function, "name", "profile")
    unknown = UNKNOWN if name in ("Waiver", "Workload", "Size") else UnknownProfile(name)
    if arguments.more or not is_small([given.value for given in arguments]):
        return unknown
    try:
        positional = [_real(given.value) for given in arguments.positional]
        named = {k: _real(g.value) for k, g in arguments.named.items() if not isinstance(g.value, SomeCluster)}
    except _NotKnown as cause:
        return UnknownProfile(name, raises=True) if cause.raises else unknown
    return _called(world, function, name, arguments, positional, named)


def _called(  # noqa: PLR0917  (one call, taken apart)
    world: World, function: Any, name: str, arguments: Arguments, positional: list[Any], named: Any
) -> Any:
    world.reading.spend(_PLAN_EFFORT)
    try:
        return function(*positional, **named)
    except (IgzRuntimeError, TypeError) as error:
        world.fault(arguments.place, _said(name, error))
    except Exception:  # noqa: BLE001  (an organisation's own factory may raise anything)
        world.fault(arguments.place, f"{name}: raises when it is called with these arguments")
    return UnknownProfile(name, raises=True)


def replaced(world: World, profile: Profile | UnknownProfile, arguments: Arguments) -> Any:
    """`profile.replace(…)`."""
    if isinstance(profile, UnknownProfile):
        return profile

    return call_factory(world, profile.replace, arguments, profile.name)


def apply(world: World, profile: Profile | UnknownProfile, made: Made, arguments: Arguments) -> None:
    """Do to a function what applying a profile does: all of it, or nothing where rules refuse."""
    if isinstance(profile, UnknownProfile) and profile.raises:
        return
    made.touched = True
    world.reading.spend(_PLAN_EFFORT)
    place = next((given.place for given in arguments), arguments.place)
    if isinstance(profile, UnknownProfile) or world.unsure:
        what = "its arguments are" if isinstance(profile, UnknownProfile) else "whether it is applied is"
        world.note(place, f"{profile.name}(…): {what} not known without running the code, nor is what it sets")
        made.lose_settings(place)
        return
    made.presume("remote" if profile.services_only else made.kind)
    document = copy.deepcopy(made.document)
    plan = _planned(world, profile, made, document, arguments)
    if plan is None:
        return
    if plan.refused and world.expected:
        world.note(arguments.place, f"{profile.name}(…) is refused here, as the code expects")
        return
    if plan.refused:
        made.refused.append((plan.findings, arguments.place))
        return
    try:
        plan.apply()
    except IgzRuntimeError as error:
        world.fault(arguments.place, _said(profile.name, error))
    else:
        made.written_anew(document, place)


def _planned(world: World, profile: Profile, made: Made, document: dict[str, Any], arguments: Arguments) -> Plan | None:
    try:
        return profile.plan(document, world.reading.cluster, config=WITHOUT)
    except BrokenFunction:
        # A field of the wrong type is found when the function itself is read.
        return None
    except MissingResources as error:
        if not any("resources" in str(path) for path in made.unknown):
            world.fault(arguments.place, _said(profile.name, error))
            return None
        world.note(arguments.place, f"{profile.name}(…): takes its sizes from the function, where they are not known")
        made.lose_settings(arguments.place)
    except IgzRuntimeError as error:
        world.fault(arguments.place, _said(profile.name, error))
    return None


def _said(name: str, error: Exception) -> str:
    said = str(error)
    return said if said.startswith(name) else f"{name}: {said}"


def _real(value: Any) -> Any:
    """A value as the real factory takes it."""
    if value is None or isinstance(value, (str, int, float, *_VALUES)) or type(value).__name__ == "Size":
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(map(_real, value))
    if isinstance(value, dict):
        return {_real(key): _real(each) for key, each in value.items()}
    raise _NotKnown(raises=isinstance(value, UnknownProfile) and value.raises)
