"""MLRun's project as `setup` leaves it: whatever makes a function anew gives it its profile again.

`setup` replaces the class of a project, and not the object: others hold it already (MLRun's current project for one).
The methods are those that every function of a project passes through: `tests/contract/projects/test_surviving.py` has a
row for each call that makes functions anew.
"""

# ruff: noqa: SLF001  (what is public of MLRun makes a project's functions anew, and gives its workflows as copies)
from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any, Final

from mlrun.projects import MlrunProject
from mlrun.projects.pipelines import WorkflowSpec
from mlrun.projects.project import ProjectSpec
from mlrun.runtimes import BaseRuntime
from typing_extensions import override

from igz_runtime.errors import IgzRuntimeError, InvalidValue
from igz_runtime.messages import warn
from igz_runtime.profiles.applied import applied_to, remove
from igz_runtime.projects.assigning import ATTRIBUTE, Assigning
from igz_runtime.projects.runners import SELECTOR, has_runner, runner_selector
from igz_runtime.projects.steps import placing, saving

RUNS_SETUP: Final = hasattr(WorkflowSpec(), "run_setup")
"""Whether a workflow says that its runner runs project_setup.py; before MLRun 1.12 every runner does."""


class ProfiledSpec(ProjectSpec):  # type: ignore[misc]
    """The specification of such a project: what it exports of a function is the function without its profile.

    MLRun's stripped export leaves out the record, and keeps some of what it is the record of (state thresholds, a
    service's replicas, Spark's and Dask's resources). No later profile could take that back.
    """

    @property
    def functions(self) -> list[Any]:
        """The functions as they are exported."""
        bare = copy.copy(self)
        bare._function_definitions = {name: _without_profile(each) for name, each in self._function_definitions.items()}
        return ProjectSpec.functions.fget(bare)  # type: ignore[no-any-return]

    @functions.setter
    def functions(self, functions: list[Any]) -> None:
        ProjectSpec.functions.fset(self, functions)


class ProfiledProject(MlrunProject):  # type: ignore[misc]
    """A project whose functions have the profiles that are assigned to them."""

    @override
    def sync_functions(
        self,
        names: list[str] | None = None,
        always: bool = True,
        save: bool = False,
        silent: bool = False,
        **others: Any,
    ) -> Any:
        """See MLRun. Functions are saved as they are with their profiles."""
        before = dict(self.spec._function_objects)
        nothing = self._initialized and not always
        found = super().sync_functions(names, always, silent=silent, **others)
        self._give(found[name] for name in names or list(found) if name in found)
        for name in () if nothing or not save else names or self.spec._function_definitions:
            if name in found and (always or not isinstance(before.get(name), BaseRuntime)):
                found[name].save(versioned=False)
        return found

    @override
    def get_function(self, *args: Any, **kwargs: Any) -> Any:
        """See MLRun."""
        function = super().get_function(*args, **kwargs)
        self._give((function,))
        return function

    @override
    def set_function(self, *args: Any, **kwargs: Any) -> Any:
        """See MLRun. A function whose profile is refused is not set."""
        return self._set(super().set_function, *args, **kwargs)

    @override
    def set_model_monitoring_function(self, *args: Any, **kwargs: Any) -> Any:
        """See MLRun, whose own does not pass through `set_function`."""
        return self._set(super().set_model_monitoring_function, *args, **kwargs)

    @override
    def set_workflow(self, name: str, *args: Any, **kwargs: Any) -> None:
        """See MLRun. Its runner runs project_setup.py, unless `run_setup=False` is given."""
        super().set_workflow(name, *args, **kwargs)
        if RUNS_SETUP and "run_setup" not in kwargs:
            self.spec._workflows[name].run_setup = True

    @override
    def run(self, name: str | None = None, workflow_path: str | None = None, *args: Any, **kwargs: Any) -> Any:
        """See MLRun. Of a workflow that is none of the project's, the runner runs project_setup.py as well.

        The pod of a runner is kept on demand, unless the workflow selects its nodes.
        """
        named = self.spec._workflows.get(name)
        if RUNS_SETUP and (workflow_path or callable(kwargs.get("workflow_handler"))):
            kwargs.setdefault("run_setup", True)
        stated = {"engine": kwargs.get("engine") or getattr(named, "engine", ""), "schedule": kwargs.get("schedule")}
        if has_runner(stated) and not getattr(named, SELECTOR, None):
            kwargs.setdefault(SELECTOR, runner_selector(self._assigning.grounds(self)))
        with placing(self):
            return super().run(name, workflow_path, *args, **kwargs)

    @override
    def save_workflow(self, name: str, *args: Any, **kwargs: Any) -> None:
        """See MLRun. The pods of its steps are placed; a workflow that MLRun would run instead is refused."""
        with saving(self, name):
            super().save_workflow(name, *args, **kwargs)

    @override
    def reload(self, *args: Any, **kwargs: Any) -> ProfiledProject:
        """See MLRun, whose own fills this object from a new project, and returns that one."""
        super().reload(*args, **kwargs)
        keep(self, self._assigning)
        self._give(self.spec._function_objects.values())
        return self

    @property
    def _assigning(self) -> Assigning:
        return vars(self)[ATTRIBUTE]  # type: ignore[no-any-return]

    def _give(self, functions: Iterable[Any], *, anew: bool = False) -> None:
        for replaced in self._assigning.give(self, functions, anew=anew):
            warn(replaced, stacklevel=3)

    def _set(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        spec = self.spec
        before = dict(spec._function_definitions), dict(spec._function_objects)
        function = method(*args, **kwargs)
        try:
            self._give((function,), anew=True)
        except BaseException:
            spec._function_definitions, spec._function_objects = before
            raise
        return function


def require_project(project: object) -> None:
    """Refuse what is not an MLRun project.

    Raises:
        InvalidValue: it is something else, or of a class that somebody derived from MLRun's, which would be lost.
    """
    if type(project) not in {MlrunProject, ProfiledProject}:
        derived = " (a class derived from MLRun's cannot be set up)" if isinstance(project, MlrunProject) else ""
        name = f"{type(project).__module__}.{type(project).__name__}"
        raise InvalidValue(f"an MLRun project is required, found {name}{derived}")


def loaded(project: MlrunProject) -> list[Any]:
    """The functions of a project as objects; those that it knows by a file or URL that cannot be read are left out.

    By the class's own method, so that a project that was set up before gives nothing by its earlier configuration.
    """
    held = project.spec._function_objects
    missing = [name for name in project.spec._function_definitions if not isinstance(held.get(name), BaseRuntime)]
    if missing:
        # `always=False` alone would make none of them once a single function had been asked for (MLRun 1.10 to 1.12).
        MlrunProject.sync_functions(project, missing, silent=True)
    return list(project.spec._function_objects.values())


def names_of(project: MlrunProject) -> list[str]:
    """The names of its functions, without tags: also of those that cannot be read."""
    keys = (*project.spec._function_definitions, *project.spec._function_objects)
    return list(dict.fromkeys(key.partition(":")[0] for key in keys))


def keep(project: MlrunProject, assigning: Assigning) -> None:
    """Make it a project that keeps the profiles of its functions."""
    vars(project)[ATTRIBUTE] = assigning
    project.__class__ = ProfiledProject
    project.spec.__class__ = ProfiledSpec
    for workflow in project.spec._workflows.values() if RUNS_SETUP else ():
        workflow.run_setup = True


def _without_profile(definition: Any) -> Any:
    """A function without its profile. An export is not refused for a record that was changed by hand."""
    if not hasattr(definition, "to_dict"):
        return definition
    try:
        return remove(definition.copy()) if applied_to(definition) else definition
    except IgzRuntimeError:
        return definition
