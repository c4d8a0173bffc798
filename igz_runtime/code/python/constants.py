"""Operators, comparisons, methods and built-in functions on constants: what they give, never at length.

A hostile file must cost little: amounts of memory and time that a short expression can ask for are refused before they
are computed, and what is refused is unknown.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Arguments, Imported

_LONGEST_TEXT: Final = 10_000
_LONGEST_LIST: Final = 1_000
_LONGEST_PIECE: Final = 100
_MOST_FIELDS: Final = 100
_MOST_DIGITS: Final = 100
_LARGEST: Final = 2**128
_SCALARS: Final = (str, int, float, bool, type(None))
_FAILURES: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def bounded(value: Any) -> Any:
    """A value as it is, or unknown where it is longer or larger than anything that matters."""
    if isinstance(value, (str, list, tuple, dict)):
        return value if len(value) <= (_LONGEST_TEXT if isinstance(value, str) else _LONGEST_LIST) else UNKNOWN
    return UNKNOWN if isinstance(value, int) and abs(value) > _LARGEST else value


def is_constant(value: Any) -> bool:
    """Whether a value is text, a number, a truth value or None."""
    return isinstance(value, _SCALARS)


def is_small(value: Any, most: int = _LONGEST_LIST) -> bool:
    """Whether a value is no larger than anything that matters when it is written out.

    A list of the same list twice, and so on, is short at each level and endless as a whole.
    """
    waiting, left = [value], most
    while waiting and left > 0:
        each = waiting.pop()
        left -= 1
        if isinstance(each, str):
            left -= len(each) * _LONGEST_LIST // _LONGEST_TEXT
        elif isinstance(each, (list, tuple, dict)):
            left -= len(each)
            waiting += [*each.keys(), *each.values()] if isinstance(each, dict) else each
    return left >= 0 and not waiting


def truth(value: Any) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if value is UNKNOWN or isinstance(value, Imported):
        return None
    return bool(value) if isinstance(value, (*_SCALARS, list, tuple, dict)) else True


def binary(node: ast.operator, left: Any, right: Any) -> Any:
    """What an operator gives."""
    if isinstance(node, ast.Mod) and isinstance(left, str):
        given = right if isinstance(right, tuple) else (right,)
        return UNKNOWN if not _known(given) or _is_wide(left) or "*" in left else attempt(operator.mod, left, given)
    operate = _BINARY.get(type(node))
    of_lists = operate is operator.add and isinstance(left, (list, tuple)) and isinstance(right, (list, tuple))
    of_mappings = operate is operator.or_ and isinstance(left, dict) and isinstance(right, dict)
    if operate is None or not (of_lists or of_mappings or (is_constant(left) and is_constant(right))):
        return UNKNOWN
    text, times = (left, right) if isinstance(left, str) else (right, left)
    repeated = operate is operator.mul and isinstance(text, str)
    if repeated and (not isinstance(times, int) or times * len(text) > _LONGEST_TEXT):
        return UNKNOWN
    return attempt(operate, left, right)


_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.BitOr: operator.or_,
}


SPECIAL: Final[dict[type[ast.operator], str]] = {
    ast.Add: "__add__",
    ast.Sub: "__sub__",
    ast.Mult: "__mul__",
    ast.Div: "__truediv__",
    ast.Mod: "__mod__",
    ast.BitOr: "__or__",
    ast.BitAnd: "__and__",
    ast.LShift: "__lshift__",
    ast.RShift: "__rshift__",
    ast.MatMult: "__matmul__",
}
"""The methods that Python calls for operators."""


def unary(node: ast.unaryop, value: Any) -> Any:
    """What an operator in front of a value gives."""
    if isinstance(node, ast.Not):
        known = truth(value)
        return UNKNOWN if known is None else not known
    if isinstance(node, ast.Invert) or not is_constant(value):
        return UNKNOWN
    return attempt(operator.neg if isinstance(node, ast.USub) else operator.pos, value)


def compare(node: ast.cmpop, left: Any, right: Any) -> Any:
    """What a comparison gives."""
    if isinstance(node, (ast.Is, ast.IsNot)):
        known = truth(left) is not None and truth(right) is not None and {type(left), type(right)} & {type(None), bool}
        return (left is right) == isinstance(node, ast.Is) if known else UNKNOWN
    return attempt(_COMPARE[type(node)], left, right) if _known(left) and _known(right) else UNKNOWN


_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


def _known(value: Any) -> bool:
    """Whether a value can be compared: a constant, or a flat collection of constants."""
    if is_constant(value):
        return True
    items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else [UNKNOWN]
    return all(map(is_constant, items)) and is_small(value)


def joined(parts: list[Any]) -> Any:
    """An f-string, of its parts."""
    return attempt("".join, parts) if _known(parts) else UNKNOWN


def formatted(value: Any, spec: Any, conversion: int) -> Any:
    """A part of an f-string."""
    if not is_constant(value) or not isinstance(spec, str) or _is_wide(spec):
        return UNKNOWN
    if conversion != -1:
        value = repr(value) if conversion in (ord("r"), ord("a")) else str(value)
    return attempt(format, value, spec)


def _is_wide(template: str) -> bool:
    """Whether a template could ask for a very long text. Python reads a width in the digits of any script."""
    fields = template.count("{") + template.count("%")
    return fields > _MOST_FIELDS or bool(re.search(r"\d{4}", template)) or len(template) > _LONGEST_TEXT


def subscript(value: Any, index: Any) -> Any:
    """An item of a constant or a collection."""
    taken = isinstance(value, (str, list, tuple) if isinstance(index, slice) else (str, list, tuple, dict))
    return attempt(operator.getitem, value, index) if taken and isinstance(index, (slice, *_SCALARS)) else UNKNOWN


def attempt(compute: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
    """What a computation gives, or unknown where it fails."""
    try:
        return bounded(compute(*values, **named))
    except _FAILURES:
        return UNKNOWN


MUTATORS: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear"})
READERS: Final = frozenset({"get", "copy", "keys", "values", "items"})
_OF_LISTS: Final = frozenset({"append", "extend", "insert", "pop", "clear", "copy"})
_OF_TEXT: Final = frozenset(
    {
        *("lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "removeprefix", "removesuffix"),
        *("replace", "split", "startswith", "endswith", "partition", "rpartition"),
    }
)


def method(value: Any, name: str, arguments: Arguments) -> Any:
    """What a method of text, a list or a mapping gives; lists and mappings are changed as it would change them."""
    given = [each.value for each in arguments.positional]
    by_name = {key: each.value for key, each in arguments.named.items()}
    if isinstance(value, str):
        return _of_text(value, name, given, by_name)
    if isinstance(value, dict) and name in (MUTATORS | READERS) - {"append", "extend", "insert"}:
        return _of_mapping(value, name, given, by_name)
    followed = isinstance(value, list) and name in _OF_LISTS and not by_name and len(value) < _LONGEST_LIST
    if followed and name == "extend":
        followed = bool(given) and isinstance(given[0], (list, tuple))
    return attempt(getattr(value, name), *given) if followed else UNKNOWN


def _of_text(value: str, name: str, given: list[Any], by_name: dict[str, Any]) -> Any:
    if name == "join" and len(given) == 1 and isinstance(given[0], (list, tuple)):
        short = len(value) * len(given[0]) <= _LONGEST_TEXT
        return attempt(value.join, given[0]) if _known(given[0]) and short else UNKNOWN
    if not _known((*given, *by_name.values())):
        return UNKNOWN
    if name == "format":
        followed = not _is_wide(value) and not _UNFOLLOWED.search(value.replace("{{", ""))
        return attempt(value.format, *given, **by_name) if followed else UNKNOWN
    long = name == "replace" and any(isinstance(each, str) and len(each) > _LONGEST_PIECE for each in given)
    return attempt(getattr(value, name), *given) if name in _OF_TEXT and not by_name and not long else UNKNOWN


_UNFOLLOWED: Final = re.compile(r"\{[^{}]*\{|\{[^{}:!]*[.\[]")
"""A field whose width is a field itself, or that takes an attribute or an item of a value."""


def _of_mapping(value: dict[Any, Any], name: str, given: list[Any], by_name: dict[str, Any]) -> Any:
    if name == "update":
        added = given[0] if given else {}
        followed = isinstance(added, dict) and len(value) + len(added) <= _LONGEST_LIST
        return value.update(added, **by_name) if followed else UNKNOWN
    if name in ("keys", "values", "items"):
        return [tuple(each) if name == "items" else each for each in getattr(value, name)()]
    return UNKNOWN if given and not is_constant(given[0]) else attempt(getattr(value, name), *given)


def built_in(name: str, arguments: Arguments) -> Any:
    """What a built-in function gives, for the few that settings are written with."""
    given = [each.value for each in arguments.positional]
    if name == "dict" and (not given or isinstance(given[0], dict)):
        return {**(given[0] if given else {}), **{key: each.value for key, each in arguments.named.items()}}
    if arguments.named:
        return UNKNOWN
    if name in _OF_COLLECTIONS and len(given) == 1 and isinstance(given[0], (list, tuple, dict)):
        # Two lists of lists compare item by item, down to the last.
        return attempt(_OF_COLLECTIONS[name], given[0]) if name != "sorted" or is_small(given[0]) else UNKNOWN
    if name == "range" and given and all(isinstance(each, int) for each in given):
        return attempt(lambda: list(range(*given)[: _LONGEST_LIST + 1]))
    if name == "round" and any(isinstance(each, int) and abs(each) > _MOST_DIGITS for each in given[1:]):
        return UNKNOWN
    return attempt(_OF_CONSTANTS[name], *given) if name in _OF_CONSTANTS and all(map(_known, given)) else UNKNOWN


_OF_COLLECTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "list": list,
    "tuple": tuple,
    "sorted": sorted,
    "reversed": lambda items: list(items)[::-1],
}
_OF_CONSTANTS: Final[dict[str, Callable[..., Any]]] = {
    each.__name__: each for each in (str, int, float, bool, len, max, min, abs, round)
}
BUILT_IN: Final = frozenset({"dict", "range", *_OF_COLLECTIONS, *_OF_CONSTANTS})
