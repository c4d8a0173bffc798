"""A function that code makes: its document so far, where each field was set, and what of it is not known."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Given, Value
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.results import Written
from igz_runtime.lint.vocabulary.reading import Reading
from igz_runtime.lint.vocabulary.written_in import parts
from igz_runtime.rules.findings import Findings
from igz_runtime.text.place import Path, Position

UNKNOWN_AMOUNT: Final = "{{inputs.unknown}}"
"""Stands for an amount that is given and not known. Rules take it for a pipeline's parameter."""

RESOURCES: Final = ("resources", "driver_resources", "executor_resources", "scheduler_resources", "worker_resources")
_PLACEMENT: Final = ("node_selector", "tolerations", "affinity", "preemption_mode")
PLACEMENT: Final = (
    *(f"{prefix}{name}" for prefix in ("", "driver_", "executor_") for name in _PLACEMENT),
    *("priority_class_name", "node_name", "replicas", "min_replicas", "max_replicas", "state_thresholds"),
    *("config", "base_spec"),
)
_EVIDENCE: Final = ("image", "default_handler", "function_handler", "volumes", "build")
SPEC: Final = frozenset((*RESOURCES, *PLACEMENT, *_EVIDENCE))
METADATA: Final = frozenset(("name", "project", "labels", "annotations", "categories"))

SETTINGS: Final[tuple[Path, ...]] = (
    *(("spec", name, section) for name in RESOURCES for section in ("requests", "limits")),
    *(("spec", name) for name in PLACEMENT),
    ("metadata", "annotations"),
)
"""Every field that a profile, or code that is not followed, can have set."""

_REST: Final[tuple[Path, ...]] = (
    *(("spec", name) for name in _EVIDENCE),
    ("metadata", "labels"),
    ("metadata", "categories"),
)
_SERVICES: Final = frozenset({"remote", "serving", "application"})
_SPARK: Final = {
    "driver_resources": {"requests": {"memory": "2g", "cpu": "1"}, "limits": {"cpu": "2"}},
    "executor_resources": {"requests": {"memory": "5g", "cpu": "1"}, "limits": {"cpu": "2"}},
}


class Made(Value):
    """A function as code makes it.

    Args:
        reading: what is read of the file.
        place: where it is made.
        kind: its kind; None where the code does not say.

    Attributes:
        document: the function as MLRun would export it.
        unknown: paths of the document whose values are not known.
        changes: how often something has set a field of it.
        touched: whether anything but its constructor has set a field of it.
        restartable: whether a run of it is started again.
        runs: the handlers that it is run with, and where first.
        refused: what profiles were refused for, and where.
        origin: what was called to make it, where that does not say what it is.
    """

    def __init__(self, reading: Reading, place: Place, kind: str | None) -> None:
        self.reading = reading
        self.place = place
        self.known_kind = kind
        self.document: dict[str, Any] = {"kind": kind or "job", "metadata": {}, "spec": {}}
        self.unknown: set[Path] = set() if kind else {("kind",)}
        self.places: dict[Path, Place] = {}
        self.touched = False
        self.changes = 0
        self.restartable = False
        self.runs: dict[str, Place] = {}
        self.refused: list[tuple[Findings, Place]] = []
        self.origin = ""

    @property
    def kind(self) -> str:
        """Its kind; the likeliest where it is not known."""
        return str(self.document["kind"])

    @property
    def unsure(self) -> bool:
        """Whether what happens to it now may not happen."""
        return self.reading.of.world.unsure > 0

    def note(self, place: Place, text: str) -> None:
        """Say what of it could not be followed."""
        self.reading.note(place, text)

    @property
    def spec(self) -> dict[str, Any]:
        """The `spec` of its document."""
        return self.document["spec"]  # type: ignore[no-any-return]

    def presume(self, kind: str) -> None:
        """Take it for a kind, where it is not known."""
        if self.known_kind is None:
            self.document["kind"] = kind

    def with_defaults(self) -> Made:
        """With what MLRun's client itself gives to a new function of this kind."""
        if self.kind == "spark":
            self.spec.update(copy.deepcopy(_SPARK))
        elif self.kind in _SERVICES:
            self.spec.update(min_replicas=1, max_replicas=1 if self.kind == "application" else 4)
        return self

    def get(self, path: Path) -> Any:
        """The value of a field; None where it has none."""
        if any(path[: len(each)] == each for each in self.unknown):
            return UNKNOWN
        value: Any = self.document
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and -len(value) <= part < len(value):
                value = value[part]
            else:
                return None
        return copy.deepcopy(value) if isinstance(value, (dict, list)) else value

    def put(self, path: Path, given: Given) -> bool:
        """Set a field; with None it goes.

        Returns:
            Whether all of the value is known.
        """
        self.changes += 1
        value, missing = _plain(given.value, whole="affinity" in str(path[-1]))
        self._forget(path)
        if len(self.places) < _MOST_PLACES:
            self.places[path] = given.place
        if given.node is not None and len(self.places) < _MOST_PLACES:
            self.places.update((path + below, place) for below, place in parts(given.node))
        if value is UNKNOWN or not self._hold(path, value):
            self.unknown.add(path)
            return False
        self.unknown.update(path + below for below in missing)
        return not missing

    def lose(self, place: Place, *, whole: bool) -> None:  # noqa: ARG002
        """Know no longer what has become of it."""
        self.lose_settings(place)
        self.touched = True

    def lose_field(self, path: Path, place: Place) -> None:
        """Know no longer what a field holds."""
        self.put(path, Given(UNKNOWN, place))

    def lose_settings(self, place: Place, *, everything: bool = False) -> None:
        """Know no longer what the placement and the resources are; with `everything`, nothing but the name."""
        for path in (*SETTINGS, *(_REST if everything else ())):
            self.lose_field(path, place)

    def written_anew(self, document: dict[str, Any], place: Place) -> None:
        """Take over a document that something else has worked out; what differs was set at one place."""
        for path in list(_differences(self.document, document, ())):
            self._forget(path, also_values=False)
            self.places[path] = place
        self.document = document
        self.changes += 1

    def run_with(self, handler: str, place: Place) -> None:
        """Note down a handler that it is run with."""
        if handler not in self.runs and len(self.runs) < _MOST_RUNS:
            self.runs[handler] = place
            self.changes += 1

    def copied(self, place: Place, kind: str | None = None) -> Made:
        """A function of the same settings, of its own."""
        other = self.reading.new(place, self.known_kind)
        other.document = copy.deepcopy(self.document)
        other.unknown, other.places = set(self.unknown), dict(self.places)
        other.touched, other.restartable = self.touched, self.restartable
        if kind:
            other.known_kind = other.document["kind"] = kind
        return other

    def place_at(self, path: Path) -> Place:
        """Where a field was set, or what is nearest to where it should be."""
        for length in range(len(path), 0, -1):
            place = self.places.get(path[:length])
            if place is not None:
                return place
        return self.place

    def _hold(self, path: Path, value: Any) -> bool:
        holder: Any = self.document
        for part, after in pairwise(path):
            held = holder.get(part) if isinstance(holder, dict) else holder[part] if _indexes(holder, part) else None
            if held is None and isinstance(holder, dict) and not isinstance(after, int):
                held = holder[part] = {}
            holder = held
        last = path[-1]
        if isinstance(holder, dict) and value is None:
            holder.pop(last, None)
        elif isinstance(holder, dict) or _indexes(holder, last):
            holder[last] = value
        else:
            return False
        return True

    def _forget(self, path: Path, *, also_values: bool = True) -> None:
        """Forget a field and everything below it: its value, where it was set, and that it was not known."""
        length = len(path)
        self.unknown = {each for each in self.unknown if each[:length] != path}
        for each in [each for each in self.places if each[:length] == path]:
            del self.places[each]
        if also_values:
            self._remove(path)

    def _remove(self, path: Path) -> None:
        holder: Any = self.document
        for part in path[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            holder.pop(path[-1], None)
            if not holder and len(path) > 2:  # noqa: PLR2004  (metadata and spec stay)
                self._remove(path[:-1])

    def written(self, position_of: Callable[[Place], Position]) -> Written:
        """The function as lint judges it."""
        return Written(
            document=self.document,
            at=lambda path: position_of(self.place_at(path)),
            workload=Workload(restartable=True) if self.restartable else None,
            refused=[(findings, position_of(place)) for findings, place in self.refused],
            unknown=self.unknown,
            runs=tuple(self.runs),
        )


class OfFunction(Value):
    """Something that belongs to a function.

    Attributes:
        made: the function.
    """

    __slots__ = ()
    made: Made

    def lose(self, place: Place, *, whole: bool) -> None:
        """Know no longer what has become of the function."""
        self.made.lose(place, whole=whole)


def normal_name(name: str) -> str:
    """A function's name as MLRun writes it."""
    return re.sub(r"\s+", "-", name).replace("_", "-").lower()


def _indexes(holder: Any, part: Any) -> bool:
    return isinstance(holder, list) and isinstance(part, int) and -len(holder) <= part < len(holder)


_MOST_VALUES: Final = 2_000
_MOST_PLACES: Final = 1_000
_MOST_RUNS: Final = 100


def _plain(value: Any, *, whole: bool) -> tuple[Any, list[Path]]:
    """A value as a document holds it, and the paths below it that are not known.

    A list is known as a whole or not at all, because what is left out of it would shift the rest; so is a value of
    which a part says nothing alone (`whole`).
    """
    missing: list[Path] = []
    count = 0

    def copied(value: Any, path: Path) -> Any:
        nonlocal count
        count += 1
        if count > _MOST_VALUES:
            return UNKNOWN
        if isinstance(value, dict):
            items = {key: copied(each, (*path, key)) for key, each in value.items() if isinstance(key, (str, int))}
            missing.extend((*path, key) for key, each in items.items() if each is UNKNOWN)
            return {key: each for key, each in items.items() if each is not UNKNOWN}
        if isinstance(value, (list, tuple)):
            before = len(missing)
            found = [copied(each, (*path, i)) for i, each in enumerate(value)]
            if UNKNOWN in found or len(missing) > before:
                del missing[before:]
                return UNKNOWN
            return found
        return value if isinstance(value, (str, int, float, bool, type(None))) else UNKNOWN

    try:
        plain = copied(value, ())
    except RecursionError:
        return UNKNOWN, []
    return (UNKNOWN, []) if count > _MOST_VALUES or (whole and missing) else (plain, missing)


def _differences(one: Any, other: Any, path: Path) -> Iterator[Path]:
    """The paths at which two documents differ, as deep as both are mappings."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            if key not in one or key not in other:
                yield from _leaves(other.get(key, one.get(key)), (*path, key))
            else:
                yield from _differences(one[key], other[key], (*path, key))
    elif one != other:
        yield path


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, (*path, key))
