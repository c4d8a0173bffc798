"""Profiles by the names of functions: `functions`, `defaults` and `environments` of igz-runtime.yaml."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, get_args

from igz_runtime.cluster.configured import ENVIRONMENT, cluster_in
from igz_runtime.cluster.model import Environment
from igz_runtime.config.file import ConfigFile, Wrong
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.functions.model import matches, normal_name
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.profiles.catalog import argument_of, cause, factory, profiles_in
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.profiles.profile import Profile
from igz_runtime.text.place import Position

Path = tuple[str, ...]
Layers = tuple[tuple[Path, Mapping[str, Any]], ...]
"""Arguments and where they stand, what counts least first."""


@dataclass(frozen=True)
class Assignments:
    """Which function gets which profile.

    Attributes:
        profiles: by environment and pattern; under the empty name what counts in none that is named.
    """

    profiles: Mapping[str, Mapping[str, Profile]]

    def entries(self, environment: str = "") -> Mapping[str, Profile]:
        """The profiles by pattern that count in an environment."""
        return self.profiles.get(environment) or self.profiles.get("", {})

    def profile_for(self, name: str, environment: str = "") -> Profile | None:
        """The profile of a function: of the entry of its name, else of the one that matches it; None: there is none.

        Raises:
            InvalidValue: several patterns match, and they do not say the same.
        """
        pattern = self.entry_for(name, environment)
        return None if pattern is None else self.entries(environment)[pattern]

    def entry_for(self, name: str, environment: str = "") -> str | None:
        """The name or pattern of the entry that gives a function its profile; see `profile_for`."""
        entries, meant = self.entries(environment), self.meant_for(name, environment)
        if any(entries[each] != entries[meant[0]] for each in meant[1:]):
            raise InvalidValue(
                f"function {normal_name(name)!r} matches {' and '.join(map(repr, meant))}, which assign different "
                "profiles: name it by itself, or make one pattern narrower"
            )
        return meant[0] if meant else None

    def meant_for(self, name: str, environment: str = "") -> list[str]:
        """The entry of a function's name, else each pattern that matches it."""
        return matching(self.entries(environment), name)

    def without_function(self, names: Iterable[str], environment: str = "") -> tuple[str, ...]:
        """The entries that none of these functions is meant by."""
        known = tuple(names)
        return tuple(
            pattern for pattern in self.entries(environment) if not any(matches(pattern, name) for name in known)
        )


def matching(patterns: Iterable[str], name: str) -> list[str]:
    """The entry of that very name, else each pattern that matches it."""
    written, name = {pattern: normal_name(pattern) for pattern in patterns}, normal_name(name)
    own = [pattern for pattern, normal in written.items() if normal == name]
    return own[-1:] or [pattern for pattern in written if matches(pattern, name)]


def assigned(name: str, *, environment: str | None = None, config: str | PathLike[str] | None = None) -> Profile:
    """The profile that igz-runtime.yaml assigns to a function of that name.

    Args:
        name: the function's name. The entry of that very name counts, else the one pattern that matches it.
        environment: whose overrides count; else what `IGZ_RUNTIME_ENVIRONMENT` names, else the environment of the
            configuration's cluster.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the working directory.

    Raises:
        InvalidValue: none is assigned; several patterns match, and they do not say the same; or there is no such
            environment.
        ConfigurationError: the configuration cannot be read; names each place.
    """
    file = whole_file(config)
    place = file.name or "no igz-runtime.yaml was found"
    try:
        assigner = assigner_of(file, environment)
        meant = assigner.assignments.meant_for(name, assigner.environment)
        place = place_of(file, meant[0], assigner.environment) if meant else place
        return assigner(name)
    except InvalidValue as error:
        raise InvalidValue(f"{place}: {error}") from None


@dataclass(frozen=True)
class Assigner:
    """Gives the profiles of one configuration, in one environment: `assigned`, where both are known.

    Attributes:
        assignments: which function gets which profile.
        environment: the environment that counts; empty: none is known.
    """

    assignments: Assignments
    environment: str = ""

    def __call__(self, name: str, *, environment: str | None = None) -> Profile:
        """The profile of a function; see `assigned`."""
        chosen = environment or self.environment
        profile = self.assignments.profile_for(name, chosen)
        if profile is None:
            raise InvalidValue(
                f"no profile is assigned to function {name!r}{did_you_mean(name, self.assignments.entries(chosen))}"
            )
        return profile


Named = tuple[str, str | None]
"""Where an environment may be named, in words, and which is named there."""


def assigner_of(file: ConfigFile, environment: str | None = None, *others: Named) -> Assigner:
    """What gives the profiles of a configuration; see `environment_in`.

    Raises:
        InvalidValue: there is no such environment.
    """
    return Assigner(file.meaning(assignments_in), environment_in(file, environment, *others))


def environment_in(file: ConfigFile, environment: str | None = None, *others: Named) -> str:
    """The environment that counts; empty: none is named.

    Args:
        file: the configuration.
        environment: the environment; else what `IGZ_RUNTIME_ENVIRONMENT` names, else others, else the cluster's.
        others: where else it may be named.

    Raises:
        InvalidValue: no environment of that name is known.
    """
    described = file.meaning(cluster_in)
    return environment_named(file, environment, *others) or (described.environment if described else None) or ""


def environment_named(file: ConfigFile, environment: str | None = None, *others: Named) -> str:
    """The environment that is named beside the cluster; see `environment_in`.

    Raises:
        InvalidValue: no environment of that name is known.
    """
    sources = (("environment", environment), (ENVIRONMENT, os.environ.get(ENVIRONMENT)), *others)
    known = environments(file)
    for source, named in sources:
        if named and named not in known:
            raise InvalidValue(f"{source}: there is no environment {shown(named)}{did_you_mean(named, known)}")
        if named:
            return named
    return ""


def environments(file: ConfigFile) -> tuple[str, ...]:
    """The environments that may be named: the cluster's two, and those of the configuration."""
    return (*get_args(Environment), *(file.written.environments if file.written else ()))


def place_of(file: ConfigFile, pattern: str, environment: str = "") -> str:
    """Where an entry stands, as `igz-runtime.yaml:4:3`.

    Args:
        file: the configuration.
        pattern: the entry's name or pattern.
        environment: the environment that counts: its own entry comes before the one of every environment.
    """
    own = file.written.environments.get(environment) if file.written else None
    above = ("environments", environment) if own and pattern in own.functions else ()
    return f"{file.name}:{file.at((*above, 'functions', pattern))}"


def assignments_in(file: ConfigFile, wrong: Wrong) -> Assignments:
    """The assignments of a configuration: every profile that it can give is made.

    Args:
        file: the configuration.
        wrong: is told of an entry that gives none, at the argument that is to blame.
    """
    if file.written is None or not (file.written.functions or file.written.environments):
        return Assignments({})
    said: set[tuple[Path, str]] = set()

    def wrong_once(path: Path, text: str) -> None:
        # An entry of `functions` is in every environment.
        if (path, text) not in said:
            said.add((path, text))
            wrong(path, text)

    layers = _by_environment(file.written)
    return Assignments({name: dict(_made(file, entries, wrong_once)) for name, entries in layers.items()})


def patterns_in(file: ConfigFile) -> Iterator[tuple[str, Position]]:
    """Every name and pattern that something is assigned to, and where it stands, in the order of the file."""
    written = file.written
    if written is None:
        return
    sections: list[tuple[Path, Mapping[str, Any]]] = [(("functions",), written.functions)]
    sections += [(("environments", name, "functions"), each.functions) for name, each in written.environments.items()]
    for path, entries in sections:
        yield from ((str(pattern), file.at((*path, pattern))) for pattern in entries)


def _by_environment(written: Any) -> dict[str, dict[str, Layers]]:
    """For each environment, and for none, the layers of each pattern."""
    base = {pattern: ((("functions", pattern), entry),) for pattern, entry in written.functions.items()}
    defaults: Layers = ((("defaults",), written.defaults),)
    found = {"": {pattern: (*defaults, *entry) for pattern, entry in base.items()}}
    for name, environment in written.environments.items():
        of = ("environments", name)
        here = (*defaults, ((*of, "defaults"), environment.defaults))
        own = {pattern: ((*of, "functions", pattern), entry) for pattern, entry in environment.functions.items()}
        found[name] = {
            pattern: (*here, *base.get(pattern, ()), *((own[pattern],) if pattern in own else ()))
            for pattern in {**base, **own}
        }
    return found


def _made(
    file: ConfigFile, entries: Mapping[str, Layers], wrong: Callable[[Path, str], None]
) -> Iterator[tuple[str, Profile]]:
    others = file.meaning(profiles_in)
    for pattern, layers in entries.items():
        where = layers[-1][0]
        broken = [(path, entry) for path, entry in layers if not isinstance(entry, Mapping)]
        for path, entry in broken:
            wrong(path, f"{'.'.join(path)}: a mapping of arguments is required, found {shown(entry)}")
        if broken:
            continue
        arguments = {str(key): value for _, entry in layers for key, value in entry.items()}
        name = arguments.pop("profile", None)
        if not isinstance(name, str):
            wrong(where, f"{'.'.join(where)}: 'profile' is required: the name of a profile, here or in defaults")
            continue
        try:
            given = {key: argument_of(key, value) for key, value in arguments.items()}
            yield pattern, factory(name, others)(**given)
        except (InvalidValue, ConfigurationError) as error:
            # The layer that counts last for an argument is the one that is to blame for it.
            blamed = next((path for path in reversed(list(_causes(layers, str(error)))) if path), where)
            wrong(blamed, f"{'.'.join(where)}: {error}")


def _causes(layers: Layers, text: str) -> Iterator[Path]:
    for path, entry in layers:
        argument = cause(entry, text) or ("profile" if "profile" in entry and "no profile" in text else None)
        if argument is not None:
            yield (*path, argument)
