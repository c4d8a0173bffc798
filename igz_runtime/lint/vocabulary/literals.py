"""Literals of settings, and Kubernetes' objects in code, such as `V1Toleration(...)`: their fields and places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Value, place_of
from igz_runtime.text.place import Path


class Mapped(dict[str, Any], Value):
    """An object of Kubernetes' client, as the mapping that Kubernetes reads."""

    def assign(self, _of: Evaluator, name: str, given: Given) -> None:
        """Set a field, as Kubernetes spells it."""
        self[camel(name)] = given.value


def mapped(arguments: Arguments) -> Mapped | Any:
    """The mapping of a `V1…` object; unknown where its fields are not given by name."""
    if arguments.more or arguments.positional:
        return UNKNOWN
    return Mapped({camel(k): each.value for k, each in arguments.named.items() if each.value is not None})


def camel(name: str) -> str:
    """A field of the client as Kubernetes spells it.

    >>> camel("required_during_scheduling_ignored_during_execution")
    'requiredDuringSchedulingIgnoredDuringExecution'
    """
    first, *rest = name.lstrip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def places_in(node: ast.expr, above: Path = ()) -> Iterator[tuple[Path, Place]]:
    """The paths of the parts of a literal, each with the place where it is written."""
    parts: list[tuple[Any, ast.AST, ast.expr]] = []
    if isinstance(node, ast.Dict):
        keys = [
            (key, value) for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
        ]
        parts = [(key.value, key, value) for key, value in keys if isinstance(key.value, (str, int))]
    elif isinstance(node, (ast.List, ast.Tuple)):
        parts = [(index, value, value) for index, value in enumerate(node.elts)]
    elif isinstance(node, ast.Call):
        callee = getattr(node.func, "attr", getattr(node.func, "id", ""))
        spelled = camel if callee.startswith("V1") else str
        parts = [(spelled(each.arg), each, each.value) for each in node.keywords if each.arg]
    for part, stands, value in parts:
        yield (*above, part), place_of(stands)  # type: ignore[arg-type]
        yield from places_in(value, (*above, part))
