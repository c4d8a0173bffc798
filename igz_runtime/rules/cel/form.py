"""A rule as an admission policy asks it: expressions of CEL, as data of the rule.

Source: Kubernetes' ValidatingAdmissionPolicy and the libraries of its CEL (apiserver/pkg/cel), as of 1.30.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from igz_runtime.rules.findings import Severity

Resource = Literal["pods", "nucliofunctions", "iguaziotenantappservicesets"]
"""What a rule is asked of: pods and what makes them, a function of Nuclio's, or Iguazio's services."""

PODS: Final = "pods"
FUNCTIONS: Final = "nucliofunctions"
SETS: Final = "iguaziotenantappservicesets"
PODS_AND_FUNCTIONS: Final[tuple[Resource, ...]] = (PODS, FUNCTIONS)
"""Of a function of Nuclio's is asked what it states by itself: what its pods are refused for, its author sees late."""

FACTS: Final = "params.spec"
"""What is known of the cluster, in an expression."""


class Says(NamedTuple):
    """What a rule finds, as far as it finds it in one severity and with one fix.

    Attributes:
        found: an expression whose value is a list of messages, the same as those of the rule's findings.
        fix: how to fix it; empty: as the rule itself says.
        severity: where it differs from the rule's.
        on: what it is asked of.
        settled: whether that severity counts over what a configuration says of the rule.
    """

    found: str
    fix: str = ""
    severity: Severity | None = None
    on: tuple[Resource, ...] = (PODS,)
    settled: bool = False


class Cel(NamedTuple):
    """A rule in CEL, over the variables of `cel/variables`.

    Attributes:
        says: what it finds, each for itself.
        warns: whether it can only warn, whatever is asked: a refusal would stop the platform's own controller.
        strangers: whether it is asked of MLRun's pods of kinds that no rule knows, too.
    """

    says: tuple[Says, ...]
    warns: bool = False
    strangers: bool = False

    @property
    def on(self) -> tuple[Resource, ...]:
        """What it is asked of."""
        return tuple(dict.fromkeys(each for says in self.says for each in says.on))


class NotAtAdmission(NamedTuple):
    """Why no admission policy can ask a rule."""

    because: str


def says(found: str, fix: str = "", severity: Severity | None = None, on: tuple[Resource, ...] = (PODS,)) -> Cel:
    """A rule that finds something in one way."""
    return Cel((Says(found, fix, severity, on),))


def when(condition: str, message: str) -> str:
    """A list with one message where a condition holds, and an empty one elsewhere."""
    return f"({condition} ? [{message}] : [])"


# Every rule is made when the program starts, and most of what it does needs no json.
_ESCAPED: Final = {ord('"'): '\\"', ord("\\"): "\\\\", **{code: f"\\u{code:04x}" for code in range(32)}}


def quoted(text: str) -> str:
    r"""Text as a literal of CEL.

    >>> print(quoted("it's"), quoted("a\\.b"))
    "it's" "a\\.b"
    """
    return f'"{text.translate(_ESCAPED)}"'


def literal(value: Any) -> str:
    """Plain data as a literal of CEL, in which every value has a type of its own: elsewhere all of them need one.

    >>> print(literal({"names": ["a"], "core": True, "least": 2}))
    {"names": dyn(["a"]), "core": dyn(true), "least": dyn(2)}
    """
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: dyn({literal(item)})" for key, item in value.items()) + "}"
    if isinstance(value, Iterable):
        return "[" + ", ".join(map(literal, value)) + "]"
    return str(value)


def literal_texts(texts: Mapping[str, Iterable[str]]) -> str:
    """Lists of texts by name as a literal, which is made once: nothing in it is to be called."""
    return "{" + ", ".join(f"{quoted(key)}: {literal(list(listed))}" for key, listed in texts.items()) + "}"


def chosen(cases: Iterable[tuple[str, str]], otherwise: str) -> str:
    """The value of the first case whose condition holds.

    >>> chosen([("a", "1"), ("b", "2")], "3")
    '(a ? 1 : b ? 2 : 3)'
    """
    return f"({' : '.join([f'{condition} ? {value}' for condition, value in cases] + [otherwise])})"
