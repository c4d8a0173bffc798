"""What MLRun's setters do to a function that code makes, for each way in which one writes.

Which kind has which setter, and what it writes where, is the table's: one that a kind does not have, or that raises
there, sets nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Bound, Given
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.setters import CONFIG, Setter, Way
from igz_runtime.functions.triggers import HTTP, TRIGGERS, V3IO_STREAMS
from igz_runtime.lint.vocabulary.held import SOME, is_known
from igz_runtime.lint.vocabulary.made import NAME, Made
from igz_runtime.text.place import Path


def _amounts(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    section: Path = _field(setter)[:-1]
    patch = given.value("patch", default=False)
    if arguments.more or patch is UNKNOWN:
        made.put(section, Given(UNKNOWN, arguments.place), _said(arguments, "…"))
        return
    if not patch:
        made.put(section, Given({}, arguments.place))
    for name, ((*_, resource),) in setter.writes.items():
        amount, said = given[name], _said(arguments, name)
        meant: Any = given.value("gpu_type", resource) if name == "gpus" else resource
        if meant is UNKNOWN:
            made.put(section, amount._replace(value=UNKNOWN), said)
        elif given.value(name):
            # That an amount is given is known, though not how much; of accelerators it may as well be none.
            some = amount.value is UNKNOWN and meant in ("cpu", "memory")
            made.put((*section, meant), amount._replace(value=SOME, node=None) if some else amount, said)


def _value(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    """Each argument is written to its fields; MLRun reads None, and no name, as "leave it"."""
    for name, fields in setter.writes.items():
        value = given[name]
        if name not in given and not arguments.more:
            # A stream's trigger sets the number of replicas to the number of its shards.
            value = value._replace(value=1 if setter.way == "shards" else None)
        if value.value is None or (name in _NAMES and not value.value):
            continue
        if name == "tolerations" and isinstance(value.value, dict):
            value = value._replace(value=[value.value], node=None)
        for field in fields:
            made.put(field, value, _said(arguments, name))


_NAMES: Final = ("node_name", "handler")


def _entry(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    """A key and its value."""
    key = given.value("key", UNKNOWN)
    if isinstance(key, str):
        made.put((*_field(setter), key), given["value"], f"{arguments.callee}({key!r})")
    else:
        made.put(_field(setter), given["key"]._replace(value=UNKNOWN), _said(arguments, "key"))


def _trigger(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    """A trigger by its name; `with_http` and a stream's setter say its kind by themselves."""
    if setter.way == "shards":
        _value(setter, made, arguments, given)
    named, kind = _TRIGGERS.get(setter.name, ("name", ""))
    name = given.value(named) or _UNNAMED.get(kind, UNKNOWN)
    stated = Given({"kind": kind}, arguments.place) if kind else given["spec"]
    known = isinstance(name, str)
    key = f"spec.{TRIGGERS}.{name}" if known else f"spec.{TRIGGERS}"
    # Nothing is said of what is not known: no placement depends on it.
    made.put((*CONFIG, key), stated if known else stated._replace(value=UNKNOWN))


_TRIGGERS: Final = {"with_http": ("trigger_name", HTTP), "add_v3io_stream_trigger": ("name", V3IO_STREAMS[0])}
"""The setters of one kind of trigger: the parameter that names it, and the kind."""
_UNNAMED: Final = {HTTP: "http", V3IO_STREAMS[0]: "stream"}
"""What MLRun calls a trigger that is not named."""


def _entries(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    """A mapping, whose keys are written one by one."""
    ((name, (field,)),) = setter.writes.items()
    of_text, entries, patch = setter.way == "annotations", given[name], given.value("patch", default=True)
    if patch is not True or not isinstance(entries.value, dict):
        unknown = of_text or patch is UNKNOWN
        made.put(field, entries._replace(value=UNKNOWN) if unknown else entries, _said(arguments, name))
        return
    for key, value in entries.value.items():
        written = str(value) if of_text and value is not UNKNOWN else value
        made.put((*field, key), Given(written, entries.place), _said(arguments, key))


def _sidecar(setter: Setter, made: Made, arguments: Arguments, given: Bound) -> None:
    """MLRun moves the function's resources to the sidecar."""
    field, own = _field(setter), ("spec", SETTINGS["containers"].mlrun[0])
    name = given.value("name") or f"{made.get(NAME)}-sidecar"
    listed, resources = made.get(field) or [], made.get(own)
    if not isinstance(name, str) or listed is UNKNOWN or not is_known(resources):
        made.put(field, Given(UNKNOWN, arguments.place), _said(arguments, "…"))
        return
    sidecar: dict[str, Any] = next((each for each in listed if each.get("name") == name), {})
    if not sidecar:
        sidecar["name"] = name
        listed.append(sidecar)
    if resources:
        sidecar["resources"] = resources
        made.put(own, Given(None, arguments.place))
    made.put(field, Given(listed, arguments.place))


def _list(setter: Setter, made: Made, _arguments: Arguments, given: Bound) -> None:
    for name, (field,) in setter.writes.items():
        added = given[name]
        if name not in given:
            continue
        if name == "base_image":
            made.put(field, added)
            continue
        held = [] if setter.way == "replace" or given.value("overwrite") else made.get(field) or []
        known = isinstance(added.value, (list, tuple)) and isinstance(held, list)
        made.put(field, added._replace(value=[*held, *added.value] if known else UNKNOWN))


def _said(arguments: Arguments, name: str) -> str:
    return f"{arguments.callee.rpartition('.')[2]}({name}=…)".replace("(…=…)", "(…)")


_WAYS: Final[Mapping[Way, Callable[[Setter, Made, Arguments, Bound], None]]] = {
    **dict.fromkeys(("value", "handler"), _value),
    **dict.fromkeys(("trigger", "shards"), _trigger),
    **dict.fromkeys(("config", "label"), _entry),
    **dict.fromkeys(("thresholds", "annotations"), _entries),
    **dict.fromkeys(("append", "replace"), _list),
    "amounts": _amounts,
    "sidecar": _sidecar,
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
    if made.kind not in kinds:
        made.presume(kinds[0])
    made.touched = True
    made.reading.of.state.spend()
    raises = ""
    if made.kind in kinds:
        setter = KINDS[made.kind].setter[name]
        given = arguments.bound(*setter.parameters)
        refused = _refused(setter, given)
        if not refused:
            _WAYS[setter.way](setter, made, arguments, given)
            return
        raises = f"{name}() of kind {made.kind!r} takes no {refused!r}"
    elif made.kind in with_pods():
        raises = f"{name}() is not a setter of kind {made.kind!r}"
    if raises:
        made.note(arguments.place, f"{raises}: MLRun raises here, and nothing is set")


def _refused(setter: Setter, given: Bound) -> str:
    """The argument for which a setter raises: one that is not to be set there, or that it does not have."""
    others = [name for name in given if name not in setter.parameters and setter.way in ("value", "amounts")]
    set_all_the_same = (name for name in setter.refuses if given.value(name) not in _LEFT)
    return next(iter([*others, *set_all_the_same]), "")


_LEFT: Final[tuple[Any, ...]] = (None, UNKNOWN, "", [], {})


def _field(setter: Setter) -> Path:
    """The field of a setter that has one."""
    return next(iter(setter.writes.values()))[0]
