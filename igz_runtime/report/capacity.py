"""What is shown of capacity: what functions take of node groups when all of them run as Guaranteed pods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from igz_runtime.k8s.pod import is_accelerator
from igz_runtime.messages import shortened
from igz_runtime.report.severity import Row
from igz_runtime.report.words import amount_text

if TYPE_CHECKING:
    from igz_runtime.cluster.capacity import GroupCapacity

HEADING: Final = "node groups, with every function Guaranteed and at its replicas"


def capacity_rows(capacity: Iterable[GroupCapacity]) -> tuple[Row, ...]:
    """Each node group: what is taken of each resource, and what is not known."""
    return tuple(Row(shortened(each.name), tuple(_lines(each))) for each in capacity)


def _lines(each: GroupCapacity) -> Iterator[str]:
    for resource in each.resources:
        if each.guaranteed.get(resource) or not is_accelerator(resource):
            yield f"{resource} {taken_text(each, resource)}"
    yield from (f"not known: {shortened(text)}" for text in each.unknown)


def taken_text(each: GroupCapacity, resource: str) -> str:
    """What is taken of one resource, of how much, and what is reserved of it now."""
    amount = each.guaranteed.get(resource, 0)
    of = ", ".join(_of(each, resource, amount))
    reserved = each.reserved.get(resource)
    now = f"; {amount_text(resource, reserved)} reserved now" if reserved else ""
    return f"{amount_text(resource, amount)}{': ' if of else ''}{of}{now}"


def _of(each: GroupCapacity, resource: str, amount: int) -> Iterator[str]:
    has, most = each.has.get(resource), each.may_have.get(resource)
    if has is not None:
        yield _part(amount, has, resource, "now")
    if most is not None and most != has:
        yield _part(amount, most, resource, "at most")


def _part(amount: int, of: int, resource: str, when: str) -> str:
    return f"{100 * amount / of:.0f} % of {amount_text(resource, of)} {when}" if of else f"none {when}"
