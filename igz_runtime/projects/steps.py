"""The pods of a pipeline's steps: placed as their functions are, in a compiled workflow or while MLRun compiles one.

MLRun gives a step's pod what its function's object tells this client of placement, a priority class only where the
step's name begins with the function's, under a key that Kubernetes does not read, and no resources of the function's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.functions.pipeline import FunctionUri, Step, steps_in
from igz_runtime.functions.recognition import is_function
from igz_runtime.functions.workflow_file import only_workflow, workflow_in
from igz_runtime.messages import warn
from igz_runtime.planning.grounds import Grounds, grounds_for
from igz_runtime.planning.step_pods import step_pod
from igz_runtime.profiles.assignment import environment_in
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.profiles.step_settings import steps_in as settings_of_steps
from igz_runtime.projects.assigning import assigning_of
from igz_runtime.projects.compiling import compiling, once_compiled, require_kfp_1
from igz_runtime.projects.configuration import assigner_for, configuration_of, grounds_of, project_named
from igz_runtime.text.bounded import content_of
from igz_runtime.text.replace import replace_file
from igz_runtime.text.round_trip import Source

Config = str | PathLike[str] | None
Workflow = Mapping[str, Any] | str | PathLike[str]


def place_steps(
    workflow: Workflow,
    project: Any = None,
    *,
    cluster: Cluster | None = None,
    environment: str | None = None,
    config: Config = None,
) -> None:
    """Give the pod of every step of a compiled workflow its function's placement, priority class and resources.

    The step's function is the one that its annotation `mlrun/function-uri` names, whatever the step is called. The pod
    gets the function's CPU and memory, no device, and what `steps` of igz-runtime.yaml says instead. It stays on demand
    also where the function may run on spot nodes: where it is lost, its run is submitted a second time. CPU and memory
    that the workflow itself gave to a step stay.

    Args:
        workflow: what KFP 1.8 compiled: a mapping, which is changed in place, or its YAML file, which is rewritten in
            one step.
        project: the MLRun project of the functions; else the one of that name in this process.
        cluster: the cluster; else the current one.
        environment: whose overrides count; else the project's, as `setup` finds it.
        config: a configuration, or `none`; else the one that is nearest to the project, as `setup` finds it.

    Raises:
        UnsupportedFunction: no such workflow, or a pipeline of KFP 2.
        InvalidValue: a node group that the cluster does not have, patterns that contradict each other, or there is no
            such environment.
        ConfigurationError: the configuration is wrong; names each place.
        BrokenFunction: a field of the wrong type; names the step.
        WriteFailed: the file cannot be written.

    Warns:
        UserWarning: a step whose function is not known here, which is placed by what it has itself.
    """
    require_kfp_1()
    held, replace = _held(workflow)
    _place(held, _Means.of(held, project, environment, config, cluster))
    replace()


def function_at_hand(uri: str) -> Any:
    """The function of a `mlrun/function-uri`, as the project of that name in this process has it; None: it has none."""
    named = FunctionUri.of(uri)
    return _in_project(named, project_named(named.project))


@contextmanager
def placing(project: Any) -> Iterator[None]:
    """Place the steps of what MLRun compiles meanwhile, by this project's functions and its configuration."""
    with compiling(lambda workflow: _place_compiled(workflow, project)):
        yield


def place_what_is_compiled(project: Any) -> None:
    """Place the steps of the workflow that MLRun is compiling now, when it is done: its own function calls `setup`.

    MLRun had begun before the project was one that places them by itself.
    """
    context = _pipeline_context()
    compiled = context.workflow
    if compiled is None or compiled.engine != "kfp":
        return

    def see(workflow: dict[str, Any]) -> None:
        # A compilation that failed left this behind, and another has begun.
        if context.workflow is compiled:
            _place_compiled(workflow, project)

    once_compiled(see)


def _place_compiled(workflow: dict[str, Any], project: Any) -> None:
    try:
        _place(workflow, _Means.of(workflow, project))
    except Exception:
        # MLRun would leave the process inside of the workflow, where the next `run_function` makes a step of it.
        _pipeline_context().clear()
        raise


def _pipeline_context() -> Any:
    """What MLRun knows of the workflow that it runs or compiles."""
    return sys.modules["mlrun.projects.pipelines"].pipeline_context


@contextmanager
def saving(project: Any, name: str) -> Iterator[None]:
    """The same while a workflow is saved.

    Raises:
        InvalidValue: MLRun would run the functions of that workflow, and compile nothing.
    """
    if any(each["name"] == name and not each.get("engine") for each in project.spec.workflows):
        raise InvalidValue(
            f"workflow {name!r} is set without engine='kfp', so save_workflow would run its functions instead of "
            f"compiling it: set it with project.set_workflow({name!r}, …, engine='kfp')"
        )
    with placing(project):
        yield


def _held(workflow: Workflow) -> tuple[Any, Callable[[], None]]:
    """The workflow, and what writes it back to its file.

    Raises:
        UnsupportedFunction: no workflow that KFP 1.8 compiled.
    """
    if isinstance(workflow, Mapping):
        if workflow_in(workflow) is None:
            raise UnsupportedFunction(f"{_REQUIRED}: a mapping, or a YAML file")
        return workflow, lambda: None
    path = Path(workflow)
    try:
        source = Source(content_of(path), str(path))
    except OSError as error:
        raise BrokenFunction(f"{path}: cannot be read: {error.strerror}") from None
    found = only_workflow(source.documents, path)
    if found is None:
        raise UnsupportedFunction(f"{path}: {_REQUIRED}")
    before = source.render()
    return found, lambda: replace_file(path, source.rewritten(before))


_REQUIRED: Final = "a workflow that KFP 1.8 compiled is required"


class _Means(NamedTuple):
    """What steps are placed by.

    Attributes:
        project: the MLRun project; None: there is none of that name in this process.
        grounds: the cluster and the configuration.
        environment: the environment that counts.
    """

    project: Any
    grounds: Grounds
    environment: str

    @classmethod
    def of(
        cls,
        workflow: Mapping[str, Any],
        project: Any,
        environment: str | None = None,
        config: Config = None,
        cluster: Cluster | None = None,
    ) -> _Means:
        """Those of a workflow, by its project."""
        if project is None:
            names = (step.uri.project for step in steps_in(workflow) if step.uri)
            project = next(filter(None, map(project_named, names)), None)
        if project is None:
            file = whole_file(config)
            return cls(None, grounds_for(workflow, cluster, file), environment_in(file, environment))
        assigning = assigning_of(project)
        if assigning is not None and environment is None and config is None:
            file, environment = assigning.file, assigning.environment
        else:
            file = configuration_of(project, config)
            environment = assigner_for(project, file, environment).environment
        return cls(project, grounds_of(project, file, environment, cluster), environment)


def _place(workflow: Mapping[str, Any], means: _Means) -> None:
    """Place every step, or none."""
    said = means.grounds.config.meaning(settings_of_steps)
    pods = []
    for step in steps_in(workflow):
        if step.uri is None:
            continue  # it is none of MLRun's, and does its own work
        function = _function_of(step, step.uri, means.project)
        cluster = means.grounds.of(function).cluster if function else means.grounds.cluster
        here, settings = step.read_whole(), said.settings_for(step.name, means.environment)
        pods.append((step, step_pod(here, function, settings, cluster)))
    for step, pod in pods:
        step.write(pod)


def _function_of(step: Step, uri: FunctionUri, project: Any) -> Function | None:
    """The step's function: the one that its command holds, the project's, or the one that MLRun's database has."""
    held = (document for _, document in step.embedded())
    found = next((each for each in held if isinstance(each, dict) and is_function(each)), None)
    found = found or _in_project(uri, project) or _in_database(uri)
    if found is None:
        warn(
            f"step {step.name!r}: its function {uri.text!r} is not known here, so its pod is placed by what the step "
            "has itself; give project=",
            stacklevel=4,
        )
        return None
    try:
        return adapter_for(found).read()
    except UnsupportedFunction:
        return None  # of a kind that runs in the step's own pod


def _in_project(uri: FunctionUri, project: Any) -> Any:
    if project is None or uri.project not in ("", project.metadata.name):
        return None
    spec = project.spec
    known = (*spec._function_definitions, *spec._function_objects)  # noqa: SLF001  (MLRun's public way makes them anew)
    key = next((each for each in (f"{uri.name}:{uri.tag}", uri.name) if each in known), None)
    return None if key is None else project.get_function(key)


def _in_database(uri: FunctionUri) -> Any:
    """The version that MLRun stored when it compiled the step; None where there is no database, or it has none."""
    mlrun = sys.modules.get("mlrun")
    if mlrun is None or not mlrun.mlconf.dbpath:
        return None
    try:
        found = mlrun.get_run_db().get_function(uri.name, uri.project, tag=uri.tag, hash_key=uri.hash_key)
    except mlrun.errors.MLRunBaseError:
        return None
    return found if isinstance(found, dict) and is_function(found) else None
