"""A function that code makes: its fields so far, each with the few values that it has on the ways the code can go."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Given, Value
from igz_runtime.code.python.values_by_way import ABSENT, values
from igz_runtime.functions.kinds import KINDS, resource_fields, spec_fields
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.results import Written
from igz_runtime.lint.vocabulary.reading import Reading
from igz_runtime.lint.vocabulary.sheet import Sheet
from igz_runtime.rules.findings import Findings
from igz_runtime.text.place import Path, Position

UNKNOWN_AMOUNT: Final = "{{inputs.unknown}}"
"""Stands for an amount that is given and not known. Rules take it for a pipeline's parameter."""

RESOURCES: Final = resource_fields()
PLACEMENT: Final = tuple(name for name in spec_fields() if name not in RESOURCES)
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
_MOST_RUNS: Final = 100


class Made(Value):
    """A function as code makes it.

    Args:
        reading: what is read of the file.
        place: where it is made.
        kind: its kind; None where the code does not say.

    Attributes:
        changes: how often something has set a field of it.
        touched: whether anything but its constructor has set a field of it.
        runs: the handlers that it is run with, and where first.
        refused: what profiles were refused for, by place and rules.
        origin: what was called to make it, where that does not say what it is.
        notes: what of it could not be followed, by place.
    """

    def __init__(self, reading: Reading, place: Place, kind: str | None) -> None:
        self.reading = reading
        self.place = place
        self.known_kind = kind
        self.touched = False
        self.changes = 0
        self.runs: dict[str, Place] = {}
        self.refused: dict[tuple[Place, tuple[str, ...]], Findings] = {}
        self.origin = ""
        self.notes: dict[tuple[Place, str], None] = {}
        self._again: dict[str, Any] = {}
        self._fields: dict[Path, Any] = {}
        sheet = Sheet({"kind": kind or "job"})
        sheet.unknown = set() if kind else {("kind",)}
        self._set(("kind",), sheet)

    @property
    def kind(self) -> str:
        """Its kind; the likeliest where it is not known."""
        return str(self._sheet(("kind",)).document["kind"])

    @property
    def restartable(self) -> bool:
        """Whether a run of it is started again."""
        return self.reading.of.state.resolve(self._again.get("restartable")) is True

    @restartable.setter
    def restartable(self, again: bool) -> None:
        if again:
            self.reading.of.state.set(self._again, "restartable", True)  # noqa: FBT003

    @property
    def unknowns(self) -> int:
        """How many of its fields are not known, on the way on which most are not."""
        return sum(
            max(len(each.unknown) for each in values(held) if isinstance(each, Sheet)) for held in self._fields.values()
        )

    def note(self, place: Place, text: str) -> None:
        """Say what of it could not be followed."""
        self.notes[place, text] = None

    def presume(self, kind: str) -> None:
        """Take it for a kind, where it is not known."""
        if self.known_kind is None:
            sheet = self._sheet(("kind",)).copied()
            sheet.document["kind"] = kind
            self._set(("kind",), sheet)

    def with_defaults(self) -> Made:
        """With what MLRun's client itself gives to a new function of this kind."""
        given = copy.deepcopy(dict(KINDS[self.kind].begins_with)) if self.kind in KINDS else {}
        for name, value in given.items():
            self._set(("spec", name), Sheet({"spec": {name: value}}))
        return self

    def whole(self) -> Sheet:
        """All that is set on it, on the way that is gone through."""
        sheet = Sheet({"kind": "", "metadata": {}, "spec": {}})
        for key in list(self._fields):
            sheet.add(self._sheet(key))
        return sheet

    def get(self, path: Path) -> Any:
        """The value of a field; None where it has none."""
        return (self._sheet(path[:2]) if len(path) > 1 else self.whole()).get(path)

    def is_known(self, path: Path) -> bool:
        """Whether all of a field is known."""
        return not self._sheet(path).unknown

    def put(self, path: Path, given: Given) -> bool:
        """Set a field; with None it goes.

        Returns:
            Whether all of the value is known.
        """
        sheet = self._sheet(path[:2]).copied() if len(path) > 2 else _blank(path)  # noqa: PLR2004
        known = sheet.put(path, given)
        self._set(path[:2], sheet)
        return known

    def put_unknown(self, path: Path, given: Given) -> None:
        """Set a field to what stands for a value that is not known."""
        self.put(path, given)
        self._sheet(path[:2]).unknown.add(path)

    def put_place(self, path: Path, place: Place) -> None:
        """Say where a field was set."""
        sheet = self._sheet(path[:2]).copied()
        sheet.places[path] = place
        self._set(path[:2], sheet)

    def lose(self, place: Place, *, whole: bool) -> None:  # noqa: ARG002
        """Know no longer what has become of it."""
        self.lose_settings(place)
        self.touched = True

    def lose_field(self, path: Path, place: Place) -> None:
        """Know no longer what a field holds."""
        self.put(path, Given(UNKNOWN, place))

    def lose_settings(self, place: Place, *, everything: bool = False) -> None:
        """Know no longer what the placement and the resources are; with `everything`, nothing but the name."""
        lost: dict[Path, Sheet] = {}
        for path in (*SETTINGS, *(_REST if everything else ())):
            sheet = lost.setdefault(path[:2], _blank(path))
            sheet.unknown.add(path)
            sheet.places[path] = place
        for key, sheet in lost.items():
            self._set(key, sheet)

    def written_anew(self, document: dict[str, Any], place: Place) -> None:
        """Take over a document that something else has worked out; what differs was set at one place."""
        before = self.whole().document
        for section in ("metadata", "spec"):
            for name in {**before[section], **document[section]}:
                held = document[section].get(name)
                if held != before[section].get(name):
                    sheet = self._sheet((section, name)).copied()
                    sheet.change_to({section: {name: held} if name in document[section] else {}}, place)
                    self._set((section, name), sheet)

    def run_with(self, handler: str, place: Place) -> None:
        """Note down a handler that it is run with."""
        if handler not in self.runs and len(self.runs) < _MOST_RUNS:
            self.runs[handler] = place
            self.changes += 1

    def refuse(self, findings: Findings, place: Place) -> None:
        """Note down that a profile was refused."""
        self.refused[place, tuple(str(each) for each in findings)] = findings

    def copied(self, place: Place, kind: str | None = None) -> Made:
        """A function of the same settings, of its own."""
        other = self.reading.new(place, kind or self.known_kind)
        other._fields = {**self._fields, **({("kind",): other._fields["kind",]} if kind else {})}
        other._again = dict(self._again)  # noqa: SLF001
        other.touched, other.notes = self.touched, dict(self.notes)
        return other

    def written(self, position_of: Callable[[Place], Position]) -> Written:
        """The function as lint judges it, on the way that is gone through."""
        sheet = self.whole()

        def place_at(path: Path) -> Position:
            """Where a field was set, or what is nearest to where it should be."""
            lengths = range(len(path), 0, -1)
            near = next((sheet.places[path[:each]] for each in lengths if path[:each] in sheet.places), self.place)
            return position_of(near)

        return Written(
            document=sheet.document,
            at=place_at,
            workload=Workload(restartable=True) if self.restartable else None,
            refused=[(findings, position_of(place)) for (place, _), findings in self.refused.items()],
            unknown=sheet.unknown,
            runs=tuple(self.runs),
            placed=sheet.places,
        )

    def _sheet(self, key: Path) -> Sheet:
        """A field, on the way that is gone through; not to be changed."""
        held = self.reading.of.state.resolve(self._fields.get(key, ABSENT))
        if held is not ABSENT and held is not UNKNOWN:
            return held  # type: ignore[no-any-return]
        sheet = _blank(key)
        if held is UNKNOWN:
            self.note(
                self.place, f"{'.'.join(map(str, key))}: has more values than lint follows, by branches of the code"
            )
            sheet.unknown = {path for path in SETTINGS if path[:2] == key} or {key}
        return sheet

    def _set(self, key: Path, sheet: Sheet) -> None:
        self.changes += 1
        self.reading.of.state.set(self._fields, key, sheet)


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


def _blank(path: Path) -> Sheet:
    return Sheet({str(path[0]): {} if len(path) > 1 else "job"})


def normal_name(name: str) -> str:
    """A function's name as MLRun writes it."""
    return re.sub(r"\s+", "-", name).replace("_", "-").lower()
