"""Assignments to names, to attributes, to items, and to several at once."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from igz_runtime.code.python import constants
from igz_runtime.code.python.values import UNKNOWN, Frame, Given, Value, place_of

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def assign(of: Evaluator, target: ast.expr, given: Given, frame: Frame) -> None:
    """Give a value to what stands on the left of `=`."""
    if isinstance(target, ast.Name):
        _name(of, target.id, given.value, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _several(of, target.elts, given, frame)
    elif isinstance(target, ast.Starred):
        assign(of, target.value, given._replace(value=UNKNOWN), frame)
    elif isinstance(target, ast.Attribute):
        holder = _holder(of, target, frame)
        if isinstance(holder, Value):
            holder.assign(of, target.attr, given)
    elif isinstance(target, ast.Subscript):
        index = of.settled(target.slice, frame) if not isinstance(target.slice, ast.Slice) else UNKNOWN
        _item(_holder(of, target, frame), index, of, given)


def unknowingly(of: Evaluator, pattern: ast.pattern, frame: Frame) -> None:
    """Give values that are not known to the names of a pattern."""
    for part in ast.walk(pattern):
        name = getattr(part, "name", None) or getattr(part, "rest", None)
        if isinstance(name, str):
            _name(of, name, UNKNOWN, frame)


def _name(of: Evaluator, name: str, value: Any, frame: Frame) -> None:
    holder = (frame.outer.holder(name) if frame.outer else None) if name in frame.shared else frame
    if holder is None:
        holder = frame.outermost
    of.state.set(holder.names, name, value)


def _several(of: Evaluator, targets: list[ast.expr], given: Given, frame: Frame) -> None:
    values = given.value
    matching = isinstance(values, (list, tuple)) and len(values) == len(targets)
    parts = given.node.elts if isinstance(given.node, (ast.Tuple, ast.List)) else []
    for index, target in enumerate(targets):
        part = parts[index] if matching and len(parts) == len(targets) else None
        value = values[index] if matching else UNKNOWN
        assign(of, target, Given(value, place_of(part) if part else given.place, part), frame)


def _holder(of: Evaluator, target: ast.Attribute | ast.Subscript, frame: Frame) -> Any:
    """What an attribute or item is set on. `x.spec.tolerations` may tell what `x` is, wherever it comes from."""
    value = of.value(target.value, frame)
    if value is not UNKNOWN:
        return value
    names = [target.attr] if isinstance(target, ast.Attribute) else []
    node = target.value
    while isinstance(node, ast.Attribute) and node.attr != "spec":
        names.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
        owner = Given(UNKNOWN, place_of(node.value), node.value, frame)
        if of.host.presumed(of, owner, tuple(names)) is not UNKNOWN:
            return of.value(target.value, frame)
    return UNKNOWN


def _item(holder: Any, index: Any, of: Evaluator, given: Given) -> None:
    if isinstance(holder, Value) and not isinstance(holder, dict):
        holder.assign_item(of, index, given)
    elif isinstance(holder, dict):
        of.state.change(holder)
        if constants.is_constant(index):
            holder[index] = given.value
        else:
            holder.clear()
    elif isinstance(holder, list) and isinstance(index, int) and -len(holder) <= index < len(holder):
        of.state.change(holder)
        holder[index] = given.value
