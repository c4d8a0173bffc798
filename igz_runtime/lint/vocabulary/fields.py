"""Fields of a function that code reads and writes itself: `fn.spec.node_selector["key"] = "value"`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given
from igz_runtime.lint.vocabulary.made import METADATA, RESOURCES, SECTIONS, SPEC, Made, OfFunction
from igz_runtime.lint.vocabulary.setters import SETTERS, call_setter


@dataclass(frozen=True, eq=False, slots=True)
class Field(OfFunction):
    """A field of a function, such as `fn.spec.node_selector`."""

    made: Made
    path: tuple[str | int, ...]

    @property
    def matters(self) -> bool:
        """Whether lint keeps it, as what placement, resources or the nature of the work depend on.

        Never the environment, which may hold secrets.
        """
        return self.path[1] in (SPEC if self.path[0] == "spec" else METADATA)

    @property
    def spelled(self) -> str:
        """As code writes it."""
        return "".join(f".{each}" if str(each).isidentifier() else f"[{each!r}]" for each in self.path)[1:]

    def attribute(self, _of: Evaluator, name: str | int) -> Field:
        """A field of what it holds."""
        return Field(self.made, (*self.path, name))

    def item(self, of: Evaluator, key: Any) -> Any:
        """An item of what it holds."""
        return self.attribute(of, key) if isinstance(key, (str, int)) else UNKNOWN

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """Set a field of what it holds."""
        assign(self.attribute(of, name), given)

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Set an item of what it holds."""
        held = self.item(of, key)
        assign(*((self, given._replace(value=UNKNOWN)) if held is UNKNOWN else (held, given)))

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Do what a method of its value does."""
        if name in SETTERS:
            call_setter(self.made, name, arguments)
        held = self.settled(of)
        if name == "to_dict" or held is self or not self.matters:
            return UNKNOWN if held is self else held
        value = held if held is not None else [] if name in _OF_LISTS else {}
        result = UNKNOWN if arguments.more else constants.method(value, name, arguments.positional, arguments.named)
        if name in constants.READERS:
            return result
        place = next(iter(arguments), Given(None, arguments.place)).place
        if name in constants.MUTATORS and result is not UNKNOWN:
            self.made.touched = True
            self.made.change(self.path, value, place, self.spelled)
        elif name not in SETTERS:
            assign(self, Given(UNKNOWN, place))
        return result

    def settled(self, of: Evaluator) -> Any:
        """What it holds now, as a copy; `fn.spec` stays the function's own, which whoever gets it can change."""
        of.spend()
        if len(self.path) == 1:
            return self
        return self.made.get(self.path) if self.matters else UNKNOWN

    def lose(self, place: Place) -> None:
        """Know no longer what has become of the function; a field alone is only read."""
        if len(self.path) == 1:
            self.made.lose(place)


_OF_LISTS = frozenset({"append", "extend", "insert"})


def assign(field: Field, given: Given) -> None:
    """Set a field."""
    made, path = field.made, field.path
    made.touched = True
    if len(path) == 1:
        made.lose_settings(given.place, everything=True)
        made.note(given.place, f"{field.spelled}: the value is not known without running the code")
    elif field.matters:
        of_resources = path[1] in RESOURCES and len(path) == 2  # noqa: PLR2004
        made.put(path, given._replace(value=_resources(given.value)) if of_resources else given, field.spelled)


def _resources(value: Any) -> Any:
    """As MLRun's property takes them: CPU and memory, one accelerator in the limits, and nothing else."""
    sections = value or {}
    if not isinstance(sections, dict) or not all(isinstance(sections.get(each) or {}, dict) for each in SECTIONS):
        return dict.fromkeys(SECTIONS, UNKNOWN)
    kept: dict[str, Any] = {}
    for section in SECTIONS:
        amounts = sections.get(section) or {}
        other = next((name for name in amounts if name not in ("cpu", "memory")), None) if section == "limits" else None
        kept[section] = {name: amounts[name] for name in (other, "memory", "cpu") if name and amounts.get(name)}
    return kept if any(kept.values()) else None
