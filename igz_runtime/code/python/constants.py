"""Operators, comparisons, methods and built-in functions on constants: what they give, never at length.

A hostile file must cost little: amounts of memory and time that a short expression can ask for are refused before they
are computed, and what is refused is unknown.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from igz_runtime.code.python.values import UNKNOWN, Given, Imported

_LONGEST_TEXT: Final = 10_000
_LONGEST_LIST: Final = 1_000
_MOST_FIELDS: Final = 100
_MOST_DIGITS: Final = 100
_LARGEST: Final = 2**128
_SCALARS: Final = (str, int, float, bool, type(None))
_FAILURES: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)


def bounded(value: Any) -> Any:
    """A value as it is, or unknown where it is longer or larger than anything that matters."""
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else UNKNOWN
    if isinstance(value, (list, tuple, dict)):
        return value if len(value) <= _LONGEST_LIST else UNKNOWN
    if isinstance(value, int) and abs(value) > _LARGEST:
        return UNKNOWN
    return value


def is_constant(value: Any) -> bool:
    """Whether a value is text, a number, a truth value or None."""
    return isinstance(value, _SCALARS)


def is_small(value: Any) -> bool:
    """Whether a value is no larger than anything that matters when it is written out.

    A list of the same list twice, and so on, is short at each level and endless as a whole.
    """
    waiting, left = [value], _LONGEST_LIST
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
        return _filled(left, right)
    if isinstance(node, ast.BitOr) and isinstance(left, dict) and isinstance(right, dict):
        return bounded({**left, **right})
    if isinstance(node, ast.Add) and isinstance(left, (list, tuple)) and isinstance(right, type(left)):
        return bounded(type(left)((*left, *right)))
    compute = _BINARY.get(type(node))
    if compute is None or not is_constant(left) or not is_constant(right):
        return UNKNOWN
    if isinstance(node, ast.Mult) and not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
        text, times = (left, right) if isinstance(left, str) else (right, left)
        if not isinstance(text, str) or not isinstance(times, int) or times * len(text) > _LONGEST_TEXT:
            return UNKNOWN
    return attempt(compute, left, right)


_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def unary(node: ast.unaryop, value: Any) -> Any:
    """What an operator in front of a value gives; `not` is decided elsewhere."""
    if not is_constant(value):
        return UNKNOWN
    if isinstance(node, ast.USub):
        return attempt(operator.neg, value)
    return attempt(operator.pos, value) if isinstance(node, ast.UAdd) else UNKNOWN


def compare(node: ast.cmpop, left: Any, right: Any) -> Any:
    """What a comparison gives."""
    if isinstance(node, (ast.Is, ast.IsNot)):
        return _identity(left, right, wanted=isinstance(node, ast.Is))
    if not (_known(left) and _known(right)):
        return UNKNOWN
    return attempt(_COMPARE[type(node)], left, right)


def _identity(left: Any, right: Any, *, wanted: bool) -> Any:
    if truth(left) is None or truth(right) is None or not {type(left), type(right)} & {type(None), bool}:
        return UNKNOWN
    return (left is right) == wanted


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


def formatted(value: Any, spec: str, conversion: int) -> Any:
    """A part of an f-string."""
    if not is_constant(value) or _is_wide(spec):
        return UNKNOWN
    if conversion != -1:
        value = repr(value) if conversion in (ord("r"), ord("a")) else str(value)
    return attempt(format, value, spec)


def _filled(template: str, values: Any) -> Any:
    given = values if isinstance(values, tuple) else (values,)
    if not _known(given) or _is_wide(template) or "*" in template:
        return UNKNOWN
    return attempt(operator.mod, template, given)


def _is_wide(template: str) -> bool:
    """Whether a template could ask for a very long text. Python reads a width in the digits of any script."""
    fields = template.count("{") + template.count("%")
    return fields > _MOST_FIELDS or bool(re.search(r"\d{4}", template)) or len(template) > _LONGEST_TEXT


def subscript(value: Any, index: Any) -> Any:
    """An item of a constant or a collection."""
    if isinstance(index, slice):
        return attempt(operator.getitem, value, index) if isinstance(value, (str, list, tuple)) else UNKNOWN
    if isinstance(value, (str, list, tuple, dict)) and is_constant(index):
        return attempt(operator.getitem, value, index)
    return UNKNOWN


def attempt(compute: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
    """What a computation gives, or unknown where it fails."""
    try:
        return bounded(compute(*values, **named))
    except _FAILURES:
        return UNKNOWN


MUTATORS: Final = frozenset({"append", "extend", "insert", "update", "setdefault", "pop", "clear"})
READERS: Final = frozenset({"get", "copy", "keys", "values", "items"})


def method(value: Any, name: str, positional: Sequence[Given], named: Mapping[str, Given]) -> Any:
    """What a method of text, a list or a mapping gives; lists and mappings are changed as it would change them."""
    given = [each.value for each in positional]
    by_name = {key: each.value for key, each in named.items()}
    if isinstance(value, str):
        return _of_text(value, name, given, by_name)
    if isinstance(value, dict) and name in {"update", "setdefault", "pop", "clear"} | READERS:
        return _of_mapping(value, name, given, by_name)
    if isinstance(value, list) and name in ("append", "extend", "insert", "pop", "clear", "copy") and not by_name:
        if name == "extend" and not (given and isinstance(given[0], (list, tuple))):
            return UNKNOWN
        return attempt(getattr(value, name), *given) if len(value) < _LONGEST_LIST else UNKNOWN
    return UNKNOWN


_PLAIN_METHODS: Final = frozenset(
    {
        *("lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "removeprefix", "removesuffix"),
        *("replace", "split", "startswith", "endswith", "partition", "rpartition"),
    }
)


def _of_text(value: str, name: str, given: list[Any], by_name: dict[str, Any]) -> Any:
    if name == "join" and len(given) == 1 and isinstance(given[0], (list, tuple)):
        between = len(value) * len(given[0])
        return attempt(value.join, given[0]) if _known(given[0]) and between <= _LONGEST_TEXT else UNKNOWN
    if not _known((*given, *by_name.values())):
        return UNKNOWN
    if name == "format":
        followed = not _is_wide(value) and not _UNFOLLOWED.search(value.replace("{{", ""))
        return attempt(value.format, *given, **by_name) if followed else UNKNOWN
    if name == "replace" and any(isinstance(each, str) and len(each) > 100 for each in given):  # noqa: PLR2004
        return UNKNOWN
    return attempt(getattr(value, name), *given) if name in _PLAIN_METHODS and not by_name else UNKNOWN


_UNFOLLOWED: Final = re.compile(r"\{[^{}]*\{|\{[^{}:!]*[.\[]")
"""A field whose width is a field itself, or that takes an attribute or an item of a value."""


def _of_mapping(value: dict[Any, Any], name: str, given: list[Any], by_name: dict[str, Any]) -> Any:
    if name == "update":
        added = given[0] if given else {}
        if not isinstance(added, dict) or len(value) + len(added) > _LONGEST_LIST:
            return UNKNOWN
        value.update(added, **by_name)
        return None
    if name in ("keys", "values", "items"):
        return [tuple(each) if name == "items" else each for each in getattr(value, name)()]
    if given and not is_constant(given[0]):
        return UNKNOWN
    return attempt(getattr(value, name), *given)


def built_in(name: str, positional: Sequence[Given], named: Mapping[str, Given]) -> Any:
    """What a built-in function gives, for the few that settings are written with."""
    given = [each.value for each in positional]
    if name == "dict":
        first = given[0] if given else {}
        return {**first, **{k: v.value for k, v in named.items()}} if isinstance(first, dict) else UNKNOWN
    if (
        name in ("list", "tuple", "sorted", "reversed")
        and len(given) == 1
        and isinstance(given[0], (list, tuple, dict))
    ):
        if name == "sorted":
            # Two lists of lists compare item by item, down to the last.
            return attempt(sorted, given[0]) if not named and is_small(given[0]) else UNKNOWN
        items = list(given[0])
        return tuple(items) if name == "tuple" else items[::-1] if name == "reversed" else items
    if name == "range" and given and all(isinstance(each, int) for each in given):
        return attempt(lambda: list(range(*given)[: _LONGEST_LIST + 1]))
    if name == "round" and any(isinstance(each, int) and abs(each) > _MOST_DIGITS for each in given[1:]):
        return UNKNOWN
    if name in _OF_CONSTANTS and not named and all(map(_known, given)):
        return attempt(_OF_CONSTANTS[name], *given)
    return UNKNOWN


_OF_CONSTANTS: Final[dict[str, Callable[..., Any]]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "len": len,
    "max": max,
    "min": min,
    "abs": abs,
    "round": round,
}
