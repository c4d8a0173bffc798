"""Whose pod it is: one table of labels, asked from its first row to its last.

A row says what it demands in expressions on labels, so that admission can ask the same of a pod (CEL).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from igz_runtime.cluster.clouds import CORE_PRIORITY, RESERVED_PRIORITIES
from igz_runtime.cluster.running import Identity
from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.kinds import JUPYTER, KINDS, STEP, by_written_name, traits
from igz_runtime.functions.pod_labels import (
    CLASS,
    FUNCTION,
    FUNCTION_NAME,
    NUCLIO_CLASS,
    NUCLIO_PROJECT,
    PARENT,
    PROJECT,
    TAG,
    WORKFLOW,
)
from igz_runtime.functions.recognition import NUCLIO, named
from igz_runtime.k8s.labels import label_fault
from igz_runtime.k8s.matching import holds
from igz_runtime.k8s.pod import Requirement

BUILD: Final = "build"
"""The kind of a pod that builds an image. It carries the function's name, and none of what the function does."""

OBJECT_NAME: Final = "^[a-z0-9.-]{1,253}$"
"""What may be the name of a workload: an owner that somebody writes on a pod may be called anything at any length."""

_TASK: Final = "mlrun/task-name"
_OF_TASK: Final = "mlrun-build-"
"""What stands before a function's name in the name of the task that builds its image."""


class Row(NamedTuple):
    """Pods of one origin.

    Attributes:
        name: what they are.
        labels: the expressions on their labels, all of which hold.
        kind: the kind of their function; empty: what the label `CLASS` names, or of no function.
        project: the label with the project.
        function: the labels that may name the function or the service, the first of them first.
        priority: what their priority class begins with.
        namespace: their namespace.
        core: whether they belong to the platform's core services.
        unprofiled: why they need no profile where everything needs one; empty where they do.
        source: who gives them these labels.
        verified: whether such pods were `run`, or their labels `read` in their source.
    """

    name: str
    labels: tuple[Requirement, ...] = ()
    kind: str = ""
    project: str = ""
    function: tuple[str, ...] = ()
    priority: str = ""
    namespace: str = ""
    core: bool = False
    unprofiled: str = ""
    source: str = ""
    verified: Literal["run", "read"] = "read"


def _is(key: str, *values: str) -> Requirement:
    return Requirement(key, "In", values) if values else Requirement(key, "Exists", ())


def _classes(platform: str) -> tuple[str, ...]:
    """What `mlrun/class` calls the kinds with pods that are placed this way."""
    known = {name: kind for name, kind in by_written_name().items() if name and not label_fault(name)}
    return tuple(name for name, kind in known.items() if kind.roles and kind.platform == platform)


_OF_NUCLIO: Final = _is(*NUCLIO_CLASS)

TABLE: Final[tuple[Row, ...]] = (
    Row(
        "image build",
        (_is(CLASS, BUILD),),
        kind=BUILD,
        project=PROJECT,
        function=(FUNCTION, _TASK),
        unprofiled="MLRun gives the pod that builds an image nothing of its function's profile",
        source="MLRun: server/api/utils/builder.py; 1.5 names the task only",
        verified="run",
    ),
    Row(
        "pipeline step",
        (_is(WORKFLOW),),
        kind=STEP,
        project=PROJECT,
        function=(FUNCTION,),
        unprofiled="a step is no function: what it runs has the profile, and projects.place_steps places its own pod",
        source="Argo Workflows; the labels of MLRun's steps: mlrun_pipelines/ops.py",
    ),
    Row(
        "MLRun's function of Nuclio",
        (_OF_NUCLIO, _is(CLASS, *_classes("mlrun+nuclio"))),
        project=NUCLIO_PROJECT,
        function=(FUNCTION_NAME,),
        source="MLRun: _set_function_labels; Nuclio: functionres/lazy.go",
    ),
    Row(
        "Nuclio function",
        (_OF_NUCLIO,),
        kind=NUCLIO,
        project=NUCLIO_PROJECT,
        function=(FUNCTION_NAME,),
        source="Nuclio: functionres/lazy.go",
    ),
    Row(
        "MLRun run",
        (_is(CLASS, *_classes("mlrun")),),
        project=PROJECT,
        function=(FUNCTION,),
        source="MLRun: server/api/runtime_handlers/base.py, _get_meta; kind job was run",
        verified="run",
    ),
    Row("Spark application", (_is("spark-role", "driver", "executor"),), kind="spark", source="Spark on Kubernetes"),
    Row(
        "Dask cluster",
        (_is("dask.org/component", "scheduler", "worker"),),
        kind="dask",
        function=("dask.org/cluster-name",),
        source="dask-kubernetes",
    ),
    Row(
        "JupyterHub's server",
        (_is("component", "singleuser-server"),),
        kind=JUPYTER,
        function=("hub.jupyter.org/username",),
        source="KubeSpawner 7.1",
        verified="run",
    ),
    Row(
        "Kubeflow Notebook",
        (_is("notebook-name"),),
        kind=JUPYTER,
        function=("notebook-name",),
        source="kubeflow/notebooks: the Notebook controller",
    ),
    Row(
        "Jupyter of MLRun CE",
        (_is("app.kubernetes.io/component", "jupyter-notebook"),),
        kind=JUPYTER,
        source="mlrun/ce: templates/jupyter-notebook",
    ),
    Row(
        "Iguazio's Jupyter service",
        (_is("app", "jupyter"),),
        kind=JUPYTER,
        function=("release",),
        unprofiled="Iguazio's specification of a service has no place for labels",
        source="v3io/helm-charts: stable/jupyter",
    ),
    Row(
        "Nuclio's own services",
        (_is("nuclio.io/app", "controller", "dashboard", "autoscaler", "dlx"),),
        core=True,
        source="nuclio: hack/k8s/helm",
    ),
    Row("MLRun's API", (_is("app.kubernetes.io/name", "mlrun"),), core=True, source="v3io/helm-charts: stable/mlrun"),
    Row(
        "Kubeflow Pipelines", (_is("component", "ml-pipeline"),), core=True, source="v3io/helm-charts: stable/pipelines"
    ),
    Row("Grafana", (_is("app", "grafana"),), core=True, source="v3io/helm-charts: stable/grafana"),
    Row("Iguazio's own services", priority=CORE_PRIORITY, core=True, source="Iguazio's priority classes"),
    *(
        Row("Kubernetes' own services", priority=prefix, core=True, source="Kubernetes' priority classes")
        for prefix in RESERVED_PRIORITIES
        if prefix != CORE_PRIORITY
    ),
    Row("Kubernetes' own namespace", namespace="kube-system", core=True, source="Kubernetes"),
)
"""Every origin of pods that is known. Users' pods come first: one with a class of the platform is still theirs."""

UNPROFILED: Final = (
    (
        _is("job-type", "workflow-runner", "rerun-workflow-runner", "project-loader"),
        "MLRun's server makes the pod that runs a workflow or loads a project, and gives it no label of ours",
    ),
    (_is(PARENT), "a child function of a serving graph has its parent's settings, and MLRun gives it no label of ours"),
)
"""Labels of pods of functions that need no profile where everything needs one, each with the reason.

Source: mlrun.common.constants, JOB_TYPE_WORKFLOW_RUNNER and those beside it; mlrun/runtimes/nuclio/serving.py.
"""

_ROLE_LABELS: Final = tuple(dict.fromkeys(r.label[0] for kind in KINDS.values() for r in kind.roles if r.label))
_PREFIXES: Final = tuple(dict.fromkeys(row.priority for row in TABLE if row.priority))
_NAMESPACES: Final = tuple(dict.fromkeys(row.namespace for row in TABLE if row.namespace))


def _keys() -> Iterator[str]:
    for row in TABLE:
        yield from (each.key for each in row.labels)
        yield from filter(None, (row.project, *row.function))
    yield from (CLASS, TAG, LABEL, WORKLOAD, *_ROLE_LABELS)


KEYS: Final = tuple(dict.fromkeys(_keys()))
"""Every label that the table looks at, and those of ours."""


def is_of_platform(namespace: str) -> bool:
    """Whether a namespace is Kubernetes' own: none of its pods is user work.

    Source: Kubernetes, Namespaces: the prefix `kube-` is reserved.
    """
    return namespace.startswith("kube-") or namespace in _NAMESPACES


def identity_of(labels: Mapping[str, str], namespace: str = "", priority_class: str | None = None) -> Identity:
    """Whose pod it is.

    Args:
        labels: the pod's labels.
        namespace: its namespace.
        priority_class: its priority class.
    """
    row = row_of(labels, namespace, priority_class or "")
    if row is None:
        return NOBODY
    if not row.kind and not row.project:
        return Identity(core=row.core)
    kind = row.kind or named(labels[CLASS])
    project = labels.get(row.project, "") if row.project else ""
    return Identity(
        kind,
        project,
        _function(row, kind, labels, project),
        _role(kind, labels),
        labels.get(LABEL, ""),
        labels.get(WORKLOAD, ""),
    )


NOBODY: Final = Identity()
"""Neither a user's pod nor one of the platform's core services."""


def row_of(labels: Mapping[str, str], namespace: str, priority_class: str) -> Row | None:
    """The first row of the table that a pod answers; None where none knows it."""
    for row in TABLE:
        if (
            all(holds(each, labels.get(each.key)) for each in row.labels)
            and priority_class.startswith(row.priority)
            and (not row.namespace or namespace == row.namespace)
        ):
            return row
    return None


def told_apart_by(labels: Mapping[str, str], namespace: str, priority_class: str) -> Sequence[object]:
    """What `identity_of` looks at: pods in which this is equal have one identity."""
    prefix = next((each for each in _PREFIXES if priority_class.startswith(each)), "")
    return (*map(labels.get, KEYS), namespace if namespace in _NAMESPACES else "", prefix)


def _function(row: Row, kind: str, labels: Mapping[str, str], project: str) -> str:
    """The function's name as who wrote it calls it.

    Nuclio runs a function of MLRun's as `PROJECT-NAME-TAG`, and most of its pods do not say the tag.
    """
    key = next((each for each in row.function if labels.get(each)), None)
    name = labels[key] if key else ""
    if key == _TASK:
        return name.removeprefix(_OF_TASK)
    if kind not in KINDS or not traits(kind).passes_on:
        return name
    own, tag = name.removeprefix(f"{project}-") if project else name, labels.get(TAG, "")
    return own.removesuffix(f"-{tag}") if tag and tag != "latest" else own


def _role(kind: str, labels: Mapping[str, str]) -> str:
    """The role whose label the pod carries, else the one that has none."""
    roles = KINDS[kind].roles if kind in KINDS else ()
    labelled = next((r.role for r in roles if r.label and labels.get(r.label[0]) == r.label[1]), None)
    return labelled or next((r.role for r in roles if not r.label), "main")
