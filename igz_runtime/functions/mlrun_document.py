"""MLRun function documents: the mapping of function.yaml."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions.annotations import MODE_ANNOTATION
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.fields import Holder, owned, put, put_below
from igz_runtime.functions.held import of_document
from igz_runtime.functions.kind import Role
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.marks import changed_marks
from igz_runtime.functions.mlrun_reader import Reader
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import SETTINGS, THRESHOLDS
from igz_runtime.functions.recognition import NUCLIO, kind_of, placed_by_mlrun, unsupported_kind
from igz_runtime.functions.values import PLACEMENT, plain, replicas_by_field
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings, is_accelerator
from igz_runtime.k8s.quantity import jvm_text

if TYPE_CHECKING:
    from igz_runtime.functions.nuclio import NuclioDocument


class MlrunDocument:
    """An MLRun function as a mapping with `kind`, `metadata` and `spec`.

    Args:
        document: the mapping; it is written in place.
        kind: its kind, as MLRun's objects call it.
    """

    def __init__(self, document: MutableMapping[str, Any], kind: str) -> None:
        self._document = document
        self._kind = kind

    def read(self) -> Function:
        """The function's settings."""
        try:
            metadata = codec.mapping(self._document.get("metadata"), "metadata")
            spec = codec.mapping(self._document.get("spec"), "spec")
            codec.mapping(metadata.get("annotations"), "metadata.annotations")
        except BrokenFunction as error:
            raise error.inside(f"{self._kind} function: ") from None
        function = Reader(self._kind, metadata.get, spec.get).read()
        if not traits(self._kind).graph:
            return function
        from igz_runtime.functions.serving import lost_child

        children = codec.sequence(spec.get("function_refs"), "spec.function_refs")
        lost = tuple(lost_child(child.get("name")) for child in children if isinstance(child, Mapping))
        return function.but(unreachable=lost) if lost else function

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        return of_document(self._document, "metadata", "spec")

    def restore(self, snapshot: Any) -> None:
        """Put the document back as it was at the snapshot."""
        snapshot.put_back()

    def write(self, before: Function, after: Function) -> None:
        """Write what differs."""
        spec = self._document["spec"] = self._document.get("spec") or {}
        for role, old, new in zip(traits(self._kind).roles, before.roles, after.roles, strict=True):
            if old is not new:
                self._write_role(spec, role, old, new)
        marks = changed_marks(before, after)
        for name, mark in marks.annotations.items():
            self._write_annotation(name, mark)
        for name, mark in marks.labels.items():
            put_below(self._metadata(), ("labels",), name, mark)

    def _write_role(self, spec: MutableMapping[str, Any], role: Role, old: PodSettings, new: PodSettings) -> None:
        if old.containers != new.containers:
            self._write_containers(spec, role, new)
        for setting in PLACEMENT:
            if getattr(old, setting) != getattr(new, setting):
                put(spec, role.fields[setting], plain(setting, new))
        limits = {limit: getattr(new, limit) for limit in THRESHOLDS if getattr(old, limit) != getattr(new, limit)}
        if limits:
            held = codec.mapping(spec.get(_THRESHOLDS), f"spec.{_THRESHOLDS}")
            stated = {**held, **{THRESHOLDS[limit]: value for limit, value in limits.items()}}
            thresholds = {name: limit for name, limit in stated.items() if limit is not None}
            # To wait forever is MLRun's default: the field goes when it says nothing else.
            put(
                spec,
                _THRESHOLDS,
                None if thresholds == {THRESHOLDS["waiting_limit"]: UNLIMITED} else thresholds or None,
            )
        if old.replicas != new.replicas:
            for field, count in replicas_by_field(new.replicas, SETTINGS["replicas"].mlrun).items():
                put(spec, field, count)
        if old.scale_to_zero != new.scale_to_zero:
            self._write_scale_to_zero(spec, new)
        self._write_annotations(spec, old, new)

    def _write_scale_to_zero(self, spec: Holder, new: PodSettings) -> None:
        nothing: dict[str, Any] = {}
        wanted = Reader(self._kind, nothing.get, spec.get).config_with(new.scale_to_zero)
        held = owned(spec, "config")
        for key in [key for key in held if key not in wanted]:
            del held[key]
        for key, value in wanted.items():
            if held.get(key) != value:
                put(held, key, value)
        if not held:
            del spec["config"]

    def _write_annotations(self, spec: Holder, old: PodSettings, new: PodSettings) -> None:
        if old.mode_annotation != new.mode_annotation:
            self._write_annotation(MODE_ANNOTATION, new.mode_annotation)
            put_below(spec, ("base_spec", "metadata", "annotations"), MODE_ANNOTATION, new.mode_annotation)
        if old.annotations != new.annotations:
            for name in {**old.annotations, **new.annotations}:
                self._write_annotation(name, new.annotations.get(name))

    def _write_containers(self, spec: MutableMapping[str, Any], role: Role, new: PodSettings) -> None:
        if not role.resources:
            return
        put(spec, role.resources, _spelled(new.containers[0], role) or None)
        nothing: dict[str, Any] = {}
        extra = Reader(self._kind, nothing.get, spec.get).extra_containers(new.containers)
        if extra:
            owned(spec, "config").update(extra)

    def _write_annotation(self, key: str, value: str | None) -> None:
        put_below(self._metadata(), ("annotations",), key, value)

    def _metadata(self) -> Holder:
        metadata: Holder = self._document.get("metadata") or {}
        self._document["metadata"] = metadata
        return metadata


def document_adapter(document: MutableMapping[str, Any]) -> MlrunDocument | NuclioDocument:
    """The adapter of a function document.

    Raises:
        UnsupportedFunction: no function, or a kind that runs no pod.
    """
    kind, version = document.get("kind"), str(document.get("apiVersion") or "")
    if kind_of(document) == NUCLIO:
        from igz_runtime.functions.nuclio import NuclioDocument

        return NuclioDocument(document)
    if not isinstance(kind, str):
        raise UnsupportedFunction(
            "this mapping is not a function: it has no 'kind' (an MLRun function), no 'apiVersion: nuclio.io/…' and no "
            "'spec' with 'handler' and 'runtime' (a Nuclio function)"
        )
    name = kind_of(document)
    if not placed_by_mlrun(name):
        metadata = document.get("metadata")
        named = metadata.get("name") if isinstance(metadata, Mapping) and not version else None
        raise unsupported_kind(name, named)
    return MlrunDocument(document, name)


_THRESHOLDS: Final = SETTINGS["waiting_limit"].mlrun[0]


def _spelled(container: Container, role: Role) -> dict[str, Any]:
    """Resources as MLRun documents spell them: accelerators as numbers, Spark's memory in JVM units."""
    resources: dict[str, Any] = codec.write_resources(container)
    for resource, amount in container.limits.items():
        if is_accelerator(resource) and amount.number is not None:
            resources["limits"][resource] = int(amount.number)
    if role.jvm and "memory" in container.limits:
        del resources["limits"]["memory"]
        resources["requests"]["memory"] = jvm_text(container.limits["memory"], what=f"{role.role} memory")
    return resources
