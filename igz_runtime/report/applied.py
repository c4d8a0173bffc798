"""What a report shows of a profile that was applied: its arguments, what it promised, and its waivers."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.functions.record import Applied
from igz_runtime.messages import shortened
from igz_runtime.report.severity import Row


def applied_rows(applied: Applied) -> tuple[Row, ...]:
    """The rows of an applied profile."""
    return tuple(row for row in _rows(applied) if row.lines)


def _rows(applied: Applied) -> Iterator[Row]:
    yield Row("arguments", tuple(shortened(f"{name}={value!r}") for name, value in applied.parameters.items()))
    yield Row("promised", tuple(shortened(f"{name}: {value}") for name, value in applied.promised.items()))
    yield Row("waived", tuple(shortened(f"{rule_id}: {waiver}") for rule_id, waiver in applied.waivers.items()))
