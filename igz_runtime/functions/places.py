"""Where a field of `PodSettings` stands in a function's document, or should stand where it is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from igz_runtime.functions.annotations import ANNOTATION_PREFIX, MODE_ANNOTATION
from igz_runtime.functions.described import DESCRIBED, described_in
from igz_runtime.functions.fields import parts_below, spelled
from igz_runtime.functions.kind import Role
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.names import EXTRA_CONTAINERS, NUCLIO_NAMES, SETTINGS, THRESHOLDS
from igz_runtime.functions.recognition import NUCLIO, kind_of, placed_by_mlrun
from igz_runtime.k8s.pod import Field
from igz_runtime.text.place import Path


def path_of(document: Mapping[str, Any], role: str, field: Field) -> Path:
    """The place of a role's field.

    Args:
        document: a function document of MLRun or Nuclio.
        role: the role's name.
        field: the field in the words of `PodSettings`; `("waivers", rule_id)` is the annotation that waives a rule,
            and `("labels", key)` a label: so may each field of the function itself be named.

    Returns:
        The path from the top of the document; `()` where the function has no field for it.

    >>> path_of({"kind": "spark", "spec": {}}, "driver", ("containers", "driver", "limits", "cpu"))
    ('spec', 'driver_resources', 'limits', 'cpu')
    """
    if not field:
        return ()
    if field[0] == "waivers":
        return (_metadata_key(document), "annotations", f"{ANNOTATION_PREFIX}{field[-1]}")
    if field[0] in DESCRIBED:
        places = described_in(document, str(field[0]))
        place = next((each for each in places if _holds(document, each)), places[0] if places else ())
        return (*place, *field[1:]) if place else ()
    kind = kind_of(document)
    if kind == NUCLIO:
        return _InNuclio(document).path(field)
    return _InMlrun(document, kind, role).path(field) if placed_by_mlrun(kind) else ()


def _holds(document: Mapping[str, Any], path: Path) -> bool:
    held: Any = document
    for part in path:
        held = _mapping(held).get(part)
    return held is not None


def place_of_error(document: Mapping[str, Any], path: Path) -> Path:
    """Where a field of the wrong type stands: MLRun's name of it may be said of one that only Nuclio's part has.

    Args:
        document: the function's document.
        path: the `field` of the `BrokenFunction`.
    """
    kind = kind_of(document)
    if path[:1] != ("spec",) or len(path) == 1 or not placed_by_mlrun(kind):
        return path
    return _InMlrun(document, kind, "main").stated(path)


class _InNuclio:
    """The fields of a Nuclio function, whose decoder ignores case."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._spec = _mapping(document.get("spec"))

    def path(self, field: Field) -> Path:
        name, *rest = field
        if name == "containers":
            return self._container(field)
        if name == "mode_annotation":
            return (_metadata_key(self._document), "annotations", MODE_ANNOTATION)
        names = SETTINGS[str(name)].nuclio if name in SETTINGS else ()
        stated = next((each for each in names if spelled(self._spec, each) in self._spec), "")
        return ("spec", spelled(self._spec, stated or names[0]), *rest) if names else ()

    def _container(self, field: Field) -> Path:
        _, name, *rest = (*field, "main") if len(field) == 1 else field
        for listed, _ in EXTRA_CONTAINERS:
            key = spelled(self._spec, listed)
            index = _index(self._spec.get(key), name)
            if index is not None:
                return ("spec", key, index, "resources", *rest)
        return ("spec", spelled(self._spec, _RESOURCES), *rest)


class _InMlrun:
    """The fields of an MLRun function, some of which its Nuclio kinds may have in `config` or `base_spec` instead."""

    def __init__(self, document: Mapping[str, Any], kind: str, role: str) -> None:
        self._document = document
        self._spec = _mapping(document.get("spec"))
        self._traits = traits(kind)
        self._fields = next((each for each in self._traits.roles if each.role == role), self._traits.roles[0])

    def path(self, field: Field) -> Path:
        name, *rest = field
        if name == "containers":
            return self._container(field)
        if name == "mode_annotation":
            return self._annotation()
        if name == "annotations":
            return ("metadata", name, *rest)
        if name in THRESHOLDS:
            return ("spec", SETTINGS[str(name)].mlrun[0], THRESHOLDS[str(name)])
        if name in ("target_cpu", "scale_to_zero"):
            (theirs,) = SETTINGS[str(name)].nuclio
            return self._in_nuclio(theirs, ()) or ("spec", "config", f"spec.{theirs}")
        if name in ("replicas", "pods"):
            of_service = SETTINGS["replicas"].mlrun
            names = self._fields.pods if name == "pods" else of_service
            return ("spec", next(filter(self._spec.get, names), (*names, *of_service)[0]))
        return self._placed(self._name_of(str(name)), rest)

    def stated(self, path: Path) -> Path:
        """The place of an MLRun field of the spec, or of the same in what is passed on to Nuclio."""
        _, name, *rest = path
        if not self._traits.passes_on:
            return path
        if name == "config" and rest:
            return self._in_nuclio(str(rest[0]).removeprefix("spec."), rest[1:]) or path
        if name == "base_spec" and rest[-1:] == [MODE_ANNOTATION]:
            return self._annotation()
        if name == _RESOURCES and not self._spec.get(name):
            return self._in_nuclio(_RESOURCES, rest) or path
        return self._placed(str(name), rest)

    def _name_of(self, name: str) -> str:
        """How this role spells a setting; an executor without its own selector has the generic one."""
        own, source = self._fields.fields.get(name, name), self._traits.inherits
        if source and name == "node_selector" and not self._spec.get(own):
            generic = next(each for each in self._traits.roles if each.role == source).fields[name]
            return generic if self._spec.get(generic) else own
        return own

    def _placed(self, name: str, rest: Sequence[str | int]) -> Path:
        own: Path = ("spec", name, *rest)
        if not self._traits.passes_on or self._spec.get(name) or name not in NUCLIO_NAMES:
            return own
        return self._in_nuclio(NUCLIO_NAMES[name], rest) or own

    def _in_nuclio(self, name: str, rest: Sequence[str | int]) -> Path:
        """The place of a field of the Nuclio spec that MLRun passes on; `()` where there is none."""
        config = _mapping(self._spec.get("config"))
        if config.get(f"spec.{name}") is not None:
            return ("spec", "config", f"spec.{name}", *rest)
        dotted = [key for key in config if str(key).startswith(f"spec.{name}.")]
        for key in dotted:
            parts = parts_below(key, f"spec.{name}.")
            if list(rest[: len(parts)]) == parts:
                return ("spec", "config", key, *rest[len(parts) :])
        base = _mapping(_mapping(self._spec.get("base_spec")).get("spec"))
        if base.get(name) is not None:
            return ("spec", "base_spec", "spec", name, *rest)
        return ("spec", "config", dotted[0]) if dotted else ()

    def _annotation(self) -> Path:
        base = _mapping(_mapping(self._spec.get("base_spec")).get("metadata"))
        in_base = MODE_ANNOTATION in _mapping(base.get("annotations"))
        return (*(("spec", "base_spec") if in_base else ()), "metadata", "annotations", MODE_ANNOTATION)

    def _container(self, field: Field) -> Path:
        fields = self._fields
        _, name, *rest = (*field, fields.container) if len(field) == 1 else field
        if self._traits.passes_on and name != fields.container:
            return next(self._extra(name, rest), ())
        if name != fields.container or not fields.resources:
            return ()
        return self._own(fields, rest)

    def _own(self, fields: Role, rest: Sequence[str | int]) -> Path:
        if fields.jvm and list(rest) == ["limits", "memory"]:
            rest = ("requests", "memory")
        own: Path = ("spec", fields.resources, *rest)
        held = self._spec.get(fields.resources)
        if not self._traits.passes_on or _asks(held):
            return own
        elsewhere = () if held else self._in_nuclio(_RESOURCES, rest)
        if not elsewhere and self._traits.proxy:
            sidecars = EXTRA_CONTAINERS[0][0]
            first = self._listed(sidecars)[:1]
            if first and _asks(_mapping(first[0]).get("resources")):
                elsewhere = self._in_nuclio(sidecars, (0, "resources", *rest))
        return elsewhere or own

    def _extra(self, name: str | int, rest: Sequence[str | int]) -> Iterator[Path]:
        for listed, _ in EXTRA_CONTAINERS:
            index = _index(self._listed(listed), name)
            if index is not None:
                yield self._in_nuclio(listed, (index, "resources", *rest))

    def _listed(self, name: str) -> Sequence[Any]:
        held: Any = self._spec
        for part in self._in_nuclio(name, ())[1:]:
            held = _mapping(held).get(part)
        return held if isinstance(held, (list, tuple)) else ()


_RESOURCES: Final = SETTINGS["containers"].nuclio[0]


def _asks(resources: Any) -> bool:
    """Whether a `resources` mapping asks for anything: MLRun writes one with two empty sections."""
    return any(bool(amounts) for amounts in _mapping(resources).values())


def _index(containers: Any, name: str | int) -> int | None:
    listed = containers if isinstance(containers, (list, tuple)) else ()
    return next((i for i, each in enumerate(listed) if _mapping(each).get("name") == name), None)


def _metadata_key(document: Mapping[str, Any]) -> str:
    return "meta" if document.get("metadata") is None and "meta" in document else "metadata"


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}
