"""A function of MLRun's as code handles it: its setters, what is applied to it, and what makes a function of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, Value
from igz_runtime.lint.vocabulary import profiles
from igz_runtime.lint.vocabulary.constructors import as_job, imported
from igz_runtime.lint.vocabulary.field import Field, assign_field
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.lint.vocabulary.runs import deploy, run
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

    methods: ClassVar[frozenset[str]] = frozenset(
        {*SETTERS, "apply", "run", "as_step", "deploy", "deploy_step", "copy", "to_job", "to_dict"}
    )

    def attribute(self, of: Evaluator, name: str) -> Any:
        """`spec`, `metadata`, kind and class; nothing else of it is known."""
        match name:
            case "spec" | "metadata":
                return Field(self, (name,))
            case "kind":
                return self.kind
            case "__class__":
                return of.host.type_of(self)
            case "__dict__":
                self._not_followed(of.statement_place, name)
        return UNKNOWN

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set the whole of `spec` or `metadata`, or the kind."""
        if name in _OWN:
            assign_field(Field(self, (name,)), given)
        elif name == "kind" or name.startswith("__"):
            self._not_followed(given.place, name)

    def _not_followed(self, place: Any, name: str) -> None:
        self.lose_settings(place)
        self.note(place, f"{name}: what it does to the function is not followed")

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
        if name.startswith("__"):
            self._not_followed(arguments.place, name)
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
        elif isinstance(value, Value) and not isinstance(value, Imported):
            of.call(value, Arguments(arguments.place, "apply", (Given(self, modifier.place),)))
        elif not isinstance(value, Imported) or value.package not in HARMLESS:
            self._not_followed(modifier.place, "apply(…)")
