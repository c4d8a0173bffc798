"""Subjects that record what is read of them, by the names that `rule(reads=…)` takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.workload import DECLARATIONS, Workload
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.rules.reads import EVERY_ROLE, NATURE, readable
from igz_runtime.rules.subject import PROMISED, Subject

Record = Callable[[str], object]
T = TypeVar("T")


class RecordingSubject(Subject):
    """A role whose settings, function, cluster and workload record which of their fields are read.

    What the engine computes itself before it asks a rule (the effective pod, the mode, whether the work is stateful) is
    recorded where it is read, by the name of its field.

    Args:
        of: the subject.

    Attributes:
        read: the names of what was read of it so far.
    """

    def __init__(self, of: Subject) -> None:
        self.read: set[str] = set()
        note = self.read.add
        self.__dict__.update(of.__dict__)
        for computed in ("qos", "spot_landings", "selections", "worst_landings", "can_land_on_demand", "live_landing"):
            self.__dict__.pop(computed, None)
        self.__dict__["nature"] = of.nature
        self.function = _function(of.function, note)
        self.asked = _settings(of.asked, note)
        self.cluster = recording_cluster(of.cluster, note)
        self.workload = _workload(of.workload, note)
        self.pod = _settings(of.pod, note)
        self.effective = _recording(of.effective, {"mode": "preemption_mode", "refusal": "affinity"}, note)
        self.effective = self.effective._replace(settings=self.pod)
        self.read.clear()

    def __getattribute__(self, name: str) -> Any:
        if name in (*PROMISED, NATURE):
            self.read.add(name)
        elif name == "mode":
            self.read.add("preemption_mode")
        return super().__getattribute__(name)


def recording_audited(of: T) -> tuple[T, set[str]]:
    """A subject of an audit that records which of its fields and properties are read, and what was read of it so far.

    What a property is made of is not recorded, nor what is read of the values.

    Args:
        of: the cluster, the node group or the pods under audit.
    """
    of_type: Any = type(of)
    kept, read = {name: getattr(of, name) for name in readable(of_type)}, set[str]()
    made: T = object.__new__(type(of_type.__name__, (of_type,), {"__getattribute__": _keeping(kept, read.add)}))
    return made, read


def _keeping(kept: Mapping[str, Any], note: Record) -> Callable[[Any, str], Any]:
    def read(self: Any, name: str) -> Any:
        if name not in kept:
            return object.__getattribute__(self, name)
        note(name)
        return kept[name]

    return read


def _settings(of: PodSettings, note: Record, prefix: str = "") -> PodSettings:
    recording: PodSettings = _recording(of, {name: prefix + name for name in of._fields}, note)
    return recording


def _function(of: Function, note: Record) -> Function:
    parts = of.but(
        roles=tuple(_settings(role, note, EVERY_ROLE) for role in of.roles),
        evidence=_recording(of.evidence, {name: name for name in Evidence._fields}, note),
    )
    names = {name: name for name in Function._fields if name not in ("roles", "evidence")}
    recording: Function = _recording(parts, names, note)
    return recording


def _recording(of: Any, names: dict[str, str], note: Record) -> Any:
    """A named tuple that records its fields; what reads it as a whole reads each of them."""
    kind = type(of)

    def whole(method: Callable[..., Any]) -> Callable[..., Any]:
        def of_all(self: Any, *arguments: Any) -> Any:
            for name in names.values():
                note(name)
            return method(self, *arguments)

        return of_all

    def replaced(self: Any, **changes: Any) -> Any:
        return tuple.__new__(type(self), kind._replace(kind._make(tuple.__iter__(self)), **changes))

    return tuple.__new__(
        type(
            kind.__name__,
            (kind,),
            {
                "__getattribute__": _noting(kind, names, note),
                "__iter__": whole(tuple.__iter__),
                "__eq__": whole(tuple.__eq__),
                "__hash__": whole(tuple.__hash__),
                "_replace": replaced,
            },
        ),
        of,
    )


def recording_cluster(of: Cluster, note: Record) -> Cluster:
    """A cluster that records which of its fields are read."""
    names = [field.name for field in dataclasses.fields(Cluster)]
    kind = type("Cluster", (Cluster,), {"__getattribute__": _noting(Cluster, {name: name for name in names}, note)})
    made: Cluster = object.__new__(kind)
    made.__dict__.update({name: of.__dict__[name] for name in names})
    return made


def _workload(of: Workload, note: Record) -> Workload:
    names = {name: name for name in DECLARATIONS}
    kind = type("Workload", (Workload,), {"__getattribute__": _noting(Workload, names, note)})
    made: Workload = object.__new__(kind)
    for name in names:
        object.__setattr__(made, name, getattr(of, name))
    return made


def _noting(kind: Any, names: dict[str, str], note: Record) -> Callable[[Any, str], Any]:
    def read(self: Any, name: str) -> Any:
        if name in names:
            note(names[name])
        return kind.__getattribute__(self, name)

    return read
