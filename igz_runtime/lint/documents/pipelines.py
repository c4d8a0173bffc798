"""Compiled pipelines: Argo workflows as KFP writes them. Each step's pod is judged as it stands there.

A step's pod is not a run's pod: KFP makes it, and neither MLRun nor Nuclio adds anything to it later. Where MLRun could
not store the function, the step's command holds it whole, and it is judged beside the step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.recognition import is_function, not_checked, unknown_kind
from igz_runtime.functions.values import PLACEMENT
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field, PodSettings
from igz_runtime.lint.results import Content, Written
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree

_WORKFLOWS: Final = {
    "Workflow": (),
    "WorkflowTemplate": (),
    "ClusterWorkflowTemplate": (),
    "CronWorkflow": ("workflowSpec",),
}
_LONGEST_COMMAND: Final = 2**20

# Each setting as a template spells it: as Kubernetes does, and so does Nuclio. MLRun's class has a name of its own.
_FIELDS: Final = {
    name: SETTINGS[name].nuclio[0] for name in ("node_selector", "tolerations", "affinity", "priority_class")
}
_MLRUNS_PRIORITY: Final = "PriorityClassName"


def is_pipeline(document: Mapping[str, Any]) -> bool:
    """Whether a document is a workflow that KFP compiled; other workflows of Argo are not ours to judge."""
    if str(document.get("kind")) not in _WORKFLOWS or not str(document.get("apiVersion")).startswith("argoproj.io/"):
        return False
    metadata = document.get("metadata")
    marks = [metadata.get(name) for name in ("annotations", "labels")] if isinstance(metadata, dict) else []
    return any("pipelines.kubeflow.org/" in str(key) for mark in marks if isinstance(mark, dict) for key in mark)


def read_pipeline(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> None:
    """Add the steps of a workflow to what was read, and the functions that their commands hold."""
    path: Path = ("spec", *_WORKFLOWS[document["kind"]])
    spec: Any = document
    for part in path:
        spec = spec.get(part) if isinstance(spec, dict) else None
    if not isinstance(spec, dict):
        return
    templates = spec.get("templates")
    for index, template in enumerate(templates if isinstance(templates, list) else ()):
        if isinstance(template, dict) and isinstance(template.get("container"), dict):
            place = (*root[1:], *path, "templates", index)
            _step(content, tree, place, template, spec)
            _embedded(content, tree, place, template["container"])


def _step(content: Content, tree: Tree, place: Path, template: dict[str, Any], spec: dict[str, Any]) -> None:
    """One step's pod, with what the workflow gives to every step."""
    held = {**{name: spec[name] for name in _FIELDS.values() if spec.get(name)}, **template}
    if _MLRUNS_PRIORITY in template:
        held[_FIELDS["priority_class"]] = template[_MLRUNS_PRIORITY]
    try:
        function = _function(held)
    except BrokenFunction as error:
        at = tree.at((*place, *error.field))
        content.wrong.append(Remark(at, f"step {template.get('name')!r}: {error}"))
        return
    if template.get("podSpecPatch"):
        content.notes.append(Remark(tree.at((*place, "podSpecPatch")), "podSpecPatch is not followed"))
    content.functions.append(
        Written(
            template,
            lambda path: tree.at((*place, *path)),
            workload=_workload(template),
            function=function,
            place=_placer(template),
        )
    )


def _function(template: Mapping[str, Any]) -> Function:
    container = template["container"]
    requests, limits = codec.read_resources(container.get("resources"), "container.resources")
    containers = [Container("main", requests, limits)]
    for listed, sort in EXTRA_CONTAINERS:
        containers += codec.read_containers(template.get(listed), listed, sort)
    settings = PodSettings(
        role=STEP,
        containers=tuple(containers),
        preemption_mode="none",
        **{setting: PLACEMENT[setting](template.get(name), name) for setting, name in _FIELDS.items()},
    )
    evidence = Evidence(handler=_argument(container, "--handler"), image=str(container.get("image") or ""))
    name = str(template.get("name") or "(unnamed)")
    return Function(name, STEP, (settings,), evidence=evidence)


def _workload(template: Mapping[str, Any]) -> Workload:
    """What a step does: where its command is MLRun's, another pod does the work, and the step's only waits for it."""
    waits = "mlrun" in _command(template["container"])
    return Workload(stateful=False if waits else None, restartable=bool(template.get("retryStrategy")))


def _placer(template: Mapping[str, Any]) -> Callable[[str, Field], Path]:
    def place(_role: str, field: Field) -> Path:
        if field[:1] == ("containers",):
            return _container(template, field)
        if field[:1] == ("priority_class",) and _MLRUNS_PRIORITY in template:
            return (_MLRUNS_PRIORITY,)
        return (_FIELDS[str(field[0])], *field[1:]) if field and field[0] in _FIELDS else ()

    return place


def _container(template: Mapping[str, Any], field: Field) -> Path:
    name, below = (field[1] if len(field) > 1 else "main"), field[2:]
    for listed, _ in EXTRA_CONTAINERS:
        for index, held in enumerate(template.get(listed) or ()):
            if held.get("name") == name:
                return (listed, index, "resources", *below)
    return ("container", "resources", *below)


def _argument(container: Mapping[str, Any], option: str) -> str:
    return next((value for name, value in pairwise(_command(container)) if name == option), "")


def _command(container: Mapping[str, Any]) -> list[str]:
    command = container.get("command")
    return [str(word) if isinstance(word, str) else "" for word in command] if isinstance(command, list) else []


def _embedded(content: Content, tree: Tree, place: Path, container: Mapping[str, Any]) -> None:
    """The function that a step's command holds: as Python writes a mapping."""
    import ast

    command = _command(container)
    for index, word in enumerate(command):
        if not word.startswith("{") or "'kind'" not in word or len(word) > _LONGEST_COMMAND:
            continue
        at = tree.at((*place, "container", "command", index))
        try:
            document = ast.literal_eval(word)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            content.notes.append(Remark(at, "the function in the step's command cannot be read"))
            continue
        if isinstance(document, dict) and is_function(document):
            content.functions.append(Written(document, lambda _path, at=at: at))  # type: ignore[misc]
        elif isinstance(document, dict) and unknown_kind(document):
            content.notes.append(Remark(at, not_checked(unknown_kind(document))))
