"""Assignments to names, to fields of functions, to items, and to several at once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.lint.code import constants
from igz_runtime.lint.code.values import UNKNOWN, Frame, Given, Instance, LocalClass, Ref, Task, place_of
from igz_runtime.lint.vocabulary import fields
from igz_runtime.lint.vocabulary.constructors import presumed
from igz_runtime.lint.vocabulary.kubernetes_objects import Mapped, camel
from igz_runtime.lint.vocabulary.made import PLACEMENT, RESOURCES, Made

if TYPE_CHECKING:
    from igz_runtime.lint.code.evaluator import Evaluator

_DISTINCT: Final = frozenset({*PLACEMENT, *RESOURCES}) - {"config", "replicas"}


def assign(of: Evaluator, target: ast.expr, given: Given, frame: Frame) -> None:
    """Give a value to what stands on the left of `=`."""
    if isinstance(target, ast.Name):
        _name(of, target.id, given.value, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _several(of, target.elts, given, frame)
    elif isinstance(target, ast.Starred):
        assign(of, target.value, given._replace(value=UNKNOWN), frame)
    elif isinstance(target, ast.Attribute):
        _attribute(_holder(of, target.value, frame), target.attr, of, given)
    elif isinstance(target, ast.Subscript):
        index = of.settled(target.slice, frame) if not isinstance(target.slice, ast.Slice) else UNKNOWN
        _item(_holder(of, target.value, frame), index, of, given)


def unknowingly(of: Evaluator, pattern: ast.pattern, frame: Frame) -> None:
    """Give values that are not known to the names of a pattern."""
    for part in ast.walk(pattern):
        name = getattr(part, "name", None) or getattr(part, "rest", None)
        if isinstance(name, str):
            _name(of, name, UNKNOWN, frame)


def _name(of: Evaluator, name: str, value: Any, frame: Frame) -> None:
    holder = (frame.outer.holder(name) if frame.outer else None) if name in frame.shared else frame
    if holder is None:
        holder = frame
        while holder.outer is not None:
            holder = holder.outer
    # Text and numbers that a branch sets which may not be taken are not known after it.
    settled = isinstance(value, (str, int, float, list, dict, tuple, type(None)))
    holder.names[name] = UNKNOWN if of.world.unsure and settled else value


def _several(of: Evaluator, targets: list[ast.expr], given: Given, frame: Frame) -> None:
    values = given.value
    matching = isinstance(values, (list, tuple)) and len(values) == len(targets)
    parts = given.node.elts if isinstance(given.node, (ast.Tuple, ast.List)) else []
    for index, target in enumerate(targets):
        part = parts[index] if matching and len(parts) == len(targets) else None
        value = values[index] if matching else UNKNOWN
        assign(of, target, Given(value, place_of(part) if part else given.place, part), frame)


def _holder(of: Evaluator, node: ast.expr, frame: Frame) -> Any:
    """What an attribute or item is set on. `x.spec.tolerations` is a function's, wherever `x` comes from."""
    value = of.value(node, frame)
    if value is not UNKNOWN:
        return value
    below: list[str] = []
    while isinstance(node, ast.Attribute) and node.attr != "spec":
        below.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
        return _Presumed(node.value, tuple(below), frame)
    return UNKNOWN


class _Presumed:
    """`x.spec` and fields below it, where `x` is not known."""

    def __init__(self, node: ast.expr, below: tuple[str, ...], frame: Frame) -> None:
        self.node, self.below, self.frame = node, below, frame

    def ref(self, of: Evaluator, *last: str) -> Ref | None:
        """The field of a function, where it is one that only MLRun's functions have."""
        if (*self.below, *last)[:1] == () or (*self.below, *last)[0] not in _DISTINCT:
            return None
        made = presumed(of.world, place_of(self.node))
        assign(of, self.node, Given(made, place_of(self.node)), self.frame)
        return Ref(made, ("spec", *self.below))


def _attribute(holder: Any, name: str, of: Evaluator, given: Given) -> None:
    if isinstance(holder, _Presumed):
        holder = holder.ref(of, name) or UNKNOWN
    if isinstance(holder, Ref):
        fields.assign(of.world, Ref(holder.made, (*holder.path, name)), given)
    elif isinstance(holder, Made) and name in ("spec", "metadata"):
        fields.assign(of.world, Ref(holder, (name,)), given)
    elif isinstance(holder, (Instance, LocalClass)):
        holder.attributes[name] = given.value
    elif isinstance(holder, Task) and name == "handler":
        holder.handler = given.value if isinstance(given.value, str) else ""
    elif isinstance(holder, Mapped):
        holder[camel(name)] = given.value


def _item(holder: Any, index: Any, of: Evaluator, given: Given) -> None:
    if isinstance(holder, _Presumed):
        holder = holder.ref(of) or UNKNOWN
    if isinstance(holder, Ref):
        known = isinstance(index, (str, int))
        path = (*holder.path, index) if known else holder.path
        fields.assign(of.world, Ref(holder.made, path), given if known else given._replace(value=UNKNOWN))
    elif isinstance(holder, dict):
        if constants.is_constant(index):
            holder[index] = given.value
        else:
            holder.clear()
    elif isinstance(holder, list) and isinstance(index, int) and -len(holder) <= index < len(holder):
        holder[index] = given.value
