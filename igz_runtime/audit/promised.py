"""What the profiles promise whose labels pods carry: a profile's name says what makes it that profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.profiles.catalog import factory, profiles_in

Promises = Mapping[str, Mapping[str, Any]]
"""By profile, its lifecycle, its QoS class, and whether it is for development."""


def promises_of(names: Iterable[str], file: ConfigFile) -> Promises:
    """What profiles promise, as they are defined now; nothing of a name that is not known here.

    Args:
        names: the names of profiles.
        file: the configuration, which may define some.
    """
    others = file.meaning(profiles_in)
    found: dict[str, Mapping[str, Any]] = {}
    for name in dict.fromkeys(filter(None, names)):
        try:
            found[name] = factory(name, others)().shape
        except IgzRuntimeError:  # another distribution's, which needs arguments, or nobody's
            continue
    return found
