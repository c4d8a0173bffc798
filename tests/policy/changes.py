"""Every change of one operator that can be made in an expression of CEL: its grammar, and what is changed in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<text>[rR]?"(?:\\.|[^"\\])*"|[rR]?'(?:\\.|[^'\\])*')|(?P<number>[0-9]+)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"""
    r"""|(?P<operator>&&|\|\||==|!=|<=|>=|[-!<>+*/%?:.,()\[\]{}]))"""
)
_COMPARED: Final = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
}
_CALLED: Final = {
    "exists": ("all",),
    "all": ("exists",),
    "startsWith": ("endsWith", "contains"),
    "endsWith": ("startsWith", "contains"),
    "contains": ("startsWith", "endsWith"),
    "min": ("max",),
    "max": ("min",),
}
"""What a function is changed into."""
_ANSWERING: Final = {"has", "matches", "hasValue", "exists", "all", "startsWith", "endsWith", "contains", "isQuantity"}
"""Functions that say yes or no, and so can be asked for the opposite."""


class Change(NamedTuple):
    """One change of an expression.

    Attributes:
        start: where it begins.
        end: where what is replaced ends.
        text: what stands there instead.
    """

    start: int
    end: int
    text: str

    def of(self, expression: str) -> str:
        """The expression with the change."""
        return expression[: self.start] + self.text + expression[self.end :]

    def shown(self, expression: str, around: int = 40) -> str:
        """The change with what stands around it, which names it in messages and tables."""
        before, after = expression[max(0, self.start - around) : self.start], expression[self.end : self.end + around]
        return f"{before}⟨{expression[self.start : self.end]} → {self.text}⟩{after}"


class _Token(NamedTuple):
    kind: str
    text: str
    start: int
    end: int


_END: Final = _Token("end", "", -1, -1)


def changes_of(expression: str) -> list[Change]:
    """The changes of an expression, in the order in which they stand in it.

    Raises:
        ValueError: it is not an expression of CEL, as far as this grammar knows it.

    >>> [change.of("a && !b") for change in changes_of("a && !b")]
    ['a || !b', 'a && b']
    """
    parser = _Parser(expression)
    parser.whole()
    return sorted(dict.fromkeys(parser.changes))


def _tokens(expression: str) -> Iterator[_Token]:
    position = 0
    text = expression.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError(f"not CEL: {text[position : position + 40]!r}")
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], *found.span(kind))
        position = found.end()


class _Parser:
    """Recursive descent: each method reads one production, and gives where that begins and ends."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.changes: list[Change] = []
        self._tokens = list(_tokens(expression))
        self._at = 0
        self._count = 0
        """Values in the brackets that were read last."""

    def whole(self) -> None:
        self._choice()
        if self._now.kind != "end":
            raise ValueError(f"not CEL: {self.expression[self._now.start :][:40]!r}")

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _take(self, *texts: str) -> _Token | None:
        token = self._now
        if token.kind not in ("text", "end") and token.text in texts:
            self._at += 1
            return token
        return None

    def _need(self, text: str) -> _Token:
        token = self._take(text)
        if token is None:
            raise ValueError(f"{text!r} expected: {self.expression[self._now.start :][:40]!r}")
        return token

    def _change(self, token: _Token, *texts: str) -> None:
        self.changes += (Change(token.start, token.end, text) for text in texts)

    def _opposite(self, start: int, end: int) -> None:
        self.changes.append(Change(start, end, f"!({self.expression[start:end]})"))

    def _choice(self) -> tuple[int, int]:
        start, end = self._either()
        if not self._take("?"):
            return start, end
        first = self._either()
        self._need(":")
        second = self._choice()
        one, other = (self.expression[slice(*span)] for span in (first, second))
        between = self.expression[first[1] : second[0]]
        self.changes.append(Change(first[0], second[1], f"({other}){between}({one})"))
        return start, second[1]

    def _either(self) -> tuple[int, int]:
        return self._chain(self._both, {"||": ("&&",)})

    def _both(self) -> tuple[int, int]:
        return self._chain(self._compared, {"&&": ("||",)})

    def _compared(self) -> tuple[int, int]:
        start, end = self._sum()
        while operator := self._take("in", *_COMPARED):
            end = self._sum()[1]
            if operator.text == "in":
                self._opposite(start, end)
            else:
                self._change(operator, *_COMPARED[operator.text])
        return start, end

    def _sum(self) -> tuple[int, int]:
        start, end = self._product()
        while operator := self._take("+", "-"):
            is_number = self.expression[start:end].endswith(".size()")
            end = self._product()[1]
            if operator.text == "-" or is_number:
                self._change(operator, "+" if operator.text == "-" else "-")
        return start, end

    def _product(self) -> tuple[int, int]:
        return self._chain(self._signed, {"*": ("/",), "/": ("*",), "%": ("*",)})

    def _chain(self, part: Callable[[], tuple[int, int]], operators: dict[str, tuple[str, ...]]) -> tuple[int, int]:
        start, end = part()
        while operator := self._take(*operators):
            end = part()[1]
            self._change(operator, *operators[operator.text])
        return start, end

    def _signed(self) -> tuple[int, int]:
        if operator := self._take("!"):
            self._change(operator, "")
            return operator.start, self._signed()[1]
        if operator := self._take("-"):
            self._change(operator, "")
            return operator.start, self._signed()[1]
        return self._member()

    def _member(self) -> tuple[int, int]:
        start, end = self._primary()
        binds = self._count == 1 and self.expression[start] == "["
        while True:
            if self._take("."):
                self._take("?")
                name = self._name()
                end = name.end
                if self._take("("):
                    end = self._arguments(")")
                    self._called(name, start, end, binds=binds)
                binds = False
            elif self._take("["):
                self._take("?")
                self._choice()
                end = self._need("]").end
            else:
                return start, end

    def _called(self, name: _Token, start: int, end: int, *, binds: bool = False) -> None:
        # A list of one value binds a name: `exists` and `all` are the same there.
        if not (binds and name.text in ("exists", "all")):
            self._change(name, *_CALLED.get(name.text, ()))
        if name.text in _ANSWERING:
            self._opposite(start, end)

    def _name(self) -> _Token:
        token = self._now
        if token.kind != "name":
            raise ValueError(f"a name expected: {self.expression[token.start :][:40]!r}")
        self._at += 1
        return token

    def _primary(self) -> tuple[int, int]:
        token = self._now
        if opening := self._take("("):
            self._choice()
            return opening.start, self._need(")").end
        if opening := self._take("["):
            return opening.start, self._arguments("]")
        if opening := self._take("{"):
            return opening.start, self._arguments("}")
        self._at += 1
        if token.kind == "number":
            self._change(token, str(int(token.text) + 1), str(int(token.text) - 1))
        elif token.kind == "name":
            self._change(token, *{"true": ("false",), "false": ("true",)}.get(token.text, ()))
            if self._take("("):
                end = self._arguments(")")
                self._called(token, token.start, end)
                return token.start, end
        elif token.kind != "text":
            raise ValueError(f"not CEL: {self.expression[token.start :][:40]!r}")
        return token.start, token.end

    def _arguments(self, closing: str) -> int:
        """What stands in brackets, after the opening one: values, or keys and values."""
        count = 0
        while not (end := self._take(closing)):
            count += 1
            self._choice()
            if self._take(":"):
                self._choice()
            self._take(",")
        self._count = count
        return end.end
