"""Values as people wrote them, in CEL: nothing checked a custom resource, whose fields may be of any type."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import chosen, quoted

_PRINTABLE: Final = quoted(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$")
_UNSHOWN: Final = "'(not shown)'"
_LONGEST: Final = 190
"""Characters of a value that a message shows: Python's shows a few more, and cuts it."""


def is_a(kind: str, value: str) -> str:
    """Whether a value is of a type of CEL's: `map`, `list`, `string`, `int` or `bool`."""
    return f"type({value}) == {kind}"


def one(holder: str, name: str, *, exactly: bool = False) -> str:
    """What stands in a field of a mapping, as a list of none or one: null is none.

    Nuclio's decoder ignores the case of names. The name itself goes before others that it takes for it, and of those
    the first: the API server sorts them.

    Args:
        holder: the mapping.
        name: the field.
        exactly: whether it is spelled just so.
    """
    if exactly:
        return f"[{holder}[?{quoted(name)}].orValue(dyn(null))].filter(v, v != null)"
    others = f"{holder}.filter(k, k.lowerAscii() == {quoted(name.lower())})"
    spelled = f"[{others}].filter(l, l.size() > 0).map(l, {holder}[l.min()])"
    return f"({quoted(name)} in {holder} ? [{holder}[{quoted(name)}]] : {spelled}).filter(v, v != null)"


def text_in(holder: str, name: str, *, exactly: bool = False) -> str:
    """The text of such a field; empty where there is none, or what stands there is no text."""
    return f"{one(holder, name, exactly=exactly)}.filter(v, {is_a('string', 'v')}).map(v, string(v)).join('')"


def means_something(value: str) -> str:
    """Whether a value counts as true: neither empty nor zero."""
    return f"!(dyn({value}) in [dyn(null), dyn(false), dyn(0), dyn(''), dyn([]), dyn({{}})])"


def flattened(lists: str) -> str:
    """Lists of messages as one list: flatten came with 1.34, and no message has a line break."""
    return f"{lists}.map(l, l.join('\\n')).join('\\n').split('\\n').filter(t, t != '')"


def plain(text: str) -> str:
    """A text in a message, without quotes, where that is safe: no response carries characters that steer something."""
    return f"[{text}].map(q, q.matches({_PRINTABLE}) ? q : {_UNSHOWN})[0]"


def shown(text: str) -> str:
    """A text in its quotes, as Python's `repr` has it, where that is the text itself."""
    unsafe = f"!q.matches({_PRINTABLE}) || q.contains('\\\\') || q.contains(':/') || q.size() > {_LONGEST}"
    in_double = f"q.contains('\"') ? {_UNSHOWN} : '\"' + q + '\"'"
    return f'[{text}].map(q, {unsafe} ? {_UNSHOWN} : q.contains("\'") ? ({in_double}) : "\'" + q + "\'")[0]'


def shown_value(value: str) -> str:
    """Any value in a message: a text in its quotes, a number as it is, and of what else there is the type."""
    types = (
        (is_a("string", "u"), shown("string(u)")),
        (is_a("bool", "u"), "(u ? 'True' : 'False')"),
        (is_a("map", "u"), "'a mapping'"),
        (is_a("list", "u"), "'a list'"),
    )
    return f"[dyn({value})].map(u, {chosen(types, 'string(u)')})[0]"
