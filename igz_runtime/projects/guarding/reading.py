"""Reading requests of MLRun's client: of each route, what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.names import THRESHOLDS
from igz_runtime.functions.pipeline import NOT_KFP_2, FunctionUri, is_of_kfp_2, is_pipeline
from igz_runtime.functions.pod_labels import PARENT
from igz_runtime.functions.recognition import kind_of
from igz_runtime.planning.submitted_run import SubmittedRun
from igz_runtime.projects.guarding.context import compiling
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Remembered, Stored, mapping, versioned
from igz_runtime.projects.guarding.request import Asked, Unreadable

Where = Mapping[str, str]
"""The named parts of a path, such as the project."""

_RUNNER_POD: Final = "mlrun/runner-pod"
"""The label of a run that a step of a pipeline submits."""


def stored(call: Call, where: Where, _: Remembered) -> Asked | None:
    """A function that is saved as a version: what MLRun does before it submits a run of it, outside of any `try`.

    In a compilation it is for a step, and is judged with the pipeline.
    """
    if not versioned(call) or compiling():
        return None
    function = mapping(call.body)
    kind = KINDS.get(kind_of(function))
    if kind is not None and (not kind.roles or kind.service):
        return None
    return Asked("run", where["project"], where["name"], function, submits=False)


def submitted(call: Call, where: Where, remembered: Remembered) -> Asked:
    """A run, or a schedule of it."""
    body = mapping(call.body)
    # A schedule that is changed holds the run in a field of its own.
    held = mapping(body["scheduled_object"]) if body.get("scheduled_object") else body
    task = mapping(held.get("task") or {})
    spec, metadata = mapping(task.get("spec") or {}), mapping(task.get("metadata") or {})
    scheduled = bool(held.get("schedule")) or held is not body
    stored = _of_run(held, spec, call, remembered)
    function = stored.function
    return Asked(
        "schedule" if scheduled else "run",
        str(metadata.get("project") or _metadata(function).get("project") or where.get("project", "")),
        str(_metadata(function).get("name") or ""),
        function,
        stored.verdict,
        _run(spec, resubmitted=scheduled or _RUNNER_POD in (metadata.get("labels") or {})),
        beside=_dask_cluster(spec, call, remembered),
        uid=str(metadata.get("uid") or ""),
    )


def rescheduled(call: Call, where: Where, remembered: Remembered) -> Asked:
    """A schedule that is changed: judged where the request holds the run."""
    if mapping(call.body).get("scheduled_object"):
        return submitted(call, where, remembered)
    note = "not judged: it holds no function, and the schedule keeps the version that it was made with"
    return Asked("schedule", where["project"], where["name"], note=note)


def deployed(call: Call, where: Where, _: Remembered) -> Asked:
    """A service that is deployed."""
    function = _held(call)
    child = PARENT in (_metadata(function).get("labels") or {})
    return Asked(
        "deployment",
        where["project"],
        where["name"],
        function,
        unprofiled="it is a child function of a serving graph, which has its parent's settings" if child else "",
    )


def built(call: Call, _where: Where, _: Remembered) -> Asked:
    """An image that is built for a function: the pod has its placement, and neither its resources nor its record."""
    function = _held(call)
    metadata = _metadata(function)
    return Asked(
        "build",
        str(metadata.get("project") or ""),
        str(metadata.get("name") or ""),
        function,
        unprofiled="it builds an image",
    )


def started(call: Call, _: Where, remembered: Remembered) -> Asked:
    """A Dask cluster that is started."""
    uri = _uri(mapping(call.body).get("functionUrl"))
    return Asked("start", uri.project, uri.name, remembered.stored(uri, call).function)


def compiled(call: Call, where: Where, _: Remembered) -> Asked:
    """A pipeline that KFP compiled."""
    workflow = _workflow(call.body)
    if is_of_kfp_2(workflow):
        raise Unreadable(NOT_KFP_2)
    if not is_pipeline(workflow):
        raise Unreadable("it is no workflow that KFP 1.8 compiled")
    metadata = _metadata(workflow)
    name = str(metadata.get("name") or metadata.get("generateName") or "").rstrip("-")
    return Asked("pipeline", where["project"], name, workflow=workflow)


def remote(call: Call, where: Where, _: Remembered) -> Asked:
    """A workflow that a pod runs: it makes the functions anew, and this request holds none of them."""
    from igz_runtime.projects.mlrun_project import RUNS_SETUP

    spec = mapping(call.body).get("spec") or {}
    fault = _NO_SETUP if RUNS_SETUP and not spec.get("run_setup") else ""
    note = "not judged: its runner makes the functions anew, and submits them from there"
    return Asked("workflow", where["project"], where["name"], fault=fault, note=note)


_NO_SETUP: Final = "its runner does not run project_setup.py, so the functions that it makes anew have no profile"


def _held(call: Call) -> Mapping[str, Any]:
    return mapping(mapping(call.body).get("function"))


def _of_run(body: Mapping[str, Any], spec: Mapping[str, Any], call: Call, remembered: Remembered) -> Stored:
    """The function of a run: by its name, as MLRun's client does it, or in the request itself."""
    named = body.get("functionUrl") or spec.get("function")
    if not isinstance(body.get("function"), Mapping):
        return remembered.stored(_uri(named), call)
    if named:
        raise Unreadable("it names one function and holds another, and MLRun's server would join them")
    return Stored(body["function"])


def _dask_cluster(spec: Mapping[str, Any], call: Call, remembered: Remembered) -> Mapping[str, Any] | None:
    """The cluster on which a hyper-parameter run computes, as it is stored: the run's pod starts it."""
    options = spec.get("hyper_param_options")
    named = options.get("dask_cluster_uri") if isinstance(options, Mapping) else None
    return remembered.stored(_uri(named), call).function if named else None


def _uri(named: object) -> FunctionUri:
    """Which function a request is for.

    Raises:
        Unreadable: it does not say.
    """
    uri = FunctionUri.of(named) if isinstance(named, str) else None
    if uri is None or not uri.name:
        raise Unreadable("it does not say which function it is for")
    return uri


def _metadata(document: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = document.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def _run(spec: Mapping[str, Any], *, resubmitted: bool) -> SubmittedRun:
    """What decides about a run: MLRun's client states every threshold, its own defaults too."""
    thresholds, retry = spec.get("state_thresholds"), spec.get("retry")
    limits = {
        setting: str(thresholds[name])
        for setting, name in THRESHOLDS.items()
        if isinstance(thresholds, Mapping) and thresholds.get(name)
    }
    count = retry.get("count") if isinstance(retry, Mapping) else None
    return SubmittedRun(count if isinstance(count, int) else 0, limits, resubmitted)


def _workflow(body: Any) -> Mapping[str, Any]:
    """The compiled workflow in a request: as YAML, or as the one file of a zip archive."""
    from igz_runtime.text.limits import Unreadable as NotYaml
    from igz_runtime.text.tree import decoded, read_yaml

    content = body.encode() if isinstance(body, str) else body
    if not isinstance(content, bytes):
        raise Unreadable("what it holds is not a file of a pipeline")
    try:
        trees = [tree.value for tree in read_yaml(decoded(_unpacked(content)))]
    except NotYaml as error:
        raise Unreadable(f"the pipeline is not YAML: {error}") from None
    if len(trees) != 1:
        raise Unreadable(f"it holds {len(trees)} documents; one workflow is required")
    return mapping(trees[0])


def _unpacked(content: bytes) -> bytes:
    import io
    import zipfile
    import zlib

    from igz_runtime.text.limits import LARGEST

    if not content.startswith(b"PK"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [each for each in archive.infolist() if each.filename.endswith((".yaml", ".yml"))]
            if len(names) != 1 or names[0].file_size > LARGEST:
                raise Unreadable("the archive does not hold one pipeline's YAML file")
            return archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        raise Unreadable("the archive cannot be read") from None
