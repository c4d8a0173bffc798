"""How tests turn out: comparisons, `and`, `or`, and what is not known, which may turn out either way."""

from __future__ import annotations

import ast
from typing import Any, Final, NamedTuple

from igz_runtime.code.python import constants
from igz_runtime.code.python.values import UNKNOWN, Frame, Host, Imported, Value
from igz_runtime.code.python.ways import State


class Turn(NamedTuple):
    """A further round of a loop. A test that reads what rounds set may turn out otherwise than in the one before."""

    text: str
    names: frozenset[str]
    frame: Frame

    def lets_differ(self, test: ast.expr, frame: Frame) -> bool:
        """Whether a test may turn out otherwise."""
        reads = any(isinstance(each, ast.Call) or getattr(each, "id", "") in self.names for each in ast.walk(test))
        return reads or frame is not self.frame


class Decider:
    """Decides tests.

    Attributes:
        state: everything that code can change.
        turn: which round of a loop is gone through, where it is not the first.
    """

    def __init__(self, host: Host) -> None:
        self.host = host
        self.state = State()
        self.turn: Turn | None = None
        self._texts: dict[int, str] = {}

    def settled(self, node: ast.expr | None, frame: Frame) -> Any:
        """What an expression stands for; of a field, what it holds now."""
        raise NotImplementedError

    def decide(self, test: ast.expr, frame: Frame) -> bool | None:
        """How a test turns out; None where there are too many ways already."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            turned = self.decide(test.operand, frame)
            return None if turned is None else not turned
        if isinstance(test, ast.BoolOp):
            return self._decide_each(test, frame)
        known = constants.truth(self.settled(test, frame))
        return self._turned(test, frame) if known is None else known

    def _turned(self, test: ast.expr, frame: Frame) -> bool | None:
        """How a test that is not known turns out on this way."""
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

    def either(self, parts: list[ast.expr], ends: bool, frame: Frame) -> Any:  # noqa: FBT001
        """`a and b`, `a or b`: what stands behind a test that is not known is gone through where it calls something."""
        value: Any = UNKNOWN
        for index, part in enumerate(parts):
            value = self.settled(part, frame)
            turned = constants.truth(value)
            if turned is None and any(self._matters(each, frame) for each in parts[index + 1 :]):
                turned = self._turned(part, frame)
                value = UNKNOWN
                if turned is None:
                    continue
            if turned in (None, ends):
                break
        return value

    def _matters(self, node: ast.expr, frame: Frame) -> bool:
        """Whether an expression calls something, or is an object of the code's."""
        if any(isinstance(each, ast.Call) for each in ast.walk(node)):
            return True
        value = self.settled(node, frame) if isinstance(node, (ast.Name, ast.Attribute)) else UNKNOWN
        return isinstance(value, Value) and not isinstance(value, Imported)

    def compared(self, node: ast.Compare, frame: Frame) -> Any:
        """`a < b < c`."""
        left, result = self.settled(node.left, frame), True
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.settled(right_node, frame)
            result = constants.compare(op, left, right)
            if result is not True:
                break
            left = right
        return result


_OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.NotEq: ast.Eq,
    ast.IsNot: ast.Is,
    ast.NotIn: ast.In,
}
