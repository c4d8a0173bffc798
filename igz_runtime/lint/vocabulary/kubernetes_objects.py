"""The Python client's objects, such as `V1Toleration(...)`, as the mappings that Kubernetes reads."""

from __future__ import annotations

from typing import Any

from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Value


class Mapped(dict[str, Any], Value):
    """The mapping of an object."""

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set a field, as Kubernetes spells it."""
        self[camel(name)] = given.value


def mapped(arguments: Arguments) -> Mapped | Any:
    """The mapping of a `V1…` object; unknown where its fields are not given by name."""
    if arguments.more or arguments.positional:
        return UNKNOWN
    fields = {camel(name): given.value for name, given in arguments.named.items()}
    return Mapped({name: value for name, value in fields.items() if value is not None})


def camel(name: str) -> str:
    """A field of the client as Kubernetes spells it.

    >>> camel("required_during_scheduling_ignored_during_execution")
    'requiredDuringSchedulingIgnoredDuringExecution'
    """
    first, *rest = name.lstrip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
