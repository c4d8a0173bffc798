"""Reading igz-runtime.yaml: every fault with line and column, and the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from igz_runtime.cluster.description import cluster_faults
from igz_runtime.cluster.model import IGUAZIO, Cluster
from igz_runtime.config.models import Configuration, Fault, dotted, read
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.lint.settings import ConfiguredWaiver, Settings, selection_fault
from igz_runtime.messages import shown
from igz_runtime.profiles.catalog import NamedProfile, configured
from igz_runtime.rules.waivers import waiver_fault
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.tree import Tree, decoded, read_yaml
from igz_runtime.waiver import Waiver


def settings_from(path: Path) -> Settings:
    """The settings of a configuration; see `load_settings`."""
    name = _named(path)
    try:
        trees = list(read_yaml(decoded(path.read_bytes())))
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be read: {error.strerror}") from None
    except Unreadable as error:
        raise ConfigurationError(f"{name}:{error.remark.position}: {error}") from None
    if not trees:
        return Settings(source=name)
    if len(trees) > 1:
        raise ConfigurationError(f"{name}:{trees[1].at(())}: a second document; one is required")
    return _Reading(path, name, trees[0]).settings()


def _named(path: Path) -> str:
    """A file as seen from the working directory, where it is below it."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


class _Reading:
    """Turns one document into settings, and collects what is wrong with it."""

    def __init__(self, path: Path, name: str, tree: Tree) -> None:
        self._path = path
        self._name = name
        self._tree = tree
        self._faults: list[Fault] = []

    def settings(self) -> Settings:
        read_, faults = read(self._tree.value)
        self._faults += faults
        self._raise()
        assert read_ is not None  # noqa: S101  (there is no fault)
        settings = Settings(
            cluster=self._cluster(read_.cluster),
            select=self._ids(read_.rules.select, "select"),
            ignore=self._ids(read_.rules.ignore, "ignore"),
            severities=self._severities(read_),
            waivers=tuple(self._waivers(read_)),
            profiles=self._profiles(read_.profiles),
            exclude=self._patterns(read_.exclude),
            fail_on=read_.fail_on,
            source=self._name,
        )
        self._raise()
        return settings

    def _raise(self) -> None:
        if self._faults:
            placed = sorted({(self._tree.at(fault.path), fault.text) for fault in self._faults})
            raise ConfigurationError("\n".join(f"{self._name}:{position}: {text}" for position, text in placed))

    def _wrong(self, path: tuple[str | int, ...], text: str) -> None:
        self._faults.append(Fault(path, text))

    def _cluster(self, facts: Any) -> Cluster:
        if facts is None:
            return IGUAZIO
        if isinstance(facts, str):
            try:
                return Cluster.load(self._path.parent / facts)
            except ConfigurationError as error:
                self._wrong(("cluster",), f"cluster: {error}")
                return IGUAZIO
        faults = cluster_faults(facts)
        for path, text in faults:
            self._wrong(("cluster", *path), f"cluster: {text}")
        try:
            return IGUAZIO if faults else Cluster.from_dict(facts)
        except ConfigurationError as error:
            self._wrong(("cluster",), str(error))
            return IGUAZIO

    def _ids(self, beginnings: Iterable[str], key: str) -> tuple[str, ...]:
        listed = tuple(beginnings)
        for number, each in enumerate(listed):
            self._require_rules(each, ("rules", key, number))
        return listed

    def _severities(self, read_: Configuration) -> dict[str, Any]:
        for each in read_.rules.severities:
            self._require_rules(each, ("rules", "severities", each))
        return dict(read_.rules.severities)

    def _require_rules(self, beginning: str, path: tuple[str | int, ...]) -> None:
        fault = selection_fault(beginning)
        if fault:
            self._wrong(path, f"rules.{path[1]}: {fault}")

    def _waivers(self, read_: Configuration) -> Iterator[ConfiguredWaiver]:
        for number, one in enumerate(read_.waivers):
            path = ("waivers", number)
            try:
                waiver = Waiver(one.reason, one.until)
            except InvalidValue as error:
                self._wrong((*path, "until" if one.reason.strip() else "reason"), f"{dotted(path)}: {error}")
                continue
            # An expired one is not a fault of the configuration: lint reports it, and goes on.
            fault = waiver_fault(one.rule, Waiver(one.reason))
            if fault:
                self._wrong((*path, "rule"), f"{dotted(path)}: {fault}")
            if one.files is not None:
                self._patterns([one.files], (*path, "files"))
            yield ConfiguredWaiver(one.rule, waiver, one.function or "", one.files or "", self._tree.at(path))

    def _patterns(self, patterns: Iterable[str], path: tuple[str | int, ...] = ()) -> tuple[str, ...]:
        listed = tuple(patterns)
        for number, each in enumerate(listed):
            from pathspec import GitIgnoreSpec

            try:
                GitIgnoreSpec.from_lines([each])
            except ValueError as error:
                place = path or ("exclude", number)
                self._wrong(place, f"{dotted(place)}: {shown(each)} is not a pattern of files ({error})")
        return listed

    def _profiles(self, entries: Mapping[str, Any]) -> dict[str, NamedProfile]:
        made, faults = configured(entries)
        for name, text in faults.items():
            self._wrong(self._cause(name, entries[name], text), f"profiles.{name}: {text}")
        return made

    def _cause(self, name: str, entry: Any, text: str) -> tuple[str | int, ...]:
        """The argument that an error speaks of, where it names one."""
        keys = entry if isinstance(entry, Mapping) else ()
        text = f" {text}"
        argument = next((key for key in keys if f" {key}: " in text or f" {key}[" in text or f"{key!r}" in text), None)
        return ("profiles", name) if argument is None else ("profiles", name, argument)
