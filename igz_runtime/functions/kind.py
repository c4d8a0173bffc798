"""What is said of a kind of function: its names, its roles and their fields, MLRun's setters of it, and its nature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from igz_runtime.functions.names import SETTINGS
from igz_runtime.functions.setters import Path, Setter

Platform = Literal["mlrun", "nuclio", "mlrun+nuclio", "kubernetes"]
"""Whose enrichment a pod passes: MLRun's, Nuclio's, MLRun's and then Nuclio's, or none (a pipeline's step; Jupyter)."""


@dataclass(frozen=True)
class Role:
    """One kind of pod that a function runs, and where its settings stand in the spec of an MLRun function.

    Attributes:
        role: the role's name.
        resources: the field with its resources; empty where the function has none for it.
        prefix: what stands before the names of its own placement's fields.
        container: name of the container that the resources are for; empty where nothing is known of its containers.
        pods: the fields that may say how many pods run the role, the first of them first.
        jvm: whether memory is spelled for Spark's JVM, as a request that is the limit as well.
        steady: whether its pods must stay on demand wherever the others go.
        computes: whether it does the computing, and gets the accelerators.
        label: the label of its pods, where they have one that tells them from those of the other roles.
    """

    role: str = "main"
    resources: str = "resources"
    prefix: str = ""
    container: str = "base"
    pods: tuple[str, ...] = ()
    jvm: bool = False
    steady: bool = False
    computes: bool = True
    label: tuple[str, str] | None = None

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The first field of MLRun's spec for each setting that has one."""
        own = {each.name: f"{self.prefix if each.of_role else ''}{each.mlrun[0]}" for each in _IN_MLRUN}
        return {**own, "containers": self.resources}


_IN_MLRUN: Final = tuple(each for each in SETTINGS.values() if each.mlrun)


@dataclass(frozen=True, eq=False)
class Kind:
    """What is fixed for every function of one kind.

    Attributes:
        name: what it is called here and, where it is MLRun's, by MLRun's objects.
        roles: its roles; none where it runs in the process that calls it, so that there is nothing to place.
        platform: whose enrichment its pods pass.
        of_mlrun: whether MLRun has it: only then is it held to MLRun's classes.
        class_name: the class of such an object: MLRun's, or nuclio-jupyter's.
        written: what documents and code call it.
        setters: MLRun's setters that it has.
        raises: setters that it has, and that raise whatever they are given.
        begins_with: what MLRun's client itself gives to the spec of a new function.
        service: kept running by Kubernetes (replicas, restarted after an eviction).
        stateful: stateful by nature, whatever the function says.
        one_placement: all roles share one node selection, so they can only be placed together.
        retried: MLRun can restart a run of this kind (`retry=`, from 1.10 on).
        built_from_spec: since 1.10 MLRun's server builds its pods with `tolerations or spec.tolerations`.
        annotated: MLRun's server copies the function's annotations to its pods.
        inherits: the role whose node selector the others take where they have none of their own.
        proxy: name of a container that the platform puts before the function's own, which it makes a sidecar.
        added: names of containers that the platform adds without resources, so that the pod is never Guaranteed.
        graph: whether its steps may run in child functions, each a function of its own.
        development: development work by nature, whatever the function says.
        when_killed: what becomes of the work when a container exceeds its memory limit and is killed, in words.
    """

    name: str
    roles: tuple[Role, ...] = (Role(),)
    platform: Platform = "mlrun"
    of_mlrun: bool = True
    class_name: str = ""
    written: tuple[str, ...] = ()
    setters: tuple[Setter, ...] = ()
    raises: frozenset[str] = frozenset()
    begins_with: Mapping[str, Any] = field(default_factory=dict)
    service: bool = False
    stateful: bool = False
    one_placement: bool = False
    retried: bool = False
    built_from_spec: bool = False
    annotated: bool = False
    inherits: str = ""
    proxy: str = ""
    added: tuple[str, ...] = ()
    graph: bool = False
    development: bool = False
    when_killed: str = "the run fails"

    @cached_property
    def passes_on(self) -> bool:
        """Whether MLRun makes a function of Nuclio's own of it, and passes on what is meant for Nuclio."""
        return self.platform == "mlrun+nuclio"

    @cached_property
    def marks_pods(self) -> bool:
        """Whether the annotations of a function reach its pods."""
        return self.annotated or "nuclio" in self.platform

    @cached_property
    def waits(self) -> bool:
        """Whether the platform knows a limit on waiting unscheduled."""
        return any(setter.way == "thresholds" for setter in self.setters)

    @cached_property
    def jvm_memory(self) -> bool:
        """Whether memory is spelled in the JVM's units, whole KiB at the least."""
        return any(role.jvm for role in self.roles)

    @cached_property
    def steady_roles(self) -> frozenset[str]:
        """Roles that must stay on demand wherever the others go."""
        return frozenset(role.role for role in self.roles if role.steady)

    @cached_property
    def gpu_roles(self) -> frozenset[str]:
        """Roles that do the computing, and get the accelerators; empty: every role."""
        computing = frozenset(role.role for role in self.roles if role.computes)
        return computing if len(computing) < len(self.roles) else frozenset()

    @cached_property
    def handler_field(self) -> str:
        """The field of its handler."""
        return "function_handler" if self.passes_on else "default_handler"

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of MLRun's spec that say where its pods run and what they get."""
        if not self.platform.startswith("mlrun"):
            return ()
        found = {name: None for role in self.roles for name in _stated_by(role)}
        if self.service or any(SETTINGS["replicas"].mlrun[1] in role.pods for role in self.roles):
            found.update(dict.fromkeys(SETTINGS["replicas"].mlrun))
        if self.waits:
            found.update(dict.fromkeys(SETTINGS["waiting_limit"].mlrun))
        return tuple(found)

    @cached_property
    def setter(self) -> Mapping[str, Setter]:
        """Its setters by name."""
        return {each.name: each for each in self.setters}

    @cached_property
    def setter_of(self) -> Mapping[Path, tuple[Setter, str]]:
        """For each field that a parameter of a setter alone is written to: that setter, and the parameter."""
        return {
            fields[0]: (each, parameter)
            for each in self.setters
            for parameter, fields in each.writes.items()
            if len(fields) == 1
        }


def _stated_by(role: Role) -> tuple[str, ...]:
    placed = ("node_name", "priority_class", "node_selector", "tolerations", "affinity", "preemption_mode")
    return (*(role.fields[name] for name in placed), *filter(None, (role.resources,)), *role.pods)
