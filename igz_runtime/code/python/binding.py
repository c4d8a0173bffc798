"""What gives values to names, attributes and items: assignments, imports, arguments and parameters."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python import constants
from igz_runtime.code.python.classes import LocalFunction
from igz_runtime.code.python.values import UNKNOWN, Arguments, Frame, Given, Imported, Value, place_of, written_name

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator

_MOST_ARGUMENTS: Final = 1_000
_LONGEST_CALLEE: Final = 60


def assign(of: Evaluator, target: ast.expr, given: Given, frame: Frame) -> None:
    """Give a value to what stands on the left of `=`."""
    match target:
        case ast.Name(name):
            _name(of, name, given.value, frame)
        case ast.Tuple(targets) | ast.List(targets):
            values = _unpacked(given.value, targets)
            matching = isinstance(values, (list, tuple)) and len(values) == len(targets)
            parts = given.node.elts if isinstance(given.node, (ast.Tuple, ast.List)) else []
            for index, each in enumerate(targets):
                part = parts[index] if matching and len(parts) == len(targets) else None
                value = values[index] if matching else UNKNOWN
                assign(of, each, Given(value, place_of(part) if part else given.place, part), frame)
        case ast.Starred(inner):
            assign(of, inner, given, frame)
        case ast.Attribute(attr=name):
            holder = _holder(of, target, frame)
            of.reached.add(id(target))
            if isinstance(holder, Value):
                holder.assign(of, name, given)
        case ast.Subscript(slice=index_node):
            key = of.settled(index_node, frame) if not isinstance(index_node, ast.Slice) else UNKNOWN
            assign_item(of, _holder(of, target, frame), key, given)


def _unpacked(values: Any, targets: list[ast.expr]) -> Any:
    """Values for targets of which one may have a star, and takes what the others leave."""
    star = next((index for index, each in enumerate(targets) if isinstance(each, ast.Starred)), None)
    rest = len(values) - len(targets) + 1 if isinstance(values, (list, tuple)) else -1
    if star is None or rest < 0:
        return values
    return [*values[:star], list(values[star : star + rest]), *values[star + rest :]]


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
    if value is UNKNOWN:
        frame.given.discard(name)
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


def assign_item(of: Evaluator, holder: Any, key: Any, given: Given) -> None:
    """`holder[key] = …`."""
    if isinstance(holder, Value) and not isinstance(holder, dict):
        holder.assign_item(of, key, given)
        return
    of_list = isinstance(holder, list) and isinstance(key, int) and -len(holder) <= key < len(holder)
    if not isinstance(holder, dict) and not of_list:
        return
    before = holder.copy()
    of.state.change(holder)
    if of_list or keeps(key, given.value):
        holder[key] = given.value
    else:
        holder.clear()
    of.host.changed(holder, before, given.place)


def keeps(key: Any, value: Any) -> bool:
    """Whether a mapping keeps a value: what is kept under a key that is not known counts where it is an object."""
    return constants.is_constant(key) or (
        key is UNKNOWN and isinstance(value, Value) and not isinstance(value, Imported)
    )


def delete(of: Evaluator, target: ast.expr, frame: Frame) -> None:
    """`del target`."""
    match target:
        case ast.Name(name):
            of.state.set(frame.names, name, UNKNOWN)
        case ast.Tuple(parts) | ast.List(parts):
            for each in parts:
                delete(of, each, frame)
        case ast.Attribute():
            assign(of, target, Given(None, place_of(target)), frame)
        case ast.Subscript(owner, key):
            delete_item(of, of.value(owner, frame), of.settled(key, frame), place_of(target))


def delete_item(of: Evaluator, holder: Any, key: Any, place: Place) -> None:
    """`del holder[key]`."""
    if isinstance(holder, Value) and not isinstance(holder, dict):
        holder.delete_item(of, key, place)
    elif isinstance(holder, (dict, list)):
        before = holder.copy()
        of.state.change(holder)
        try:
            del holder[key]
        except (TypeError, LookupError):
            holder.clear()
        of.host.changed(holder, before, place)


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
    if function.receiver is not None:
        positional.insert(0, function.receiver)
    bound |= dict(zip(by_place, positional, strict=False))
    bound |= {name: given.value for name, given in arguments.named.items() if name in bound}
    if of_node.vararg:
        bound[of_node.vararg.arg] = UNKNOWN if arguments.more else positional[len(by_place) :]
    if of_node.kwarg:
        rest = {name: given.value for name, given in arguments.named.items() if name not in bound}
        bound[of_node.kwarg.arg] = UNKNOWN if arguments.more or not arguments.callee else rest
    return bound


def arguments_of(of: Evaluator, node: ast.Call, frame: Frame) -> Arguments:
    """The arguments of a call."""
    positional: list[Given] = []
    named: dict[str, Given] = {}
    more = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            items = of.settled(argument.value, frame)
            more = more or not isinstance(items, (list, tuple)) or len(positional) > _MOST_ARGUMENTS
            positional += [Given(each, place_of(argument)) for each in ([] if more else items)]
        else:
            positional.append(Given(of.settled(argument, frame), place_of(argument), argument, frame))
    for keyword in node.keywords:
        value = of.settled(keyword.value, frame)
        if keyword.arg is not None:
            named[keyword.arg] = Given(value, place_of(keyword), keyword.value, frame)
        elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
            named.update({key: Given(each, place_of(keyword)) for key, each in value.items()})
        else:
            more = True
    return Arguments(place_of(node), written_name(node.func)[-_LONGEST_CALLEE:], tuple(positional), named, more)
