"""Runs of functions, steps of pipelines and tasks in code: the handler of a run, and what starts it again.

The handler of a run is evidence of what the function does, wherever the run stands: it is not written to the function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python.classes import LocalFunction
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Bound, Given, Imported, Value
from igz_runtime.functions.model import normal_name
from igz_runtime.lint.vocabulary.made import NAME, Made
from igz_runtime.lint.vocabulary.retries import NOTHING, is_retried, sets_retry, tries_again

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

RUN: Final = ("runspec", "handler")
RUN_FUNCTION: Final = ("function", "handler")
NEW_TASK: Final = ("name", "project", "handler")
"""The first parameters of what runs a function, in their order in mlrun 1.10 to 1.12."""


@dataclass(frozen=True, eq=False, slots=True)
class Step(Value):
    """A run of a function, or a step of a pipeline that runs it."""

    made: Made

    def method(self, _of: Evaluator, name: str, arguments: Arguments) -> Step:
        """A step's methods give the step again."""
        if name == "set_retry" and sets_retry(arguments):
            self.made.start_again(arguments.place)
        return self


@dataclass(eq=False, slots=True)
class Task(Value):
    """What a run is asked to do: its handler, empty where that is not known, and what starts it again.

    `retried`: MLRun does, where it can; `scheduled`: a schedule.
    """

    handler: str = ""
    retried: bool = False
    scheduled: bool = False

    def attribute(self, _of: Evaluator, name: str) -> Any:
        """What is set on its `spec` is set on it."""
        return self if name == "spec" else UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Only the handler is kept."""
        if name == "handler":
            self.handler = given.value if isinstance(given.value, str) else ""

    def method(self, _of: Evaluator, name: str, _arguments: Arguments) -> Any:
        """A task's own setters give the task again."""
        return self if name.startswith(("with_", "set_")) else UNKNOWN


def new_task(_reading: Vocabulary, arguments: Arguments) -> Task:
    """`mlrun.new_task(…)`."""
    return _asked(arguments.bound(*NEW_TASK, as_it_is=True))


def run(made: Made, arguments: Arguments) -> Step:
    """`fn.run(…)`, `fn.as_step(…)`."""
    return _ran(made, arguments, _asked(arguments.bound(*RUN, as_it_is=True)))


def run_function(reading: Vocabulary, arguments: Arguments) -> Any:
    """`mlrun.run_function(…)`, `project.run_function(…)`: of a function, or of one that has that name."""
    given = arguments.bound(*RUN_FUNCTION, as_it_is=True)
    function, task = given.value("function"), _asked(given)
    if isinstance(function, str):
        name = normal_name(function)
        function = reading.named(name)
        if function is None:
            _keep_by_name(reading, name, task.handler)
    return _ran(function, arguments, task) if isinstance(function, Made) else UNKNOWN


def deploy(made: Made, arguments: Arguments) -> Step:
    """`fn.deploy(…)`, `fn.deploy_step(…)`."""
    return _ran(made, arguments, replace(_asked(arguments.bound()), handler=""))


def _ran(made: Made, arguments: Arguments, task: Task) -> Step:
    if task.scheduled or (task.retried and is_retried(made)):
        made.start_again(arguments.place)
    if task.handler:
        made.run_with(task.handler)
        name = made.get(NAME)
        if made.known_kind is None and isinstance(name, str):
            _keep_by_name(made.reading, name, task.handler)
    return Step(made)


def _keep_by_name(reading: Vocabulary, name: str, handler: str) -> None:
    """Keep a run for the function of that name, which another function of the file may make."""
    if handler:
        reading.runs.setdefault(name, {})[handler] = None


def _asked(given: Bound) -> Task:
    """What a run in a pod is asked to do: by its own arguments, before those of a task, or of a task's document."""
    task = next((given.value(name) for name in ("runspec", "base_task", "base") if name in given), None)
    if isinstance(task, dict):
        spec = task.get("spec")
        task = Task(_handler(spec.get("handler")), tries_again(spec.get("retry"))) if isinstance(spec, dict) else Task()
    asked = task if isinstance(task, Task) else Task()
    handler = _handler(given.value("handler")) if given.value("handler") else asked.handler
    retried = tries_again(given.value("retry")) if given.value("retry") is not None else asked.retried
    scheduled = given.value("schedule") not in NOTHING or asked.scheduled
    if given.value("local") is True:
        return Task()
    return Task(handler, retried, scheduled)


def _handler(value: Any) -> str:
    """A handler's name; MLRun takes a function for its name."""
    if isinstance(value, LocalFunction):
        return value.name
    return value.last if isinstance(value, Imported) else value if isinstance(value, str) else ""
