"""A function of MLRun's as code handles it: its setters, its runs, and fields that code reads and writes itself.

The handler of a run is evidence of what the function does, wherever the run stands: it is not written to the function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python import constants
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Bound, Given, Imported, LocalFunction, Value
from igz_runtime.functions.model import normal_name
from igz_runtime.lint.vocabulary import profiles
from igz_runtime.lint.vocabulary.constructors import as_job, imported
from igz_runtime.lint.vocabulary.made import METADATA, NAME, RESOURCES, SECTIONS, SPEC, Made
from igz_runtime.lint.vocabulary.retries import NOTHING, is_retried, sets_retry, tries_again
from igz_runtime.lint.vocabulary.setters import SETTERS, call_setter

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

HARMLESS: Final = frozenset(
    {
        *("mlrun", "igz_runtime", "kfp", "nuclio", "pytest", "logging", "json", "pprint", "rich", "typing", "builtins"),
        *("IPython", "warnings", "sys", "os", "time", "yaml", "unittest"),
    }
)
"""Packages that change no function which they are handed."""
_OWN: Final = ("spec", "metadata")
RUN: Final = ("runspec", "handler")
RUN_FUNCTION: Final = ("function", "handler")
NEW_TASK: Final = ("name", "project", "handler")
"""The first parameters of what runs a function, in their order in mlrun 1.10 to 1.12."""


@dataclass(frozen=True, eq=False, slots=True)
class Modifier(Value):
    """What `fn.apply` takes besides profiles: one of MLRun's own, and the volumes that it mounts."""

    volumes: tuple[dict[str, Any], ...] = ()


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


class Function(Made):
    """A function, and what code does to it."""

    def attribute(self, _of: Evaluator, name: str) -> Any:
        """`spec`, `metadata` and the kind; nothing else of it is known."""
        return Field(self, (name,)) if name in _OWN else self.kind if name == "kind" else UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set the whole of `spec` or `metadata`."""
        if name in _OWN:
            assign_field(Field(self, (name,)), given)

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Setters, modifiers, runs, and what makes a function of it; everything else leaves it as it is."""
        if name in SETTERS:
            call_setter(self, name, arguments)
            return self
        match name:
            case "apply":
                self._apply(of, arguments)
                return self
            case "run" | "as_step":
                return run(self, arguments)
            case "deploy" | "deploy_step":
                return deploy(self, arguments)
            case "copy":
                return self.copied(arguments.place)
            case "to_job":
                return as_job(self, arguments)
            case "to_dict":
                return UNKNOWN if self.unknown() else self.document()
            case "add_child_function":
                text = "add_child_function(): the child function is judged where it is made a function itself"
                self.note(arguments.place, text)
                return imported(self.reading, arguments, Given(UNKNOWN, arguments.place))
        return UNKNOWN

    def _apply(self, of: Evaluator, arguments: Arguments) -> None:
        modifier = next(iter(arguments), Given(UNKNOWN, arguments.place))
        value = modifier.value
        if isinstance(value, profiles.Ours):
            profiles.apply(value, self, arguments)
        elif isinstance(value, Imported) and profiles.is_factory(value):
            profiles.apply_factory(value.last, self, arguments)
        elif isinstance(value, Modifier):
            volumes = self.get(("spec", "volumes")) or []
            if value.volumes:
                known = [*volumes, *value.volumes] if volumes is not UNKNOWN else UNKNOWN
                self.put(("spec", "volumes"), Given(known, modifier.place))
        elif isinstance(value, LocalFunction):
            of.enter(value, Arguments(arguments.place, value.node.name, (Given(self, modifier.place),)))
        elif not isinstance(value, Imported) or value.package not in HARMLESS:
            self.lose_settings(modifier.place)
            self.note(modifier.place, "apply(…): what it does to the function is not followed")


@dataclass(frozen=True, eq=False, slots=True)
class Field(Value):
    """A field of a function, such as `fn.spec.node_selector`."""

    made: Made
    path: tuple[str | int, ...]

    @property
    def matters(self) -> bool:
        """Whether anything that lint judges depends on it. Never the environment, which may hold secrets."""
        return self.path[1] in (SPEC if self.path[0] == "spec" else METADATA)

    @property
    def spelled(self) -> str:
        """As code writes it."""
        return "".join(f".{each}" if str(each).isidentifier() else f"[{each!r}]" for each in self.path)[1:]

    def attribute(self, _of: Evaluator, name: str | int) -> Field:
        """A field of what it holds."""
        return Field(self.made, (*self.path, name))

    def item(self, of: Evaluator, key: Any) -> Any:
        """An item of what it holds."""
        return self.attribute(of, key) if isinstance(key, (str, int)) else UNKNOWN

    def assign(self, of: Evaluator, name: str, given: Given) -> None:
        """Set a field of what it holds."""
        assign_field(self.attribute(of, name), given)

    def assign_item(self, of: Evaluator, key: Any, given: Given) -> None:
        """Set an item of what it holds."""
        held = self.item(of, key)
        assign_field(*((self, given._replace(value=UNKNOWN)) if held is UNKNOWN else (held, given)))

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Do what a method of its value does."""
        if name in SETTERS:
            call_setter(self.made, name, arguments)
        held = self.settled(of)
        if name == "clear":
            assign_field(self, Given([] if isinstance(held, list) else {}, arguments.place))
            return None
        if held is self or held is UNKNOWN or name == "to_dict":
            self.made.touched = self.made.touched or name in constants.MUTATORS
            return UNKNOWN if held is self else held
        value = held if held is not None else [] if name in _OF_LISTS else {}
        result = UNKNOWN if arguments.more else constants.method(value, name, arguments)
        if name in constants.READERS or isinstance(held, str):
            return result
        first = next(iter(arguments), Given(None, arguments.place))
        # To take a key that is not there changes nothing.
        followed = result is not UNKNOWN or (name in _OF_KEYS and constants.is_constant(first.value))
        if name in constants.MUTATORS and followed:
            self.made.touched = True
            self.made.change(self.path, value, first.place, self.spelled)
        elif name not in SETTERS:
            assign_field(self, Given(UNKNOWN, first.place))
        return result

    def settled(self, of: Evaluator) -> Any:
        """What it holds now, as a copy; `fn.spec` stays the function's own, which whoever gets it can change."""
        of.state.spend()
        if len(self.path) == 1:
            return self
        return self.made.get(self.path) if self.matters else UNKNOWN


_OF_KEYS: Final = frozenset({"pop", "setdefault"})
_OF_LISTS: Final = frozenset({"append", "extend", "insert"})


def assign_field(field: Field, given: Given) -> None:
    """Set a field."""
    made, path = field.made, field.path
    made.touched = True
    if len(path) == 1:
        made.lose_settings(given.place, everything=True)
        made.note(given.place, f"{field.spelled}: the value is not known without running the code")
    elif field.matters:
        of_resources = path[1] in RESOURCES and len(path) == 2  # noqa: PLR2004
        made.put(path, given._replace(value=_resources(given.value)) if of_resources else given, field.spelled)


def _resources(value: Any) -> Any:
    """As MLRun's property takes them: CPU and memory, one accelerator in the limits, and nothing else."""
    sections = value or {}
    if not isinstance(sections, dict) or not all(isinstance(sections.get(each) or {}, dict) for each in SECTIONS):
        return dict.fromkeys(SECTIONS, UNKNOWN)
    kept: dict[str, Any] = {}
    for section in SECTIONS:
        amounts = sections.get(section) or {}
        other = next((name for name in amounts if name not in ("cpu", "memory")), None) if section == "limits" else None
        kept[section] = {name: amounts[name] for name in (other, "memory", "cpu") if name and amounts.get(name)}
    return kept if any(kept.values()) else None


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
        return value.node.name
    return value.last if isinstance(value, Imported) else value if isinstance(value, str) else ""
