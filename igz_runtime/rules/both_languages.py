"""A rule in both of its languages, for its page: its Python as it stands, and its CEL over several lines."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from igz_runtime.rules.at_admission import objects
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.cel.form import PODS, Cel, Says
from igz_runtime.rules.cel.layout import laid_out
from igz_runtime.rules.cel.variables import VARIABLES

_VARIABLE: Final = re.compile(r"\bvariables\.([a-z_]\w*)")
_LONGEST: Final = 40
"""Lines of a variable above which a rule's page names it only."""


def in_both_languages(rule: Rule[Any]) -> str:
    """What a rule asks, in Python and in CEL, as Markdown; empty where admission does not ask it.

    Args:
        rule: the rule.
    """
    return "\n\n".join(_sections(rule, rule.cel)) + "\n" if isinstance(rule.cel, Cel) else ""


def every_variable() -> str:
    """Every variable of the policies as Markdown, each after those that it uses."""
    return "\n\n".join(f"`{name}`\n\n{_block(laid_out(text))}" for name, text in VARIABLES.items()) + "\n"


def _sections(rule: Rule[Any], cel: Cel) -> Iterator[str]:
    yield "### In Python"
    yield _block(_source(rule), "python")
    yield "### In CEL"
    for says in cel.says:
        if named := _named(says, rule):
            yield named
        yield _block(laid_out(_bare(says.found)))
    used = _used_by(each.found for each in cel.says)
    shown = {name: laid_out(VARIABLES[name]) for name in used}
    short = [f"// {name}\n{text}" for name, text in shown.items() if text.count("\n") < _LONGEST]
    if short:
        yield "What it goes by, beside [all other variables](admission.md#the-variables):"
        yield _block("\n\n".join(short))


def _source(rule: Rule[Any]) -> str:
    """The function that checks, without its decorator."""
    lines = inspect.getsource(rule.check).splitlines()
    begins = next(number for number, line in enumerate(lines) if line.startswith("def "))
    return "\n".join(lines[begins:])


def _named(says: Says, rule: Rule[Any]) -> str:
    """What is special in one of the things that a rule finds."""
    special = [
        f"of {objects(says.on)}" if says.on != (PODS,) else "",
        f"as {says.severity}" if says.severity not in (None, rule.severity) else "",
        f"with the fix “{says.fix}”" if says.fix not in ("", rule.fix) else "",
    ]
    said = ", ".join(filter(None, special))
    return f"{said[0].upper()}{said[1:]}:" if said else ""


def _used_by(expressions: Iterable[str]) -> Iterator[str]:
    """The variables that expressions name, in the order in which the policies have them."""
    named = {name for text in expressions for name in _VARIABLE.findall(text)}
    return (name for name in VARIABLES if name in named)


def _bare(expression: str) -> str:
    """An expression without the brackets around all of it."""
    inside = expression[1:-1]
    depth = 0
    for char in re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "", inside):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return expression
    return inside if expression.startswith("(") and expression.endswith(")") else expression


def _block(text: str, language: str = "text") -> str:
    return f"```{language}\n{text}\n```"
