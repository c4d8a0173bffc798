"""The resources of a container as someone wrote them, in CEL. See `k8s/codec` and `k8s/quantity`."""

from __future__ import annotations

from typing import Final

from igz_runtime.rules.cel.form import quoted
from igz_runtime.rules.cel.written import is_a, means_something

SECTIONS: Final = ("requests", "limits")

_NUMBER: Final = "([0-9]{1,40}([.][0-9]{0,40})?|[.][0-9]{1,40})"
SUFFIX: Final = "([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,3})?"
_QUANTITY: Final = f"'^ *[+-]?{_NUMBER}{SUFFIX} *$'"
"""What is compared as an amount: the API server does not come back from some that are longer."""
_ZERO: Final = f"'^ *[+-]?[0.]*{SUFFIX} *$'"


def held_in(mapping: str, key: str) -> str:
    """What a mapping has under a key, an expression; null where it has nothing."""
    return f"{mapping}[?{key}].orValue(dyn(null))"


def section_of(resources: str, section: str) -> str:
    """The requests or the limits of resources that can be read, of which some amounts may be null."""
    held = f"[dyn({resources})].filter(o, {means_something('o')}).map(o, {held_in('o', quoted(section))})"
    return f"({held}.filter(a, {means_something('a')}) + [dyn({{}})])[0]"


def is_readable(resources: str) -> str:
    """Whether resources can be read."""
    amount = " || ".join(("a[r] == null", *(is_a(kind, "a[r]") for kind in ("string", "int", "double"))))
    amounts = f"!({means_something('a')}) || ({is_a('map', 'a')} && a.all(r, {amount}))"
    sections = f"{list(SECTIONS)}.all(s, [{held_in('o', 's')}].all(a, {amounts}))"
    return f"[dyn({resources})].all(o, !({means_something('o')}) || ({is_a('map', 'o')} && {sections}))"


def differ(amount: str, other: str) -> str:
    """Whether two amounts, as texts, are not the same; what is no amount is the same as its own text."""
    compared = f"quantity({amount}.trim()).compareTo(quantity({other}.trim())) != 0"
    return f"({amount}.matches({_QUANTITY}) && {other}.matches({_QUANTITY}) ? {compared} : {amount} != {other})"


def is_zero(amount: str) -> str:
    """Whether an amount, as a text, is none."""
    return f"({amount}.matches({_ZERO}) && {amount}.trim() != '')"
