"""Fields of a function that code reads and writes itself: `fn.spec.node_selector["key"] = "value"`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given
from igz_runtime.lint.vocabulary.made import METADATA, PLACEMENT, RESOURCES, SPEC, Made, OfFunction
from igz_runtime.lint.vocabulary.setters import call_setter, write

_NOT_KNOWN: Final = "the value is not known without running the code"
_SECTIONS: Final = ("requests", "limits")


@dataclass(frozen=True, eq=False, slots=True)
class Field(OfFunction):
    """A field of a function, such as `fn.spec.node_selector`."""

    made: Made
    path: tuple[str | int, ...]

    def below(self, key: str | int) -> Field:
        """A field of what it holds."""
        return Field(self.made, (*self.path, key))

    def attribute(self, _of: Evaluator, name: str) -> Field:
        """A field of what it holds."""
        return self.below(name)

    def item(self, _of: Evaluator, key: Any) -> Any:
        """An item of what it holds."""
        return self.below(key) if isinstance(key, (str, int)) else UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set a field of what it holds."""
        assign(self.below(name), given)

    def assign_item(self, _of: Evaluator, key: Any, given: Given) -> None:
        """Set an item of what it holds."""
        if isinstance(key, (str, int)):
            assign(self.below(key), given)
        else:
            assign(self, given._replace(value=UNKNOWN))

    def method(self, _of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Do what a method of its value does."""
        return call_on(self, name, arguments)

    def settled(self, of: Evaluator) -> Any:
        """What it holds now, as a copy."""
        of.spend()
        return read(self)

    def passed(self, of: Evaluator) -> Any:
        """What it holds; `fn.spec` stays the function's own, which whoever gets it can change."""
        return self.settled(of) if len(self.path) > 1 else self

    def lose(self, place: Place, *, whole: bool) -> None:
        """Know no longer what has become of the function; a field alone is only read."""
        if whole or len(self.path) == 1:
            self.made.lose(place, whole=whole)


def assign(ref: Field, given: Given) -> None:
    """Set a field. Only those that placement, resources or the nature of the work depend on are kept."""
    path = ref.path
    ref.made.touched = True
    if len(path) == 1:
        ref.made.lose_settings(given.place, everything=True)
        ref.made.note(given.place, f"{_spelled(ref)}: {_NOT_KNOWN}")
    elif not _matters(ref):
        return
    elif path[1] in RESOURCES and len(path) == 2:  # noqa: PLR2004
        _assign_resources(ref, given)
    elif _is_noted(ref):
        write(ref.made, path, given, f"{_spelled(ref)}: {_NOT_KNOWN}")
    else:
        ref.made.put(path, given)


def read(ref: Field) -> Any:
    """The value of a field."""
    return ref.made.get(ref.path) if _matters(ref) and len(ref.path) > 1 else UNKNOWN


def call_on(ref: Field, name: str, arguments: Arguments) -> Any:
    """Do what a method of a field's value does: of a mapping, of a list, or of `spec` itself."""
    if ref.path == ("spec",):
        if name in ("with_limits", "with_requests"):
            call_setter(ref.made, name, arguments)
        return UNKNOWN
    value = read(ref)
    if name in ("get", "keys", "values", "items", "copy", "to_dict"):
        return _got(value, name, arguments)
    if name == "update":
        _update(ref, arguments)
    elif name in ("append", "extend", "insert"):
        _extend(ref, name, arguments)
    elif name == "clear":
        assign(ref, Given([] if isinstance(value, list) else {}, arguments.place))
    elif name in ("pop", "setdefault"):
        _pop_or_default(ref, name, arguments)
    elif name == "with_requirements" and ref.path[-1] == "build":
        call_setter(ref.made, name, arguments)
    elif _matters(ref):
        assign(ref, Given(UNKNOWN, arguments.place))
    return UNKNOWN


def _got(value: Any, name: str, arguments: Arguments) -> Any:
    if name in ("copy", "to_dict"):
        return value
    if name == "get" and isinstance(value, dict) and arguments.positional:
        key, *default = (given.value for given in arguments.positional)
        return value.get(key, default[0] if default else None) if isinstance(key, (str, int)) else UNKNOWN
    return UNKNOWN


def _update(ref: Field, arguments: Arguments) -> None:
    added = arguments.positional[0] if arguments.positional else Given({}, arguments.place)
    if not isinstance(added.value, dict) or arguments.more:
        assign(ref, Given(UNKNOWN, arguments.place))
        return
    for key, value in added.value.items():
        assign(ref.below(key), Given(value, added.place))
    for key, given in arguments.named.items():
        assign(ref.below(key), given)


def _extend(ref: Field, name: str, arguments: Arguments) -> None:
    held, given = read(ref) or [], arguments.positional
    known = isinstance(held, list) and given and not arguments.more
    if known and name == "extend" and isinstance(given[-1].value, (list, tuple)):
        held = [*held, *given[-1].value]
    elif known and name != "extend":
        held.append(given[-1].value)
    else:
        held = UNKNOWN
    assign(ref, Given(held, given[-1].place if given else arguments.place))


def _pop_or_default(ref: Field, name: str, arguments: Arguments) -> None:
    key = arguments.positional[0].value if arguments.positional else UNKNOWN
    if not isinstance(key, (str, int)) or isinstance(read(ref), list):
        assign(ref, Given(UNKNOWN, arguments.place))
        return
    below = ref.below(key)
    if name == "pop":
        assign(below, Given(None, arguments.place))
    elif read(below) is None and len(arguments.positional) > 1:
        assign(below, arguments.positional[1])


def _assign_resources(ref: Field, given: Given) -> None:
    """As MLRun's property does: CPU and memory, one accelerator in the limits, and nothing else."""
    value = given.value
    sections = value if isinstance(value, dict) else {}
    if value is UNKNOWN or not all(isinstance(sections.get(each) or {}, dict) for each in _SECTIONS):
        for section in _SECTIONS:
            write(ref.made, (*ref.path, section), Given(UNKNOWN, given.place), f"{_spelled(ref)}: {_NOT_KNOWN}")
        return
    kept: dict[str, Any] = {}
    for section in _SECTIONS:
        amounts = sections.get(section) or {}
        other = next((name for name in amounts if name not in ("cpu", "memory")), None) if section == "limits" else None
        wanted = {name: amounts[name] for name in (other, "memory", "cpu") if name and amounts.get(name)}
        if wanted or value:
            kept[section] = wanted
    kept = kept if any(kept.values()) else {}
    write(ref.made, ref.path, given._replace(value=kept or None), f"{_spelled(ref)}: {_NOT_KNOWN}")


def _matters(ref: Field) -> bool:
    """Whether a field is one that lint keeps: never the environment, which may hold secrets."""
    path = ref.path
    return len(path) == 1 or path[1] in (SPEC if path[0] == "spec" else METADATA)


def _is_noted(ref: Field) -> bool:
    return ref.path[0] == "spec" and (ref.path[1] in PLACEMENT or ref.path[1] in RESOURCES)


def _spelled(ref: Field) -> str:
    fields = "".join(f".{part}" if str(part).isidentifier() else f"[{part!r}]" for part in ref.path)
    return fields.removeprefix(".")
