"""Each kind of function once: its names, its roles and their fields, MLRun's setters of it, and its nature.

`tests/contract/test_kinds_of_mlrun.py` holds it to the classes of the MLRun that is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

from igz_runtime.functions import setters
from igz_runtime.functions.names import PASSED_ON, SETTINGS
from igz_runtime.functions.setters import Path, Setter

Platform = Literal["mlrun", "nuclio", "mlrun+nuclio", "kubernetes"]
"""Whose enrichment the pod passes: MLRun's, Nuclio's, MLRun's and then Nuclio's, or none (a pipeline's step)."""


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
    """

    role: str = "main"
    resources: str = "resources"
    prefix: str = ""
    container: str = "base"
    pods: tuple[str, ...] = ()
    jvm: bool = False
    steady: bool = False
    computes: bool = True

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
        inherits: the role whose node selector the others take where they have none of their own.
        proxy: name of a container that the platform puts before the function's own, which it makes a sidecar.
        graph: whether its steps may run in child functions, each a function of its own.
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
    inherits: str = ""
    proxy: str = ""
    graph: bool = False

    @cached_property
    def passes_on(self) -> bool:
        """Whether MLRun makes a function of Nuclio's own of it, and passes on what is meant for Nuclio."""
        return self.platform == "mlrun+nuclio"

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


_OF_NUCLIO: Final = (Role(container="main"),)
_GENERIC_SIZES: Final = frozenset({"with_limits", "with_requests"})
_THRESHOLDS: Final = frozenset({"set_state_thresholds"})

STEP: Final = "step"
"""What the pod of a pipeline's step is called where a function's kind is asked for. It is not a kind of MLRun's."""

KINDS: Final[dict[str, Kind]] = {
    each.name: each
    for each in (
        Kind("job", class_name="KubejobRuntime", setters=setters.OF_JOB, retried=True, built_from_spec=True),
        Kind("databricks", class_name="DatabricksRuntime", setters=setters.OF_JOB, built_from_spec=True),
        Kind(
            "remote-spark", class_name="RemoteSparkRuntime", setters=setters.OF_JOB, stateful=True, built_from_spec=True
        ),
        Kind(
            "mpijob",
            class_name="MpiRuntimeV1",
            roles=(
                Role("worker", container="worker", pods=("replicas",)),
                # The launcher's resources come from the server's configuration: the function has no field for them.
                Role("launcher", resources="", container="launcher", computes=False),
            ),
            setters=setters.OF_JOB,
            stateful=True,
            one_placement=True,
        ),
        Kind(
            "spark",
            class_name="Spark3Runtime",
            roles=(
                Role("driver", "driver_resources", "driver_", "driver", jvm=True, steady=True, computes=False),
                Role("executor", "executor_resources", "executor_", "executor", ("replicas",), jvm=True),
                # The generic fields reach only the pod of a pipeline's step, which starts the Spark job and waits.
                Role("step", resources="", container="", steady=True, computes=False),
            ),
            setters=setters.OF_SPARK,
            raises=_GENERIC_SIZES | {"with_preemption_mode"},
            begins_with={
                "driver_resources": {"requests": {"memory": "2g", "cpu": "1"}, "limits": {"cpu": "2"}},
                "executor_resources": {"requests": {"memory": "5g", "cpu": "1"}, "limits": {"cpu": "2"}},
            },
            stateful=True,
            inherits="step",
        ),
        Kind(
            "dask",
            class_name="DaskCluster",
            roles=(
                Role("scheduler", "scheduler_resources", container="scheduler", computes=False),
                Role("worker", "worker_resources", container="worker", pods=("replicas", "min_replicas")),
            ),
            setters=setters.OF_DASK,
            raises=_GENERIC_SIZES | _THRESHOLDS,
            stateful=True,
            one_placement=True,
            built_from_spec=True,
        ),
        Kind(
            "remote",
            class_name="RemoteRuntime",
            written=("remote", "nuclio", "nuclio:mlrun", "nuclio:serving"),
            roles=_OF_NUCLIO,
            platform="mlrun+nuclio",
            setters=setters.OF_NUCLIO_FUNCTION,
            raises=_THRESHOLDS,
            begins_with={"min_replicas": 1, "max_replicas": 4},
            service=True,
        ),
        Kind(
            "serving",
            class_name="ServingRuntime",
            written=("serving", "nuclio:serving_v2"),
            roles=_OF_NUCLIO,
            platform="mlrun+nuclio",
            setters=setters.OF_NUCLIO_FUNCTION,
            raises=_THRESHOLDS,
            begins_with={"min_replicas": 1, "max_replicas": 4},
            service=True,
            graph=True,
        ),
        Kind(
            "application",
            class_name="ApplicationRuntime",
            roles=(Role(container="application"),),
            platform="mlrun+nuclio",
            setters=setters.OF_APPLICATION,
            raises=_THRESHOLDS,
            begins_with={"min_replicas": 1, "max_replicas": 1},
            service=True,
            proxy="reverse proxy",
        ),
        Kind("local", class_name="LocalRuntime", roles=()),
        Kind("handler", class_name="HandlerRuntime", written=("handler", ""), roles=()),
        Kind(
            "nuclio",
            class_name="ConfigSpec",
            written=("NuclioFunction",),
            roles=_OF_NUCLIO,
            platform="nuclio",
            of_mlrun=False,
            service=True,
        ),
        Kind(STEP, written=(), roles=(Role(STEP),), platform="kubernetes", of_mlrun=False),
    )
}
"""Every kind.

Source: MLRun's RuntimeKinds (mlrun/runtimes/constants.py) and the setters of their classes, 1.10 to 1.12.
"""


def traits(kind: str) -> Kind:
    """What is fixed for a kind, by its name here."""
    return KINDS[kind]


@lru_cache(maxsize=1)
def by_written_name() -> Mapping[str, Kind]:
    """Every kind of function by what documents and code call it; Nuclio's own by the `kind` of its resource."""
    functions = [each for each in KINDS.values() if each.platform != "kubernetes"]
    return {name: each for each in functions for name in each.written or (each.name,)}


@lru_cache(maxsize=1)
def with_pods() -> tuple[str, ...]:
    """The kinds that a function with pods can have, by their names here."""
    return tuple(each.name for each in KINDS.values() if each.roles and each.platform != "kubernetes")


@lru_cache(maxsize=1)
def spec_fields() -> tuple[str, ...]:
    """The fields of MLRun's spec, of any kind, that say where pods run and what they get."""
    return tuple(dict.fromkeys((*(name for each in KINDS.values() for name in each.fields), *PASSED_ON)))


@lru_cache(maxsize=1)
def resource_fields() -> tuple[str, ...]:
    """Those of them that hold resources."""
    return tuple(dict.fromkeys(role.resources for each in KINDS.values() for role in each.roles if role.resources))
