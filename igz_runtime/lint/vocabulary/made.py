"""A function that code makes: its fields so far, each with the few values that it has on the ways the code can go."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.values import UNKNOWN, Given, Value
from igz_runtime.code.python.ways import ABSENT, values
from igz_runtime.functions.kinds import KINDS, resource_fields, spec_fields
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.results import Written
from igz_runtime.lint.vocabulary.held import Held, is_known, plain, shown, unknown_in
from igz_runtime.rules.findings import Findings
from igz_runtime.text.place import Path, Position

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

RESOURCES: Final = resource_fields()
PLACEMENT: Final = tuple(name for name in spec_fields() if name not in RESOURCES)
_EVIDENCE: Final = ("image", "command", "default_handler", "function_handler", "volumes", "build")
SPEC: Final = frozenset((*RESOURCES, *PLACEMENT, *_EVIDENCE))
METADATA: Final = frozenset(("name", "project", "tag", "labels", "annotations", "categories"))
SECTIONS: Final = ("requests", "limits")
NAME: Final[Path] = ("metadata", "name")
_PROJECT: Final[Path] = ("metadata", "project")

SETTINGS: Final[tuple[Path, ...]] = (
    *(("spec", name) for name in (*RESOURCES, *PLACEMENT)),
    ("metadata", "annotations"),
)
"""Every field that a profile, or code that is not followed, can have set."""
_REST: Final[tuple[Path, ...]] = (
    *(("spec", name) for name in _EVIDENCE),
    ("metadata", "labels"),
    ("metadata", "categories"),
)
_AGAIN: Final = "restartable"
_NOT_KNOWN: Final = "the value is not known without running the code"
_MOST_RUNS: Final = 100


class Made(Value):
    """A function as code makes it at a place; of no kind where the code does not say.

    Attributes:
        changes: how often something has set a field of it.
        touched: whether anything but its constructor has.
        runs: the handlers that it is run with, in their order.
        refused: what profiles were refused for, by place and rules.
        origin: what was called to make it, where that does not say what it is.
        notes: what of it could not be followed, by place.
    """

    def __init__(self, reading: Vocabulary, place: Place, kind: str | None) -> None:
        self.reading, self.place, self.known_kind = reading, place, kind
        self.touched = False
        self.changes = 0
        self.runs: dict[str, None] = {}
        self.refused: dict[tuple[Place, tuple[str, ...]], Findings] = {}
        self.origin = ""
        self.notes: dict[tuple[Place, str], None] = {}
        self._fields: dict[Path, Any] = {}
        self._set(("kind",), Held(kind or "job"))

    @property
    def kind(self) -> str:
        """Its kind; the likeliest where it is not known."""
        return str(self._held(("kind",)).value)

    @property
    def unknowns(self) -> int:
        """How many of its fields are not known, on the way on which most are not."""
        each_held = [[each for each in values(held) if isinstance(each, Held)] for held in self._fields.values()]
        return sum(max(len([*unknown_in(each.value)]) for each in held) for held in each_held if held)

    def note(self, place: Place, text: str) -> None:
        """Say what of it could not be followed."""
        self.notes[place, text] = None

    def presume(self, kind: str) -> None:
        """Take it for a kind, where it is not known."""
        if self.known_kind is None:
            self._set(("kind",), Held(kind, self._held(("kind",)).places))

    def with_defaults(self) -> Made:
        """With what MLRun's client itself gives to a new function of this kind."""
        for name, value in (KINDS[self.kind].begins_with if self.kind in KINDS else {}).items():
            self._set(("spec", name), Held(plain(value)))
        return self

    def document(self) -> dict[str, Any]:
        """All that is known of it, on the way that is gone through, as MLRun would export it."""
        found: dict[str, Any] = {"kind": self.kind, "metadata": {}, "spec": {}}
        for section, *names in self._fields:
            for name in names:
                value = shown(self._held((section, name)).value)
                if value is not None and value is not UNKNOWN:
                    found[str(section)][name] = value
        return found

    def unknown(self) -> set[Path]:
        """The paths of what is not known of it, on the way that is gone through."""
        paths = {path for key in list(self._fields) for path in unknown_in(self._held(key).value, key)}
        return paths if self.known_kind else {*paths, ("kind",)}

    def get(self, path: Path) -> Any:
        """The value of a field; None where it has none."""
        return self._held(path[:2]).get(path[2:])

    def put(self, path: Path, given: Given, said: str = "") -> None:
        """Set a field; with None it goes. Where something is placed by it, it is said what of it is not known."""
        value = plain(given.value, whole="affinity" in str(path[-1]))
        held = self._held(path[:2]) if path[2:] else Held()
        self._set(path[:2], held.put(path[2:], given, value))
        self._say_unknown(path, value, given.place, said)
        if isinstance(given.value, dict):
            self.reading.shared.link(given.value, self, path)

    def change(self, path: Path, value: Any, place: Place, said: str = "") -> None:
        """Set a field to what something else has worked out of it: what differs was set at one place."""
        held, value = self._held(path[:2]), plain(value)
        if is_known(held.get(path[2:])):
            self._say_unknown(path, value, place, said)
        self._set(path[:2], held.changed_to(held.put(path[2:], Given(None, place), value).value, place))

    def _say_unknown(self, path: Path, value: Any, place: Place, said: str) -> None:
        placing = path in SETTINGS or (path[0] == "spec" and path[:2] in SETTINGS)
        if said and placing and not is_known(value):
            self.note(place, f"{said}: {_NOT_KNOWN}")

    def lose_settings(self, place: Place, *, everything: bool = False) -> None:
        """Know no longer what the placement and the resources are; with `everything`, nothing but the name."""
        for path in (*SETTINGS, *(_REST if everything else ())):
            self.put(path, Given(_unknown_as_a_whole(path), place))

    def written_anew(self, document: dict[str, Any], place: Place) -> None:
        """Take over a document that something else has worked out."""
        before = self.document()
        for section in ("metadata", "spec"):
            for name in {**before[section], **document[section]}:
                if document[section].get(name) != before[section].get(name):
                    self.change((section, name), document[section].get(name), place)

    def start_again(self, place: Place) -> None:
        """Note down that a run of it is started again."""
        self._set((_AGAIN,), Held(value=True, places={(): place}))

    def run_with(self, handler: str) -> None:
        """Note down a handler that it is run with."""
        if handler not in self.runs and len(self.runs) < _MOST_RUNS:
            self.runs[handler] = None
            self.changes += 1

    def copied(self, place: Place, kind: str | None = None) -> Made:
        """A function of the same settings, of its own."""
        other = self.reading.new(place, kind or self.known_kind)
        other._fields = {**self._fields, **({("kind",): other._fields["kind",]} if kind else {})}
        other.touched, other.notes = self.touched, dict(self.notes)
        return other

    def written(self, position_of: Callable[[Place], Position]) -> Written:
        """The function as lint judges it, on the way that is gone through."""
        placed = {(*key, *below): at for key in list(self._fields) for below, at in self._held(key).places.items()}

        def place_at(path: Path) -> Position:
            """Where a field was set, or what is nearest to where it should be."""
            nearest = (placed[path[:length]] for length in range(len(path), 0, -1) if path[:length] in placed)
            return position_of(next(nearest, self.place))

        return Written(
            document=self.document(),
            at=place_at,
            workload=Workload(restartable=True) if self._held((_AGAIN,)).value is True else None,
            refused=[(findings, position_of(place)) for (place, _), findings in self.refused.items()],
            unknown=self.unknown(),
            filled_in=() if _PROJECT in placed else (_PROJECT,),
            runs=tuple(self.runs),
            placed=placed,
        )

    def _held(self, key: Path) -> Held:
        """A field, on the way that is gone through."""
        held = self.reading.of.state.resolve(self._fields.get(key, ABSENT))
        if held is UNKNOWN and key != (_AGAIN,):
            said = "has more values than lint follows, by branches of the code"
            self.note(self.place, f"{'.'.join(map(str, key))}: {said}")
            return Held(_unknown_as_a_whole(key))
        return Held() if held is ABSENT or held is UNKNOWN else held

    def _set(self, key: Path, held: Held) -> None:
        self.changes += 1
        self.reading.acts += 1
        self.reading.of.state.set(self._fields, key, held)


def _unknown_as_a_whole(key: Path) -> Any:
    return dict.fromkeys(SECTIONS, UNKNOWN) if key[-1] in RESOURCES else UNKNOWN
