"""The kinds of expressions, and what each stands for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.python import constants
from igz_runtime.code.python.values import UNKNOWN, Frame, Given, Value, place_of

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator


def _constant(_of: Evaluator, node: ast.Constant, _frame: Frame) -> Any:
    return constants.bounded(node.value) if constants.is_constant(node.value) else UNKNOWN


def _name(_of: Evaluator, node: ast.Name, frame: Frame) -> Any:
    holder = frame.holder(node.id)
    return UNKNOWN if holder is None else holder.names[node.id]


def _attribute(of: Evaluator, node: ast.Attribute, frame: Frame) -> Any:
    value = of.value(node.value, frame)
    if isinstance(value, Value):
        return value.attribute(of, node.attr)
    # Text has no `value`: this is a member of an enumeration, which is read as its text.
    return value if isinstance(value, str) and node.attr == "value" else UNKNOWN


def _subscript(of: Evaluator, node: ast.Subscript, frame: Frame) -> Any:
    value, index = of.value(node.value, frame), of.settled(node.slice, frame)
    if isinstance(value, Value) and not isinstance(value, dict):
        return value.item(of, index)
    return constants.subscript(value, index)


def _slice(of: Evaluator, node: ast.Slice, frame: Frame) -> Any:
    bounds = [of.settled(each, frame) for each in (node.lower, node.upper, node.step)]
    return slice(*bounds) if all(each is None or isinstance(each, int) for each in bounds) else UNKNOWN


def _list(of: Evaluator, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Any:
    items: list[Any] = []
    for each in node.elts:
        value = of.settled(each.value if isinstance(each, ast.Starred) else each, frame)
        if not isinstance(each, ast.Starred):
            items.append(value)
        elif not isinstance(value, (list, tuple)) or constants.bounded([*items, *value]) is UNKNOWN:
            return UNKNOWN
        else:
            items += value
    return constants.bounded(tuple(items) if isinstance(node, ast.Tuple) else items)


def _dict(of: Evaluator, node: ast.Dict, frame: Frame) -> Any:
    entries: dict[Any, Any] = {}
    known = True
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = of.settled(value_node, frame)
        key = of.settled(key_node, frame) if key_node else None
        known = known and (constants.is_constant(key) if key_node else isinstance(value, dict))
        if known:
            entries.update({key: value} if key_node else value)
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
    return constants.unary(node.op, of.settled(node.operand, frame))


def _compare(of: Evaluator, node: ast.Compare, frame: Frame) -> Any:
    left = of.settled(node.left, frame)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = of.settled(right_node, frame)
        result = constants.compare(op, left, right)
        if result is not True:
            return result
        left = right
    return True


def _first(of: Evaluator, node: ast.BoolOp, frame: Frame) -> Any:
    """`a or b`: the first value that decides it."""
    ends = isinstance(node.op, ast.Or)
    value: Any = UNKNOWN
    for part in node.values:
        value = of.settled(part, frame)
        if constants.truth(value) in (None, ends):
            break
    return value


def _choice(of: Evaluator, node: ast.IfExp, frame: Frame) -> Any:
    """`a if test else b`."""
    turned = of.decide(node.test, frame)
    return UNKNOWN if turned is None else of.value(node.body if turned else node.orelse, frame)


def _called(of: Evaluator, node: ast.Call, frame: Frame) -> Any:
    return of.called(node, frame)


def _walrus(of: Evaluator, node: ast.NamedExpr, frame: Frame) -> Any:
    value = of.value(node.value, frame)
    of.assign(node.target, Given(value, place_of(node.value), node.value), frame)
    return value


def _awaited(of: Evaluator, node: ast.Await, frame: Frame) -> Any:
    return of.value(node.value, frame)


def _comprehension(
    of: Evaluator, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
) -> Any:
    inner = Frame((frame.call, place_of(node)), frame)
    rounds = _rounds(of, node.generators, inner)
    if isinstance(node, ast.DictComp):
        pairs = [(of.settled(node.key, inner), of.value(node.value, inner)) for _ in rounds]
        return (all(constants.is_constant(key) for key, _ in pairs) and dict(pairs)) or UNKNOWN
    made = [of.value(node.elt, inner) for _ in rounds]
    return UNKNOWN if UNKNOWN in made or not made else made


def _rounds(of: Evaluator, generators: list[ast.comprehension], inner: Frame) -> Iterator[None]:
    """Each round of a comprehension's innermost loop, its names set."""
    first, *more = generators
    items = of.each_item(first.iter, inner)
    for item in [UNKNOWN] if items is None else items:
        of.assign(first.target, Given(item, place_of(first.target)), inner)
        if not any(constants.truth(of.settled(test, inner)) is False for test in first.ifs):
            yield from _rounds(of, more, inner) if more else [None]


EVALUATE: Final[dict[type[ast.expr], Callable[[Any, Any, Frame], Any]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), _list),
    ast.Dict: _dict,
    ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _first,
    ast.IfExp: _choice,
    ast.Call: _called,
    ast.NamedExpr: _walrus,
    ast.Await: _awaited,
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), _comprehension),
    ast.Lambda: lambda _of, _node, _frame: UNKNOWN,
}
