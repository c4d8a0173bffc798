"""Each kind of function once, as a row of the table.

`tests/contract/test_kinds_of_mlrun.py` holds it to the classes of the MLRun that is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from igz_runtime.functions import setters
from igz_runtime.functions.kind import Kind, Role
from igz_runtime.functions.names import PASSED_ON

_OF_NUCLIO: Final = (Role(container="main"),)
_GENERIC_SIZES: Final = frozenset({"with_limits", "with_requests"})
_STARTED_AGAIN: Final = "Kubernetes starts it again"
_THRESHOLDS: Final = frozenset({"set_state_thresholds"})

STEP: Final = "step"
"""What the pod of a pipeline's step is called where a function's kind is asked for. It is not a kind of MLRun's."""

JUPYTER: Final = "jupyter"
"""What a Jupyter service is called, whichever platform runs it. It is not a kind of MLRun's."""

KINDS: Final[dict[str, Kind]] = {
    each.name: each
    for each in (
        Kind(
            "job",
            class_name="KubejobRuntime",
            setters=setters.OF_JOB,
            retried=True,
            built_from_spec=True,
            annotated=True,
        ),
        Kind(
            "databricks",
            class_name="DatabricksRuntime",
            setters=setters.OF_JOB,
            built_from_spec=True,
            annotated=True,
        ),
        Kind(
            "remote-spark",
            class_name="RemoteSparkRuntime",
            setters=setters.OF_JOB,
            stateful=True,
            built_from_spec=True,
            annotated=True,
        ),
        Kind(
            "mpijob",
            class_name="MpiRuntimeV1",
            roles=(
                Role("worker", container="worker", pods=("replicas",), label=("mpi-job-role", "worker")),
                # The launcher's resources come from the server's configuration: the function has no field for them.
                Role(
                    "launcher",
                    resources="",
                    container="launcher",
                    computes=False,
                    label=("mpi-job-role", "launcher"),
                ),
            ),
            setters=setters.OF_JOB,
            stateful=True,
            one_placement=True,
        ),
        Kind(
            "spark",
            class_name="Spark3Runtime",
            roles=(
                Role(
                    *("driver", "driver_resources", "driver_", "driver"),
                    jvm=True,
                    steady=True,
                    computes=False,
                    label=("spark-role", "driver"),
                ),
                Role(
                    *("executor", "executor_resources", "executor_", "executor", ("replicas",)),
                    jvm=True,
                    label=("spark-role", "executor"),
                ),
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
            when_killed="Spark replaces an executor; without its driver the run fails",
        ),
        Kind(
            "dask",
            class_name="DaskCluster",
            roles=(
                Role(
                    *("scheduler", "scheduler_resources"),
                    container="scheduler",
                    computes=False,
                    label=("dask.org/component", "scheduler"),
                ),
                Role(
                    *("worker", "worker_resources"),
                    container="worker",
                    pods=("replicas", "min_replicas"),
                    label=("dask.org/component", "worker"),
                ),
            ),
            setters=setters.OF_DASK,
            raises=_GENERIC_SIZES | _THRESHOLDS,
            stateful=True,
            one_placement=True,
            built_from_spec=True,
            when_killed="Dask goes on with the workers that are left; without its scheduler the cluster is lost",
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
            when_killed=_STARTED_AGAIN,
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
            when_killed=_STARTED_AGAIN,
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
            when_killed=_STARTED_AGAIN,
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
            when_killed=_STARTED_AGAIN,
        ),
        Kind(STEP, written=(), roles=(Role(STEP),), platform="kubernetes", of_mlrun=False),
        Kind(
            JUPYTER,
            written=(),
            roles=(Role(container="jupyter"),),
            platform="kubernetes",
            of_mlrun=False,
            service=True,
            development=True,
            added=("sidecar-proxy", "daemon-health"),
            when_killed="what its kernels hold is lost",
        ),
    )
}
"""Every kind.

Source: MLRun's RuntimeKinds (mlrun/runtimes/constants.py) and the setters of their classes, 1.10 to 1.12. The pods
of runs are made with `restartPolicy: Never`, Spark's driver without retries; Nuclio's pods are those of a Deployment.
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
