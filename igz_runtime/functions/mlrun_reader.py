"""MLRun functions, as objects and as documents: reads what each role asks for, and writes it back.

The two differ only in how a field of `spec` is reached, so they share one reader; an object is written through
MLRun's own setters (`functions/mlrun_object.py`), a document by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import (
    ANNOTATION,
    LABEL,
    MODE_ANNOTATION,
    WORKLOAD,
    read_protection,
    read_waivers,
)
from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.evidence import evidence_of, part
from igz_runtime.functions.fields import below, with_resources
from igz_runtime.functions.kind import Role
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import UNNAMED, Function
from igz_runtime.functions.names import EXTRA_CONTAINERS, NUCLIO_NAMES, SETTINGS, THRESHOLDS
from igz_runtime.functions.triggers import TRIGGERS, WITHOUT_HTTP, Trigger, triggers_of
from igz_runtime.functions.values import PLACEMENT, Field, read_replicas, read_scale_to_zero, write_scale_to_zero
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, PodSettings, ScaleResource
from igz_runtime.k8s.quantity import Quantity, jvm_quantity


class Reader:
    """Reads an MLRun function through two accessors, so that objects and documents share it.

    Args:
        kind: the function's kind.
        metadata: reads a field of the function's metadata.
        spec: reads a field of its spec.
    """

    def __init__(self, kind: str, metadata: Field, spec: Field) -> None:
        self.kind = kind
        self.traits = traits(kind)
        self.meta = metadata
        self.spec = spec

    def read(self) -> Function:
        """The function's settings.

        Raises:
            BrokenFunction: a field of the wrong type; names function, role and field.
        """
        roles = self.roles()
        annotations, labels = self.meta("annotations", None), self.meta("labels", None)
        try:
            return Function(
                name=self._name,
                kind=self.kind,
                roles=roles,
                project=str(self.meta("project", None) or ""),
                tag=self._tag,
                evidence=evidence_of(self, labels),
                record=_noted(annotations, ANNOTATION, "annotations") if annotations else None,
                profile=_noted(labels, LABEL, "labels") if labels else None,
                waivers=read_waivers(annotations),
                workload=_noted(labels, WORKLOAD, "labels") if labels else None,
                helpers=_helpers(self.spec("build", None), self.spec("track_models", None)),
                triggers=self._triggers() if self.traits.passes_on else (),
            )
        except BrokenFunction as error:
            raise error.inside(f"{self.kind} {self._name!r}: ") from None

    @property
    def _name(self) -> str:
        return str(self.meta("name", None) or UNNAMED)

    @property
    def _tag(self) -> str:
        tag = str(self.meta("tag", None) or "")
        return "" if tag == "latest" else tag

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for.

        Raises:
            BrokenFunction: a field of the wrong type; names function, role and field.
        """
        roles = []
        for role in self.traits.roles:
            try:
                roles.append(self._role(role))
            except BrokenFunction as error:
                raise error.inside(f"{self.kind} {self._name!r} ({role.role}): spec.", "spec") from None
        return tuple(roles)

    def _role(self, role: Role) -> PodSettings:
        held = self._placed if self.traits.passes_on else self.spec
        placed = self._limits() if self.traits.waits else {}
        for setting, read in PLACEMENT.items():
            name = role.fields[setting]
            value = held(name, None)
            if value is not None:
                placed[setting] = read(value, name)
        if self.traits.annotated:
            placed["annotations"] = read_protection(self.meta("annotations", None))
        settings = PodSettings(
            role=role.role,
            containers=tuple(self._containers(role)),
            pods=self._pods(role) if role.pods else 1,
            **placed,
        )
        return self._of_a_service(settings) if self.traits.passes_on else settings

    def _pods(self, role: Role) -> int:
        """How many pods run a role; a number that a pipeline passes later is not known yet."""
        stated = (self.spec(name, None) for name in role.pods)
        return next((count for count in stated if isinstance(count, int) and count > 0), 1)

    def _placed(self, name: str, _: None) -> Any:
        """A placement field of a Nuclio kind: MLRun's own where it says something, else the Nuclio configuration's."""
        held, passed_on = self.spec(name, None), NUCLIO_NAMES.get(name)
        return held if held or passed_on is None else self.nuclio_config(passed_on) or held

    def nuclio_config(self, name: str) -> Any:
        """A field of the Nuclio spec that MLRun passes on: from `spec.config`, else from `spec.base_spec`."""
        config, base = self.spec("config", None), _item(_item(self.spec("base_spec", None), "spec"), name)
        whole = _item(config, f"spec.{name}")
        if whole is not None or not config:
            return base if whole is None else whole
        dotted = below(config, f"spec.{name}.")
        return {**base, **dotted} if dotted and isinstance(base, Mapping) else dotted or base

    def _of_a_service(self, settings: PodSettings) -> PodSettings:
        annotations = _item(_item(self.spec("base_spec", None), "metadata"), "annotations")
        annotation = _item(annotations, MODE_ANNOTATION) or _item(self.meta("annotations", None), MODE_ANNOTATION)
        return settings.but(
            mode_annotation=codec.text(annotation, f"base_spec.metadata.annotations[{MODE_ANNOTATION}]"),
            replicas=read_replicas(self.spec, SETTINGS["replicas"].mlrun),
            target_cpu=codec.whole(self.nuclio_config(_TARGET_CPU), f"config[spec.{_TARGET_CPU}]"),
            scale_to_zero=read_scale_to_zero(self.nuclio_config(_SCALE_TO_ZERO), f"config[spec.{_SCALE_TO_ZERO}]"),
        )

    def config_with(self, resources: tuple[ScaleResource, ...] | None) -> dict[str, Any]:
        """`config` with that scale to zero; without its key where `base_spec` says the same."""
        whole = f"spec.{_SCALE_TO_ZERO}"
        held = self.spec("config", None) or {}
        config = {key: value for key, value in held.items() if key != whole and not str(key).startswith(f"{whole}.")}
        base = _item(_item(self.spec("base_spec", None), "spec"), _SCALE_TO_ZERO)
        if read_scale_to_zero(base, f"base_spec.{whole}") != resources:
            config[whole] = write_scale_to_zero(resources)
        return config

    def _triggers(self) -> tuple[Trigger, ...]:
        without_http = self.spec("disable_default_http_trigger", None)
        if without_http is None:
            without_http = self.nuclio_config(WITHOUT_HTTP)
        return triggers_of(self.nuclio_config(TRIGGERS), without_http, f"spec.config[spec.{TRIGGERS}]")

    def _containers(self, role: Role) -> Iterator[Container]:
        if not role.container:
            return
        if not role.resources:
            yield Container(role.container, reachable=False)
            return
        sidecars = list(self._sidecars()) if self.traits.passes_on else []
        own = self._own_container(role)
        if self.traits.proxy:
            # At deployment MLRun moves the function's resources to the application's sidecar. What is left is the
            # reverse proxy, whose resources are the platform's defaults.
            if not own.requests and not own.limits and sidecars:
                own = own._replace(requests=sidecars[0].requests, limits=sidecars[0].limits)
            yield own
            yield Container(self.traits.proxy, sort="proxy", reachable=False)
            yield from sidecars[1:]
        else:
            yield own
            yield from sidecars

    def _sidecars(self) -> Iterator[Container]:
        for name, sort in EXTRA_CONTAINERS:
            yield from codec.read_containers(self.nuclio_config(name), f"config[spec.{name}]", sort)

    def extra_containers(self, containers: Sequence[Container]) -> dict[str, list[Any]]:
        """The keys of `config` that differ when sidecars and init containers have the resources of `containers`."""
        changed = {}
        for name, sort in EXTRA_CONTAINERS if self.traits.passes_on else ():
            wanted = [container for container in containers if container.sort == sort]
            if self.traits.proxy and sort == "sidecar":
                # A deployed application has its sidecar already, and the next deployment overwrites it from the spec.
                wanted.insert(0, containers[0])
            listed = self.nuclio_config(name) or []
            amounts = [codec.write_resources(container) for container in wanted]
            if any((raw.get("resources") or {}) != resources for raw, resources in zip(listed, amounts, strict=False)):
                in_config = _item(self.spec("config", None), f"spec.{name}") is not None
                changed[f"spec.{name}"] = with_resources(listed if in_config else [*map(dict, listed)], amounts)
        return changed

    def _own_container(self, role: Role) -> Container:
        raw = self.spec(role.resources, None)
        if not raw and self.traits.passes_on:
            raw = self.nuclio_config(SETTINGS["containers"].nuclio[0])
        requests, limits = codec.read_resources(raw, role.resources)
        if role.jvm:
            _as_spark_reads(requests, limits)
        return Container(role.container, requests, limits)

    def _limits(self) -> dict[str, Any]:
        """The limits on waiting and running that are stated; MLRun's own default is to wait forever."""
        thresholds = codec.mapping(self.spec(_THRESHOLDS, None), _THRESHOLDS)
        limits: dict[str, Any] = {"waiting_limit": UNLIMITED}
        for setting, threshold in THRESHOLDS.items():
            limit = thresholds.get(threshold)
            if limit:
                read = codec.whole if isinstance(limit, int) else codec.text
                limits[setting] = str(read(limit, f"{_THRESHOLDS}.{threshold}"))
        return limits


_TARGET_CPU: Final = SETTINGS["target_cpu"].nuclio[0]
_SCALE_TO_ZERO: Final = SETTINGS["scale_to_zero"].nuclio[0]
_THRESHOLDS: Final = SETTINGS["waiting_limit"].mlrun[0]


def _helpers(build: Any, tracked: Any) -> tuple[str, ...]:
    """Pods that MLRun makes beside a function's own. Source: `requires_build` of MLRun's runtimes."""
    made = build is not None and (
        part(build, "requirements")
        or part(build, "commands")
        or (part(build, "source") and not part(build, "load_source_on_run"))
    )
    if not made and not tracked:
        return ()
    return (*(("build",) if made else ()), *(("monitoring",) if tracked else ()))


def _noted(held: Any, name: str, section: str) -> str | None:
    return codec.text(_item(held, name), name, ("metadata", section, name))


def _item(holder: Any, name: str) -> Any:
    return holder.get(name) if holder and isinstance(holder, Mapping) else None


def _as_spark_reads(requests: dict[str, Quantity], limits: dict[str, Quantity]) -> None:
    """Spark's operator makes the memory request the limit, and reads JVM units."""
    limits.pop("memory", None)
    if "memory" in requests:
        requests["memory"] = limits["memory"] = jvm_quantity(requests["memory"].text)
