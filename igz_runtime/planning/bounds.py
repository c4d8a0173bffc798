"""Bounds that a platform sets to the arguments of a profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.quantity import Quantity, given
from igz_runtime.messages import did_you_mean, shown

BOUNDED: Final = ("cpu", "memory", "gpus", "replicas")
"""The arguments that can have bounds."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What an argument may be.

    Args:
        least: the least that is allowed, as the argument itself is given.
        most: the most.
        reason: the platform's own sentence, for whoever goes beyond.
    """

    least: Quantity | None = None
    most: Quantity | None = None
    reason: str = ""

    def __init__(self, least: Any = None, most: Any = None, reason: str = "") -> None:
        object.__setattr__(self, "least", None if least is None else given(least, what="least"))
        object.__setattr__(self, "most", None if most is None else given(most, what="most"))
        object.__setattr__(self, "reason", reason)

    def fault(self, amount: Quantity | int) -> str:
        """What is wrong with an amount: the end of a sentence; empty where nothing is, or a pipeline says it later."""
        number = Decimal(amount) if isinstance(amount, int) else amount.number
        if number is None:
            return ""
        because = f" ({self.reason})" if self.reason else ""
        if self.most is not None and number > (self.most.number or 0):
            return f"is above {self.most}, the most that is allowed{because}"
        if self.least is not None and number < (self.least.number or 0):
            return f"is below {self.least}, the least that is required{because}"
        return ""


def bounds(value: Any) -> Mapping[str, Bound]:
    """Bounds by argument, as a profile takes them.

    Raises:
        InvalidValue: no such argument has bounds, or they are not bounds.
    """
    if not isinstance(value, Mapping):
        raise InvalidValue(f"bounds: a mapping of arguments to bounds is required, found {shown(value)}")
    return MappingProxyType({str(name): _bound(str(name), one) for name, one in value.items()})


def _bound(name: str, value: Any) -> Bound:
    if name not in BOUNDED:
        raise InvalidValue(f"bounds: {name!r} cannot have any{did_you_mean(name, BOUNDED)}; {', '.join(BOUNDED)} can")
    if isinstance(value, Bound):
        return value
    known = [each.name for each in fields(Bound)]
    if not isinstance(value, Mapping) or not set(value) <= set(known) or not {"least", "most"} & set(value):
        raise InvalidValue(f"bounds[{name!r}]: 'least', 'most' and 'reason' are its keys, found {shown(value)}")
    try:
        return Bound(**value)
    except InvalidValue as error:
        raise InvalidValue(f"bounds[{name!r}]: {error}") from None


def require_within(
    name: str, limits: Mapping[str, Bound], amounts: Iterable[tuple[str, str, Quantity | int | None]]
) -> None:
    """Require that amounts are within bounds.

    Args:
        name: whose amounts they are, as the beginning of an error.
        limits: the bounds by argument.
        amounts: each with its argument, and what it is called.

    Raises:
        InvalidValue: one is not; has the platform's own sentence.
    """
    for argument, called, amount in amounts:
        fault = limits[argument].fault(amount) if argument in limits and amount is not None else ""
        if fault:
            raise InvalidValue(f"{name}: {called}: {amount} {fault}")
