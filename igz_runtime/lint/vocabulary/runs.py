"""Runs of functions: the handlers that code runs them with, and whether something starts a run again.

A handler is evidence of what the function does, wherever the run stands: it is not written to the function. The order
of the parameters is that of mlrun 1.10 to 1.12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Bound, Given, Imported, LocalFunction, Value
from igz_runtime.lint.vocabulary.made import NAME, Made, normal_name

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

RUN: Final = ("runspec", "handler")
RUN_FUNCTION: Final = ("function", "handler")
NEW_TASK: Final = ("name", "project", "handler")


@dataclass(frozen=True, eq=False, slots=True)
class Step(Value):
    """A run of a function, or a step of a pipeline that runs it."""

    made: Made

    def method(self, _of: Evaluator, name: str, arguments: Arguments) -> Step:
        """A step's methods give the step again."""
        if name == "set_retry" and (not arguments.positional or arguments.positional[0].value != 0):
            self.made.start_again(arguments.place)
        return self


@dataclass(eq=False, slots=True)
class Task(Value):
    """A task of MLRun's: what a run of a function is asked to do.

    Attributes:
        handler: the handler that it names; empty where that is none, or not known.
        restartable: whether a run of it is started again.
    """

    handler: str = ""
    restartable: bool = False

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
    given = arguments.bound(*NEW_TASK, as_it_is=True)
    base = _task(given.value("base"))
    return Task(_handler(given.value("handler")) or base.handler, base.restartable or _starts_again(given))


def run(made: Made, arguments: Arguments) -> Step:
    """`fn.run(…)`, `fn.as_step(…)`."""
    return _ran(made, arguments, arguments.bound(*RUN, as_it_is=True), "runspec")


def run_function(reading: Vocabulary, arguments: Arguments) -> Any:
    """`mlrun.run_function(…)`, `project.run_function(…)`: of a function, or of one that has that name."""
    given = arguments.bound(*RUN_FUNCTION, as_it_is=True)
    function = given.value("function")
    if isinstance(function, str):
        name = normal_name(function)
        function = reading.named(name)
        if function is None:
            _keep_by_name(reading, name, _handler_run(given, "base_task"))
    return _ran(function, arguments, given, "base_task") if isinstance(function, Made) else UNKNOWN


def started_again(made: Made, arguments: Arguments) -> None:
    """Note down whether a run is started again after an eviction: retried, or on a schedule."""
    if _starts_again(arguments.bound()):
        made.start_again(arguments.place)


def _ran(made: Made, arguments: Arguments, given: Bound, task: str) -> Step:
    if _starts_again(given) or _task(given.value(task)).restartable:
        made.start_again(arguments.place)
    handler = _handler_run(given, task)
    if handler:
        made.run_with(handler, arguments.place)
        name = made.get(NAME)
        if made.known_kind is None and isinstance(name, str):
            _keep_by_name(made.reading, name, handler)
    return Step(made)


def _keep_by_name(reading: Vocabulary, name: str, handler: str) -> None:
    """Keep a run for the function of that name, which another function of the file may make."""
    if handler:
        reading.runs.setdefault(name, {})[handler] = None


def _handler_run(given: Bound, task: str) -> str:
    """The handler of a run in a pod; empty where it is not known. The call's own comes before that of its task."""
    if given.value("local") is True:
        return ""
    return _handler(given.value("handler")) if given.value("handler") else _task(given.value(task)).handler


def _task(value: Any) -> Task:
    """What a run is asked to do, by a task or by its document."""
    spec = value.get("spec") if isinstance(value, dict) else None
    return value if isinstance(value, Task) else Task(_handler(spec.get("handler")) if isinstance(spec, dict) else "")


def _handler(value: Any) -> str:
    """A handler's name; MLRun takes a function for its name."""
    if isinstance(value, LocalFunction):
        return value.node.name
    return value.last if isinstance(value, Imported) else value if isinstance(value, str) else ""


def _starts_again(given: Bound) -> bool:
    return any(given.value(name) not in (None, 0, False, "") for name in ("retry", "schedule"))
