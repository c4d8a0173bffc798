"""MLRun's setters as data: which argument each writes to which field of the function's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Path = tuple[str, ...]
Way = Literal[
    "value",
    "amounts",
    "thresholds",
    "config",
    "sidecar",
    "shards",
    "trigger",
    "label",
    "annotations",
    "append",
    "replace",
    "handler",
]
"""What a setter does with its arguments.

- `value`: each that is not None is written to its fields.
- `amounts`: each is written below its field; without `patch=True` they replace what stood there.
- `thresholds`, `annotations`: the keys of a mapping are written below the field.
- `config`, `label`: one key and its value are written below the field.
- `append`, `replace`: a list is added to the field, or written to it.
- `sidecar`: a container is added, and the function's resources move to it.
- `shards`: the number of a stream's shards is written to its fields, and its trigger below `config`.
- `trigger`: a trigger is written below the field; one of HTTP where none is given.
- `handler`: the handler is written to its field, where one is given.
"""


class Setter(NamedTuple):
    """A method of MLRun's functions that writes to them.

    Attributes:
        name: its name.
        parameters: its parameters in their order, as far as any of them matters.
        writes: the fields that each parameter is written to, by their paths in the function's document.
        way: what it does with them.
        refuses: parameters that it has, and raises for.
    """

    name: str
    parameters: tuple[str, ...]
    writes: Mapping[str, tuple[Path, ...]]
    way: Way = "value"
    refuses: tuple[str, ...] = ()


_SELECTION: Final = ("node_name", "node_selector", "affinity", "tolerations")
_RESOURCES: Final = {"gpus": "nvidia.com/gpu", "mem": "memory", "cpu": "cpu"}


def _amounts(name: str, field: str, section: str, parameters: tuple[str, ...]) -> Setter:
    """A setter of requests or limits."""
    written = {key: (("spec", field, section, each),) for key, each in _RESOURCES.items() if key in parameters}
    return Setter(name, parameters, written, "amounts")


def _requests(role: str = "") -> Setter:
    """`with_requests`, or the one of a role."""
    return _amounts(f"with_{role}requests", f"{role}resources", "requests", ("mem", "cpu", "patch"))


def _limits(role: str = "", *, memory: bool = True) -> Setter:
    """`with_limits`, or the one of a role; Spark's have no memory."""
    parameters = ("mem", "cpu", "gpus", "gpu_type", "patch")
    return _amounts(f"with_{role}limits", f"{role}resources", "limits", parameters[0 if memory else 1 :])


def _selection(role: str = "", *, to: tuple[str, ...] = (), refuses: tuple[str, ...] = ()) -> Setter:
    """`with_node_selection`, or the one of a role.

    Args:
        role: what stands before `node_selection` and before each field.
        to: what stands before each field, where that is something else.
        refuses: parameters that it raises for.
    """
    prefixes = to or (role,)
    written = {each: tuple(("spec", f"{prefix}{each}") for prefix in prefixes) for each in _SELECTION}
    return Setter(
        f"with_{role}node_selection",
        _SELECTION,
        {name: fields for name, fields in written.items() if name not in refuses},
        refuses=refuses,
    )


def _mode(role: str = "") -> Setter:
    """`with_preemption_mode`, or the one of a role."""
    return Setter(f"with_{role}preemption_mode", ("mode",), {"mode": (("spec", f"{role}preemption_mode"),)})


_PRIORITY: Final = Setter("with_priority_class", ("name",), {"name": (("spec", "priority_class_name"),)})
_THRESHOLDS: Final = Setter(
    "set_state_thresholds",
    ("state_thresholds", "patch"),
    {"state_thresholds": (("spec", "state_thresholds"),)},
    "thresholds",
)
_IN_BUILD: Final = ("spec", "build")
_DESCRIPTION: Final = (
    Setter("set_label", ("key", "value"), {"value": (("metadata", "labels"),)}, "label"),
    Setter("set_categories", ("categories",), {"categories": (("metadata", "categories"),)}, "replace"),
    Setter(
        "with_requirements", ("requirements", "overwrite"), {"requirements": ((*_IN_BUILD, "requirements"),)}, "append"
    ),
    Setter("with_commands", ("commands", "overwrite"), {"commands": ((*_IN_BUILD, "commands"),)}, "append"),
)
"""What every kind has, and no placement depends on: what they say of the work is evidence."""

_BUILD: Final = Setter(
    "build_config",
    (
        *("image", "base_image", "commands", "secret", "source", "extra", "load_source_on_run", "with_mlrun"),
        *("auto_build", "requirements", "overwrite"),
    ),
    {name: ((*_IN_BUILD, name),) for name in ("requirements", "commands", "base_image")},
    "replace",
)


def _annotations(*holder: str) -> Setter:
    """`with_annotations`, and what holds the metadata that it writes to."""
    return Setter(
        "with_annotations", ("annotations",), {"annotations": ((*holder, "metadata", "annotations"),)}, "annotations"
    )


def _source(*parameters: str, handler: str = "") -> Setter:
    """`with_source_archive`, and the field of its handler."""
    written = {"handler": (("spec", handler),)} if handler else {}
    return Setter("with_source_archive", ("source", "workdir", *parameters), written, "handler")


CONFIG: Final = ("spec", "config")
"""What MLRun passes on to Nuclio, by dotted keys."""
_SIDECARS: Final = (*CONFIG, "spec.sidecars")
_OF_NUCLIO: Final = (
    Setter("add_trigger", ("name", "spec"), {"spec": (CONFIG,)}, "trigger"),
    Setter(
        "with_http",
        (
            *("workers", "port", "host", "paths", "canary", "secret", "worker_timeout", "gateway_timeout"),
            "trigger_name",
        ),
        {"trigger_name": (CONFIG,)},
        "trigger",
    ),
    Setter("set_config", ("key", "value"), {"value": (CONFIG,)}, "config"),
    Setter("with_sidecar", ("name", "image", "ports", "command", "args"), {"name": (_SIDECARS,)}, "sidecar"),
    Setter(
        "add_v3io_stream_trigger",
        ("stream_path", "name", "group", "seek_to", "shards"),
        {"shards": (("spec", "min_replicas"), ("spec", "max_replicas"))},
        "shards",
    ),
)
"""What only MLRun's Nuclio kinds have."""


def _of_roles(*roles: str, placed: bool) -> tuple[Setter, ...]:
    """Setters that each role has for itself: of Dask resources, of Spark also where it runs."""
    found: list[Setter] = []
    for role in roles:
        found += [_requests(role), _limits(role, memory=not placed)]
        found += [_selection(role, refuses=("node_name",)), _mode(role)] if placed else []
    return tuple(found)


_COMMON: Final = (*_DESCRIPTION, _PRIORITY)
_RUN: Final = (
    *(*_COMMON, _annotations(), _BUILD),
    _source("handler", "pull_at_runtime", "target_dir", handler="default_handler"),
)
_PLACED: Final = (_selection(), _mode())
_SERVICE: Final = (
    *(*_COMMON, _annotations("spec", "base_spec"), *_PLACED, _limits(), _requests()),
    *_OF_NUCLIO,
)

OF_JOB: Final = (*_RUN, _THRESHOLDS, *_PLACED, _limits(), _requests())
OF_SPARK: Final = (
    *(*_RUN, _THRESHOLDS, *_of_roles("driver_", "executor_", placed=True)),
    _selection(to=("driver_", "executor_"), refuses=("node_name", "affinity", "tolerations")),
)
OF_DASK: Final = (*_RUN, *_PLACED, *_of_roles("scheduler_", "worker_", placed=False))
OF_NUCLIO_FUNCTION: Final = (*_SERVICE, _source("handler", "runtime", handler="function_handler"))
OF_APPLICATION: Final = (*_SERVICE, _source("pull_at_runtime", "target_dir"))
