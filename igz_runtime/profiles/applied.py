"""The profile that stands on a function."""

from __future__ import annotations

from typing import Any

from igz_runtime.functions.record import Applied


def applied_to(fn: Any) -> Applied | None:
    """The profile that was applied to a function, with its parameters and waivers; None where none was.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.

    Raises:
        UnsupportedFunction: no function.
        BrokenFunction: the record was changed by hand and cannot be read.
    """
    from igz_runtime.functions import adapter_for

    function = adapter_for(fn).read()
    return Applied.from_text(function.record, function.name)
