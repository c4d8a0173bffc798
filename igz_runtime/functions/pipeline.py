"""Compiled pipelines: Argo workflows as KFP 1.8 writes them, and what each step's pod asks of Kubernetes.

A step's pod is not a run's pod: KFP makes it, and neither MLRun nor Nuclio adds anything to it later. It starts the run
of its function and waits for it. Where MLRun could not store the function, the step's command holds it whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Final, NamedTuple

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.evidence import command_of
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.values import PLACEMENT, plain
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field, PodSettings
from igz_runtime.text.place import Path

WORKFLOWS: Final[Mapping[str, Path]] = {
    "Workflow": ("spec",),
    "WorkflowTemplate": ("spec",),
    "ClusterWorkflowTemplate": ("spec",),
    "CronWorkflow": ("spec", "workflowSpec"),
}
"""Argo's kinds of workflow, and where each has its templates."""

FIELDS: Final = {
    name: SETTINGS[name].nuclio[0] for name in ("node_selector", "tolerations", "affinity", "priority_class")
}
"""The field of a template for each setting: it is spelled as Kubernetes does, and so does Nuclio."""

MLRUNS_PRIORITY: Final = "PriorityClassName"
"""MLRun's own key of the priority class: KFP's API server takes it, and Kubernetes does not."""

FUNCTION_URI: Final = "mlrun/function-uri"
"""The annotation of a step's pod that names its function, whatever the step is called."""

STEP_TYPE: Final = "mlrun/pipeline-step-type"
"""The annotation of a step's pod that says what it does with the function: `run`, `build` or `deploy`."""

RESTARTING_RUNS: Final = ("Always", "OnFailure")
"""Argo's policies by which a step whose run was lost is started again: it has failed. The second is the default."""

RESTARTING_STEPS: Final = ("Always", "OnError")
"""Those by which a step whose own pod was lost is started again: that is an error."""

NOT_KFP_2: Final = (
    "a pipeline of KFP 2, which is not supported: MLRun 1.10 to 1.12 compile with KFP 1.8. Compile it where "
    "mlrun[kfp18] is installed"
)
NOT_FOLLOWED: Final = "podSpecPatch is not followed"
_LONGEST_COMMAND: Final = 2**20


class FunctionUri(NamedTuple):
    """Which function a step is of, as MLRun writes it: `PROJECT/NAME@HASH`, or `PROJECT/NAME:TAG`."""

    text: str
    project: str
    name: str
    tag: str
    hash_key: str

    @classmethod
    def of(cls, text: str) -> FunctionUri:
        """The parts of such a text; what it leaves out is empty."""
        project, _, rest = text.removeprefix("db://").rpartition("/")
        version, _, hash_key = rest.partition("@")
        name, _, tag = version.partition(":")
        return cls(text, project, name, tag, hash_key)


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a compiled workflow.

    Attributes:
        path: where its template stands in the workflow.
        template: its template.
        common: what the workflow gives to the pods of all of its steps.
    """

    path: Path
    template: dict[str, Any]
    common: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The step's name."""
        return str(self.template.get("name") or "(unnamed)")

    @cached_property
    def uri(self) -> FunctionUri | None:
        """Which function the step is of; None where it does not say."""
        text = self._annotations.get(FUNCTION_URI)
        return FunctionUri.of(text) if isinstance(text, str) and text else None

    @property
    def starts_a_run(self) -> bool:
        """Whether it starts a run and waits for it, and neither builds nor deploys."""
        return self._annotations.get(STEP_TYPE) not in ("build", "deploy")

    @property
    def builds(self) -> bool:
        """Whether it builds an image."""
        return self._annotations.get(STEP_TYPE) == "build"

    @property
    def workload(self) -> Workload:
        """What the step's pod does: where its command is MLRun's, another pod does the work, and it only waits."""
        waits = "mlrun" in self._command
        return Workload(stateful=False if waits else None, restartable=self._restarted(RESTARTING_STEPS))

    @property
    def restarts_its_run(self) -> bool:
        """Whether its run is started again where that is lost; its own pod is another matter (`workload`)."""
        return self.starts_a_run and self._restarted(RESTARTING_RUNS)

    def read(self) -> Function:
        """The step's pod, as a function of kind `step`.

        Raises:
            BrokenFunction: a field of the wrong type; its place is that in the template.
        """
        held = {**self.common, **self.template}
        if MLRUNS_PRIORITY in self.template:
            held[FIELDS["priority_class"]] = self.template[MLRUNS_PRIORITY]
        container = self._container
        requests, limits = codec.read_resources(container.get("resources"), "container.resources")
        containers = [Container("main", requests, limits)]
        for listed, sort in EXTRA_CONTAINERS:
            containers += codec.read_containers(held.get(listed), listed, sort)
        settings = PodSettings(
            role=STEP,
            containers=tuple(containers),
            preemption_mode="none",
            **{setting: PLACEMENT[setting](held.get(name), name) for setting, name in FIELDS.items()},
        )
        evidence = Evidence(
            handler=self._argument("--handler"),
            image=str(container.get("image") or ""),
            command=command_of(container.get("command"), container.get("args")),
        )
        return Function(self.name, STEP, (settings,), self.uri.project if self.uri else "", evidence)

    def read_whole(self) -> Function:
        """The same, with what of the pod no rule sees among its unreachable parts.

        Raises:
            BrokenFunction: a field of the wrong type; names the step.
        """
        try:
            function = self.read()
        except BrokenFunction as error:
            raise error.inside(f"step {self.name!r}: ", *self.path) from None
        unread = (f"step {self.name!r}: {NOT_FOLLOWED}",) if self.template.get("podSpecPatch") else ()
        return function.but(unreachable=unread)

    def write(self, settings: PodSettings) -> None:
        """Write the pod's settings into the template, under the keys that Kubernetes reads."""
        for name, field in FIELDS.items():
            value = plain(name, settings)
            if value:
                self.template[field] = value
            else:
                self.template.pop(field, None)
        self.template.pop(MLRUNS_PRIORITY, None)
        resources = codec.write_resources(settings.containers[0])
        if resources or "resources" in self.template["container"]:
            self.template["container"]["resources"] = resources

    def place(self, _role: str, field: Field) -> Path:
        """Where a field of the step's pod stands in the template, or should."""
        if field[:1] == ("containers",):
            return self._place_of_container(field)
        if field[:1] == ("priority_class",) and MLRUNS_PRIORITY in self.template:
            return (MLRUNS_PRIORITY,)
        return (FIELDS[str(field[0])], *field[1:]) if field and field[0] in FIELDS else ()

    def embedded(self) -> Iterator[tuple[Path, Any]]:
        """What the step's command holds of functions, as Python writes a mapping, and where; None: it is unreadable."""
        import ast

        for index, word in enumerate(self._command):
            if not word.startswith("{") or "'kind'" not in word or len(word) > _LONGEST_COMMAND:
                continue
            try:
                held = ast.literal_eval(word)
            except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
                held = None
            yield ("container", "command", index), held

    @property
    def _container(self) -> Mapping[str, Any]:
        return self.template["container"]  # type: ignore[no-any-return]

    @cached_property
    def _annotations(self) -> Mapping[str, Any]:
        metadata = self.template.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
        return annotations if isinstance(annotations, Mapping) else {}

    @cached_property
    def _command(self) -> list[str]:
        command = self._container.get("command")
        return [str(word) if isinstance(word, str) else "" for word in command] if isinstance(command, list) else []

    def _argument(self, option: str) -> str:
        return next((value for name, value in pairwise(self._command) if name == option), "")

    def _restarted(self, policies: tuple[str, ...]) -> bool:
        """Whether Argo starts the step again under one of these policies."""
        strategy = self.template.get("retryStrategy")
        if not isinstance(strategy, Mapping) or str(strategy.get("limit")) == "0":
            return False
        return (strategy.get("retryPolicy") or "OnFailure") in policies

    def _place_of_container(self, field: Field) -> Path:
        name, below = (field[1] if len(field) > 1 else "main"), field[2:]
        for listed, _ in EXTRA_CONTAINERS:
            for index, held in enumerate(self.template.get(listed) or ()):
                if held.get("name") == name:
                    return (listed, index, "resources", *below)
        return ("container", "resources", *below)


def is_pipeline(document: Mapping[str, Any]) -> bool:
    """Whether a document is a workflow that KFP 1.8 compiled; other workflows of Argo are not ours to judge."""
    if str(document.get("kind")) not in WORKFLOWS or not str(document.get("apiVersion")).startswith("argoproj.io/"):
        return False
    metadata = document.get("metadata")
    marks = [metadata.get(name) for name in ("annotations", "labels")] if isinstance(metadata, Mapping) else []
    return any("pipelines.kubeflow.org/" in str(key) for mark in marks if isinstance(mark, Mapping) for key in mark)


def is_of_kfp_2(document: Mapping[str, Any]) -> bool:
    """Whether a document is a pipeline as KFP 2 compiles it: its own format, and no workflow of Argo."""
    return "pipelineInfo" in document and "schemaVersion" in document


def steps_in(workflow: Mapping[str, Any]) -> Iterator[Step]:
    """The steps of a compiled workflow."""
    path = WORKFLOWS[workflow["kind"]]
    spec: Any = workflow
    for part in path:
        spec = spec.get(part) if isinstance(spec, Mapping) else None
    templates = spec.get("templates") if isinstance(spec, Mapping) else None
    if not isinstance(templates, list):
        return
    common = {name: spec[name] for name in FIELDS.values() if spec.get(name)}
    for index, template in enumerate(templates):
        if isinstance(template, dict) and isinstance(template.get("container"), Mapping):
            yield Step((*path, "templates", index), template, common)
