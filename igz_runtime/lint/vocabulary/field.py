"""A field of a function as code has it: read, set, and changed by the methods of its value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Value
from igz_runtime.lint.vocabulary.made import METADATA, RESOURCES, SECTIONS, SPEC, Made
from igz_runtime.lint.vocabulary.setters import SETTERS, call_setter
from igz_runtime.lint.vocabulary.shared import spelled


@dataclass(frozen=True, eq=False, slots=True)
class Field(Value):
    """A field of a function, such as `fn.spec.node_selector`."""

    made: Made
    path: tuple[str | int, ...]
    methods: ClassVar[frozenset[str]] = frozenset({*SETTERS, *constants.MUTATORS})

    @property
    def matters(self) -> bool:
        """Whether anything that lint judges depends on it. Never the environment, which may hold secrets."""
        return self.path[1] in (SPEC if self.path[0] == "spec" else METADATA)

    @property
    def spelled(self) -> str:
        """As code writes it."""
        return spelled(self.path)

    def attribute(self, _of: Evaluator, name: str) -> Any:
        """A field of what it holds; of a method, nothing."""
        if name == "__dict__":
            return self
        return UNKNOWN if name in self.methods else self._below(name)

    def _below(self, key: str | int) -> Field:
        """A part of what it holds; MLRun keeps some fields of a spec under names that begin with an underscore."""
        of_spec = isinstance(key, str) and self.path == ("spec",)
        return Field(self.made, (*self.path, str(key).lstrip("_") if of_spec else key))

    def item(self, _of: Evaluator, key: Any) -> Any:
        """An item of what it holds."""
        return self._below(key) if isinstance(key, (str, int)) else UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set a field of what it holds."""
        assign_field(self._below(name), given)

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Set an item of what it holds."""
        held = self.item(of, key)
        assign_field(*((self, given._replace(value=UNKNOWN)) if held is UNKNOWN else (held, given)))

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Do what a method of its value does."""
        if name in SETTERS:
            call_setter(self.made, name, arguments)
        held = self.settled(of)
        if held is self and name == "update" and not arguments.positional:
            for field, given in arguments.named.items():
                self.assign(of, field, given)
        if name == "clear":
            assign_field(self, Given([] if isinstance(held, list) else {}, arguments.place))
            return None
        if held is self or held is UNKNOWN or name == "to_dict":
            self.made.touched = self.made.touched or name in constants.MUTATORS
            return UNKNOWN if held is self else held
        value = held if held is not None else [] if name in _OF_LISTS else {}
        result = UNKNOWN if arguments.more else constants.method(value, name, arguments)
        first = next(iter(arguments), Given(None, arguments.place))
        if name in ("get", "setdefault"):
            self.made.reading.shared.link(result, self.made, (*self.path, first.value))
        if name in constants.READERS or isinstance(held, str):
            return result
        # To take a key that is not there changes nothing.
        followed = result is not UNKNOWN or (name in _OF_KEYS and constants.is_constant(first.value))
        if name in constants.MUTATORS and followed:
            self.made.touched = True
            self.made.change(self.path, value, first.place, self.spelled)
        elif name not in SETTERS:
            assign_field(self, Given(UNKNOWN, first.place))
        return result

    def settled(self, of: Evaluator) -> Any:
        """What it holds now, as a copy; `fn.spec` stays the function's own, which whoever gets it can change."""
        of.state.spend()
        if len(self.path) == 1:
            return self
        value = self.made.get(self.path) if self.matters else UNKNOWN
        if value is None and self.path[-1] in _MAPPINGS:
            value = {}
        self.made.reading.shared.link(value, self.made, self.path)
        return value

    def delete_item(self, of: Evaluator, key: Any, place: Place) -> None:
        """Take an item away from what it holds."""
        if isinstance(key, str):
            self.assign_item(of, key, Given(None, place))
        else:
            assign_field(self, Given([] if key == slice(None) else UNKNOWN, place))


_MAPPINGS: Final = frozenset({"node_selector", "labels", "annotations"})
"""Fields that MLRun gives an empty mapping from the beginning."""
_OF_KEYS: Final = frozenset({"pop", "setdefault"})
_OF_LISTS: Final = frozenset({"append", "extend", "insert"})


def assign_field(field: Field, given: Given) -> None:
    """Set a field."""
    made, path = field.made, field.path
    made.touched = True
    if len(path) == 1:
        made.lose_settings(given.place, everything=True)
        made.note(given.place, f"{field.spelled}: the value is not known without running the code")
    elif field.matters:
        of_resources = path[1] in RESOURCES and len(path) == 2  # noqa: PLR2004
        made.put(path, given._replace(value=_resources(given.value)) if of_resources else given, field.spelled)
        if of_resources:
            made.reading.shared.link(given.value, made, path)


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
