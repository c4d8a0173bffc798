"""MLRun's setters: what each writes to a function, as mlrun 1.10 to 1.12 do it.

Which kind has which setter is MLRun's as well: one that a kind does not have, or that raises there, sets nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Given
from igz_runtime.lint.vocabulary.made import UNKNOWN_AMOUNT, Made

Setter = Callable[[Made, Arguments], None]

_LIMITS: Final = ("mem", "cpu", "gpus", "gpu_type", "patch")
_REQUESTS: Final = ("mem", "cpu", "patch")
_SPARK_LIMITS: Final = ("cpu", "gpus", "gpu_type", "patch")
_SELECTION: Final = ("node_name", "node_selector", "affinity", "tolerations")
_SERVICES: Final = frozenset({"remote", "serving", "application"})


def _resources(field: str, section: str, names: tuple[str, ...]) -> Setter:
    def set_resources(made: Made, arguments: Arguments) -> None:
        given = arguments.bound(*names)
        path = ("spec", field, section)
        patch = given["patch"].value if "patch" in given else False
        if arguments.more or patch is UNKNOWN:
            made.note(arguments.place, _unknown(arguments, "…"))
            made.lose_field(path, arguments.place)
            return
        if not patch:
            made.put(path, Given({}, arguments.place))
        kind = given["gpu_type"].value if "gpu_type" in given else "nvidia.com/gpu"
        for name, resource in (("gpus", kind), ("mem", "memory"), ("cpu", "cpu")):
            if name in given and given[name].value:
                _set_amount(made, (*path, resource), given[name], _unknown(arguments, name))

    return set_resources


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


def _selection(*prefixes: str) -> Setter:
    def set_selection(made: Made, arguments: Arguments) -> None:
        given = arguments.bound(*_SELECTION)
        for name in _SELECTION:
            value = given.get(name, Given(UNKNOWN if arguments.more else None, arguments.place))
            if value.value is None or (name == "node_name" and not value.value):
                continue
            if name == "tolerations" and isinstance(value.value, dict):
                value = value._replace(value=[value.value], node=None)
            for prefix in prefixes:
                write(made, ("spec", f"{prefix}{name}"), value, _unknown(arguments, name))

    return set_selection


def _of_value(field: str, parameter: str) -> Setter:
    def set_value(made: Made, arguments: Arguments) -> None:
        value = arguments.bound(parameter).get(parameter, Given(UNKNOWN, arguments.place))
        if value.value is not None:
            write(made, ("spec", field), value, _unknown(arguments, parameter))

    return set_value


def _label(made: Made, arguments: Arguments) -> None:
    given = arguments.bound("key", "value")
    key = given["key"].value if "key" in given else UNKNOWN
    if isinstance(key, str):
        made.put(("metadata", "labels", key), given.get("value", Given(UNKNOWN, arguments.place)))
    else:
        made.lose_field(("metadata", "labels"), arguments.place)


def _annotations(made: Made, arguments: Arguments) -> None:
    base = ("spec", "base_spec", "metadata", "annotations") if made.kind in _SERVICES else ("metadata", "annotations")
    given = arguments.bound("annotations").get("annotations", Given(UNKNOWN, arguments.place))
    if not isinstance(given.value, dict):
        write(made, base, given._replace(value=UNKNOWN), _unknown(arguments, "annotations"))
        return
    for key, value in given.value.items():
        made.put((*base, key), Given(value if value is UNKNOWN else str(value), given.place))


def _thresholds(made: Made, arguments: Arguments) -> None:
    given = arguments.bound("state_thresholds", "patch")
    value = given.get("state_thresholds", Given(UNKNOWN, arguments.place))
    patch = given["patch"].value if "patch" in given else True
    if patch is True and isinstance(value.value, dict):
        for key, limit in value.value.items():
            write(made, ("spec", "state_thresholds", key), Given(limit, value.place), _unknown(arguments, key))
    else:
        value = value._replace(value=UNKNOWN) if patch is UNKNOWN else value
        write(made, ("spec", "state_thresholds"), value, _unknown(arguments, "state_thresholds"))


def _config(made: Made, arguments: Arguments) -> None:
    given = arguments.bound("key", "value")
    key = given["key"].value if "key" in given else UNKNOWN
    if isinstance(key, str):
        value = given.get("value", Given(UNKNOWN, arguments.place))
        write(made, ("spec", "config", key), value, f"{arguments.callee}({key!r}): {_NOT_KNOWN}")
    else:
        write(made, ("spec", "config"), Given(UNKNOWN, arguments.place), _unknown(arguments, "key"))


def _sidecar(made: Made, arguments: Arguments) -> None:
    """MLRun moves the function's resources to the sidecar."""
    given = arguments.bound("name", "image")
    name = given["name"].value if "name" in given else None
    name = name or f"{made.get(('metadata', 'name'))}-sidecar"
    listed = made.get(("spec", "config", "spec.sidecars")) or []
    resources = made.get(("spec", "resources"))
    if not isinstance(name, str) or listed is UNKNOWN or not made.is_known(("spec", "resources")):
        write(made, ("spec", "config", "spec.sidecars"), Given(UNKNOWN, arguments.place), _unknown(arguments, "…"))
        return
    sidecar: dict[str, Any] = next((each for each in listed if each.get("name") == name), {})
    if not sidecar:
        sidecar["name"] = name
        listed.append(sidecar)
    if resources:
        sidecar["resources"] = resources
        made.put(("spec", "resources"), Given(None, arguments.place))
    made.put(("spec", "config", "spec.sidecars"), Given(listed, arguments.place))


def _shards(made: Made, arguments: Arguments) -> None:
    """A stream's trigger sets the number of replicas to the number of its shards."""
    given = arguments.bound("stream_path", "name", "group", "seek_to", "shards")
    shards = given.get("shards", Given(1, arguments.place))
    for name in ("min_replicas", "max_replicas"):
        write(made, ("spec", name), shards, _unknown(arguments, "shards"))


def _listed(path: tuple[str, ...], parameter: str, *, replaces: bool = False) -> Setter:
    def set_list(made: Made, arguments: Arguments) -> None:
        given = arguments.bound(parameter, "overwrite")
        added = given.get(parameter)
        if added is None:
            return
        held = [] if replaces or ("overwrite" in given and given["overwrite"].value) else made.get(path) or []
        known = isinstance(added.value, (list, tuple)) and isinstance(held, list)
        made.put(path, added._replace(value=[*held, *added.value] if known else UNKNOWN))

    return set_list


def _source(made: Made, arguments: Arguments) -> None:
    handler = arguments.bound("source", "workdir", "handler").get("handler")
    if handler is not None and handler.value:
        field = "function_handler" if made.kind in _SERVICES else "default_handler"
        made.put(("spec", field), handler)


def write(made: Made, path: tuple[str | int, ...], given: Given, note: str) -> None:
    """Set a field, and say so where the value is not known."""
    if not made.put(path, given):
        made.note(given.place, note)


_NOT_KNOWN: Final = "the value is not known without running the code"


def _unknown(arguments: Arguments, name: str) -> str:
    return f"{arguments.callee.rpartition('.')[2]}({name}=…): {_NOT_KNOWN}".replace("(…=…)", "(…)")


_EVERY: Final = frozenset({"job", "databricks", "remote-spark", "mpijob", "spark", "dask", *_SERVICES})
_SPARK: Final = frozenset({"spark"})
_DASK: Final = frozenset({"dask"})
_POD: Final = _EVERY - _SPARK - _DASK

_COMMON: Final[dict[str, tuple[frozenset[str], Setter]]] = {
    "with_limits": (_POD, _resources("resources", "limits", _LIMITS)),
    "with_requests": (_POD, _resources("resources", "requests", _REQUESTS)),
    "with_node_selection": (_EVERY, _selection("")),
    "with_preemption_mode": (_EVERY - _SPARK, _of_value("preemption_mode", "mode")),
    "with_priority_class": (_EVERY, _of_value("priority_class_name", "name")),
    "set_state_thresholds": (_EVERY - _DASK - _SERVICES, _thresholds),
    "set_config": (_SERVICES, _config),
    "with_sidecar": (_SERVICES, _sidecar),
    "add_v3io_stream_trigger": (_SERVICES, _shards),
    "set_label": (_EVERY, _label),
    "with_annotations": (_EVERY, _annotations),
    "set_categories": (_EVERY, _listed(("metadata", "categories"), "categories", replaces=True)),
    "with_requirements": (_EVERY, _listed(("spec", "build", "requirements"), "requirements")),
    "with_commands": (_EVERY, _listed(("spec", "build", "commands"), "commands")),
    "build_config": (
        frozenset({"job", "databricks", "remote-spark", "spark", "mpijob", "dask"}),
        _listed(("spec", "build", "requirements"), "requirements", replaces=True),
    ),
    "with_source_archive": (_EVERY, _source),
}


def _of_spark(role: str) -> dict[str, tuple[frozenset[str], Setter]]:
    return {
        f"with_{role}_limits": (_SPARK, _resources(f"{role}_resources", "limits", _SPARK_LIMITS)),
        f"with_{role}_requests": (_SPARK, _resources(f"{role}_resources", "requests", _REQUESTS)),
        f"with_{role}_node_selection": (_SPARK, _selection(f"{role}_")),
        f"with_{role}_preemption_mode": (_SPARK, _of_value(f"{role}_preemption_mode", "mode")),
    }


def _of_dask(role: str) -> dict[str, tuple[frozenset[str], Setter]]:
    return {
        f"with_{role}_limits": (_DASK, _resources(f"{role}_resources", "limits", _LIMITS)),
        f"with_{role}_requests": (_DASK, _resources(f"{role}_resources", "requests", _REQUESTS)),
    }


SETTERS: Final[dict[str, tuple[frozenset[str], Setter]]] = {
    **_COMMON,
    **_of_spark("driver"),
    **_of_spark("executor"),
    **_of_dask("scheduler"),
    **_of_dask("worker"),
}
DISTINCT: Final = frozenset(
    name
    for name in SETTERS
    if name.startswith("with_") and name.endswith(("limits", "requests", "selection", "mode", "class"))
)
"""Setters whose names alone say that they are called on a function of MLRun's."""


def call_setter(made: Made, name: str, arguments: Arguments) -> None:
    """Do what a setter does."""
    kinds, setter = SETTERS[name]
    if made.known_kind is None and made.kind not in kinds:
        made.presume(min(kinds - {"application"}))
    made.touched = True
    made.reading.of.spend()
    if made.kind in kinds:
        if name == "with_node_selection" and made.kind == "spark":
            setter = _selection("driver_", "executor_")
        setter(made, arguments)
    elif made.kind in _EVERY:
        made.note(
            arguments.place, f"{name}() is not a setter of kind {made.kind!r}: MLRun raises here, and nothing is set"
        )
