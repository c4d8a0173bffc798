"""Whether an expression holds on a node and a taint is tolerated, for nodes that are known wholly or in part.

Source: Kubernetes' component-helpers (nodeaffinity), apimachinery (labels.Requirement) and core/v1
(Toleration.ToleratesTaint). Held to them in tests/unit/test_matching.py and, through the scheduler and Karpenter, in
tests/cluster.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, overload

from igz_runtime.k8s.pod import Requirement, Taint, Term, Toleration

Label = tuple[str, str]
"""A label's key and value."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@overload
def holds(requirement: Requirement, value: str | None) -> bool: ...


@overload
def holds(requirement: Requirement, value: str | None, never: Container[Label] | None) -> bool | None: ...


def holds(requirement: Requirement, value: str | None, never: Container[Label] | None = None) -> bool | None:
    """Whether an expression holds on a node, or on the nodes of a group; None where that is not known.

    Args:
        requirement: the expression.
        value: what the node carries under the expression's key; None: nothing, or nothing that is known.
        never: labels that the nodes never carry, where they are known in part: under a key without a known value they
            may then carry any other label, or none. None: the node is known wholly, and no value means no label.

    >>> zone = Requirement("zone", "NotIn", ("a",))
    >>> holds(zone, "a"), holds(zone, None), holds(zone, None, never=())
    (False, True, None)
    """
    operator, values = requirement.operator, requirement.values or ()
    if value is None and never is not None:
        excluded = operator in ("In", "NotIn") and all((requirement.key, each) in never for each in values)
        return operator == "NotIn" if excluded else None
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) == (operator == "Exists")
    return value is not None and _compares(operator, value, values)


def may_hold(
    terms: Iterable[Term],
    labels: Mapping[str, str],
    never: Container[Label] | None = None,
    name: str | None = None,
    selector: Mapping[str, str] = _NOTHING,
) -> bool:
    """Whether one of the terms of a required node affinity holds on a node, as far as it is known.

    Args:
        terms: the terms; one without expressions and fields matches no node.
        labels: the node's labels, or those that are known.
        never: see `holds`.
        name: the node's name, which fields ask for; None: not known, and any.
        selector: the node selector beside it, which must hold of the same labels.
    """
    for term in terms:
        expressions, fields = term.expressions or (), term.fields or ()
        if not expressions and not fields:
            continue
        if any(holds(each, labels.get(each.key), never) is False for each in expressions):
            continue
        if never is not None and not _agree(expressions, selector, labels, never):
            continue
        if name is None or all(holds(each, name if each.key == "metadata.name" else None) for each in fields):
            return True
    return False


def _agree(
    expressions: Iterable[Requirement], selector: Mapping[str, str], labels: Mapping[str, str], never: Container[Label]
) -> bool:
    """Whether each label that is not known can have one value on which all expressions hold, and the selector."""
    unknown: dict[str, list[Requirement]] = {}
    for each in expressions:
        if each.key not in labels:
            unknown.setdefault(each.key, []).append(each)
    for key, asked in unknown.items():
        if value := selector.get(key):
            asked.append(Requirement(key, "In", (value,)))
        possible = (each for each in _values(asked) if each is None or (key, each) not in never)
        if len(asked) > 1 and not any(all(holds(each, value) for each in asked) for value in possible):
            return False
    return True


def _values(asked: Sequence[Requirement]) -> Iterator[str | None]:
    """No value, one that nobody names, each that is named, and the whole numbers beside these.

    Where whole numbers are right for all, one of them is beside a named one: the least has below it a bound, or one
    that is excluded; where nothing is below, the greatest has such a one above it.
    """
    named = dict.fromkeys(value for each in asked for value in each.values or ())
    yield from (None, "?", *named)
    yield from (str(int(each) + step) for each in named if _WHOLE.fullmatch(each) for step in (-1, 0, 1))


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration is for a taint: the rule of Kubernetes, not MLRun's equality test."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.operator == "Exists":
        return not toleration.key or toleration.key == taint.key
    if not decides(toleration):
        return toleration.key == taint.key
    return toleration.key == taint.key and (toleration.value or "") == (taint.value or "")


def decides(toleration: Toleration) -> bool:
    """Whether every cluster knows the toleration's operator. `Gt` and `Lt` are an alpha feature of Kubernetes 1.35.

    What such a toleration does is not known: it counts as tolerating each taint of its key, so that no node that the
    pod may land on is missed, and rules say that they do not know.
    """
    return toleration.operator in (None, "", "Equal", "Exists")


def tolerated(tolerations: Iterable[Toleration] | None, taint: Taint) -> bool:
    """Whether a taint keeps no pod with these tolerations off: `PreferNoSchedule` only ranks nodes."""
    return taint.effect == "PreferNoSchedule" or any(tolerates(each, taint) for each in tolerations or ())


def keeps_off(taint: Taint) -> bool:
    """Whether a taint keeps pods off its node that do not tolerate it, as long as the node is there.

    >>> keeps_off(Taint("nvidia.com/gpu")), keeps_off(Taint("node.kubernetes.io/not-ready"))
    (True, False)
    """
    return taint.effect != "PreferNoSchedule" and not taint.key.startswith(CONDITION)


CONDITION: Final = "node.kubernetes.io/"
"""What the keys of taints begin with that tell a node's condition: they come and go."""


def _compares(operator: str, value: str, values: tuple[str, ...]) -> bool:
    """`Gt` and `Lt` compare whole numbers; anything else matches no node."""
    if not (_WHOLE.fullmatch(value) and values and _WHOLE.fullmatch(values[0])):
        return False
    left, right = int(value), int(values[0])
    return {"Gt": left > right, "Lt": left < right}.get(operator, False)


WHOLE: Final = "[+-]?[0-9]{1,18}"
"""A whole number as a regular expression, in words of RE2 too."""
_WHOLE: Final = re.compile(WHOLE)
