"""MLRun functions, as objects and as documents: reads what each role asks for, and writes it back.

The two differ only in how a field of `spec` is reached, so they share one reader; an object is written through
MLRun's own setters (`functions/mlrun_setters.py`), a document by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.function import Evidence, Function, Platform, traits
from igz_runtime.functions import kubernetes as codec
from igz_runtime.pod import Affinity, Container, ContainerSort, PodSettings, Replicas, Toleration
from igz_runtime.quantity import Quantity, jvm_quantity
from igz_runtime.record import ANNOTATION

MODE_ANNOTATION = "nuclio.io/preemptible-mode"
WAITING = "pending_not_scheduled"


@dataclass(frozen=True, slots=True)
class RoleFields:
    """Where a role's settings stand in the spec of an MLRun function.

    Attributes:
        role: the role's name.
        resources: the field with its resources; empty where the function has none for it.
        prefix: what stands before `node_selector`, `tolerations`, `affinity` and `preemption_mode`.
        container: name of the container that the resources are for.
        jvm: whether memory is spelled for Spark's JVM, as a request that is the limit as well.
    """

    role: str
    resources: str = "resources"
    prefix: str = ""
    container: str = "base"
    jvm: bool = False


_MAIN = (RoleFields("main"),)
_NUCLIO = (RoleFields("main", container="main"),)
ROLES: Mapping[str, tuple[RoleFields, ...]] = {
    "job": _MAIN,
    "databricks": _MAIN,
    "remote-spark": _MAIN,
    # The launcher's resources come from the server's configuration: the function has no field for them.
    "mpijob": (RoleFields("worker", container="worker"), RoleFields("launcher", resources="", container="launcher")),
    # The generic fields reach only the pod of a pipeline step, which starts the Spark job and waits for it.
    "spark": (
        RoleFields("driver", "driver_resources", "driver_", "driver", jvm=True),
        RoleFields("executor", "executor_resources", "executor_", "executor", jvm=True),
        RoleFields("step", resources="", container=""),
    ),
    "dask": (
        RoleFields("scheduler", "scheduler_resources", container="scheduler"),
        RoleFields("worker", "worker_resources", container="worker"),
    ),
    "remote": _NUCLIO,
    "serving": _NUCLIO,
    "application": (RoleFields("main", container="application"),),
}


class Reader:
    """Reads an MLRun function through two accessors, so that objects and documents share it.

    Args:
        kind: the function's kind.
        metadata: the function's metadata: an object with attributes, or a mapping.
        spec: the function's spec: an object with attributes, or a mapping.
    """

    def __init__(self, kind: str, metadata: Any, spec: Any) -> None:
        self.kind = kind
        self._metadata = metadata
        self._spec = spec

    def meta(self, name: str) -> Any:
        """A field of the metadata; None where it is absent."""
        return _get(self._metadata, name)

    def spec(self, name: str) -> Any:
        """A field of the spec; None where it is absent."""
        return _get(self._spec, name)

    def read(self) -> Function:
        """The function's settings.

        Raises:
            BrokenFunction: a field of the wrong type; names function, role and field.
        """
        name = str(self.meta("name") or "(unnamed)")
        platform: Platform = "mlrun+nuclio" if traits(self.kind).service else "mlrun"
        role = ""
        try:
            roles = []
            for fields in ROLES[self.kind]:
                role = fields.role
                roles.append(self._role(fields))
            return Function(
                name=name,
                kind=self.kind,
                platform=platform,
                roles=tuple(roles),
                project=str(self.meta("project") or ""),
                evidence=self._evidence(),
                record=codec.text(_item(self.meta("annotations"), ANNOTATION), f"metadata.annotations.{ANNOTATION}"),
            )
        except BrokenFunction as error:
            raise BrokenFunction(f"{self.kind} {name!r} ({role or 'metadata'}): {error}") from None

    def _role(self, fields: RoleFields) -> PodSettings:
        prefix = fields.prefix
        placed = self._placed if traits(self.kind).service else self.spec
        settings = PodSettings(
            role=fields.role,
            containers=tuple(self._containers(fields)),
            node_name=codec.text(placed("node_name"), "spec.node_name") or None,
            node_selector=codec.read_selector(placed(f"{prefix}node_selector"), f"spec.{prefix}node_selector"),
            tolerations=_tolerations(placed(f"{prefix}tolerations"), f"spec.{prefix}tolerations"),
            affinity=_affinity(placed(f"{prefix}affinity"), f"spec.{prefix}affinity"),
            priority_class=codec.text(placed("priority_class_name"), "spec.priority_class_name"),
            preemption_mode=codec.text(self.spec(f"{prefix}preemption_mode"), f"spec.{prefix}preemption_mode") or None,
            waiting_limit=self._waiting_limit(),
        )
        return self._of_a_service(settings) if traits(self.kind).service else settings

    def _placed(self, name: str) -> Any:
        """A placement field of a Nuclio kind: MLRun's own where it says something, else the Nuclio configuration's."""
        return self.spec(name) or self.nuclio_config(_NUCLIO_NAMES[name]) or self.spec(name)

    def nuclio_config(self, name: str) -> Any:
        """A field of the Nuclio spec that MLRun passes on: from `spec.config`, else from `spec.base_spec`."""
        set_by_key = _item(self.spec("config"), f"spec.{name}")
        return set_by_key if set_by_key is not None else _item(_item(self.spec("base_spec"), "spec"), name)

    def _of_a_service(self, settings: PodSettings) -> PodSettings:
        annotations = _item(_item(self.spec("base_spec"), "metadata"), "annotations")
        annotation = _item(annotations, MODE_ANNOTATION) or _item(self.meta("annotations"), MODE_ANNOTATION)
        replicas = Replicas(
            fixed=codec.whole(self.spec("replicas"), "spec.replicas"),
            least=codec.whole(self.spec("min_replicas"), "spec.min_replicas"),
            most=codec.whole(self.spec("max_replicas"), "spec.max_replicas"),
        )
        return replace(
            settings,
            mode_annotation=codec.text(annotation, f"annotation {MODE_ANNOTATION}"),
            replicas=replicas,
            target_cpu=codec.whole(self.nuclio_config("targetCPU"), "spec.config[spec.targetCPU]"),
        )

    def _containers(self, fields: RoleFields) -> Iterator[Container]:
        if not fields.container:
            return
        if not fields.resources:
            yield Container(fields.container, reachable=False)
            return
        sidecars = list(self._sidecars()) if traits(self.kind).service else []
        own = self._own_container(fields)
        if self.kind == "application":
            # At deployment MLRun moves the function's resources to the application's sidecar. What is left is the
            # reverse proxy, whose resources are the platform's defaults.
            if not own.requests and not own.limits and sidecars:
                own = replace(own, requests=sidecars[0].requests, limits=sidecars[0].limits)
            yield own
            yield Container("reverse proxy", sort="proxy", reachable=False)
            yield from sidecars[1:]
        else:
            yield own
            yield from sidecars

    def _sidecars(self) -> Iterator[Container]:
        for name, sort in _EXTRA_CONTAINERS:
            where = f"spec.config[spec.{name}]"
            for i, raw in enumerate(codec.sequence(self.nuclio_config(name), where)):
                yield codec.read_container(raw, f"{where}[{i}]", sort)

    def _own_container(self, fields: RoleFields) -> Container:
        raw = self.spec(fields.resources)
        if not raw and traits(self.kind).service:
            raw = self.nuclio_config("resources")
        requests, limits = codec.read_resources(raw, f"spec.{fields.resources}")
        if fields.jvm:
            _as_spark_reads(requests, limits)
        return Container(fields.container, requests, limits)

    def _waiting_limit(self) -> str | None:
        if not traits(self.kind).waits:
            return None
        thresholds = self.spec("state_thresholds")
        return str(_item(thresholds, WAITING) or "-1")

    def _evidence(self) -> Evidence:
        build = self.spec("build")
        return Evidence(
            handler=str(self.spec("default_handler") or self.spec("function_handler") or ""),
            labels={str(k): str(v) for k, v in codec.mapping(self.meta("labels"), "metadata.labels").items()},
            categories=tuple(map(str, codec.sequence(self.meta("categories"), "metadata.categories"))),
            image=str(self.spec("image") or ""),
            volumes=tuple(_persistent(self.spec("volumes"))),
            requirements=tuple(map(str, _get(build, "requirements") or ())),
        )


_EXTRA_CONTAINERS: tuple[tuple[str, ContainerSort], ...] = (("sidecars", "sidecar"), ("initContainers", "init"))
_NUCLIO_NAMES = {
    "node_name": "nodeName",
    "node_selector": "nodeSelector",
    "tolerations": "tolerations",
    "affinity": "affinity",
    "priority_class_name": "priorityClassName",
}


def _get(holder: Any, name: str) -> Any:
    if isinstance(holder, Mapping):
        return holder.get(name)
    return getattr(holder, name, None)


def _item(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, Mapping) else None


def _as_spark_reads(requests: dict[str, Quantity], limits: dict[str, Quantity]) -> None:
    """Spark's operator makes the memory request the limit, and reads JVM units."""
    limits.pop("memory", None)
    if "memory" in requests:
        requests["memory"] = limits["memory"] = jvm_quantity(requests["memory"].text)


def _persistent(volumes: Any) -> Iterator[str]:
    """Names of read-write persistent volumes. v3io's own mounts are the platform's file system, on every pod."""
    for volume in volumes or ():
        claim = _get(volume, "persistentVolumeClaim") or _get(volume, "persistent_volume_claim")
        if claim and not (_get(claim, "readOnly") or _get(claim, "read_only")):
            yield str(_get(volume, "name") or _get(claim, "claimName") or "unnamed")


def _tolerations(value: Any, field: str) -> tuple[Toleration, ...] | None:
    if not value:
        return None if value is None else ()
    return tuple(
        Toleration(t.key, t.operator, t.value, t.effect, t.toleration_seconds)
        if hasattr(t, "toleration_seconds")
        else codec.read_toleration(t, f"{field}[{i}]")
        for i, t in enumerate(codec.sequence(value, field))
    )


def _affinity(value: Any, field: str) -> Affinity | None:
    if value is not None and not isinstance(value, Mapping) and hasattr(value, "node_affinity"):
        from igz_runtime.functions.mlrun_setters import api_client

        value = api_client().sanitize_for_serialization(value)
    return codec.read_affinity(value, field)
