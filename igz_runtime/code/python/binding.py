"""What gives values to names, attributes and items: assignments, imports, and the parameters of functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from igz_runtime.code.python import constants
from igz_runtime.code.python.values import UNKNOWN, Arguments, Frame, Given, Imported, LocalFunction, Value, place_of

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def assign(of: Evaluator, target: ast.expr, given: Given, frame: Frame) -> None:
    """Give a value to what stands on the left of `=`."""
    match target:
        case ast.Name(name):
            _name(of, name, given.value, frame)
        case ast.Tuple(targets) | ast.List(targets):
            values = given.value
            matching = isinstance(values, (list, tuple)) and len(values) == len(targets)
            parts = given.node.elts if isinstance(given.node, (ast.Tuple, ast.List)) else []
            for index, each in enumerate(targets):
                part = parts[index] if matching and len(parts) == len(targets) else None
                value = values[index] if matching else UNKNOWN
                assign(of, each, Given(value, place_of(part) if part else given.place, part), frame)
        case ast.Starred(inner):
            assign(of, inner, given._replace(value=UNKNOWN), frame)
        case ast.Attribute(attr=name):
            holder = _holder(of, target, frame)
            if isinstance(holder, Value):
                holder.assign(of, name, given)
        case ast.Subscript(slice=index_node):
            key = of.settled(index_node, frame) if not isinstance(index_node, ast.Slice) else UNKNOWN
            _item(_holder(of, target, frame), key, of, given)


def set_unknown(of: Evaluator, pattern: ast.pattern, frame: Frame) -> None:
    """Give values that are not known to the names of a pattern."""
    for part in ast.walk(pattern):
        name = getattr(part, "name", None) or getattr(part, "rest", None)
        if isinstance(name, str):
            _name(of, name, UNKNOWN, frame)


def _name(of: Evaluator, name: str, value: Any, frame: Frame) -> None:
    shared = name in frame.shared
    while shared and frame.outer is not None:
        frame = frame.outer
        shared = name not in frame.names
    of.state.set(frame.names, name, value)


def _holder(of: Evaluator, target: ast.Attribute | ast.Subscript, frame: Frame) -> Any:
    """What an attribute or item is set on. `x.spec.tolerations` may tell what `x` is, wherever it comes from."""
    value = of.value(target.value, frame)
    if value is not UNKNOWN:
        return value
    name, node = target.attr if isinstance(target, ast.Attribute) else "", target.value
    while isinstance(node, ast.Attribute) and node.attr != "spec":
        name, node = node.attr, node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, (ast.Name, ast.Attribute)):
        owner = Given(UNKNOWN, place_of(node.value), node.value, frame)
        if of.host.presumed(owner, name) is not UNKNOWN:
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


def import_modules(of: Evaluator, node: ast.Import, frame: Frame) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        outermost = alias.name.partition(".")[0]
        of.state.set(frame.names, alias.asname or outermost, Imported(alias.name if alias.asname else outermost))


def import_from(of: Evaluator, node: ast.ImportFrom, frame: Frame) -> None:
    """`from a import b`, `from a import *`."""
    module = "." * node.level + (node.module or "")
    for alias in node.names:
        for name in of.host.exports(module) if alias.name == "*" else [alias.name]:
            of.state.set(frame.names, alias.asname or name, Imported(f"{module}.{name}"))


def parameters(of: Evaluator, function: LocalFunction, arguments: Arguments) -> dict[str, Any]:
    """What the parameters of a function stand for in a call: arguments, defaults, or what is not known."""
    of_node = function.node.args
    by_place = [each.arg for each in (*of_node.posonlyargs, *of_node.args)]
    by_name = [each.arg for each in of_node.kwonlyargs]
    bound: dict[str, Any] = dict.fromkeys((*by_place, *by_name), UNKNOWN)
    if not arguments.more:
        named = zip(by_name, of_node.kw_defaults, strict=True)
        defaults = [*zip(by_place[::-1], of_node.defaults[::-1], strict=False), *named]
        bound |= {name: of.settled(value, function.frame) for name, value in defaults if value}
    positional = [given.value for given in arguments.positional]
    if function.receiver is not None and not function.is_decorated("staticmethod"):
        positional.insert(0, function.receiver)
    bound |= dict(zip(by_place, positional, strict=False))
    bound |= {name: given.value for name, given in arguments.named.items() if name in bound}
    if of_node.vararg:
        bound[of_node.vararg.arg] = UNKNOWN if arguments.more else positional[len(by_place) :]
    if of_node.kwarg:
        rest = {name: given.value for name, given in arguments.named.items() if name not in bound}
        bound[of_node.kwarg.arg] = UNKNOWN if arguments.more or not arguments.callee else rest
    return bound
