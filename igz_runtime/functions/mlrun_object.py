"""MLRun function objects, written through MLRun's own setters.

A setter is passed by only where it is known to be wrong or unusable offline; each place says why, and has a test in
tests/contract/test_setters.py that shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from igz_runtime.errors import WriteFailed
from igz_runtime.functions.annotations import MODE_ANNOTATION, PROTECTION
from igz_runtime.functions.held import Held
from igz_runtime.functions.kind import Role
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.marks import Marks, changed_marks
from igz_runtime.functions.mlrun_reader import Reader
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import MODES, SETTINGS, THRESHOLDS
from igz_runtime.functions.values import replicas_by_field
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, is_accelerator
from igz_runtime.k8s.quantity import jvm_text
from igz_runtime.k8s.v1 import affinity_to_v1, toleration_to_v1
from igz_runtime.quiet import without

_SET_BY_SETTERS = frozenset({"cpu", "memory"})


# ruff: noqa: SLF001  (the table of writers below names the methods of its own class)
class MlrunObject:
    """An MLRun function object.

    Args:
        fn: the function.
        kind: its kind, one of MLRun's that runs pods.
    """

    def __init__(self, fn: Any, kind: str) -> None:
        self._fn = fn
        self._kind = kind
        self._traits = traits(kind)

    def _reader(self) -> Reader:
        return Reader(self._kind, partial(getattr, self._fn.metadata), partial(getattr, self._fn.spec))

    def read(self) -> Function:
        """The function's settings."""
        return self._reader().read()

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self._reader().roles()

    def snapshot(self) -> Any:
        """What `restore` needs. Writing replaces values and never changes one in place, so that references suffice."""
        return Held((vars(self._fn.spec), vars(self._fn.metadata)))

    def restore(self, snapshot: Any) -> None:
        """Put the function back as it was at the snapshot."""
        snapshot.put_back()

    def write(self, before: Function, after: Function) -> None:
        """Write what differs.

        Raises:
            WriteFailed: a setter of MLRun refused; names the field and MLRun's message.
        """
        field = ""
        try:
            for role, old, new in zip(self._traits.roles, before.roles, after.roles, strict=True):
                for field, write in _WRITERS:
                    if getattr(old, field) != getattr(new, field):
                        write(self, role, new)
            field = ""
            self._write_marks(changed_marks(before, after))
        except Exception as error:
            what = (
                f"{self._kind} {before.name!r}: MLRun does not take {SETTINGS[field].label if field else 'it'}: {error}"
            )
            raise WriteFailed(what) from error

    def _write_containers(self, role: Role, new: PodSettings) -> None:
        if role.resources:
            self._write_resources(role, new.containers[0])
        if self._traits.passes_on:
            extra = self._reader().extra_containers(new.containers)
            if extra:
                self._fn.spec.config = {**self._fn.spec.config, **extra}

    def _write_resources(self, role: Role, container: Container) -> None:
        spec, name = self._fn.spec, role.resources
        # MLRun's setters change the dict in place, and `to_job()` and `function_refs` share it with other functions.
        # Assigning `spec.resources` instead would fill in defaults and drop ephemeral-storage.
        own: dict[str, Any] = {}
        vars(spec)[f"_{name}"] = own
        if not container.requests and not container.limits:
            return
        wanted, most = container.requests, container.limits
        accelerator = next(filter(is_accelerator, most), None)
        gpus = {} if accelerator is None else {"gpus": _count(container, accelerator), "gpu_type": accelerator}
        memory = most.get("memory") if role.jvm else wanted.get("memory")
        spelled = jvm_text(memory, what=f"{role.role} memory") if role.jvm and memory else _text(memory)
        self._size(role, "requests", mem=spelled, cpu=_text(wanted.get("cpu")))
        self._size(role, "limits", mem=_text(most.get("memory")), cpu=_text(most.get("cpu")), **gpus)
        # The setters know CPU, memory and one accelerator; whatever else stood there is carried over.
        for section, amounts in (("requests", wanted), ("limits", most)):
            for resource in amounts:
                if resource not in _SET_BY_SETTERS and resource != accelerator:
                    if accelerator and section == "limits":
                        raise ValueError(
                            f"a limit of {resource} beside {accelerator}: it could not load the function again"
                        )
                    own.setdefault(section, {})[resource] = amounts[resource].text

    def _size(self, role: Role, section: str, **amounts: Any) -> None:
        """Set what a role's setter of a section takes: Spark's limits have no memory, which is the request's."""
        setter, _ = self._traits.setter_of["spec", role.resources, section, "cpu"]
        getattr(self._fn, setter.name)(**{name: value for name, value in amounts.items() if name in setter.parameters})

    def _write_node_name(self, role: Role, new: PodSettings) -> None:
        self._select(role, "node_name", new.node_name)

    def _write_node_selector(self, role: Role, new: PodSettings) -> None:
        # A Spark function has None where no selector was set for a role, and every other kind an empty mapping.
        self._select(role, "node_selector", dict(new.node_selector) or (None if role.prefix else {}))

    def _write_tolerations(self, role: Role, new: PodSettings) -> None:
        self._select(
            role, "tolerations", None if new.tolerations is None else list(map(toleration_to_v1, new.tolerations))
        )

    def _write_affinity(self, role: Role, new: PodSettings) -> None:
        value = None if new.affinity is None else affinity_to_v1(new.affinity)
        if value is None or _selects(new.affinity) or self._traits.passes_on:
            self._select(role, "affinity", value)
        else:
            # The setter would set it, and look through it for selections of preemptible nodes.
            setattr(self._fn.spec, role.fields["affinity"], value)

    def _select(self, role: Role, name: str, value: Any) -> None:
        fallback = self._passed_on(name)
        if fallback is not None and fallback == value:
            value = {} if name == "node_selector" else None
        field = role.fields[name]
        select = self._setter(field)
        if value is None or select is None:
            # The setters read None as "leave it", and Spark's sets driver and executor instead of the generic fields.
            setattr(self._fn.spec, field, value)
            return
        with without(UserWarning):
            # MLRun warns of every overlap with the preemptible nodes; the plan has said what becomes of it.
            select(value)

    def _setter(self, field: str) -> Callable[..., None] | None:
        """What sets a field of the spec alone, by MLRun's setter; None where the kind has none."""
        setter, parameter = self._traits.setter_of.get(("spec", field), (None, ""))
        if setter is None:
            return None
        method = self._method(setter.name)
        return lambda value, **more: method(**{parameter: value}, **more)

    def _method(self, name: str) -> Any:
        if self._traits.passes_on:
            import mlrun

            if mlrun.mlconf.nuclio_version is None:
                # These setters look at Nuclio's version first. Where a server does not say it, MLRun 1.10 to 1.12 parse
                # None and raise TypeError; an empty version they take for a new one, and call what is below.
                return getattr(super(mlrun.runtimes.RemoteRuntime, self._fn), name)
        return getattr(self._fn, name)

    def _passed_on(self, name: str) -> Any:
        if name != "node_selector" or not self._traits.passes_on:
            return None
        reader = self._reader()
        return reader.nuclio_config(SETTINGS[name].nuclio[0])

    def _write_mode(self, role: Role, new: PodSettings) -> None:
        field = role.fields["preemption_mode"]
        select = self._setter(field)
        if new.preemption_mode not in MODES or select is None:
            # The setter refuses what stood there before, and Spark's for the generic field refuses always.
            setattr(self._fn.spec, field, new.preemption_mode)
        else:
            select(new.preemption_mode)

    def _write_mode_annotation(self, _role: Role, new: PodSettings) -> None:
        base = dict(self._fn.spec.base_spec)
        metadata = dict(base.get("metadata", {}))
        base["metadata"] = {
            **metadata,
            "annotations": _with(metadata.get("annotations"), MODE_ANNOTATION, new.mode_annotation),
        }
        self._fn.spec.base_spec = base
        if MODE_ANNOTATION in (self._fn.metadata.annotations or {}):
            self._fn.metadata.annotations = _with(self._fn.metadata.annotations, MODE_ANNOTATION, None)

    def _write_priority(self, role: Role, new: PodSettings) -> None:
        # Offline the setter refuses every name: its list of classes comes with a server connection. With one it does
        # what stands here, and whether the class exists is a rule's to say.
        setattr(self._fn.spec, role.fields["priority_class"], new.priority_class)

    def _write_replicas(self, _role: Role, new: PodSettings) -> None:
        # There is no setter, and the constructor reads `min_replicas=0` as 1; the attribute keeps it.
        for field, count in replicas_by_field(new.replicas, SETTINGS["replicas"].mlrun).items():
            setattr(self._fn.spec, field, count)

    def _write_scale_to_zero(self, _role: Role, new: PodSettings) -> None:
        self._fn.spec.config = self._reader().config_with(new.scale_to_zero)

    def _write_annotations(self, _role: Role, new: PodSettings) -> None:
        # `with_annotations` would change a dict in place that `to_dict()` shares, and takes none away.
        metadata = self._fn.metadata
        for name, _ in PROTECTION.values():
            metadata.annotations = _with(metadata.annotations, name, new.annotations.get(name))

    def _write_limits(self, role: Role, new: PodSettings) -> None:
        field = role.fields["running_limit"]
        select, thresholds = self._setter(field), getattr(self._fn.spec, field)
        if select:
            for setting, threshold in THRESHOLDS.items():
                thresholds = _with(thresholds, threshold, getattr(new, setting))
            # `patch=True` would change a dict in place that `to_dict()` shares.
            select(thresholds, patch=False)

    def _write_marks(self, marks: Marks) -> None:
        metadata = self._fn.metadata
        for name, mark in marks.annotations.items():
            metadata.annotations = _with(metadata.annotations, name, mark)
        for name, mark in marks.labels.items():
            metadata.labels = _with(metadata.labels, name, mark)


_WRITERS = (
    ("containers", MlrunObject._write_containers),
    ("node_name", MlrunObject._write_node_name),
    ("node_selector", MlrunObject._write_node_selector),
    ("tolerations", MlrunObject._write_tolerations),
    ("affinity", MlrunObject._write_affinity),
    ("preemption_mode", MlrunObject._write_mode),
    ("mode_annotation", MlrunObject._write_mode_annotation),
    ("priority_class", MlrunObject._write_priority),
    ("replicas", MlrunObject._write_replicas),
    ("scale_to_zero", MlrunObject._write_scale_to_zero),
    ("annotations", MlrunObject._write_annotations),
    *((limit, MlrunObject._write_limits) for limit in THRESHOLDS),
)


def _selects(affinity: Affinity | None) -> bool:
    """Whether an affinity has an `In` expression, which alone can overlap with the preemptible nodes."""
    terms = (affinity and affinity.required) or ()
    return any(each.operator == "In" for term in terms for each in term.expressions or ())


def _with(mapping: Mapping[str, Any] | None, key: str, value: Any) -> dict[str, Any]:
    changed = dict(mapping or {})
    if value is None:
        changed.pop(key, None)
    else:
        changed[key] = value
    return changed


def _text(amount: Any) -> str | None:
    return None if amount is None else amount.text


def _count(container: Container, accelerator: str) -> int | str:
    """Accelerators as a number: the Spark operator takes no text. A pipeline parameter stays text."""
    amount = container.limits[accelerator]
    return amount.text if amount.number is None else int(amount.number)
