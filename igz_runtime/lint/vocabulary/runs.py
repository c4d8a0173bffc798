"""Runs of functions: the handlers that code runs them with, and whether something starts a run again.

A handler is evidence of what the function does, wherever the run stands: it is not written to the function. The order
of the parameters is that of mlrun 1.10 to 1.12.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, LocalFunction, Value
from igz_runtime.lint.vocabulary.made import Made, OfFunction, normal_name
from igz_runtime.lint.vocabulary.reading import Reading

RUN: Final = ("runspec", "handler")
RUN_FUNCTION: Final = ("function", "handler")
NEW_TASK: Final = ("name", "project", "handler")
_ABSENT: Final = Given(None, (0, 0))


@dataclass(frozen=True, eq=False, slots=True)
class Step(OfFunction):
    """A run of a function, or a step of a pipeline that runs it."""

    made: Made

    def method(self, _of: Evaluator, name: str, arguments: Arguments) -> Step:
        """A step's methods give the step again."""
        if name == "set_retry" and (not arguments.positional or arguments.positional[0].value != 0):
            self.made.restartable = True
        return self


@dataclass(eq=False, slots=True)
class Task(Value):
    """A task of MLRun's: what a run of a function is asked to do.

    Attributes:
        handler: the handler that it names; empty where that is none, or not known.
        restartable: whether a run of it is started again.
    """

    handler: Any = ""
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


def new_task(_reading: Reading, arguments: Arguments) -> Task:
    """`mlrun.new_task(…)`."""
    given = _bound(arguments, NEW_TASK)
    base = given.get("base", _ABSENT).value
    of_base = base if isinstance(base, Task) else Task()
    restartable = of_base.restartable or _starts_again(given)
    return Task(_handler(given.get("handler", _ABSENT).value) or of_base.handler, restartable=restartable)


def run(made: Made, arguments: Arguments) -> Step:
    """`fn.run(…)`, `fn.as_step(…)`."""
    return _ran(made, arguments, _bound(arguments, RUN), "runspec")


def run_function(reading: Reading, arguments: Arguments) -> Any:
    """`mlrun.run_function(…)`, `project.run_function(…)`: of a function, or of one that has that name."""
    given = _bound(arguments, RUN_FUNCTION)
    function = given.get("function", _ABSENT).value
    if isinstance(function, str):
        name = normal_name(function)
        function = reading.named(name)
        if function is None:
            _keep_by_name(reading, name, given, "base_task")
    return _ran(function, arguments, given, "base_task") if isinstance(function, Made) else UNKNOWN


def started_again(made: Made, arguments: Arguments) -> None:
    """Note down whether a run is started again after an eviction: retried, or on a schedule."""
    made.restartable = made.restartable or _starts_again(arguments.named)


def _ran(made: Made, arguments: Arguments, given: dict[str, Given], task: str) -> Step:
    asked = given.get(task, _ABSENT).value
    made.restartable = made.restartable or _starts_again(given) or (isinstance(asked, Task) and asked.restartable)
    handler = _handler_run(given, task)
    if handler:
        made.run_with(handler, arguments.place)
        name = made.get(("metadata", "name"))
        if made.known_kind is None and isinstance(name, str):
            _keep_by_name(made.reading, name, given, task)
    return Step(made)


def _keep_by_name(reading: Reading, name: str, given: dict[str, Given], task: str) -> None:
    """Keep a run for the function of that name, which another function of the file may make."""
    handler = _handler_run(given, task)
    if handler:
        reading.runs.setdefault(name, {})[handler] = None


def _handler_run(given: dict[str, Given], task: str) -> str:
    """The handler of a run in a pod; empty where it is not known. The call's own comes before that of its task."""
    if given.get("local", _ABSENT).value is True:
        return ""
    asked = given.get(task, _ABSENT).value
    of_task = asked.handler if isinstance(asked, Task) else _in_document(asked)
    return _handler(given["handler"].value) if given.get("handler", _ABSENT).value else of_task


def _in_document(task: Any) -> str:
    spec = task.get("spec") if isinstance(task, dict) else None
    return _handler(spec.get("handler")) if isinstance(spec, dict) else ""


def _handler(value: Any) -> str:
    """A handler's name; MLRun takes a function for its name."""
    if isinstance(value, LocalFunction):
        return value.node.name
    return value.last if isinstance(value, Imported) else value if isinstance(value, str) else ""


def _starts_again(given: dict[str, Given]) -> bool:
    return any(name in given and given[name].value not in (None, 0, False, "") for name in ("retry", "schedule"))


def _bound(arguments: Arguments, names: tuple[str, ...]) -> dict[str, Given]:
    """The arguments by name; an imported function stays one, for a handler may be."""
    return {**dict(zip(names, arguments.positional, strict=False)), **arguments.named}
