"""Functions of Nuclio's own: a function configuration as a mapping, and nuclio-jupyter's ConfigSpec."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import ANNOTATION, LABEL, MODE_ANNOTATION, WORKLOAD, read_waivers
from igz_runtime.functions.code import EMBEDDED, NO_CODE, Code
from igz_runtime.functions.evidence import persistent
from igz_runtime.functions.fields import Holder, put, put_below, spelled, with_resources
from igz_runtime.functions.held import of_document
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.marks import changed_marks
from igz_runtime.functions.model import UNNAMED, Evidence, Function
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.recognition import NUCLIO
from igz_runtime.functions.triggers import TRIGGERS, WITHOUT_HTTP, triggers_of
from igz_runtime.functions.values import PLACEMENT, plain, read_replicas, read_scale_to_zero, replicas_by_field
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings

(_ROLE,) = traits(NUCLIO).roles
_RESOURCES: Final = SETTINGS["containers"].nuclio[0]
_TARGET_CPU: Final = SETTINGS["target_cpu"].nuclio[0]
_SCALE_TO_ZERO: Final = SETTINGS["scale_to_zero"].nuclio[0]


class NuclioDocument:
    """A Nuclio function configuration: `metadata` and `spec`, as in function.yaml.

    Args:
        document: the mapping; it is written in place.
    """

    def __init__(self, document: MutableMapping[str, Any]) -> None:
        self._document = document

    def read(self) -> Function:
        """The function's settings.

        Raises:
            BrokenFunction: a field of the wrong type; names function, role and field.
        """
        try:
            metadata = codec.mapping(self._metadata(), "metadata")
            name = str(metadata.get("name") or UNNAMED)
        except BrokenFunction as error:
            raise error.inside(f"{NUCLIO} function: ") from None
        try:
            return self._read(name, metadata, codec.mapping(self._document.get("spec"), "spec"))
        except BrokenFunction as error:
            raise self._as_written(error).inside(f"{NUCLIO} {name!r} ({_ROLE.role}): ") from None

    def _as_written(self, error: BrokenFunction) -> BrokenFunction:
        """The error with the keys of its field as this document spells them."""
        section, *rest = error.field or ("spec",)
        if section == "metadata":
            return BrokenFunction(str(error), (self._metadata_key(), *rest))
        spec = self._document.get("spec")
        if rest and isinstance(spec, Mapping):
            rest[0] = spelled(spec, str(rest[0]))
        return BrokenFunction(str(error), (section, *rest))

    def _metadata(self) -> Any:
        return self._document.get(self._metadata_key())

    def _metadata_key(self) -> str:
        """Older files say `meta`."""
        return "meta" if self._document.get("metadata") is None and "meta" in self._document else "metadata"

    def _read(self, name: str, metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> Function:
        annotations = codec.mapping(metadata.get("annotations"), "metadata.annotations")
        labels = codec.mapping(metadata.get("labels"), "metadata.labels")
        requests, limits = codec.read_resources(_field(spec, _RESOURCES), f"spec.{_RESOURCES}")
        containers = [Container(_ROLE.container, requests, limits)]
        for field, sort in EXTRA_CONTAINERS:
            containers += codec.read_containers(_field(spec, field), f"spec.{field}", sort)
        settings = PodSettings(
            containers=tuple(containers),
            mode_annotation=codec.text(
                annotations.get(MODE_ANNOTATION),
                f"annotation {MODE_ANNOTATION}",
                ("metadata", "annotations", MODE_ANNOTATION),
            ),
            replicas=read_replicas(lambda name, _: _field(spec, name), SETTINGS["replicas"].nuclio, "spec."),
            target_cpu=codec.whole(_field(spec, _TARGET_CPU), f"spec.{_TARGET_CPU}"),
            scale_to_zero=read_scale_to_zero(_field(spec, _SCALE_TO_ZERO), f"spec.{_SCALE_TO_ZERO}"),
            **{setting: _read(spec, setting) for setting in PLACEMENT},
        )
        build = codec.mapping(_field(spec, "build"), "spec.build")
        mounts = codec.sequence(_field(spec, "volumes"), "spec.volumes")
        return Function(
            name=name,
            kind=NUCLIO,
            roles=(settings,),
            project=str(labels.get("nuclio.io/project-name") or ""),
            evidence=Evidence(
                handler=str(_field(spec, "handler") or ""),
                labels={str(k): str(v) for k, v in labels.items()},
                image=str(_field(spec, "image") or build.get("baseImage") or ""),
                volumes=tuple(_persistent([each for each in mounts if isinstance(each, Mapping)])),
                requirements=tuple(map(str, codec.sequence(build.get("commands"), "spec.build.commands"))),
                code=_code(spec, build),
                base_image=str(build.get("baseImage") or ""),
            ),
            record=codec.text(annotations.get(ANNOTATION), f"metadata.annotations.{ANNOTATION}"),
            profile=codec.text(labels.get(LABEL), f"metadata.labels.{LABEL}"),
            waivers=read_waivers(annotations),
            workload=codec.text(labels.get(WORKLOAD), f"metadata.labels.{WORKLOAD}"),
            triggers=triggers_of(_field(spec, TRIGGERS), _field(spec, WITHOUT_HTTP), f"spec.{TRIGGERS}"),
        )

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        return of_document(self._document, "metadata", "meta", "spec")

    def restore(self, snapshot: Any) -> None:
        """Put the document back as it was at the snapshot."""
        snapshot.put_back()

    def write(self, before: Function, after: Function) -> None:
        """Write what differs."""
        old, new = before.roles[0], after.roles[0]
        spec = self._document["spec"] = self._document.get("spec") or {}
        if old.containers != new.containers:
            _write_containers(spec, new)
        for setting in (*PLACEMENT, "scale_to_zero"):
            if getattr(old, setting) != getattr(new, setting):
                put(spec, spelled(spec, SETTINGS[setting].nuclio[0]), plain(setting, new))
        if old.replicas != new.replicas:
            for field, count in replicas_by_field(new.replicas, SETTINGS["replicas"].nuclio).items():
                put(spec, spelled(spec, field), count)
        marks = changed_marks(before, after)
        annotations = dict(marks.annotations)
        if old.mode_annotation != new.mode_annotation:
            annotations[MODE_ANNOTATION] = new.mode_annotation
        self._write_metadata("annotations", annotations)
        self._write_metadata("labels", marks.labels)

    def _write_metadata(self, section: str, marks: Mapping[str, str | None]) -> None:
        for name, mark in marks.items():
            key = self._metadata_key()
            metadata = self._document[key] = self._document.get(key) or {}
            put_below(metadata, (section,), name, mark)


class NuclioConfigSpec:
    """nuclio-jupyter's ConfigSpec, whose scheduling fields are dotted keys of `extra_config`.

    The whole field is written each time: `nuclio` splits a key at its dots, so that
    `spec.nodeSelector.app.iguazio.com/lifecycle` would become nested mappings.

    Args:
        spec: the ConfigSpec; its `extra_config` is replaced, never changed in place.
    """

    def __init__(self, spec: Any) -> None:
        self._spec = spec

    def _merged(self) -> dict[str, Any]:
        from nuclio.config import update_in

        document: dict[str, Any] = {"metadata": {}, "spec": {}}
        for key, value in self._spec.extra_config.items():
            update_in(document, key, copy.deepcopy(value))
        document["metadata"].setdefault("name", "ConfigSpec")
        return document

    def read(self) -> Function:
        """The function's settings."""
        return NuclioDocument(self._merged()).read()

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        return self._spec.extra_config

    def restore(self, snapshot: Any) -> None:
        """Put the configuration back as it was at the snapshot."""
        self._spec.extra_config = snapshot

    def write(self, before: Function, after: Function) -> None:
        """Write what differs, each field whole."""
        document, unchanged = self._merged(), self._merged()
        NuclioDocument(document).write(before, after)
        config = dict(self._spec.extra_config)
        for field in {**unchanged["spec"], **document["spec"]}:
            value = document["spec"].get(field)
            if value != unchanged["spec"].get(field):
                _set(config, ("spec", field), value)
        for section in ("annotations", "labels"):
            # One key at a time: a whole mapping would replace what nuclio itself writes there at deployment.
            old, new = unchanged["metadata"].get(section, {}), document["metadata"].get(section, {})
            for name in {**old, **new}:
                if old.get(name) != new.get(name):
                    _set(config, ("metadata", section, name), new.get(name))
        self._spec.extra_config = config


def _set(config: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Set, or with None remove, what stands at a path of a ConfigSpec, in whichever key or mapping it stands."""
    from nuclio.config import _split_by_dots_with_escaping as parts_of

    for key in list(config):
        parts = tuple(parts_of(key))
        if parts[: len(path)] == path:
            del config[key]
        elif parts == path[:-1] and isinstance(config[key], Mapping):
            config[key] = {name: held for name, held in config[key].items() if name != path[-1]}
    if value is not None:
        # A backslash before and after keeps the dots of a name from being split.
        name = f"\\{path[-1]}\\" if "." in path[-1] else path[-1]
        config[".".join((*path[:-1], name))] = value


def _persistent(mounts: list[Mapping[str, Any]]) -> Iterator[str]:
    """Persistent volumes that are written; Nuclio's spec holds each together with its mount."""
    for each in mounts:
        mount, volume = each.get("volumeMount"), each.get("volume")
        if volume is not None:
            named = (
                {**mount, "name": volume.get("name")}
                if isinstance(mount, Mapping) and isinstance(volume, Mapping)
                else {}
            )
            yield from persistent([volume], [named])


def _code(spec: Mapping[str, Any], build: Mapping[str, Any]) -> Code:
    """Where the code stands: embedded, or in the file that the handler names, in the folder that is built."""
    runtime = _field(spec, "runtime")
    if isinstance(runtime, str) and not runtime.startswith("python"):
        return NO_CODE
    module = str(_field(spec, "handler") or "").partition(":")[0]
    embedded, path = (str(build.get(spelled(build, name)) or "") for name in (EMBEDDED, "path"))
    if path.endswith((".py", ".ipynb")):
        return Code(embedded, (path,))
    file = (posixpath.join(path, f"{module}.py"),) if module else ()
    return Code(embedded, file) if path else Code(embedded, beside=file)


def _field(spec: Mapping[str, Any], name: str) -> Any:
    return spec.get(spelled(spec, name))


def _read(spec: Mapping[str, Any], setting: str) -> Any:
    (name,) = SETTINGS[setting].nuclio
    read = PLACEMENT[setting](_field(spec, name), f"spec.{name}")
    # Nuclio takes an empty name for none; MLRun tells a class that is asked to be none from one that is not asked for.
    return None if setting == "priority_class" and read == "" else read


def _write_containers(spec: Holder, new: PodSettings) -> None:
    put(spec, spelled(spec, _RESOURCES), codec.write_resources(new.containers[0]) or None)
    for name, sort in EXTRA_CONTAINERS:
        amounts = [codec.write_resources(container) for container in new.containers if container.sort == sort]
        if amounts:
            key = spelled(spec, name)
            spec[key] = with_resources(spec[key], amounts)
