"""What MLRun's setters do to a function that code makes, for each way in which one writes.

Which kind has which setter, and what it writes where, is the table's: one that a kind does not have, or that raises
there, sets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Given
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.setters import Setter, Way
from igz_runtime.lint.vocabulary.made import UNKNOWN_AMOUNT, Made
from igz_runtime.text.place import Path


def _amounts(setter: Setter, made: Made, arguments: Arguments) -> None:
    given = arguments.bound(*setter.parameters)
    section: Path = next(iter(setter.writes.values()))[0][:-1]
    patch = given["patch"].value if "patch" in given else False
    if arguments.more or patch is UNKNOWN:
        made.note(arguments.place, _unknown(arguments, "…"))
        made.lose_field(section, arguments.place)
        return
    if not patch:
        made.put(section, Given({}, arguments.place))
    for name, ((*_, resource),) in setter.writes.items():
        if name in given and given[name].value:
            meant: Any = given["gpu_type"].value if name == "gpus" and "gpu_type" in given else resource
            _set_amount(made, (*section, meant), given[name], _unknown(arguments, name))


def _set_amount(made: Made, path: tuple[Any, ...], given: Given, note: str) -> None:
    *section, resource = path
    if resource is UNKNOWN:
        made.note(given.place, note)
        made.lose_field(tuple(section), given.place)
    elif given.value is not UNKNOWN:
        made.put(path, given)
    else:
        made.note(given.place, note)
        # That an amount is given is known, though not how much; of accelerators it may as well be none.
        if resource in ("cpu", "memory"):
            made.put_unknown(path, given._replace(value=UNKNOWN_AMOUNT, node=None))
        else:
            made.lose_field(path, given.place)


def _value(setter: Setter, made: Made, arguments: Arguments) -> None:
    """Each argument is written to its fields; MLRun reads None, and no name, as "leave it"."""
    given = arguments.bound(*setter.parameters)
    for name, fields in setter.writes.items():
        value = given.get(name, Given(UNKNOWN if arguments.more else None, arguments.place))
        if value.value is None or (name == "node_name" and not value.value):
            continue
        if name == "tolerations" and isinstance(value.value, dict):
            value = value._replace(value=[value.value], node=None)
        for field in fields:
            write(made, field, value, _unknown(arguments, name))


def _label(setter: Setter, made: Made, arguments: Arguments) -> None:
    given, field = arguments.bound(*setter.parameters), _field(setter)
    key = given["key"].value if "key" in given else UNKNOWN
    if isinstance(key, str):
        made.put((*field, key), given.get("value", Given(UNKNOWN, arguments.place)))
    else:
        made.lose_field(field, arguments.place)


def _annotations(setter: Setter, made: Made, arguments: Arguments) -> None:
    field = _field(setter)
    given = arguments.bound(*setter.parameters).get("annotations", Given(UNKNOWN, arguments.place))
    if not isinstance(given.value, dict):
        write(made, field, given._replace(value=UNKNOWN), _unknown(arguments, "annotations"))
        return
    for key, value in given.value.items():
        made.put((*field, key), Given(value if value is UNKNOWN else str(value), given.place))


def _thresholds(setter: Setter, made: Made, arguments: Arguments) -> None:
    given, field = arguments.bound(*setter.parameters), _field(setter)
    value = given.get("state_thresholds", Given(UNKNOWN, arguments.place))
    patch = given["patch"].value if "patch" in given else True
    if patch is True and isinstance(value.value, dict):
        for key, limit in value.value.items():
            write(made, (*field, key), Given(limit, value.place), _unknown(arguments, key))
    else:
        value = value._replace(value=UNKNOWN) if patch is UNKNOWN else value
        write(made, field, value, _unknown(arguments, "state_thresholds"))


def _config(setter: Setter, made: Made, arguments: Arguments) -> None:
    given, field = arguments.bound(*setter.parameters), _field(setter)
    key = given["key"].value if "key" in given else UNKNOWN
    if isinstance(key, str):
        value = given.get("value", Given(UNKNOWN, arguments.place))
        write(made, (*field, key), value, f"{arguments.callee}({key!r}): {_NOT_KNOWN}")
    else:
        write(made, field, Given(UNKNOWN, arguments.place), _unknown(arguments, "key"))


def _sidecar(setter: Setter, made: Made, arguments: Arguments) -> None:
    """MLRun moves the function's resources to the sidecar."""
    given, field = arguments.bound(*setter.parameters), _field(setter)
    own: Path = ("spec", SETTINGS["containers"].mlrun[0])
    name = given["name"].value if "name" in given else None
    name = name or f"{made.get(('metadata', 'name'))}-sidecar"
    listed = made.get(field) or []
    resources = made.get(own)
    if not isinstance(name, str) or listed is UNKNOWN or not made.is_known(own):
        write(made, field, Given(UNKNOWN, arguments.place), _unknown(arguments, "…"))
        return
    sidecar: dict[str, Any] = next((each for each in listed if each.get("name") == name), {})
    if not sidecar:
        sidecar["name"] = name
        listed.append(sidecar)
    if resources:
        sidecar["resources"] = resources
        made.put(own, Given(None, arguments.place))
    made.put(field, Given(listed, arguments.place))


def _shards(setter: Setter, made: Made, arguments: Arguments) -> None:
    """A stream's trigger sets the number of replicas to the number of its shards."""
    ((parameter, fields),) = setter.writes.items()
    shards = arguments.bound(*setter.parameters).get(parameter, Given(1, arguments.place))
    for field in fields:
        write(made, field, shards, _unknown(arguments, parameter))


def _list(setter: Setter, made: Made, arguments: Arguments) -> None:
    given = arguments.bound(*setter.parameters)
    ((parameter, (field,)),) = setter.writes.items()
    added = given.get(parameter)
    if added is None:
        return
    replaces = setter.way == "replace" or ("overwrite" in given and given["overwrite"].value)
    held = [] if replaces else made.get(field) or []
    known = isinstance(added.value, (list, tuple)) and isinstance(held, list)
    made.put(field, added._replace(value=[*held, *added.value] if known else UNKNOWN))


def _handler(setter: Setter, made: Made, arguments: Arguments) -> None:
    given = arguments.bound(*setter.parameters)
    for parameter, (field,) in setter.writes.items():
        if parameter in given and given[parameter].value:
            made.put(field, given[parameter])


def write(made: Made, path: tuple[str | int, ...], given: Given, note: str) -> None:
    """Set a field, and say so where the value is not known."""
    if not made.put(path, given):
        made.note(given.place, note)


_NOT_KNOWN: Final = "the value is not known without running the code"


def _unknown(arguments: Arguments, name: str) -> str:
    return f"{arguments.callee.rpartition('.')[2]}({name}=…): {_NOT_KNOWN}".replace("(…=…)", "(…)")


_WAYS: Final[Mapping[Way, Callable[[Setter, Made, Arguments], None]]] = {
    "value": _value,
    "amounts": _amounts,
    "thresholds": _thresholds,
    "config": _config,
    "sidecar": _sidecar,
    "shards": _shards,
    "label": _label,
    "annotations": _annotations,
    "append": _list,
    "replace": _list,
    "handler": _handler,
}

SETTERS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(kind for kind, of in KINDS.items() if name in of.setter)
    for name in dict.fromkeys(setter.name for kind in KINDS.values() for setter in kind.setters)
}
"""Every setter, and the kinds that have it, the likeliest first."""

DISTINCT: Final = frozenset(
    setter.name for kind in KINDS.values() for setter in kind.setters if setter.way in ("value", "amounts")
)
"""Setters whose names alone say that they are called on a function of MLRun's."""


def call_setter(made: Made, name: str, arguments: Arguments) -> None:
    """Do what a setter does."""
    kinds = SETTERS[name]
    if made.known_kind is None and made.kind not in kinds:
        made.presume(kinds[0])
    made.touched = True
    made.reading.of.spend()
    if made.kind in kinds:
        setter = KINDS[made.kind].setter[name]
        refused = _refused(setter, arguments)
        if refused:
            what = f"{name}() of kind {made.kind!r} takes no {refused!r}"
            made.note(arguments.place, f"{what}: MLRun raises here, and nothing is set")
        else:
            _WAYS[setter.way](setter, made, arguments)
    elif made.kind in with_pods():
        made.note(
            arguments.place, f"{name}() is not a setter of kind {made.kind!r}: MLRun raises here, and nothing is set"
        )


def _refused(setter: Setter, arguments: Arguments) -> str:
    """The argument for which a setter raises: one that is not to be set there, or that it does not have."""
    if setter.way in ("value", "amounts"):
        other = next((name for name in arguments.named if name not in setter.parameters), "")
        if other:
            return other
    given = arguments.bound(*setter.parameters) if setter.refuses else {}
    return next((name for name in setter.refuses if name in given and given[name].value not in _LEFT), "")


_LEFT: Final[tuple[Any, ...]] = (None, UNKNOWN, "", [], {})


def _field(setter: Setter) -> Path:
    """The field of a setter that has one."""
    return next(iter(setter.writes.values()))[0]
