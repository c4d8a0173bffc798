"""The kinds of expressions, and what each stands for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python import constants
from igz_runtime.code.python.values import UNKNOWN, Frame, Given, Imported, Value, place_of

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def _constant(_of: Evaluator, node: ast.Constant, _frame: Frame) -> Any:
    return constants.bounded(node.value) if constants.is_constant(node.value) else UNKNOWN


def _name(of: Evaluator, node: ast.Name, frame: Frame) -> Any:
    holder = frame.holder(node.id)
    if holder is not None:
        return holder.names[node.id]
    for module in frame.outermost.stars:
        if of.host.exports(module, node.id):
            return Imported(f"{module}.{node.id}")
    return UNKNOWN


def _get_attribute(of: Evaluator, node: ast.Attribute, frame: Frame) -> Any:
    value = of.value(node.value, frame)
    return attribute(of, value, node.attr)


def attribute(of: Evaluator, value: Any, name: str) -> Any:
    """An attribute of a value."""
    if isinstance(value, Value):
        return value.attribute(of, name)
    # Text has no `value`: this is a member of an enumeration, which is read as its text.
    return value if isinstance(value, str) and name == "value" else UNKNOWN


def _subscript(of: Evaluator, node: ast.Subscript, frame: Frame) -> Any:
    value = of.value(node.value, frame)
    if isinstance(node.slice, ast.Slice):
        bounds = [of.settled(each, frame) for each in (node.slice.lower, node.slice.upper, node.slice.step)]
        whole = all(each is None or isinstance(each, int) for each in bounds)
        return constants.subscript(value, slice(*bounds)) if whole else UNKNOWN
    index = of.settled(node.slice, frame)
    if isinstance(value, Value) and not isinstance(value, dict):
        return value.item(of, index)
    return constants.subscript(value, index)


def _list(of: Evaluator, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    items: list[Any] = []
    for each in node.elts:
        if isinstance(each, ast.Starred):
            more = of.settled(each.value, frame)
            if not isinstance(more, (list, tuple)):
                return UNKNOWN
            items += more
            if constants.bounded(items) is UNKNOWN:
                return UNKNOWN
        else:
            items.append(of.settled(each, frame))
    return constants.bounded(tuple(items) if isinstance(node, ast.Tuple) else items)


def _dict(of: Evaluator, node: ast.Dict, frame: Frame) -> Any:
    entries: dict[Any, Any] = {}
    known = True
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = of.settled(value_node, frame)
        key = of.settled(key_node, frame) if key_node else None
        if key_node is None and isinstance(value, dict):
            entries.update(value)
        elif key_node is not None and constants.is_constant(key):
            entries[key] = value
        else:
            known = False
    return constants.bounded(entries) if known else UNKNOWN


def _joined(of: Evaluator, node: ast.JoinedStr, frame: Frame) -> Any:
    text: Any = ""
    for part in node.values:
        piece = of.value(part, frame)
        text = constants.bounded(text + piece) if isinstance(piece, str) else UNKNOWN
        if text is UNKNOWN:
            return UNKNOWN
    return text


def _formatted(of: Evaluator, node: ast.FormattedValue, frame: Frame) -> Any:
    value = of.settled(node.value, frame)
    spec = of.value(node.format_spec, frame) if node.format_spec else ""
    return constants.formatted(value, spec, node.conversion) if isinstance(spec, str) else UNKNOWN


def _binary(of: Evaluator, node: ast.BinOp, frame: Frame) -> Any:
    return constants.binary(node.op, of.settled(node.left, frame), of.settled(node.right, frame))


def _unary(of: Evaluator, node: ast.UnaryOp, frame: Frame) -> Any:
    value = of.settled(node.operand, frame)
    if isinstance(node.op, ast.Not):
        known = constants.truth(value)
        return UNKNOWN if known is None else not known
    return constants.unary(node.op, value)


def _compare(of: Evaluator, node: ast.Compare, frame: Frame) -> Any:
    left = of.settled(node.left, frame)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = of.settled(right_node, frame)
        result = constants.compare(op, left, right)
        if result is not True:
            return result
        left = right
    return True


def _either(of: Evaluator, node: ast.BoolOp, frame: Frame) -> Any:
    """`a or b`: the first value that decides it."""
    ends = isinstance(node.op, ast.Or)
    value: Any = UNKNOWN
    for part in node.values:
        value = of.settled(part, frame)
        known = constants.truth(value)
        if known is None or known is ends:
            return value
    return value


def _choice(of: Evaluator, node: ast.IfExp, frame: Frame) -> Any:
    """`a if test else b`."""
    turned = of.decide(node.test, frame)
    if turned is not None:
        return of.value(node.body if turned else node.orelse, frame)
    return UNKNOWN


def _call(of: Evaluator, node: ast.Call, frame: Frame) -> Any:
    return of.called(node, frame)


def _walrus(of: Evaluator, node: ast.NamedExpr, frame: Frame) -> Any:
    value = of.value(node.value, frame)
    of.assign(node.target, Given(value, place_of(node.value), node.value), frame)
    return value


def _awaited(of: Evaluator, node: ast.Await, frame: Frame) -> Any:
    return of.value(node.value, frame)


def _comprehension(of: Evaluator, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, frame: Frame) -> Any:
    inner = Frame((frame.call, place_of(node)), frame)
    made = [of.value(node.elt, inner) for _ in _rounds(of, node.generators, inner)]
    return made if not any(value is UNKNOWN for value in made) and made else UNKNOWN


def _dict_comprehension(of: Evaluator, node: ast.DictComp, frame: Frame) -> Any:
    inner = Frame((frame.call, place_of(node)), frame)
    made = {}
    for _ in _rounds(of, node.generators, inner):
        key, value = of.settled(node.key, inner), of.value(node.value, inner)
        if not constants.is_constant(key):
            return UNKNOWN
        made[key] = value
    return made or UNKNOWN


def _rounds(of: Evaluator, generators: list[ast.comprehension], inner: Frame) -> Iterator[None]:
    """Each round of a comprehension's innermost loop, its names set."""
    first, *more = generators
    for item in of.each_item(first.iter, inner):
        of.assign(first.target, Given(item, place_of(first.target)), inner)
        if any(constants.truth(of.settled(test, inner)) is False for test in first.ifs):
            continue
        if more:
            yield from _rounds(of, more, inner)
        else:
            yield


EVALUATE: Final[dict[type[ast.expr], Callable[[Any, Any, Frame], Any]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _get_attribute,
    ast.Subscript: _subscript,
    ast.List: _list,
    ast.Tuple: _list,
    ast.Set: _list,
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _either,
    ast.IfExp: _choice,
    ast.Call: _call,
    ast.NamedExpr: _walrus,
    ast.Await: _awaited,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Lambda: lambda _of, _node, _frame: UNKNOWN,
}
