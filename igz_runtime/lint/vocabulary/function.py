"""A function of MLRun's as code handles it: its setters, its fields, and what is called on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, LocalFunction, Value
from igz_runtime.lint.vocabulary import fields, profiles
from igz_runtime.lint.vocabulary.constructors import as_job, imported
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.lint.vocabulary.runs import Step, run, started_again
from igz_runtime.lint.vocabulary.setters import SETTERS, call_setter

HARMLESS: Final = frozenset(
    {
        *("mlrun", "igz_runtime", "kfp", "nuclio", "pytest", "logging", "json", "pprint", "rich", "typing", "builtins"),
        *("IPython", "warnings", "sys", "os", "time", "yaml", "unittest"),
    }
)
"""Packages that change no function which they are handed."""
_OWN: Final = ("spec", "metadata")


@dataclass(frozen=True, eq=False, slots=True)
class Modifier(Value):
    """What `fn.apply` takes besides profiles: one of MLRun's own, and the volumes that it mounts."""

    volumes: tuple[dict[str, Any], ...] = ()


class Function(Made):
    """A function, and what code does to it."""

    def attribute(self, _of: Evaluator, name: str) -> Any:
        """`spec`, `metadata` and the kind; nothing else of it is known."""
        return fields.Field(self, (name,)) if name in _OWN else self.kind if name == "kind" else UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set the whole of `spec` or `metadata`."""
        if name in _OWN:
            fields.assign(fields.Field(self, (name,)), given)

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Setters, modifiers, runs, and what makes a function of it; everything else leaves it as it is."""
        if name in SETTERS:
            call_setter(self, name, arguments)
            return self
        return _METHODS[name](self, of, arguments) if name in _METHODS else UNKNOWN

    def apply(self, of: Evaluator, arguments: Arguments) -> Made:
        """`fn.apply(modifier)`."""
        modifier = next(iter(arguments), Given(UNKNOWN, arguments.place))
        value = modifier.value
        if isinstance(value, profiles.SomeProfile):
            profiles.apply(value, self, arguments)
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
        return self

    def deploy(self, arguments: Arguments) -> Step:
        """`fn.deploy(…)`, and the step of a pipeline that does it."""
        started_again(self, arguments)
        return Step(self)

    def add_child(self, arguments: Arguments) -> Made:
        """`fn.add_child_function(…)`."""
        text = "add_child_function(): the child function is judged where it is made a function itself"
        self.note(arguments.place, text)
        return imported(self.reading, arguments, Given(UNKNOWN, arguments.place))


_METHODS: Final[dict[str, Callable[[Function, Evaluator, Arguments], Any]]] = {
    "apply": Function.apply,
    **dict.fromkeys(("run", "as_step"), lambda made, _, arguments: run(made, arguments)),
    **dict.fromkeys(("deploy", "deploy_step"), lambda made, _, arguments: made.deploy(arguments)),
    "copy": lambda made, _, arguments: made.copied(arguments.place),
    "to_job": lambda made, _, arguments: as_job(made, arguments),
    "to_dict": lambda made, *_: UNKNOWN if made.unknown() else made.document(),
    "add_child_function": lambda made, _, arguments: made.add_child(arguments),
}
