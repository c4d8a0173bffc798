"""An expression of CEL over several lines, for people to read: it says the same, with other white space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

WIDTH: Final = 100
_RELATIONS: Final = (" in ", " == ", " != ", " <= ", " >= ", " < ", " > ")
_OPERATORS: Final = ((" ? ", " : "), (" || ",), (" && ",), _RELATIONS, (" + ",))
"""What an expression is parted at, the loosest first; each stands at the beginning of a line."""
_SHORT: Final = 25
"""Characters of a right side that stays on the line of what it is compared with."""
_OPENS, _CLOSES = "([{", ")]}"


def laid_out(expression: str, width: int = WIDTH) -> str:
    """The expression, parted where a line would be too long.

    Args:
        expression: the expression, on one line.
        width: characters of a line, as far as it can be parted.

    >>> print(laid_out("variables.spot.size() > 0 && (variables.by_kind || variables.by_declaration)", 40))
    variables.spot.size() > 0
    && (
        variables.by_kind
        || variables.by_declaration
      )
    """
    return "\n".join(_lines(expression, width))


def _lines(text: str, width: int) -> Iterator[str]:
    if len(text) <= width:
        yield text
        return
    for operators in _OPERATORS:
        (_, first), *others = _parted(text, operators)
        if others and operators is _RELATIONS and len(others[-1][1]) < _SHORT:
            break
        if others:
            yield from _lines(first, width)
            for operator, part in others:
                yield from _led(operator, _lines(part, width - len(operator)))
            return
    yield from _by_brackets(text, width)


def _led(operator: str, lines: Iterator[str]) -> Iterator[str]:
    """Lines with an operator before the first of them, and the others below that."""
    yield f"{operator.strip()} {next(lines)}"
    yield from (f"  {line}" for line in lines)


def _by_brackets(text: str, width: int) -> Iterator[str]:
    """Text without operators of its own: the insides of its brackets stand on lines of theirs, where they must."""
    line, at = "", 0
    for begins, ends in _brackets(text):
        line += text[at : begins + 1]
        inside, closed = text[begins + 1 : ends], text[ends]
        at = ends + 1
        if not inside or len(line) + len(inside) < width:
            line += inside + closed
            continue
        first, *others = [part for _, part in _parted(inside, (", ",))]
        if others and first.isidentifier():
            line, (first, *others) = f"{line}{first},", others
        yield line
        yield from _listed([first, *others], width - 2)
        line = closed
    yield line + text[at:]


def _listed(parts: list[str], width: int) -> Iterator[str]:
    """Parts with commas between them."""
    *others, last = parts
    for part in others:
        *above, end = _lines(part, width)
        yield from (f"  {line}" for line in (*above, f"{end},"))
    yield from (f"  {line}" for line in _lines(last, width))


def _parted(text: str, operators: tuple[str, ...]) -> list[tuple[str, str]]:
    """The parts between operators, each with the operator before it."""
    found, operator, at = [], "", 0
    for index in _outside(text):
        here = next((each for each in operators if text.startswith(each, index)), "")
        if here:
            found.append((operator, text[at:index]))
            operator, at = here, index + len(here)
    return [*found, (operator, text[at:])]


def _brackets(text: str) -> Iterator[tuple[int, int]]:
    """Where each outermost bracket begins and ends."""
    begins = 0
    for index, depth in _depths(text):
        if text[index] in _OPENS and depth == 1:
            begins = index
        elif text[index] in _CLOSES and depth == 0:
            yield begins, index


def _outside(text: str) -> Iterator[int]:
    """The places that are in no bracket and in no text."""
    return (index for index, depth in _depths(text) if depth == 0)


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Each place that is in no text, and how many brackets it is in: one that opens is inside, one that closes not."""
    depth, quote, skipped = 0, "", False
    for index, char in enumerate(text):
        if quote:
            if skipped:
                skipped = False
            elif char == "\\":
                skipped = True
            elif char == quote:
                quote = ""
            continue
        depth += (char in _OPENS) - (char in _CLOSES)
        if char in "\"'":
            quote = char
        else:
            yield index, depth
