"""What the profiles promise whose labels pods carry: a profile's name says what makes it that profile."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from igz_runtime.cluster.running import Running
from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.profiles.catalog import factories, factory, profiles_in
from igz_runtime.profiles.profile import Profile

Promises = Mapping[str, Mapping[str, Any]]
"""By profile, its lifecycle, its QoS class, whether it is for development, and whether its work is mission-critical."""


def promises_in(running: Running | None, file: ConfigFile) -> Promises:
    """What the profiles promise whose labels pods carry, as they are defined now; nothing of one that is not known.

    Args:
        running: what runs on a cluster.
        file: the configuration, which may define some.
    """
    names = (each.identity.profile for each in running.work) if running else ()
    others = file.meaning(profiles_in)
    found: dict[str, Mapping[str, Any]] = {}
    for name in dict.fromkeys(filter(None, names)):
        with suppress(IgzRuntimeError):  # another distribution's, which needs arguments, or nobody's
            found[name] = _promised(factory(name, others)())
    return found


def every_promise(file: ConfigFile) -> tuple[Promises, tuple[str, ...]]:
    """What every profile promises that is known here, also of its workload; and of which that is not known, and why.

    Args:
        file: the configuration, which may define some.
    """
    others = file.meaning(profiles_in)
    found: dict[str, Mapping[str, Any]] = {}
    unknown = []
    for name in (*factories(), *others):
        try:
            found[name] = _promised(factory(name, others)())
        except IgzRuntimeError as error:
            unknown.append(f"what profile {name!r} promises is not known: {error}")
    return found, tuple(unknown)


def _promised(profile: Profile) -> Mapping[str, Any]:
    return {**profile.shape, "mission_critical": profile.workload.mission_critical}


def development_among(promises: Promises) -> frozenset[str]:
    """Those of the profiles that are for development."""
    return frozenset(name for name, promised in promises.items() if promised["development"])
