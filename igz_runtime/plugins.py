"""What other distributions add: the entry points `igz_runtime.rules` and `igz_runtime.profiles`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from igz_runtime.errors import ConfigurationError

Group = Literal["igz_runtime.rules", "igz_runtime.profiles"]


class Plugin(NamedTuple):
    """One entry point of a distribution, loaded.

    Attributes:
        name: the entry point's name.
        value: the object that it names.
        origin: group, name and distribution, for messages.
    """

    name: str
    value: Any
    origin: str


def plugins(group: Group) -> Iterator[Plugin]:
    """The entry points of a group, by name.

    Raises:
        ConfigurationError: one cannot be loaded; names entry point and distribution.
    """
    if not _announced():
        return
    from importlib.metadata import entry_points

    for entry in sorted(entry_points(group=group)):
        owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"
        origin = f"plug-in {entry.name!r} of {owner} ({group} = {entry.value})"
        try:
            value = entry.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001  (someone else's module raises what it likes)
            raise ConfigurationError(f"{origin}: cannot be loaded ({type(error).__name__}: {error})") from None
        yield Plugin(entry.name, value, origin)


@cache
def _announced() -> bool:
    """Whether any distribution announces an entry point of ours.

    Importing importlib.metadata takes 50 ms, and reading every distribution's metadata 15 more; looking takes 3. What
    is no directory (a zip file) cannot be looked into so.
    """
    return any(Path(entry).is_file() or _announces(entry) for entry in sys.path)


def _announces(folder: str) -> bool:
    try:
        with os.scandir(folder or ".") as entries:
            metadata = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any(b"[igz_runtime." in _entry_points(path) for path in metadata)


def _entry_points(metadata: str) -> bytes:
    try:
        return Path(metadata, "entry_points.txt").read_bytes()
    except OSError:
        return b""
