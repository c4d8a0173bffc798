"""The classes of MLRun's functions, where code calls them, or their methods, itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, Value
from igz_runtime.functions.kinds import KINDS
from igz_runtime.functions.recognition import named
from igz_runtime.lint.vocabulary.constructors import from_document
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.lint.vocabulary.setters import SETTERS

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

CLASSES: Final = {kind.class_name: name for name, kind in KINDS.items() if kind.of_mlrun and kind.class_name}


@dataclass(frozen=True, eq=False, slots=True)
class FunctionClass(Value):
    """The class of a kind of functions."""

    reading: Vocabulary
    kind: str
    methods: ClassVar[frozenset[str]] = frozenset({*SETTERS, "from_dict"})

    def call(self, _of: Evaluator, arguments: Arguments) -> Made:
        """A new function of the kind."""
        made = self.reading.new(arguments.place, self.kind).with_defaults()
        if arguments.more or any(given.value is not None for given in arguments):
            made.lose_settings(arguments.place, everything=True)
            made.note(arguments.place, f"{arguments.callee}(…): what it is made of is not followed")
        return made

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """A function from its document, or a method that is called with the function."""
        first, *rest = arguments.positional or (Given(UNKNOWN, arguments.place),)
        if name == "from_dict":
            return from_document(self.reading, arguments, first)
        if isinstance(first.value, Made):
            others = Arguments(arguments.place, arguments.callee, tuple(rest), arguments.named, arguments.more)
            return of.method(first, name, others)
        of.host.hand_over(arguments)
        return UNKNOWN


def function_class(reading: Vocabulary, value: Any, arguments: Arguments | None = None) -> FunctionClass | None:
    """The class of functions that an imported name, a function or `get_runtime_class(…)` stands for; else None."""
    if isinstance(value, Made):
        return FunctionClass(reading, value.kind)
    if not isinstance(value, Imported) or value.package != "mlrun":
        return None
    if value.last == "get_runtime_class" and arguments:
        kind = arguments.bound("kind").value("kind")
        return FunctionClass(reading, named(kind)) if isinstance(kind, str) else None
    return FunctionClass(reading, CLASSES[value.last]) if value.last in CLASSES else None
