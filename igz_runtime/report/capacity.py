"""What is shown of capacity: what functions take of node groups when all of them run as Guaranteed pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.messages import shortened
from igz_runtime.report.severity import Row
from igz_runtime.report.words import amount_text, share_text

HEADING: Final = "node groups, with every function Guaranteed and at its replicas"


def capacity_rows(capacity: Iterable[GroupCapacity]) -> tuple[Row, ...]:
    """Each node group: what is taken of each resource, and what is not known."""
    return tuple(
        Row(
            shortened(each.name),
            (
                *(_taken(each, resource) for resource in each.resources),
                *(f"not known: {shortened(text)}" for text in each.unknown),
            ),
        )
        for each in capacity
    )


def _taken(each: GroupCapacity, resource: str) -> str:
    amount = each.guaranteed.get(resource, 0)
    taken = f"{resource} {amount_text(resource, amount)}"
    parts = (taken, *_of(each, resource, amount))
    reserved = each.reserved.get(resource)
    return " ".join(parts) + (f"; {amount_text(resource, reserved)} reserved now" if reserved else "")


def _of(each: GroupCapacity, resource: str, amount: int) -> Iterator[str]:
    has, most = each.has.get(resource), each.may_have.get(resource)
    if has is not None:
        yield f"of {amount_text(resource, has)} now{share_text(amount, has)}"
    if most is not None and most != has:
        yield f"{'and ' if has is not None else ''}of {amount_text(resource, most)} at most{share_text(amount, most)}"
