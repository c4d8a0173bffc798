"""The profile that stands on a function: reading it, and taking it off again."""

from __future__ import annotations

from typing import Any, TypeVar

from igz_runtime.functions import adapter_for
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import take_back
from igz_runtime.planning.changing import alone, changing
from igz_runtime.planning.write import write_whole

F = TypeVar("F")


def applied_to(fn: Any) -> Applied | None:
    """The profile that was applied to a function, with its parameters and waivers; None where none was.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.

    Raises:
        UnsupportedFunction: no function.
        BrokenFunction: the record was changed by hand and cannot be read.
    """
    with alone(fn):
        function = adapter_for(fn).read()
    return Applied.on(function)


def remove(fn: F) -> F:
    """Take an applied profile off: the function becomes what it would be had no profile been applied.

    What was set by hand stays, before the profile was applied and after. A function without a profile stays as it is.

    Args:
        fn: see `applied_to`.

    Returns:
        The function.

    Raises:
        UnsupportedFunction: no function.
        BrokenFunction: the record was changed by hand and cannot be read.
        WriteFailed: MLRun or Nuclio did not keep what was written; the function is as it was.

    >>> fn = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"priority_class_name": "igz-workload-low"}}
    >>> from igz_runtime import profiles
    >>> profiles.remove(profiles.production_job(cpu=4, memory="16Gi").apply(fn))["spec"]
    {'priority_class_name': 'igz-workload-low'}
    """
    with changing(fn):
        adapter = adapter_for(fn)
        before = adapter.read()
        applied = Applied.from_text(before.record, before.name)
        if applied is not None:
            write_whole(adapter, before, take_back(before, applied))
    return fn
