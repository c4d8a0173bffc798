"""Fields of a function that code reads and writes itself: `fn.spec.node_selector["key"] = "value"`."""

from __future__ import annotations

from typing import Any, Final

from igz_runtime.lint.code.values import UNKNOWN, Arguments, Given, Ref
from igz_runtime.lint.code.world import World
from igz_runtime.lint.vocabulary.made import METADATA, PLACEMENT, RESOURCES, SPEC
from igz_runtime.lint.vocabulary.setters import call_setter, write

_NOT_KNOWN: Final = "the value is not known without running the code"
_SECTIONS: Final = ("requests", "limits")


def assign(world: World, ref: Ref, given: Given) -> None:
    """Set a field. Only those that placement, resources or the nature of the work depend on are kept."""
    path = ref.path
    ref.made.touched = True
    if len(path) == 1:
        ref.made.lose_settings(given.place, everything=True)
        world.note(given.place, f"{_spelled(ref)}: {_NOT_KNOWN}")
    elif not _matters(ref):
        return
    elif path[1] in RESOURCES and len(path) == 2:  # noqa: PLR2004
        _assign_resources(world, ref, given)
    elif _is_noted(ref):
        write(world, ref.made, path, given, f"{_spelled(ref)}: {_NOT_KNOWN}")
    else:
        ref.made.put(path, given)


def read(ref: Ref) -> Any:
    """The value of a field."""
    return ref.made.get(ref.path) if _matters(ref) and len(ref.path) > 1 else UNKNOWN


def call_on(world: World, ref: Ref, name: str, arguments: Arguments) -> Any:
    """Do what a method of a field's value does: of a mapping, of a list, or of `spec` itself."""
    if ref.path == ("spec",):
        if name in ("with_limits", "with_requests"):
            call_setter(world, ref.made, name, arguments)
        return UNKNOWN
    value = read(ref)
    if name in ("get", "keys", "values", "items", "copy", "to_dict"):
        return _got(value, name, arguments)
    if name == "update":
        _update(world, ref, arguments)
    elif name in ("append", "extend", "insert"):
        _extend(world, ref, name, arguments)
    elif name == "clear":
        assign(world, ref, Given([] if isinstance(value, list) else {}, arguments.place))
    elif name in ("pop", "setdefault"):
        _pop_or_default(world, ref, name, arguments)
    elif name == "with_requirements" and ref.path[-1] == "build":
        call_setter(world, ref.made, name, arguments)
    elif _matters(ref):
        assign(world, ref, Given(UNKNOWN, arguments.place))
    return UNKNOWN


def _got(value: Any, name: str, arguments: Arguments) -> Any:
    if name in ("copy", "to_dict"):
        return value
    if name == "get" and isinstance(value, dict) and arguments.positional:
        key, *default = (given.value for given in arguments.positional)
        return value.get(key, default[0] if default else None) if isinstance(key, (str, int)) else UNKNOWN
    return UNKNOWN


def _update(world: World, ref: Ref, arguments: Arguments) -> None:
    added = arguments.positional[0] if arguments.positional else Given({}, arguments.place)
    if not isinstance(added.value, dict) or arguments.more:
        assign(world, ref, Given(UNKNOWN, arguments.place))
        return
    for key, value in added.value.items():
        assign(world, Ref(ref.made, (*ref.path, key)), Given(value, added.place))
    for key, given in arguments.named.items():
        assign(world, Ref(ref.made, (*ref.path, key)), given)


def _extend(world: World, ref: Ref, name: str, arguments: Arguments) -> None:
    held, given = read(ref) or [], arguments.positional
    known = isinstance(held, list) and given and not arguments.more
    if known and name == "extend" and isinstance(given[-1].value, (list, tuple)):
        held = [*held, *given[-1].value]
    elif known and name != "extend":
        held.append(given[-1].value)
    else:
        held = UNKNOWN
    assign(world, ref, Given(held, given[-1].place if given else arguments.place))


def _pop_or_default(world: World, ref: Ref, name: str, arguments: Arguments) -> None:
    key = arguments.positional[0].value if arguments.positional else UNKNOWN
    if not isinstance(key, (str, int)) or isinstance(read(ref), list):
        assign(world, ref, Given(UNKNOWN, arguments.place))
        return
    below = Ref(ref.made, (*ref.path, key))
    if name == "pop":
        assign(world, below, Given(None, arguments.place))
    elif read(below) is None and len(arguments.positional) > 1:
        assign(world, below, arguments.positional[1])


def _assign_resources(world: World, ref: Ref, given: Given) -> None:
    """As MLRun's property does: CPU and memory, one accelerator in the limits, and nothing else."""
    value = given.value
    sections = value if isinstance(value, dict) else {}
    if value is UNKNOWN or not all(isinstance(sections.get(each) or {}, dict) for each in _SECTIONS):
        for section in _SECTIONS:
            write(world, ref.made, (*ref.path, section), Given(UNKNOWN, given.place), f"{_spelled(ref)}: {_NOT_KNOWN}")
        return
    kept: dict[str, Any] = {}
    for section in _SECTIONS:
        amounts = sections.get(section) or {}
        other = next((name for name in amounts if name not in ("cpu", "memory")), None) if section == "limits" else None
        wanted = {name: amounts[name] for name in (other, "memory", "cpu") if name and amounts.get(name)}
        if wanted or value:
            kept[section] = wanted
    kept = kept if any(kept.values()) else {}
    write(world, ref.made, ref.path, given._replace(value=kept or None), f"{_spelled(ref)}: {_NOT_KNOWN}")


def _matters(ref: Ref) -> bool:
    """Whether a field is one that lint keeps: never the environment, which may hold secrets."""
    path = ref.path
    return len(path) == 1 or path[1] in (SPEC if path[0] == "spec" else METADATA)


def _is_noted(ref: Ref) -> bool:
    return ref.path[0] == "spec" and (ref.path[1] in PLACEMENT or ref.path[1] in RESOURCES)


def _spelled(ref: Ref) -> str:
    fields = "".join(f".{part}" if str(part).isidentifier() else f"[{part!r}]" for part in ref.path)
    return fields.removeprefix(".")
