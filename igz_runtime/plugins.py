"""What other distributions add: the entry points `igz_runtime.rules` and `igz_runtime.profiles`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from igz_runtime.errors import ConfigurationError
from igz_runtime.messages import described

if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

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
    found = [(entry, owner) for distribution in _announcing() for entry, owner in _entries(distribution, group)]
    for entry, owner in sorted(found, key=lambda one: (one[0].name, one[0].value)):
        origin = f"plug-in {entry.name!r} of {owner} ({group} = {entry.value})"
        try:
            value = entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001  (someone else's module raises what it likes)
            raise ConfigurationError(f"{origin}: cannot be loaded ({described(error)})") from None
        yield Plugin(entry.name, value, origin)


def _entries(distribution: Distribution, group: Group) -> list[tuple[EntryPoint, str]]:
    """The entry points of one distribution, each with the distribution's name and version."""
    owner = _owner(distribution)
    try:
        return [(entry, owner) for entry in distribution.entry_points if entry.group == group]
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"the entry points of {owner} cannot be read ({described(error)})") from None


def _owner(distribution: Distribution) -> str:
    """Name and version, out of the metadata's header: asked for them, each version of Python fails in another way."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except ValueError:  # it is not UTF-8
        text = ""
    about = dict(re.findall(r"^(Name|Version): *(\S+)", text.partition("\n\n")[0], re.MULTILINE))
    return " ".join((about.get("Name", "an unknown distribution"), *filter(None, [about.get("Version")])))


@cache
def _announcing() -> tuple[Distribution, ...]:
    """The installed distributions that announce an entry point of ours.

    Importing importlib.metadata takes 50 ms, and asking it for the entry points of every distribution 15 more; looking
    takes 3. Of a name that is installed twice the first counts, as when Python imports it.
    """
    first: dict[str, str | Distribution] = {}
    for folder in _searched():
        for name, one in _zipped(folder) if os.path.isfile(folder) else _installed(folder):
            first.setdefault(re.sub(r"[-_.]+", "_", name).lower(), one)
    return tuple(_distribution(one) for one in first.values() if _announces(one))


def _installed(folder: str) -> Iterator[tuple[str, str]]:
    """The name of each distribution of a folder, and where its metadata lies."""
    try:
        with os.scandir(folder or ".") as entries:
            metadata = sorted(entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:
        return
    for path in metadata:
        yield os.path.splitext(os.path.basename(path))[0].partition("-")[0], path


def _zipped(file: str) -> Iterator[tuple[str, Distribution]]:
    from importlib.metadata import distributions

    yield from ((_owner(each).partition(" ")[0], each) for each in distributions(path=[file]))


def _announces(one: str | Distribution) -> bool:
    if not isinstance(one, str):
        return "[igz_runtime." in (one.read_text("entry_points.txt") or "")
    try:
        with open(os.path.join(one, "entry_points.txt"), "rb") as file:
            return b"[igz_runtime." in file.read(_LARGEST)
    except OSError:
        return False


_LARGEST: Final = 2**20
"""Bytes of a distribution's entry points."""


def _distribution(one: str | Distribution) -> Distribution:
    from importlib.metadata import Distribution

    return Distribution.at(one) if isinstance(one, str) else one


def _searched() -> Iterator[str]:
    """The folders in which a distribution can be installed: those of `sys.path`, but not the working directory.

    Python puts the working directory first for `-m`, `-c`, a prompt and a notebook, and an empty part of PYTHONPATH
    means it too. Nothing is ever installed there: what lies in it may be a checkout that is judged because nobody
    trusts it. An editable package has its metadata in site-packages. What is asked for by name stays: PYTHONPATH, and
    the folder of the script that is run, beside which `pip install --target` puts things. What comes after the standard
    library was put there by site (`.pth`) or by the program.
    """
    library = os.path.dirname(os.__file__)
    ahead = sys.path.index(library) if library in sys.path else len(sys.path)
    unasked = {_absolute("")} - _asked_for()
    for number, folder in enumerate(sys.path):
        if number >= ahead or _absolute(folder) not in unasked:
            yield folder


def _absolute(folder: str) -> str:
    try:
        return os.path.abspath(folder)  # Python follows no links when it makes sys.path
    except OSError:  # the working directory was removed
        return folder


def _asked_for() -> set[str]:
    """Folders on `sys.path` that somebody named."""
    given = "" if sys.flags.ignore_environment else os.environ.get("PYTHONPATH", "")
    named = {_absolute(part) for part in given.split(os.pathsep) if part}
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    if script and getattr(main, "__spec__", None) is None:
        named.add(os.path.dirname(_absolute(script)))
    return named
