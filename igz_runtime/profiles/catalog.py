"""Profiles by name: the built-in ones, those of other distributions, and those that igz-runtime.yaml makes of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from graphlib import CycleError, TopologicalSorter
from os import PathLike
from typing import Any

from igz_runtime.config.file import ConfigFile, Wrong, config_file
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.planning.bounds import Bound, bounds
from igz_runtime.planning.definitions import definition
from igz_runtime.planning.promise import SHAPE
from igz_runtime.plugins import Plugin, plugins
from igz_runtime.profiles.profile import Profile
from igz_runtime.waiver import Waiver

Factory = Callable[..., Profile]


def named(name: str, *, config: str | PathLike[str] | None = None, **arguments: Any) -> Profile:
    """The profile of that name: a built-in one, one of another distribution, or one of igz-runtime.yaml.

    Args:
        name: the profile's name. The entry points `igz_runtime.profiles` name those of other distributions.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the working directory.
        **arguments: what differs from the profile.

    Raises:
        InvalidValue: there is no such profile or argument; names the nearest.
        ConfigurationError: the configuration or a plug-in cannot be read.

    >>> named("production_job", cpu=4, memory="16Gi")
    production_job(cpu='4', memory='16Gi', priority='high')
    """
    if name in factories():
        return factory(name)(**arguments)
    return factory(name, config_file(config).meaning(profiles_in))(**arguments)


def profiles_in(file: ConfigFile, wrong: Wrong) -> dict[str, NamedProfile]:
    """The profiles of a configuration, by name.

    Args:
        file: the configuration.
        wrong: is told of a profile that cannot be made, at the argument that is to blame.
    """
    if file.written is None:
        return {}
    entries = file.written.profiles
    made, faults = configured(entries)
    for name, text in faults.items():
        argument = cause(entries[name], text)
        wrong(("profiles", name, *([argument] if argument else [])), f"profiles.{name}: {text}")
    return made


def cause(arguments: Any, text: str) -> str | None:
    """The argument that an error speaks of, where it names one."""
    keys = arguments if isinstance(arguments, Mapping) else ()
    text = f" {text}"
    return next((key for key in keys if f" {key}: " in text or f" {key}[" in text or f"{key!r}" in text), None)


@dataclass(frozen=True, slots=True)
class NamedProfile:
    """A profile of igz-runtime.yaml: another one, with arguments of its own. Called as the built-in factories are.

    Attributes:
        name: its name, which is recorded on functions.
        base: the profile that it extends.
        arguments: what it sets, as plain data.
        bounds: what its arguments may be, as plain data, beside the bounds of the profile that it extends.
        definition: how it is defined, as a short hash.
    """

    name: str
    base: str | NamedProfile
    arguments: Mapping[str, Any] = field(default_factory=dict)
    bounds: Any = field(default_factory=dict)
    definition: str = ""

    def __call__(self, **arguments: Any) -> Profile:
        """The profile, with further arguments."""
        return self.within({}, arguments)

    def within(self, others: Mapping[str, Bound], arguments: Mapping[str, Any]) -> Profile:
        """The profile with other bounds, of one that extends it, and with further arguments."""
        given = {name: argument_of(name, value) for name, value in self.arguments.items()} | {**arguments}
        limits = {**bounds(self.bounds), **others}
        if isinstance(self.base, NamedProfile):
            made = self.base.within(limits, given)
        else:
            for name in SHAPE & given.keys() if self.base in built_in() else ():
                raise InvalidValue(f"{self.base} has no argument {name!r}: extend a profile that promises it")
            made = factory(self.base)(**given)
        return made.replace(name=self.name, bounds={**made.bounds, **limits}, definition=self.definition)


def configured(entries: Mapping[str, Any]) -> tuple[dict[str, NamedProfile], dict[str, str]]:
    """The profiles of a configuration, each after the one that it extends.

    Args:
        entries: by name, the profile that it extends (`extends`) and its arguments.

    Returns:
        The profiles, and what is wrong with the others; one that extends such a one is in neither.

    Raises:
        ConfigurationError: another distribution's factory cannot be loaded.
    """
    faults = {name: fault for name, entry in entries.items() if (fault := _form_fault(name, entry))}
    formed = {name: entry for name, entry in entries.items() if name not in faults}
    made: dict[str, NamedProfile] = {}
    try:
        order = list(TopologicalSorter({name: [entry["extends"]] for name, entry in formed.items()}).static_order())
    except CycleError as error:
        circle = error.args[1]
        return made, {**faults, circle[0]: f"extends itself: {' → '.join(reversed(circle))}"}
    for name in order:
        base = formed[name]["extends"] if name in formed else None
        if base is None or (base in entries and base not in made):
            continue
        arguments = {str(key): value for key, value in formed[name].items() if key not in ("extends", "bounds")}
        limits, defined = formed[name].get("bounds", {}), definition(name, entries) or ""
        profile = NamedProfile(name, made.get(base, base), arguments, limits, defined)
        try:
            factory(base, entries)
            profile()
        except InvalidValue as error:
            faults[name] = str(error)
        else:
            made[name] = profile
    return made, faults


def _form_fault(name: str, entry: Any) -> str:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("extends"), str):
        return "a mapping with 'extends', the name of another profile, is required"
    return "there is another profile of that name" if name in factories() else ""


def factory(name: str, others: Mapping[str, Any] | None = None) -> Factory:
    """The factory of a profile.

    Args:
        name: the profile's name.
        others: profiles of a configuration.

    Raises:
        InvalidValue: there is none; names the nearest.
        ConfigurationError: another distribution's factory cannot be loaded.
    """
    known: dict[str, Factory] = {**factories(), **(others or {})}
    if name not in known:
        raise InvalidValue(f"there is no profile {shown(name)}{did_you_mean(name, known)}")
    return known[name]


@cache
def factories() -> Mapping[str, Factory]:
    """The built-in factories and those of other distributions, by name.

    Raises:
        ConfigurationError: one cannot be loaded, or has the name of a built-in profile.
    """
    found = dict(built_in())
    for plugin in plugins("igz_runtime.profiles"):
        if plugin.name in found:
            raise ConfigurationError(f"{plugin.origin}: there is another profile of that name")
        if not callable(plugin.value):
            raise ConfigurationError(f"{plugin.origin}: is not a factory; name a function that returns a profile")
        found[plugin.name] = partial(_made_by, plugin)
    return found


@cache
def built_in() -> Mapping[str, Factory]:
    """The built-in factories, by name."""
    from igz_runtime.profiles.builtin import BUILT_IN

    return {each.__name__: each for each in BUILT_IN}


@lru_cache(maxsize=256)
def usual_shape(name: str) -> Mapping[str, Any]:
    """What a built-in profile of that name promises; empty where there is none of that name."""
    make = built_in().get(name)
    return make().shape if make else {}


def _made_by(plugin: Plugin, **arguments: Any) -> Profile:
    defined = definition(plugin.name, {}) or ""

    def make() -> Any:
        try:
            inspect.signature(plugin.value).bind(**arguments)
        except TypeError as error:
            raise InvalidValue(f"{plugin.name}: {error}") from None
        made = plugin.value(**arguments)
        return made.replace(name=plugin.name, definition=defined) if isinstance(made, Profile) else made

    made = plugin.answer(make)
    if not isinstance(made, Profile):
        raise ConfigurationError(f"{plugin.origin}: returned {type(made).__name__}, and a Profile is required")
    return made


def argument_of(name: str, value: Any) -> Any:
    """An argument as a factory takes it: waivers are written as mappings."""
    if name != "waive" or not isinstance(value, Mapping):
        return value
    return {rule_id: _waiver(rule_id, waiver) for rule_id, waiver in value.items()}


def _waiver(rule_id: object, written: Any) -> Waiver:
    if isinstance(written, Mapping) and set(written) <= {"reason", "until"}:
        try:
            return Waiver(written.get("reason", ""), written.get("until"))
        except InvalidValue as error:
            raise InvalidValue(f"waive[{rule_id!r}]: {error}") from None
    raise InvalidValue(f"waive[{rule_id!r}]: a mapping with 'reason' and 'until' is required, found {shown(written)}")
