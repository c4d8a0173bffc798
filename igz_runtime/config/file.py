"""igz-runtime.yaml as it stands: found, read, remembered until it changes, and faults with line and column.

What a section means is known by who uses it: the cluster, the rules, the profiles, lint. Each gives a `Reading`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from igz_runtime.config.nearest import SETTLED, changed, upwards_from
from igz_runtime.errors import ConfigurationError
from igz_runtime.text.bounded import content_of
from igz_runtime.text.place import Path as Field
from igz_runtime.text.place import Position

if TYPE_CHECKING:
    from pathlib import Path

    from igz_runtime.config.models import Configuration
    from igz_runtime.text.tree import Tree

VARIABLE: Final = "IGZ_RUNTIME_CONFIG"
"""The environment variable that names another file, or `none`."""

WITHOUT: Final = "none"
"""What is given in place of a file for no configuration at all."""

T = TypeVar("T")
Wrong = Callable[[Field, str], None]
"""Says what is wrong with a field of the file."""
Reading = Callable[["ConfigFile", Wrong], T]
"""Makes of a file what one section means. Of what is wrong it says where, and goes on."""


class ConfigFile:
    """One state of a configuration: when the file changes, there is another.

    Args:
        path: the file; None: there is none.
        written: what it holds; None where it holds nothing.
        tree: where that stands.

    Attributes:
        path: the file, from the root; None: there is none.
        written: its sections as they are written; None where it holds nothing.
        rests_on: other files that its meaning was read from, each with its time of change.
        platform: the configuration above it that says what may be waived or declared below; None: there is none.
    """

    def __init__(
        self, path: Path | None = None, written: Configuration | None = None, tree: Tree | None = None
    ) -> None:
        self.path = path
        self.written = written
        self.rests_on: dict[str, int] = {}
        self.platform: ConfigFile | None = None
        self._within: ConfigFile | None = None
        self._tree = tree
        self._read: dict[Reading[Any], tuple[Any, list[tuple[Field, str]]]] = {}

    @property
    def name(self) -> str:
        """The file as seen from the working directory, where it is below it; empty where there is none."""
        return "" if self.path is None else _named(self.path)

    @property
    def folder(self) -> Path:
        """The folder that patterns of files are seen from."""
        from pathlib import Path

        return Path.cwd() if self.path is None else self.path.parent

    @property
    def limits(self) -> bool:
        """Whether it says what may be waived or declared: then it is the platform's for what is below it."""
        return self.written is not None and (self.written.waivable, self.written.declarable) != (None, None)

    def within(self, platform: ConfigFile | None) -> ConfigFile:
        """The same file below the platform's."""
        if platform is None:
            return self
        if self._within is None or self._within.platform is not platform:
            self._within = ConfigFile(self.path, self.written, self._tree)
            self._within.rests_on, self._within.platform = self.rests_on, platform
        return self._within

    def platforms_own(self, section: str, wrong: Wrong) -> ConfigFile | None:
        """The platform's configuration, whose word counts for a section that is not to be said again below it.

        Args:
            section: the section.
            wrong: is told where this file says it all the same.
        """
        if self.platform is not None and self._tree is not None and section in (self._tree.value or ()):
            above = f"{self.platform.name} says what may be waived or declared here"
            wrong((section,), f"{section}: {above}, and this is its word alone; remove it here")
        return self.platform

    @property
    def entries(self) -> Mapping[str, Any]:
        """The profiles that it defines, as they are written."""
        return {} if self.written is None else self.written.profiles

    def at(self, field: Field) -> Position:
        """Where a field stands."""
        return Position() if self._tree is None else self._tree.at(field)

    def meaning(self, reading: Reading[T]) -> T:
        """What the file means to one who reads it.

        Raises:
            ConfigurationError: what is wrong, each with line and column.
        """
        value, faults = self._understood(reading)
        if faults:
            self.refuse(faults)
        return value  # type: ignore[no-any-return]

    def require(self, *readings: Reading[Any]) -> None:
        """Refuse where anything is wrong with what the file means: every fault at once.

        Raises:
            ConfigurationError: what is wrong, each with line and column.
        """
        self.refuse(fault for reading in readings for fault in self._understood(reading)[1])

    def _understood(self, reading: Reading[Any]) -> tuple[Any, list[tuple[Field, str]]]:
        held = self._read.get(reading)
        if held is None:
            faults: list[tuple[Field, str]] = []

            def wrong(field: Field, text: str) -> None:
                faults.append((field, text))

            held = self._read[reading] = reading(self, wrong), faults
        return held

    def rest_on(self, path: Path) -> None:
        """Note another file that a meaning is read from; when that one changes, this one is read again."""
        mark = changed(str(path))
        # Twice changed within a tick of the clock would look like once: until it has settled, it is never the same.
        self.rests_on[str(path)] = mark if mark + SETTLED < time.time_ns() else -1

    def refuse(self, faults: Iterable[tuple[Field, str]]) -> None:
        """Raise what is wrong, in the order of the file; nothing where nothing is.

        Raises:
            ConfigurationError: what is wrong, each with line and column.
        """
        placed = sorted({(self.at(field), text) for field, text in faults})
        if placed:
            raise ConfigurationError([f"{self.name}:{position}: {text}" for position, text in placed])


NO_FILE: Final = ConfigFile()
"""The configuration where there is none."""


class _Held(NamedTuple):
    """A file that was read."""

    file: ConfigFile
    content: bytes
    mark: tuple[int, int, int]
    settled: bool


_MOST: Final = 16
_held: dict[str, _Held] = {}


def config_file(chosen: ConfigFile | str | os.PathLike[str] | None = None) -> ConfigFile:
    """The configuration to go by.

    Args:
        chosen: a file, or `none`; None: what `IGZ_RUNTIME_CONFIG` names, else the nearest igz-runtime.yaml above the
            working directory.

    Raises:
        ConfigurationError: it cannot be read, or its form is wrong: each fault with line and column.
    """
    if isinstance(chosen, ConfigFile):
        return chosen
    if chosen is None:
        chosen = os.environ.get(VARIABLE) or None
        if chosen not in (None, WITHOUT) and not os.path.exists(chosen):
            raise ConfigurationError(f"{chosen}: there is no such file; the environment variable {VARIABLE} names it")
    if chosen is None:
        return nearest_file()
    return NO_FILE if chosen == WITHOUT else read_file(chosen)


def nearest_file(start: Path | None = None) -> ConfigFile:
    """The nearest configuration, within what the platform's allows that stands above it; `NO_FILE` where there is none.

    Args:
        start: a folder, or a file in it; None: the working directory.

    Raises:
        ConfigurationError: it, or one above it, cannot be read, or its form is wrong.
    """
    platform, nearest = None, NO_FILE
    for path in reversed(upwards_from(start)):
        nearest = read_file(path).within(platform)
        platform = nearest if nearest.limits else platform
    return nearest


def read_file(path: str | os.PathLike[str]) -> ConfigFile:
    """A configuration, read again only where it has changed.

    Raises:
        ConfigurationError: it cannot be read, or its form is wrong.
    """
    key = os.path.abspath(path)
    held = _held.get(key)
    try:
        mark = _mark(key)
        if held and held.mark == mark and held.settled and _unmoved(held.file):
            return held.file
        now = time.time_ns()
        content = content_of(key)
    except OSError as error:
        raise ConfigurationError(f"{_named(key)}: cannot be read: {error.strerror}") from None
    if held is None or held.content != content or not _unmoved(held.file):
        held = _Held(_parsed(key, content), content, mark, settled=False)
    if len(_held) >= _MOST:
        _held.clear()
    _held[key] = held._replace(mark=mark, settled=mark[0] + SETTLED < now)
    return held.file


def _mark(path: str) -> tuple[int, int, int]:
    stat = os.stat(path)
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _unmoved(file: ConfigFile) -> bool:
    """Whether the files that its meaning rests on are those that were read."""
    return all(changed(path) == mark for path, mark in file.rests_on.items())


def _parsed(name: str, content: bytes) -> ConfigFile:
    from pathlib import Path

    from igz_runtime.config.models import read
    from igz_runtime.text.limits import Unreadable
    from igz_runtime.text.tree import decoded, read_yaml

    path = Path(name)
    try:
        trees = list(read_yaml(decoded(content)))
    except Unreadable as error:
        raise ConfigurationError(error.remark.in_file(_named(path))) from None
    if not trees:
        return ConfigFile(path)
    if len(trees) > 1:
        raise ConfigurationError(f"{_named(path)}:{trees[1].at(())}: a second document; one is required")
    written, faults = read(trees[0].value)
    file = ConfigFile(path, written, trees[0])
    file.refuse((fault.path, fault.text) for fault in faults)
    return file


def _named(name: str | os.PathLike[str]) -> str:
    from pathlib import Path

    here, path = Path.cwd(), Path(name)
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
