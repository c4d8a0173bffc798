"""What an expression stands for, and the arguments and tests that are made of expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from igz_runtime.code.python import constants
from igz_runtime.code.python.binding import assign
from igz_runtime.code.python.endings import Stopped, expression_failed
from igz_runtime.code.python.values import (
    UNKNOWN,
    Arguments,
    Frame,
    Given,
    Host,
    LocalFunction,
    Value,
    place_of,
    written_name,
)
from igz_runtime.code.python.ways import State

_MOST_ITEMS: Final = 8
_MOST_ARGUMENTS: Final = 1_000
_LONGEST_CALLEE: Final = 60
Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class Turn(NamedTuple):
    """A further round of a loop. A test that reads what rounds set may turn out otherwise than in the one before."""

    text: str
    names: frozenset[str]
    frame: Frame

    def lets_differ(self, test: ast.expr, frame: Frame) -> bool:
        """Whether a test may turn out otherwise."""
        reads = any(isinstance(each, ast.Call) or getattr(each, "id", "") in self.names for each in ast.walk(test))
        return reads or frame is not self.frame


class Evaluator:
    """Evaluates expressions; the host supplies what is not Python's own.

    Attributes:
        state: everything that code can change.
        statement: the statement that is gone through.
        expected: how many blocks deep the code is that expect a refusal.
        turn: which round of a loop is gone through, where it is not the first.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.state = State()
        self.statement: ast.stmt = ast.Pass()
        self.expected = 0
        self.turn: Turn | None = None
        self._texts: dict[int, str] = {}

    def value(self, node: ast.expr | None, frame: Frame) -> Any:
        """What an expression stands for, on the way that is gone through."""
        return None if node is None else self.state.resolve(self.each_value(node, frame))

    def settled(self, node: ast.expr | None, frame: Frame) -> Any:
        """The same; of a field, what it holds now."""
        value = self.value(node, frame)
        return value.settled(self) if isinstance(value, Value) else value

    def each_value(self, node: ast.expr, frame: Frame) -> Any:
        """What an expression stands for, on each way on which it has been worked out."""
        self.state.spend(1)
        try:
            return self._evaluated(node, frame)
        except Stopped:
            raise
        except Exception as error:  # noqa: BLE001  (a defect of ours must not cost the file's other findings)
            return expression_failed(self, node, frame, error)

    def _evaluated(self, node: ast.expr, frame: Frame) -> Any:  # noqa: C901, PLR0912  (one case for each kind)
        match node:
            case ast.Name(name):
                holder = frame.holder(name)
                return UNKNOWN if holder is None else holder.names[name]
            case ast.Constant():
                return constants.bounded(node.value) if constants.is_constant(node.value) else UNKNOWN
            case ast.Call():
                return self._called(node, frame)
            case ast.Attribute(owner, name):
                value = self.value(owner, frame)
                if isinstance(value, Value):
                    return value.attribute(self, name)
                # Text has no `value`: this is a member of an enumeration, which is read as its text.
                return value if isinstance(value, str) and name == "value" else UNKNOWN
            case ast.Subscript(owner, key):
                value, index = self.value(owner, frame), self.settled(key, frame)
                is_ours = isinstance(value, Value) and not isinstance(value, dict)
                return value.item(self, index) if is_ours else constants.subscript(value, index)
            case ast.Slice(lower, upper, step):
                bounds = [self.settled(each, frame) for each in (lower, upper, step)]
                return slice(*bounds) if all(each is None or isinstance(each, int) for each in bounds) else UNKNOWN
            case ast.List(parts) | ast.Set(parts):
                return self._items(parts, frame)
            case ast.Tuple(parts):
                items = self._items(parts, frame)
                return items if items is UNKNOWN else tuple(items)
            case ast.Dict():
                return self._entries(node, frame)
            case ast.JoinedStr(parts):
                return constants.joined([self.value(each, frame) for each in parts])
            case ast.FormattedValue(part, conversion, form):
                value, spec = self.settled(part, frame), self.value(form, frame) or ""
                return constants.formatted(value, spec, conversion)
            case ast.BinOp(left, op, right):
                return constants.binary(op, self.settled(left, frame), self.settled(right, frame))
            case ast.UnaryOp(op, operand):
                return constants.unary(op, self.settled(operand, frame))
            case ast.Compare():
                return self._compared(node, frame)
            case ast.BoolOp(op, parts):
                value = UNKNOWN
                for part in parts:
                    value = self.settled(part, frame)
                    if constants.truth(value) in (None, isinstance(op, ast.Or)):
                        break
                return value
            case ast.IfExp(test, body, orelse):
                turned = self.decide(test, frame)
                return UNKNOWN if turned is None else self.value(body if turned else orelse, frame)
            case ast.NamedExpr(target, part):
                value = self.value(part, frame)
                assign(self, target, Given(value, place_of(part), part), frame)
                return value
            case ast.Await(part):
                return self.value(part, frame)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, frame)
            case ast.Lambda():
                return UNKNOWN
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)
        return UNKNOWN

    def _items(self, parts: list[ast.expr], frame: Frame) -> Any:
        items: list[Any] = []
        for each in parts:
            if not isinstance(each, ast.Starred):
                items.append(self.settled(each, frame))
                continue
            more = self.settled(each.value, frame)
            if not isinstance(more, (list, tuple)) or constants.bounded([*items, *more]) is UNKNOWN:
                return UNKNOWN
            items += more
        return constants.bounded(items)

    def _entries(self, node: ast.Dict, frame: Frame) -> Any:
        entries: dict[Any, Any] = {}
        known = True
        for key_node, value_node in zip(node.keys, node.values, strict=True):
            value, key = self.settled(value_node, frame), self.settled(key_node, frame)
            known = known and (constants.is_constant(key) if key_node else isinstance(value, dict))
            if known:
                entries.update({key: value} if key_node else value)
        return constants.bounded(entries) if known else UNKNOWN

    def _compared(self, node: ast.Compare, frame: Frame) -> Any:
        left, result = self.settled(node.left, frame), True
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.settled(right_node, frame)
            result = constants.compare(op, left, right)
            if result is not True:
                break
            left = right
        return result

    def _comprehension(self, node: Comprehension, frame: Frame) -> Any:
        inner = Frame((frame.call, place_of(node)), frame)
        rounds = self._rounds(node.generators, inner)
        if isinstance(node, ast.DictComp):
            pairs = [(self.settled(node.key, inner), self.value(node.value, inner)) for _ in rounds]
            return (all(constants.is_constant(key) for key, _ in pairs) and dict(pairs)) or UNKNOWN
        made = [self.value(node.elt, inner) for _ in rounds]
        return UNKNOWN if UNKNOWN in made or not made else made

    def _rounds(self, generators: list[ast.comprehension], inner: Frame) -> Iterator[None]:
        """Each round of a comprehension's innermost loop, its names set."""
        first, *more = generators
        items = self.each_item(first.iter, inner)
        for item in [UNKNOWN] if items is None else items:
            assign(self, first.target, Given(item, place_of(first.target)), inner)
            if not any(constants.truth(self.settled(test, inner)) is False for test in first.ifs):
                yield from self._rounds(more, inner) if more else [None]

    def each_item(self, iterable: ast.expr, frame: Frame) -> list[Any] | None:
        """The values that a loop takes: those of a short list; None where that is not known."""
        items = self.settled(iterable, frame)
        return list(items) if isinstance(items, (list, tuple, dict)) and len(items) <= _MOST_ITEMS else None

    def enter(self, function: LocalFunction, arguments: Arguments) -> Any:
        """Go through the body of a function of the file; what it returns."""
        raise NotImplementedError

    def rebind(self, given: Given, value: Any) -> None:
        """Let the name or field that an argument comes from stand for a value from here on."""
        if given.frame is not None and isinstance(given.node, (ast.Name, ast.Attribute)):
            assign(self, given.node, Given(value, given.place), given.frame)

    def decide(self, test: ast.expr, frame: Frame) -> bool | None:
        """How a test turns out; None where there are too many ways already."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            turned = self.decide(test.operand, frame)
            return None if turned is None else not turned
        if isinstance(test, ast.BoolOp):
            return self._decide_each(test, frame)
        known = constants.truth(self.settled(test, frame))
        if known is not None:
            return known
        text, negated = self._text(test)
        if self.turn and self.turn.lets_differ(test, frame):
            text += self.turn.text
        turned = self.state.decide((frame.call, text))
        return None if turned is None else turned != negated

    def _decide_each(self, test: ast.BoolOp, frame: Frame) -> bool | None:
        ends = isinstance(test.op, ast.Or)
        turned: bool | None = not ends
        for part in test.values:
            each = self.decide(part, frame)
            if each is ends:
                return ends
            turned = None if each is None else turned
        return turned

    def _text(self, test: ast.expr) -> tuple[str, bool]:
        """A test as text, and whether it says the opposite of that text."""
        opposite = _OPPOSITE.get(type(test.ops[0])) if isinstance(test, ast.Compare) and len(test.ops) == 1 else None
        if id(test) not in self._texts:
            plain = ast.Compare(test.left, [opposite()], test.comparators) if opposite else test  # type: ignore[attr-defined]
            self._texts[id(test)] = ast.unparse(plain)
        return self._texts[id(test)], opposite is not None

    def arguments(self, node: ast.Call, frame: Frame) -> Arguments:
        """The arguments of a call."""
        positional: list[Given] = []
        named: dict[str, Given] = {}
        more = False
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                items = self.settled(argument.value, frame)
                more = more or not isinstance(items, (list, tuple)) or len(positional) > _MOST_ARGUMENTS
                positional += [Given(each, place_of(argument)) for each in ([] if more else items)]
            else:
                positional.append(Given(self.settled(argument, frame), place_of(argument), argument, frame))
        for keyword in node.keywords:
            value = self.settled(keyword.value, frame)
            if keyword.arg is not None:
                named[keyword.arg] = Given(value, place_of(keyword), keyword.value, frame)
            elif isinstance(value, dict) and all(isinstance(key, str) for key in value):
                named.update({key: Given(each, place_of(keyword)) for key, each in value.items()})
            else:
                more = True
        return Arguments(place_of(node), written_name(node.func)[-_LONGEST_CALLEE:], tuple(positional), named, more)

    def _called(self, node: ast.Call, frame: Frame) -> Any:
        if isinstance(node.func, ast.Attribute):
            receiver = Given(self.value(node.func.value, frame), place_of(node.func.value), node.func.value, frame)
            return self._method(receiver, node.func.attr, self.arguments(node, frame))
        callee = self.value(node.func, frame)
        arguments = self.arguments(node, frame)
        if isinstance(node.func, ast.Name) and callee is UNKNOWN and node.func.id in constants.BUILT_IN:
            self.state.spend()
            return constants.built_in(node.func.id, arguments)
        return (callee if isinstance(callee, Value) else Value()).call(self, arguments)

    def _method(self, receiver: Given, name: str, arguments: Arguments) -> Any:
        value = receiver.value
        if isinstance(value, (str, list, dict)):
            self.state.spend()
            if name in constants.MUTATORS and not isinstance(value, str):
                self.state.change(value)
            result = constants.method(value, name, arguments)
            if name == "update" and result is UNKNOWN and isinstance(value, dict):
                value.clear()
            return result
        if isinstance(value, Value):
            return value.method(self, name, arguments)
        return self.host.call_unknown(self, receiver, name, arguments)


_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.NotEq: ast.Eq,
    ast.IsNot: ast.Is,
    ast.NotIn: ast.In,
}
